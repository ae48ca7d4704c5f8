#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/policy/date.h"

// What a policy key is: its name, the type of its value and what a pack may write there. The keys
// themselves stand in keys.h; a key that is not there does not exist (policy-trace.md 9).
namespace yilian::policy {

// The unit a pack must write beside a number ("unit: min"); it is checked, never converted.
enum class Unit {
    kNone,
    kCount,               // count
    kBasisPoints,         // bp     10000 = 100 %
    kHundredths,          // e2
    kFen,                 // fen
    kPoints,              // points
    kSeconds,             // s
    kMinutes,             // min
    kHours,               // h
    kDays,                // days
    kWorkingDays,         // working_days
    kMonths,              // months
    kYears,               // years
    kDayOfMonth,          // day_of_month
    kDoses,               // doses
    kPercent,             // pct
    kMmhg,                // mmHg
    kMmol,                // e2_mmol_l  hundredths of mmol/L
    kEgfr,                // ml_min_173
    kPerMinute,           // per_min
    kMlPerDay,            // ml_day
    kPerHundredThousand,  // per_100000
};
[[nodiscard]] std::string_view name_of(Unit unit);

// A value that a plan states as a number, a span ("400-500") or with a day until which it is due.
struct Goal {
    std::int64_t value = 0;
    std::optional<std::int64_t> upto{};  // upper end of a span
    std::optional<Date> due{};
    friend bool operator==(const Goal&, const Goal&) = default;
};

using Words = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;
using NumberTable = std::map<std::string, std::int64_t>;
using WordTable = std::map<std::string, std::string>;
using WordsTable = std::map<std::string, Words>;

// monostate = the explicit empty value of a number, goal or date.
using Value = std::variant<std::monostate, bool, std::int64_t, std::string, Date, Goal, Words,
                           Numbers, NumberTable, WordTable, WordsTable>;

enum class Kind {
    kFlag,
    kNumber,
    kWord,  // one of a closed set, or a code
    kDate,
    kGoal,
    kWords,
    kNumbers,
    kNumberTable,
    kWordTable,
    kWordsTable,
};
[[nodiscard]] std::string_view name_of(Kind kind);

// What a pack may write for a key.
struct KeySpec {
    std::string_view name{};
    Kind kind{};
    Unit unit = Unit::kNone;
    // "" for a word, null for a number, goal or date. Lists and tables may always be empty.
    bool may_be_empty = false;
    std::int64_t min = 0;  // of a number, each number of a list or table, a goal
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    // Bounds of billing.md 8.5: outside them a pack is refused with POLICY_BELOW_FLOOR or
    // POLICY_ABOVE_CEILING instead of POLICY_VALUE.
    bool legal_bounds = false;
    std::int64_t sum = 0;   // of a table of weights; 0 = not checked (POLICY_WEIGHTS_SUM)
    std::size_t count = 0;  // length of a list of numbers; 0 = any
    std::span<const std::string_view> allowed{};  // words; empty = any code
};

// A value of the right type for a key: false, the lowest number, the first word, empty.
[[nodiscard]] Value neutral_value(const KeySpec& spec);

// For explanations and printing: "true", "120", "a, b", "a=1, b=2", "400..500 by 2025-12-31"; ""
// when empty.
[[nodiscard]] std::string text_of(const Value& value);

// A key with the C++ type that Pack::get gives:
//   bool, std::int64_t, std::string, Date               always there
//   std::optional<std::int64_t>, std::optional<Goal>    empty = the rule or target does not apply
//   Words, Numbers, NumberTable, WordTable, WordsTable  empty = nothing applies
template <class T>
struct PolicyKey {
    KeySpec spec{};
    [[nodiscard]] constexpr std::string_view name() const { return spec.name; }
};

namespace key {

inline constexpr std::int64_t kMany = 1'000'000'000;

consteval PolicyKey<bool> flag(std::string_view name) { return {{name, Kind::kFlag}}; }

consteval PolicyKey<std::int64_t> number(std::string_view name, Unit unit, std::int64_t min,
                                         std::int64_t max) {
    return {{name, Kind::kNumber, unit, false, min, max}};
}
consteval PolicyKey<std::int64_t> bp(std::string_view name, std::int64_t max = 10000) {
    return number(name, Unit::kBasisPoints, 0, max);
}
// At least / at most what the law allows (billing.md 8.5).
consteval PolicyKey<std::int64_t> bp_floor(std::string_view name, std::int64_t floor) {
    return {{name, Kind::kNumber, Unit::kBasisPoints, false, floor, 10000, true}};
}
consteval PolicyKey<std::optional<std::int64_t>> optional_number(std::string_view name, Unit unit,
                                                                 std::int64_t min,
                                                                 std::int64_t max) {
    return {{name, Kind::kNumber, unit, true, min, max}};
}
consteval PolicyKey<std::optional<std::int64_t>> optional_bp_within(std::string_view name,
                                                                    std::int64_t floor,
                                                                    std::int64_t ceiling) {
    return {{name, Kind::kNumber, Unit::kBasisPoints, true, floor, ceiling, true}};
}
consteval PolicyKey<std::optional<Goal>> goal(std::string_view name, Unit unit,
                                              std::int64_t max = kMany) {
    return {{name, Kind::kGoal, unit, true, 0, max}};
}
consteval PolicyKey<std::optional<Goal>> goal_bp(std::string_view name) {
    return goal(name, Unit::kBasisPoints, 10000);
}
consteval PolicyKey<Date> date(std::string_view name) { return {{name, Kind::kDate}}; }

consteval PolicyKey<std::string> word(std::string_view name,
                                      std::span<const std::string_view> allowed) {
    KeySpec spec{name, Kind::kWord};
    spec.allowed = allowed;
    return {spec};
}
// A free code or label, "" when there is none.
consteval PolicyKey<std::string> label(std::string_view name) {
    return {{name, Kind::kWord, Unit::kNone, true}};
}
consteval PolicyKey<Words> words(std::string_view name,
                                 std::span<const std::string_view> allowed = {}) {
    KeySpec spec{name, Kind::kWords};
    spec.allowed = allowed;
    return {spec};
}
// `count` = length of the list, 0 = any.
consteval PolicyKey<Numbers> numbers(std::string_view name, Unit unit, std::int64_t min,
                                     std::int64_t max, std::size_t count) {
    KeySpec spec{name, Kind::kNumbers, unit, false, min, max};
    spec.count = count;
    return {spec};
}
consteval PolicyKey<NumberTable> number_table(std::string_view name, Unit unit, std::int64_t min,
                                              std::int64_t max) {
    return {{name, Kind::kNumberTable, unit, false, min, max}};
}
// Weights in basis points that add up to 10000.
consteval PolicyKey<NumberTable> weights(std::string_view name) {
    KeySpec spec{name, Kind::kNumberTable, Unit::kBasisPoints, false, 0, 10000};
    spec.sum = 10000;
    return {spec};
}
consteval PolicyKey<WordTable> word_table(std::string_view name) {
    return {{name, Kind::kWordTable}};
}
consteval PolicyKey<WordsTable> words_table(std::string_view name) {
    return {{name, Kind::kWordsTable}};
}

}  // namespace key
}  // namespace yilian::policy
