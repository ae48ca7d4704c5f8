#include "services/referrals/domain/measures.h"

#include <algorithm>
#include <chrono>

namespace yilian::referrals::domain {
namespace {

std::int32_t minutes_between(Instant from, Instant to) {
    return static_cast<std::int32_t>(std::chrono::floor<std::chrono::minutes>(to - from).count());
}

void first(std::optional<Instant>& at, Instant when) {
    if (!at) at = when;
}

void add(Journey& j, const HistoryLine& line) {
    const auto is = [&](State state) { return line.to_state == name_of(state); };
    const auto by = [&](Action action) { return line.action == kLifecycle.name(action); };
    if (by(Action::kSubmit)) first(j.submitted_at, line.at);
    if (by(Action::kReject)) j.rejections.push_back(line.reason_code);
    j.advised |= by(Action::kReturnAdvice);
    if (is(State::kAccepted)) first(j.accepted_at, line.at);
    if (is(State::kBooked) || is(State::kArrived)) first(j.placed_at, line.at);
    j.booked |= is(State::kBooked);
    j.no_show |= is(State::kNoShow);
    j.down_proposed |= is(State::kDownProposed);
    j.down_accepted |= is(State::kBaseAccepted);
    j.followed_up |= is(State::kFollowedUp);
}

}  // namespace

std::vector<Journey> journeys(const std::vector<HistoryLine>& lines) {
    std::vector<Journey> all;
    const std::string* present = nullptr;
    for (const HistoryLine& line : lines) {
        if (present == nullptr || *present != line.referral_id) {
            present = &line.referral_id;
            Journey journey;
            journey.sender_institution_id = line.sender_institution_id;
            journey.receiver_institution_id = line.receiver_institution_id;
            journey.direction = line.direction;
            journey.priority = line.priority;
            journey.contracted = line.contracted;
            journey.criteria_met = line.criteria_met;
            all.push_back(std::move(journey));
        }
        add(all.back(), line);
    }
    return all;
}

std::int32_t median(std::vector<std::int32_t> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
    std::ranges::nth_element(values, middle);
    return *middle;
}

std::int32_t percentile_90(std::vector<std::int32_t> values) {
    if (values.empty()) return 0;
    const std::size_t rank = (values.size() * 9 + 9) / 10;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::ranges::nth_element(values, at);
    return *at;
}

std::int32_t PairMeasure::closed_loop_bp() const {
    if (down_accepted == 0) return 0;
    return (followed_up * 20000 + down_accepted) / (down_accepted * 2);
}

PairMeasuresByPair by_pair(const std::vector<Journey>& journeys) {
    PairMeasuresByPair pairs;
    for (const Journey& j : journeys) {
        PairMeasure& m = pairs[{j.sender_institution_id, j.receiver_institution_id}];
        if (j.direction != Direction::kDown) m.up += 1;
        m.down += j.down_proposed ? 1 : 0;
        m.accepted += j.accepted_at ? 1 : 0;
        for (const std::string& reason : j.rejections) m.rejections[reason] += 1;
        m.advised += j.advised ? 1 : 0;
        m.criteria_met += j.criteria_met ? 1 : 0;
        m.booked += j.booked ? 1 : 0;
        m.no_shows += j.no_show ? 1 : 0;
        m.down_accepted += j.down_accepted ? 1 : 0;
        m.followed_up += j.followed_up ? 1 : 0;
        if (j.submitted_at && j.accepted_at) {
            m.response_min[j.priority].push_back(minutes_between(*j.submitted_at, *j.accepted_at));
        }
    }
    return pairs;
}

Waits waits(const std::vector<Journey>& journeys, std::string_view receiver_institution_id) {
    Waits result;
    for (const Journey& j : journeys) {
        const bool here =
            receiver_institution_id.empty() || j.receiver_institution_id == receiver_institution_id;
        if (!here || j.direction == Direction::kEmergency || !j.accepted_at || !j.placed_at) {
            continue;
        }
        (j.contracted ? result.contracted : result.others)
            .push_back(minutes_between(*j.accepted_at, *j.placed_at));
    }
    return result;
}

}  // namespace yilian::referrals::domain
