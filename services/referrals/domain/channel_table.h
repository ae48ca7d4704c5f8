#pragma once

#include <string_view>

#include "libs/lifecycle/table.h"

// The lifecycle of a case of a green channel: diagnostics.md 6. The one place that says what is
// legal, as referral_table.h is for referrals.
namespace yilian::referrals::domain::channel {

// Values are those of yilian.referrals.v1.ChannelState.
enum class State {
    kNone,
    kAlerted,
    kAcknowledged,
    kEnRoute,
    kArrived,
    kInTreatment,
    kCompletedRetrospectively,
    kClosed,
    kStoodDown,
};

inline constexpr lifecycle::Name<State> kStates[] = {
    {State::kAlerted, "ALERTED"},
    {State::kAcknowledged, "ACKNOWLEDGED"},
    {State::kEnRoute, "EN_ROUTE"},
    {State::kArrived, "ARRIVED"},
    {State::kInTreatment, "IN_TREATMENT"},
    {State::kCompletedRetrospectively, "COMPLETED_RETROSPECTIVELY"},
    {State::kClosed, "CLOSED"},
    {State::kStoodDown, "STOOD_DOWN"},
};
inline constexpr lifecycle::Set<State> kFinals{State::kClosed, State::kStoodDown};

// Named after the methods, as in referral_table.h; the last two are the system's.
enum class Action {
    kRaise,
    kAcknowledge,
    kStandDown,
    kAddPoint,
    kCorrectPoint,
    kComplete,
    kEscalate,
    kClose,
};
inline constexpr lifecycle::Name<Action> kActions[] = {
    {Action::kRaise, "RaiseAlert"},
    {Action::kAcknowledge, "AcknowledgeAlert"},
    {Action::kStandDown, "StandDown"},
    {Action::kAddPoint, "AddTimePoint"},
    {Action::kCorrectPoint, "CorrectTimePoint"},
    {Action::kComplete, "CompleteCase"},
    {Action::kEscalate, "NextCandidate"},
    {Action::kClose, "CaseCloses"},
};

// S alerts, R is alerted now or has acknowledged, Y is the system.
enum class Role { kSender, kReceiver, kSystem };
inline constexpr lifecycle::Name<Role> kRoles[] = {
    {Role::kSender, "S"}, {Role::kReceiver, "R"}, {Role::kSystem, "Y"}};

namespace table {
using enum State;
using enum Role;
using lifecycle::Set;
using Row = lifecycle::Row<State, Action, Role>;

inline constexpr Set<State> kRunning{kAlerted, kAcknowledged, kEnRoute, kArrived, kInTreatment};

inline constexpr Row kRows[] = {
    {1,
     {},
     Action::kRaise,
     {kAlerted},
     {kSender},
     {"channel of the district", "kind of sender allowed"},
     {"AlertRaised"}},
    {2,
     {kAlerted},
     Action::kAcknowledge,
     {kAcknowledged},
     {kReceiver},
     {"the alert stands here, or has been everywhere"},
     {"AlertAcknowledged"}},
    {3,
     {kAlerted},
     Action::kEscalate,
     {kAlerted},
     {kSystem},
     {"no acknowledgement in emergency.ack_s", "a candidate is left"},
     {"ChannelEscalated"}},
    {4,
     {kAlerted, kAcknowledged, kEnRoute},
     Action::kStandDown,
     {kStoodDown},
     {kSender, kReceiver},
     {"coded reason"},
     {}},
    {5,
     {kAcknowledged},
     Action::kAddPoint,
     {kEnRoute},
     {kSender, kReceiver},
     {"departure"},
     {"TimePointAdded"}},
    {6,
     {kAcknowledged, kEnRoute},
     Action::kAddPoint,
     {kArrived},
     {kSender, kReceiver},
     {"arrival"},
     {"TimePointAdded"}},
    {7,
     {kAcknowledged, kEnRoute, kArrived},
     Action::kAddPoint,
     {kInTreatment},
     {kSender, kReceiver},
     {"first treatment"},
     {"TimePointAdded"}},
    {8,
     kRunning,
     Action::kAddPoint,
     {},
     {kSender, kReceiver},
     {"any other time point of the channel"},
     {"TimePointAdded"}},
    {9, kRunning, Action::kCorrectPoint, {}, {kSender, kReceiver}, {"reason"}, {"TimePointAdded"}},
    {10,
     {kArrived, kInTreatment},
     Action::kComplete,
     {kCompletedRetrospectively},
     {kSender, kReceiver},
     {"record complete"},
     {}},
    {11,
     {kCompletedRetrospectively},
     Action::kClose,
     {kClosed},
     {kSystem},
     {"with row 10, in its transaction"},
     {"CaseClosed"}},
};
}  // namespace table

inline constexpr lifecycle::Table kLifecycle{"channel_case", kStates, kFinals,
                                             kActions,       kRoles,  table::kRows};

[[nodiscard]] inline std::string_view name_of(State state) {
    return state == State::kNone ? "" : kLifecycle.name(state);
}

}  // namespace yilian::referrals::domain::channel
