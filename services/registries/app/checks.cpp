#include "services/registries/app/checks.h"

#include <string>
#include <utility>

#include "services/registries/store/queries.h"

namespace yilian::registries::app {
namespace {

using storage::Query;
using storage::Row;
using storage::Transaction;

// Every row is a violation; its first column names the record.
runtime::Check rows_check(std::string id, std::string what, const Query& query) {
    return {std::move(id), std::move(what), [&query](Transaction& tx) {
                std::vector<std::string> found;
                for (const Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

constexpr Query kTwoOpen{
    "check_two_open",
    "SELECT min(enrolment_id) FROM enrolments WHERE state <> 'CLOSED' "
    "GROUP BY resident_id, disease_code HAVING count(*) > 1 ORDER BY 1"};
constexpr Query kRunWrong{
    "check_run",
    "SELECT e.enrolment_id FROM enrolments e JOIN visit_classes c ON c.visit_id = e.class_visit_id "
    "AND c.enrolment_id = e.enrolment_id WHERE c.unsatisfied_run <> e.unsatisfied_run "
    "OR c.control_class <> e.control_class ORDER BY 1"};
constexpr Query kDueOutside{
    "check_due",
    "SELECT enrolment_id FROM enrolments WHERE next_due_on < last_visit_on ORDER BY 1"};
constexpr Query kDangerWithoutAction{
    "check_danger",
    "SELECT c.visit_id FROM visit_classes c WHERE c.danger = 1 AND 1 <> (SELECT count(*) FROM "
    "care_actions a WHERE a.visit_id = c.visit_id AND a.enrolment_id = c.enrolment_id "
    "AND a.kind = 'URGENT_REFER') ORDER BY 1"};
constexpr Query kClosedWithDue{
    "check_closed_due",
    "SELECT enrolment_id FROM enrolments WHERE state = 'CLOSED' AND next_due_on IS NOT NULL "
    "ORDER BY 1"};
constexpr Query kJournalBroken{
    "check_journal",
    "SELECT e.enrolment_id FROM enrolments e WHERE NOT EXISTS (SELECT 1 FROM enrolment_journal j "
    "WHERE j.enrolment_id = e.enrolment_id AND j.to_state = e.state) ORDER BY 1"};

std::int64_t rate_bp(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : (part * 20000 + whole) / (2 * whole);
}

}  // namespace

std::vector<runtime::Check> checks() {
    return {
        rows_check("REG-C01", "a resident has at most one open enrolment of a disease", kTwoOpen),
        rows_check("REG-C02", "class and run of an enrolment are those of its last classified visit",
                   kRunWrong),
        rows_check("REG-C03", "the next visit is not due before the last one", kDueOutside),
        rows_check("REG-C04", "every danger has exactly one urgent action", kDangerWithoutAction),
        rows_check("REG-C05", "a closed enrolment has no due date", kClosedWithDue),
        rows_check("REG-C06", "the journal reaches the present state of every enrolment",
                   kJournalBroken),
    };
}

runtime::Counts counts(Transaction& tx) {
    runtime::Counts out;
    out.push_back({"visits", tx.select_one(store::kCountVisits)->i64(0)});
    out.push_back({"advice_to_refer", tx.select_one(store::kCountAdvice)->i64(0)});
    for (const Row& row : tx.select(store::kCountEnrolled)) {
        out.push_back({"enrolled", row.i64(1), "", row.text(0)});
    }
    for (const Row& row : tx.select(store::kControlByMonth)) {
        out.push_back({"controlled", row.i64(2), row.text(0), row.text(1)});
        out.push_back({"classified", row.i64(3), row.text(0), row.text(1)});
        out.push_back({"control_rate_bp", rate_bp(row.i64(2), row.i64(3)), row.text(0),
                       row.text(1)});
    }
    return out;
}

}  // namespace yilian::registries::app
