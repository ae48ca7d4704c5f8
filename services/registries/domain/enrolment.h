#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/registries/domain/standing.h"

// An enrolment (登记管理, registries.md 2 and 3): one resident, one disease, one state.
namespace yilian::registries::domain {

enum class EnrolmentState {
    kNone,  // not yet there: where rows 1, 4 and 5 start
    kCandidate,
    kConfirming,
    kActive,
    kSuspended,
    kMoved,
    kLost,
    kRefused,
    kClosed,
};
[[nodiscard]] std::string_view name_of(EnrolmentState value);
[[nodiscard]] std::optional<EnrolmentState> enrolment_state_of(std::string_view name);

struct Enrolment {
    std::string enrolment_id;
    std::string resident_id;
    std::string disease_code;
    std::string team_id;
    std::string institution_id;
    EnrolmentState state = EnrolmentState::kNone;
    std::optional<CivilDate> candidate_on;
    std::optional<CivilDate> confirmed_on;
    std::optional<CivilDate> enrolled_on;  // day this registry began to care; may be later
    std::string confirmed_by;
    std::string confirmation_ref;
    std::string confirmation_via;  // "", REFERRAL, VISIT
    Standing standing;
    std::optional<CivilDate> suspended_until;
    std::string moved_to;  // institution that may take over, while MOVED; empty: any
    std::string reason_code;
    std::string pack_id;
    std::int32_t pack_version = 0;
    std::string batch_id;  // of an import, else empty
    std::int64_t changes = 0;
    Instant changed_at{};

    [[nodiscard]] bool open() const { return state != EnrolmentState::kClosed; }
    // Whom a visit may still concern.
    [[nodiscard]] bool receives_visits() const {
        return state == EnrolmentState::kActive || state == EnrolmentState::kSuspended ||
               state == EnrolmentState::kLost;
    }
    // From when on months without a visit count (row 10): the last visit; without one the diagnosis
    // or the day it came into this registry, whichever is later.
    [[nodiscard]] std::optional<CivilDate> without_visit_since() const;
};

enum class CareActionState { kOpen, kDone, kOverdue, kClosed };
[[nodiscard]] std::string_view name_of(CareActionState value);
[[nodiscard]] std::optional<CareActionState> care_action_state_of(std::string_view name);

struct CareAction {
    std::string action_id;
    std::string enrolment_id;
    std::string resident_id;
    std::string team_id;
    std::string disease_code;
    std::string referral_id;  // of a FOLLOW_2W, or the draft that an advice became
    std::string visit_id;     // that caused it
    ActionKind kind = ActionKind::kAdjust;
    CivilDate opened_on;  // day of its cause
    CivilDate due_on;
    CareActionState state = CareActionState::kOpen;
    std::string done_ref;
    std::int64_t changes = 0;

    [[nodiscard]] bool pending() const {
        return state == CareActionState::kOpen || state == CareActionState::kOverdue;
    }
};

// Which actions a visit does, pending or not: ADJUST and FOLLOW_2W of its diseases, due on or after
// the day of the visit (registries.md 2, CareAction) and opened before it. The visit that caused an
// action, or another of its day, is no follow-up of it.
[[nodiscard]] bool follows_up(const CareAction& action, std::string_view disease_code,
                              CivilDate visit_on);

}  // namespace yilian::registries::domain
