#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/rule_book.h"
#include "services/billing/domain/dip/score.h"
#include "services/billing/domain/settlement_list.h"
#include "services/billing/store/list_rows.h"

// Grouping and scoring of DIP cases (billing.md 4.3 to 4.7).
namespace yilian::billing::app {

// What is asked about a case. Views into the list or message, which must outlive it.
struct DipQuestion {
    std::string_view principal_dx;
    std::vector<std::string_view> other_dx;
    std::vector<dip::UsedProcedure> procedures;  // in the order of the upload
    std::string_view institution_id;
    std::string_view level;  // of the institution
    Fen total;
    dip::CaseFacts facts;  // severity, tumour and levels are filled in here
    calendar::CivilDate discharged_on;
};
[[nodiscard]] DipQuestion ask_dip(const SettlementList& list, calendar::CivilDate discharged_on);

// One case with everything that decided. Points into the rules and parameters.
struct DipAnswer {
    dip::DipScore score;
    dip::Treatment treatment;
    dip::CaseFacts facts;
    dip::Institution institution;
};
// `policy` has a dip block and `rules` a catalogue of its scale (RuleBook::dip_at).
[[nodiscard]] DipAnswer answer_dip(storage::Transaction& tx, RuleBook& book,
                                   const policy::Pack& policy, const LoadedRules& rules,
                                   const DipQuestion& question);

// As it is stored. The key of the row is left open.
[[nodiscard]] store::ScoreRow score_row(const LoadedRules& rules, const DipAnswer& answer);

}  // namespace yilian::billing::app
