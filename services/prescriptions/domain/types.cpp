#include "services/prescriptions/domain/types.h"

#include <algorithm>
#include <array>

namespace yilian::prescriptions::domain {
namespace {

// Names by number; number 0 is never stored.
template <std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, int number) {
    YILIAN_INVARIANT(number >= 0 && number < static_cast<int>(N), "prescriptions: unnamed value");
    return names.at(static_cast<std::size_t>(number));
}
template <class Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (name.empty() || found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

constexpr std::array<std::string_view, 13> kKinds{
    "UNSPECIFIED", "NORMAL",     "EMERGENCY",   "PAEDIATRIC",  "LONG",       "EXTENDED", "SHARED",
    "REPEAT",      "TCM_PIECES", "TCM_GRANULE", "PREPARATION", "NARCOTIC_1", "HEALTH"};
constexpr std::array<std::string_view, 9> kLineStates{
    "NONE",  "TO_BE_DISPENSED", "WITH_DISPENSER", "PARTLY", "OWING",
    "FULLY", "NOT_DISPENSED",   "CANCELLED",      "EXPIRED"};
constexpr std::array<std::string_view, 5> kLevels{"NONE", "INFO", "WARN", "DOUBLE_SIGN", "BLOCK"};
constexpr std::array<std::string_view, 4> kStages{"UNSPECIFIED", "SYSTEM", "PHARMACIST",
                                                  "DOUBLE_SIGN"};
constexpr std::array<std::string_view, 8> kResults{"UNSPECIFIED", "PASS",  "INFO",   "WARN",
                                                   "DOUBLE_SIGN", "BLOCK", "RETURN", "REFUSE"};
constexpr std::array<std::string_view, 5> kClaimStates{"UNSPECIFIED", "ACTIVE", "RETURNED",
                                                       "EXPIRED", "DONE"};
constexpr std::array<std::string_view, 5> kLimits{"UNSPECIFIED", "NATIONAL", "DISTRICT", "LABEL",
                                                  "INSURANCE"};

}  // namespace

std::string_view name_of(Kind value) { return at(kKinds, static_cast<int>(value)); }
std::optional<Kind> kind_of(std::string_view name) { return find<Kind>(kKinds, name); }
std::string_view name_of(LineState value) { return at(kLineStates, static_cast<int>(value)); }
std::optional<LineState> line_state_of(std::string_view name) {
    return find<LineState>(kLineStates, name);
}
std::string_view name_of(Level value) { return at(kLevels, static_cast<int>(value)); }
std::optional<Level> level_of(std::string_view name) { return find<Level>(kLevels, name); }
std::string_view name_of(ReviewStage value) { return at(kStages, static_cast<int>(value)); }
std::string_view name_of(ReviewResult value) { return at(kResults, static_cast<int>(value)); }
std::string_view name_of(ClaimState value) { return at(kClaimStates, static_cast<int>(value)); }
std::optional<ClaimState> claim_state_of(std::string_view name) {
    return find<ClaimState>(kClaimStates, name);
}
std::string_view name_of(LimitSource value) { return at(kLimits, static_cast<int>(value)); }
std::optional<LimitSource> limit_source_of(std::string_view name) {
    return find<LimitSource>(kLimits, name);
}

std::int32_t Content::longest_days() const {
    std::int32_t days = 0;
    for (const LineContent& l : lines) days = std::max(days, l.days);
    return days;
}

Line* Prescription::line(std::int32_t line_no) {
    const auto found = std::ranges::find(lines, line_no, &Line::line_no);
    return found == lines.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string>& codes, std::string_view code) {
    return std::ranges::find(codes, code) != codes.end();
}

}  // namespace yilian::prescriptions::domain
