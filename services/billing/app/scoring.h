#pragma once

#include "services/billing/app/rule_book.h"
#include "services/billing/app/unit.h"
#include "services/billing/domain/points.h"
#include "services/billing/store/list_rows.h"

// Grouping and scoring of DRG cases (billing.md 5).
namespace yilian::billing::app {

// What the grouper is asked about a list.
struct GroupQuestion {
    std::vector<std::string_view> diagnoses;  // western ones, in order
    std::vector<std::string_view> procedures;
    drg::CaseInput input;  // views into the two above: do not move it alone
    drg::GroupOptions options;
};
// Fills `question` from the list; `list` must outlive it.
void ask(const SettlementList& list, const LoadedRules& rules, GroupQuestion& question);

// Edition of the clinical codes, which are converted before grouping, and of the insurance codes.
inline constexpr std::string_view kClinicalEdition = "LC2.0";
inline constexpr std::string_view kInsuranceEdition = "YB2.0";

struct ScoreInput {
    std::string_view institution_id;
    amount::Fen cost;
    std::optional<std::int64_t> stay_days;  // empty: not asked whether the stay leaves DRG
    calendar::CivilDate discharged_on;
};

// Group and points of one case. The key of the row is left open.
[[nodiscard]] store::ScoreRow score_case(storage::Transaction& tx, RuleBook& book,
                                         const policy::billing::Drg& drg, const LoadedRules& rules,
                                         const GroupQuestion& question, const ScoreInput& input);

// "before=after" for every code that conversion changes.
[[nodiscard]] std::vector<std::string> mapped_codes(const LoadedRules& rules,
                                                    const GroupQuestion& question);

}  // namespace yilian::billing::app
