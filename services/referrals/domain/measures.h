#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "services/referrals/domain/referral_table.h"
#include "services/referrals/domain/types.h"

// Measures of referrals from their histories (indicators.md 4, REF-01 to REF-04 and REF-06).
namespace yilian::referrals::domain {

// One line of a history, with what is fixed of its referral.
struct HistoryLine {
    std::string referral_id;
    std::string sender_institution_id;
    std::string receiver_institution_id;
    Direction direction = Direction::kNone;
    Priority priority = Priority::kNone;
    bool contracted = false;
    bool criteria_met = false;
    std::string action;
    std::string to_state;
    Instant at{};
    std::string reason_code;
};

// What happened to one referral, first times only but for rejections.
struct Journey {
    std::string sender_institution_id;
    std::string receiver_institution_id;
    Direction direction = Direction::kNone;
    Priority priority = Priority::kNone;
    bool contracted = false;
    bool criteria_met = false;
    std::optional<Instant> submitted_at;
    std::optional<Instant> accepted_at;
    std::optional<Instant> placed_at;  // first booking, or arrival without one
    std::vector<std::string> rejections;
    bool advised = false;
    bool booked = false;
    bool no_show = false;
    bool down_proposed = false;
    bool down_accepted = false;
    bool followed_up = false;
};
// `lines`: together by referral, in order within each.
[[nodiscard]] std::vector<Journey> journeys(const std::vector<HistoryLine>& lines);

// Of values in any order; 0 without any. The lower one of two in the middle; nearest rank.
[[nodiscard]] std::int32_t median(std::vector<std::int32_t> values);
[[nodiscard]] std::int32_t percentile_90(std::vector<std::int32_t> values);

struct PairMeasure {
    std::int32_t up = 0;
    std::int32_t down = 0;
    std::int32_t accepted = 0;
    std::map<std::string, std::int32_t> rejections;
    std::int32_t advised = 0;
    std::int32_t criteria_met = 0;
    std::int32_t booked = 0;
    std::int32_t no_shows = 0;
    std::int32_t down_accepted = 0;
    std::int32_t followed_up = 0;
    std::map<Priority, std::vector<std::int32_t>> response_min;

    // Half up.
    [[nodiscard]] std::int32_t closed_loop_bp() const;
};
// By sender and receiver.
using PairMeasuresByPair = std::map<std::pair<std::string, std::string>, PairMeasure>;
[[nodiscard]] PairMeasuresByPair by_pair(const std::vector<Journey>& journeys);

struct Waits {
    std::vector<std::int32_t> contracted;  // whole minutes from acceptance to a place
    std::vector<std::int32_t> others;
};
// Of the referrals that `receiver_institution_id` ("" = any) accepted. Emergencies do not wait.
[[nodiscard]] Waits waits(const std::vector<Journey>& journeys,
                          std::string_view receiver_institution_id);

}  // namespace yilian::referrals::domain
