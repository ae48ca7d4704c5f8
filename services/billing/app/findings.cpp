#include "services/billing/app/findings.h"

#include "services/billing/app/ledger_book.h"
#include "services/billing/store/copy_queries.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

constexpr const char* kPaidWithoutDispense = "PAID_WITHOUT_DISPENSE";

}  // namespace

void raise_finding(Unit& unit, const std::string& rule_id, const std::string& record,
                   const std::vector<std::string>& list_ids, const std::string& institution_id) {
    const std::string id = transaction_id(rule_id, {record});
    if (unit.tx.select_one(store::kFinding, id)) return;
    unit.tx.run(store::kAddFinding, id, rule_id, "SUSPECT", institution_id, store::join(list_ids),
                unit.now);
    unit.append(store::finding_raised(unit.event_context(), id, rule_id, list_ids, institution_id));
    unit.touch("finding", id);
}

void raise_paid_without_dispense(Unit& unit, const std::string& period) {
    for (const storage::Row& row : unit.tx.select(store::kPaidWithoutDispense, period)) {
        raise_finding(unit, kPaidWithoutDispense, row.text(0) + '/' + row.text(1), {row.text(1)},
                      row.text(0));
    }
}

void check_undone_dispense(Unit& unit, const std::string& prescription_id) {
    if (unit.tx.select_one(store::kDispensed, prescription_id)->i64(0) > 0) return;
    for (const storage::Row& row : unit.tx.select(store::kPaidByPrescription, prescription_id)) {
        raise_finding(unit, kPaidWithoutDispense, row.text(0) + '/' + row.text(1), {row.text(1)},
                      row.text(0));
    }
}

}  // namespace yilian::billing::app
