#include "services/billing/app/periods.h"

#include "libs/runtime/command.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {

Outcome<store::PeriodRow> reopen_period(Unit& unit, const std::string& name, std::string_view etag,
                                        const std::string& reason_code) {
    store::PeriodRow period = store::period(unit.tx, name);
    if (!period.closed) return Refusal{"PERIOD_NOT_CLOSED", {{"period", name}}};
    if (auto mismatch = runtime::check_etag(etag, period.changes)) return *std::move(mismatch);
    const auto asked = unit.tx.select_one(store::kReopening, name, period.changes);
    unit.touch("period", name);
    if (!asked) {
        unit.tx.run(store::kAskReopening, name, period.changes, unit.actor.id, reason_code);
        return period;
    }
    if (asked->text(0) == unit.actor.id) return Reason("SAME_PERSON");
    unit.tx.run(store::kDoReopening, name, period.changes, unit.actor.id);
    // Whoever books now has finished, whoever books later sees the month open.
    store::lock_ledger(unit.tx);
    period.closed = false;
    period.closed_on.clear();
    period.closed_by.clear();
    period.changes += 1;
    store::save(unit.tx, period);
    return period;
}

std::string reopen_asked_by(storage::Transaction& tx, const store::PeriodRow& period) {
    const auto asked = tx.select_one(store::kReopening, period.period, period.changes);
    return asked ? asked->text(0) : "";
}

}  // namespace yilian::billing::app
