#include "services/referrals/domain/channel.h"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>
#include <utility>

namespace yilian::referrals::domain::channel {
namespace {

struct Interval {
    std::string_view name;
    std::string_view from;
    std::string_view to;
};

// A channel as data: its codes, what cannot have been the other way round, what moves the case,
// what a complete record holds, and what is measured.
struct Plan {
    ChannelKind channel;
    std::span<const std::string_view> codes;
    std::span<const std::pair<std::string_view, std::string_view>> order;
    std::string_view departure;
    std::string_view arrival;
    std::span<const std::string_view> treatments;
    std::span<const std::string_view> required;
    std::span<const Interval> intervals;
};

using Codes = std::string_view;
using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array<Codes, 11> kChestCodes{
    "onset",        "first_contact",  "first_ecg",        "ecg_sent", "ecg_read", "receiver_called",
    "base_arrival", "base_departure", "receiver_arrival", "needle",   "wire"};
constexpr std::array<Pair, 15> kChestOrder{{{"onset", "first_contact"},
                                            {"onset", "first_ecg"},
                                            {"first_contact", "ecg_read"},
                                            {"first_contact", "receiver_arrival"},
                                            {"first_contact", "needle"},
                                            {"first_contact", "wire"},
                                            {"first_ecg", "ecg_sent"},
                                            {"first_ecg", "ecg_read"},
                                            {"ecg_sent", "ecg_read"},
                                            {"base_arrival", "base_departure"},
                                            {"base_arrival", "receiver_arrival"},
                                            {"base_departure", "receiver_arrival"},
                                            {"base_departure", "wire"},
                                            {"receiver_arrival", "wire"},
                                            {"onset", "wire"}}};
constexpr std::array<Codes, 2> kChestTreatments{"needle", "wire"};
constexpr std::array<Codes, 3> kChestRequired{"ecg_read", "first_contact", "first_ecg"};
constexpr std::array<Interval, 6> kChestIntervals{
    {{"contact_to_ecg", "first_contact", "first_ecg"},
     {"contact_to_wire", "first_contact", "wire"},
     {"door_in_to_door_out", "base_arrival", "base_departure"},
     {"door_to_balloon", "receiver_arrival", "wire"},
     {"door_to_needle", "receiver_arrival", "needle"},
     {"ecg_to_read", "first_ecg", "ecg_read"}}};

constexpr std::array<Codes, 10> kStrokeCodes{"last_well",   "contact",    "fast_nihss", "arrival",
                                             "doctor_seen", "ct_start",   "ct_read",    "needle",
                                             "puncture",    "reperfusion"};
constexpr std::array<Pair, 11> kStrokeOrder{{{"last_well", "contact"},
                                             {"last_well", "arrival"},
                                             {"contact", "arrival"},
                                             {"contact", "fast_nihss"},
                                             {"arrival", "doctor_seen"},
                                             {"arrival", "ct_start"},
                                             {"ct_start", "ct_read"},
                                             {"arrival", "needle"},
                                             {"arrival", "puncture"},
                                             {"puncture", "reperfusion"},
                                             {"last_well", "needle"}}};
constexpr std::array<Codes, 3> kStrokeTreatments{"needle", "puncture", "reperfusion"};
constexpr std::array<Codes, 3> kStrokeRequired{"arrival", "ct_read", "ct_start"};
constexpr std::array<Interval, 6> kStrokeIntervals{
    {{"door_to_ct", "arrival", "ct_start"},
     {"door_to_ct_read", "arrival", "ct_read"},
     {"door_to_doctor", "arrival", "doctor_seen"},
     {"door_to_needle", "arrival", "needle"},
     {"door_to_puncture", "arrival", "puncture"},
     {"thrombolysis_window", "last_well", "needle"}}};

constexpr std::array<Codes, 10> kTraumaCodes{"injury",  "contact",    "score",   "pre_alert",
                                             "arrival", "team_ready", "in_room", "ct",
                                             "blood",   "theatre"};
constexpr std::array<Pair, 7> kTraumaOrder{{{"injury", "contact"},
                                            {"contact", "arrival"},
                                            {"contact", "score"},
                                            {"arrival", "in_room"},
                                            {"arrival", "ct"},
                                            {"arrival", "theatre"},
                                            {"pre_alert", "team_ready"}}};
constexpr std::array<Codes, 2> kTraumaTreatments{"blood", "theatre"};
constexpr std::array<Codes, 2> kTraumaRequired{"arrival", "contact"};
constexpr std::array<Interval, 3> kTraumaIntervals{{{"in_room", "arrival", "in_room"},
                                                    {"surgery_preparation", "arrival", "theatre"},
                                                    {"whole_body_ct", "arrival", "ct"}}};

constexpr std::array<Codes, 7> kObstetricCodes{
    "risk_colour", "alarm", "decision", "crash_decision", "arrival", "delivery", "blood"};
constexpr std::array<Pair, 4> kObstetricOrder{{{"alarm", "arrival"},
                                               {"alarm", "delivery"},
                                               {"decision", "delivery"},
                                               {"crash_decision", "delivery"}}};
constexpr std::array<Codes, 1> kObstetricTreatments{"delivery"};
constexpr std::array<Codes, 2> kObstetricRequired{"alarm", "risk_colour"};
constexpr std::array<Interval, 2> kObstetricIntervals{
    {{"crash_delivery", "crash_decision", "delivery"},
     {"decision_to_delivery", "decision", "delivery"}}};

constexpr std::array<Codes, 8> kNewbornCodes{"birth",   "ventilation", "alarm",     "dispatch",
                                             "arrival", "stabilised",  "departure", "nicu_arrival"};
constexpr std::array<Pair, 7> kNewbornOrder{{{"birth", "ventilation"},
                                             {"birth", "alarm"},
                                             {"alarm", "dispatch"},
                                             {"dispatch", "arrival"},
                                             {"arrival", "stabilised"},
                                             {"stabilised", "departure"},
                                             {"departure", "nicu_arrival"}}};
constexpr std::array<Codes, 3> kNewbornRequired{"alarm", "dispatch", "nicu_arrival"};
constexpr std::array<Interval, 2> kNewbornIntervals{
    {{"alarm_to_dispatch", "alarm", "dispatch"}, {"birth_to_ventilation", "birth", "ventilation"}}};

const std::array<Plan, 5> kPlans{
    {{ChannelKind::kChestPain, kChestCodes, kChestOrder, "base_departure", "receiver_arrival",
      kChestTreatments, kChestRequired, kChestIntervals},
     {ChannelKind::kStroke, kStrokeCodes, kStrokeOrder, "", "arrival", kStrokeTreatments,
      kStrokeRequired, kStrokeIntervals},
     {ChannelKind::kTrauma, kTraumaCodes, kTraumaOrder, "", "arrival", kTraumaTreatments,
      kTraumaRequired, kTraumaIntervals},
     {ChannelKind::kObstetric, kObstetricCodes, kObstetricOrder, "", "arrival",
      kObstetricTreatments, kObstetricRequired, kObstetricIntervals},
     {ChannelKind::kNewborn,
      kNewbornCodes,
      kNewbornOrder,
      "departure",
      "nicu_arrival",
      {},
      kNewbornRequired,
      kNewbornIntervals}}};

const Plan& plan_of(ChannelKind channel) {
    const auto found = std::ranges::find(kPlans, channel, &Plan::channel);
    YILIAN_INVARIANT(found != kPlans.end(), "referrals: a case without channel");
    return *found;
}

bool holds(std::span<const std::string_view> codes, std::string_view code) {
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

std::string key_of(ChannelKind kind) {
    std::string name(domain::name_of(kind));
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

std::vector<Candidate> in_order(std::vector<Candidate> candidates,
                                std::string_view sender_institution_id) {
    std::erase_if(candidates, [&](const Candidate& candidate) {
        return candidate.institution_id == sender_institution_id;
    });
    std::ranges::sort(candidates, {}, [](const Candidate& candidate) {
        return std::make_tuple(candidate.capability.empty(), candidate.travel_min < 0,
                               candidate.travel_min, candidate.institution_id);
    });
    return candidates;
}

Outcome<Allowed> check_raise(ChannelKind channel, SenderKind sender, const Policy& policy) {
    const std::string key = key_of(channel);
    if (std::ranges::find(policy.channels, key) == policy.channels.end()) {
        return Refusal{"CHANNEL_DISABLED", {{"channel", key}}};
    }
    const bool allowed = (sender != SenderKind::kCareHome || policy.care_home_sender) &&
                         (sender != SenderKind::kEms120 || policy.ems_link);
    if (!allowed) {
        return Refusal{"SENDER_NOT_ALLOWED", {{"sender_kind", std::string(name_of(sender))}}};
    }
    return Allowed{};
}

lifecycle::Set<Role> roles_of(const Case& c, std::string_view institution_id) {
    lifecycle::Set<Role> roles;
    if (institution_id == c.sender_institution_id) roles = roles | lifecycle::Set{Role::kSender};
    const bool anyone_answers = c.state == State::kAlerted && c.exhausted;
    const bool is_candidate = std::ranges::find(c.candidates, institution_id,
                                                &Candidate::institution_id) != c.candidates.end();
    if (institution_id == c.receiver_institution_id || (anyone_answers && is_candidate)) {
        roles = roles | lifecycle::Set{Role::kReceiver};
    }
    return roles;
}

std::vector<std::string> allowed_actions(const Case& c, std::string_view institution_id) {
    return kLifecycle.allowed_action_names(c.state, roles_of(c, institution_id),
                                           [](const auto&) { return true; });
}

Outcome<Allowed> check_acknowledge(const Case& c, std::string_view institution_id) {
    if (c.acknowledged_at) return Reason("ALREADY_ACKNOWLEDGED");
    if (roles_of(c, institution_id).contains(Role::kReceiver)) {
        return kLifecycle.check(c.state, Action::kAcknowledge);
    }
    const bool was_asked = std::ranges::find(c.candidates, institution_id,
                                             &Candidate::institution_id) != c.candidates.end();
    // A district whose hospitals are not known yet must not lose the alert.
    if (c.candidates.empty()) return kLifecycle.check(c.state, Action::kAcknowledge);
    return was_asked ? Reason("ALERT_MOVED_ON") : Reason("AUTH_RECORD_ACCESS_DENIED");
}

bool next_candidate(Case& c) {
    const auto next = static_cast<std::size_t>(c.at_candidate) + 1;
    if (next >= c.candidates.size()) {
        c.exhausted = true;
        return false;
    }
    c.at_candidate += 1;
    c.escalations += 1;
    c.receiver_institution_id = c.candidates[next].institution_id;
    return true;
}

std::map<std::string, const TimePoint*> current_points(const Case& c) {
    std::map<std::string, const TimePoint*> current;
    for (const TimePoint& point : c.points) {
        const TimePoint*& held = current[point.code];
        const auto rank = [](const TimePoint& p) {
            // Of several corrections the last one counts, of several originals the first.
            const auto recorded = to_ms(p.recorded_at);
            return p.corrects.empty() ? std::make_tuple(1, p.source == PointSource::kDevice ? 0 : 1,
                                                        recorded, p.time_point_id)
                                      : std::make_tuple(0, 0, -recorded, p.time_point_id);
        };
        if (held == nullptr || rank(point) < rank(*held)) held = &point;
    }
    return current;
}

std::vector<std::string> order_faults(const Case& c) {
    const auto current = current_points(c);
    std::vector<std::string> faults;
    for (const auto& [before, after] : plan_of(c.channel).order) {
        const auto a = current.find(std::string(before));
        const auto b = current.find(std::string(after));
        if (a == current.end() || b == current.end() || a->second->at <= b->second->at) continue;
        faults.push_back(std::string(before) + "<" + std::string(after));
    }
    std::ranges::sort(faults);
    return faults;
}

Outcome<Allowed> check_point(const Case& c, const TimePoint& point) {
    if (!holds(plan_of(c.channel).codes, point.code)) {
        return Refusal{"TIME_POINT_NOT_FOUND", {{"code", point.code}}};
    }
    if (point.source == PointSource::kDevice) return Allowed{};
    for (const std::string& fault : order_faults(c)) {
        const auto split = fault.find('<');
        if (fault.substr(0, split) == point.code || fault.substr(split + 1) == point.code) {
            return Refusal{"TIME_ORDER_INVALID", {{"order", fault}}};
        }
    }
    return Allowed{};
}

State state_after(const Case& c, std::string_view code) {
    const Plan& plan = plan_of(c.channel);
    const bool taken =
        c.state == State::kAcknowledged || c.state == State::kEnRoute || c.state == State::kArrived;
    if (!taken) return c.state;
    if (holds(plan.treatments, code)) return State::kInTreatment;
    if (code == plan.arrival && c.state != State::kArrived) return State::kArrived;
    if (code == plan.departure && c.state == State::kAcknowledged) return State::kEnRoute;
    return c.state;
}

std::vector<std::string> missing_points(const Case& c) {
    const auto current = current_points(c);
    std::vector<std::string> missing;
    for (const std::string_view code : plan_of(c.channel).required) {
        if (!current.contains(std::string(code))) missing.emplace_back(code);
    }
    return missing;
}

std::vector<Goal> goals_of(const Case& c, const Policy& policy) {
    const auto current = current_points(c);
    std::vector<Goal> goals;
    for (const Interval& interval : plan_of(c.channel).intervals) {
        const auto allowed =
            policy.goals.find(key_of(c.channel) + "." + std::string(interval.name));
        if (allowed == policy.goals.end()) continue;
        Goal goal{
            std::string(interval.name), static_cast<std::int32_t>(allowed->second), {}, false};
        const auto from = current.find(std::string(interval.from));
        const auto to = current.find(std::string(interval.to));
        if (from != current.end() && to != current.end() && from->second->at <= to->second->at) {
            const auto passed = to->second->at - from->second->at;
            goal.minutes = static_cast<std::int32_t>(
                std::chrono::duration_cast<std::chrono::minutes>(passed).count());
            goal.met = passed <= std::chrono::minutes(goal.goal_min);
        }
        goals.push_back(std::move(goal));
    }
    return goals;
}

std::vector<std::string> known_goals() {
    std::vector<std::string> names;
    for (const Plan& plan : kPlans) {
        for (const Interval& interval : plan.intervals) {
            names.push_back(key_of(plan.channel) + "." + std::string(interval.name));
        }
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace yilian::referrals::domain::channel
