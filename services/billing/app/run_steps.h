#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "services/billing/app/unit.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/store/settlement_rows.h"

// What the runs of every kind have in common (billing.md 11.1).
namespace yilian::billing::app {

using PackPtr = std::shared_ptr<const policy::Pack>;

inline constexpr std::string_view kInstitutionMonth = "INSTITUTION_MONTH";
inline constexpr std::string_view kPoolYear = "POOL_YEAR";
inline constexpr std::string_view kConsortiumYear = "CONSORTIUM_YEAR";

void enter(store::RunRow& run, RunAction action, RunState to);

// Of yyyy-MM or yyyy.
[[nodiscard]] calendar::CivilDate last_day_of(const std::string& period);
[[nodiscard]] int year_of(const store::RunRow& run);
// December for a year.
[[nodiscard]] CivilMonth last_month_of(const std::string& period);

// The pack in force on the last day of the period; POLICY_NOT_IN_FORCE, also without `run` block.
[[nodiscard]] Outcome<PackPtr> pack_of(Unit& unit, const std::string& period);

// What a start is asked for.
struct RunName {
    std::string_view kind;
    std::string scope_id;
    std::string period;
    std::string run_id;  // "" = made from the others
};
// A new run in DRAFT, or the computed one that the start names and that is computed again. A named
// run that is still being computed is answered as it is. ID_REUSED, STATE_TRANSITION_NOT_ALLOWED,
// RUN_ALREADY_OPEN.
struct StartedRun {
    store::RunRow run;
    bool again = false;        // computed before: its results have to go
    bool in_progress = false;  // nothing to do
};
[[nodiscard]] Outcome<StartedRun> start_run(Unit& unit, const RunName& name,
                                            std::string_view default_id);

// A run that replaces a published one; not saved yet. NOT_FOUND, ETAG_MISMATCH, ID_REUSED,
// STATE_TRANSITION_NOT_ALLOWED, RUN_ALREADY_OPEN.
[[nodiscard]] Outcome<store::RunRow> replacing_run(Unit& unit, std::string_view run_id,
                                                   std::string_view etag,
                                                   const std::string& new_run_id);

[[nodiscard]] StatementHead head_of(const store::RunRow& run, const std::string& party,
                                    const policy::Pack& pack);
// Keeps the statement; the line of the party in the result digest.
[[nodiscard]] std::string keep_statement(Unit& unit, const store::RunRow& run,
                                         const std::string& party, std::string content);
// The digest that the approval names.
[[nodiscard]] std::string result_digest_of(storage::Transaction& tx, std::string_view run_id);

// The institution that stands for a party: itself, the lead of a consortium, that of a team.
[[nodiscard]] std::string institution_of(Unit& unit, const std::string& party);
// StatementPublished of one party, with what its bytes are made of.
void publish_statement(Unit& unit, const store::RunRow& run, const policy::Pack& pack,
                       const std::string& party);

// Books one party's part of a year ("" = the part of all): what it is now, less what the runs that
// this one replaces have booked. In December, or the first open month after it.
void book_year(Unit& unit, const store::RunRow& run, const policy::Pack& pack, const char* kind,
               const std::string& party, Posting posting, const std::string& institution_id);

}  // namespace yilian::billing::app
