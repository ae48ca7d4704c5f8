#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "services/referrals/domain/channel_table.h"
#include "services/referrals/domain/types.h"

// Green channels (diagnostics.md 6): who is alerted, which time points there are, what they say.
namespace yilian::referrals::domain {

namespace channel {

// Keys emergency.*.
struct Policy {
    std::vector<std::string> channels;  // "chest_pain"
    bool care_home_sender = false;
    bool ems_link = false;
    std::int32_t ack_s = 0;
    std::int32_t complete_h = 0;
    std::map<std::string, std::int64_t> goals;  // "chest_pain.contact_to_ecg" -> minutes
};

// The channel's name in keys: "chest_pain".
[[nodiscard]] std::string key_of(ChannelKind kind);

struct Candidate {
    std::string institution_id;
    std::string capability;
    std::int32_t travel_min = -1;  // -1: not known
    friend bool operator==(const Candidate&, const Candidate&) = default;
};
// Capable ones before others, near before far, unknown journeys last, then by id. The sender is
// never its own candidate.
[[nodiscard]] std::vector<Candidate> in_order(std::vector<Candidate> candidates,
                                              std::string_view sender_institution_id);

struct TimePoint {
    std::string time_point_id;
    std::string code;
    Instant at{};
    PointSource source = PointSource::kNone;
    std::string recorded_by;
    Instant recorded_at{};
    std::string corrects;  // time_point_id, "" for none
    std::string reason;
};

struct Case {
    std::string case_id;
    ChannelKind channel = ChannelKind::kNone;
    std::string key_id;       // partition key of its events: who the patient was at the alert
    std::string resident_id;  // of today
    std::string sender_institution_id;
    SenderKind sender_kind = SenderKind::kNone;
    State state = State::kNone;
    std::vector<Candidate> candidates;
    std::int32_t at_candidate = 0;  // index of the one alerted now
    bool exhausted = false;         // every candidate has been alerted; all of them may answer
    std::string receiver_institution_id;
    std::int32_t escalations = 0;
    Instant alerted_at{};
    std::optional<Instant> acknowledge_by;
    std::optional<Instant> acknowledged_at;
    Instant complete_by{};
    std::optional<Instant> completed_at;
    std::string referral_id;
    std::string reason_code;
    bool order_flagged = false;
    std::int64_t changes = 0;
    std::vector<TimePoint> points;  // by time, recording and id
};

// CHANNEL_DISABLED, SENDER_NOT_ALLOWED.
[[nodiscard]] Outcome<Allowed> check_raise(ChannelKind channel, SenderKind sender,
                                           const Policy& policy);

// The roles of an institution in a case.
[[nodiscard]] lifecycle::Set<Role> roles_of(const Case& c, std::string_view institution_id);
[[nodiscard]] std::vector<std::string> allowed_actions(const Case& c,
                                                       std::string_view institution_id);

// ALREADY_ACKNOWLEDGED by another; ALERT_MOVED_ON when the alert stands at another candidate;
// AUTH_RECORD_ACCESS_DENIED for who was never one; else STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<Allowed> check_acknowledge(const Case& c, std::string_view institution_id);

// Moves the alert on to the next candidate; false when it has been at all of them.
[[nodiscard]] bool next_candidate(Case& c);

// The time points that count: a correction before what it corrects, a device before a person, the
// one recorded first before later ones.
[[nodiscard]] std::map<std::string, const TimePoint*> current_points(const Case& c);
// Codes "before<after" that stand the wrong way round, sorted.
[[nodiscard]] std::vector<std::string> order_faults(const Case& c);

// TIME_POINT_NOT_FOUND: the channel has no such code. TIME_ORDER_INVALID: a person gave it and it
// contradicts the others. A device is believed; the case is flagged. `c` already holds the point.
[[nodiscard]] Outcome<Allowed> check_point(const Case& c, const TimePoint& point);

// Where a time point takes the case; its present state for most.
[[nodiscard]] State state_after(const Case& c, std::string_view code);

// Time points without which the record is not complete, sorted.
[[nodiscard]] std::vector<std::string> missing_points(const Case& c);

struct Goal {
    std::string name;  // "contact_to_ecg"
    std::int32_t goal_min = 0;
    std::optional<std::int32_t> minutes;  // empty when a time point is missing or out of order
    bool met = false;
};
// Goals of the channel that the pack names, by name.
[[nodiscard]] std::vector<Goal> goals_of(const Case& c, const Policy& policy);
// Every goal that this program can compute, "chest_pain.contact_to_ecg", sorted.
[[nodiscard]] std::vector<std::string> known_goals();

}  // namespace channel
}  // namespace yilian::referrals::domain
