#pragma once

#include <string>
#include <string_view>

#include "services/billing/app/unit.h"
#include "services/billing/store/ledger_rows.h"

// Opening a closed month again, an act of two persons (billing.md 10.4).
namespace yilian::billing::app {

// The first call asks, the call of another person opens. PERIOD_NOT_CLOSED, ETAG_MISMATCH,
// SAME_PERSON.
[[nodiscard]] Outcome<store::PeriodRow> reopen_period(Unit& unit, const std::string& period,
                                                      std::string_view etag,
                                                      const std::string& reason_code);

// Who asked to open the month again, "" when nobody did since it was closed.
[[nodiscard]] std::string reopen_asked_by(storage::Transaction& tx, const store::PeriodRow& period);

}  // namespace yilian::billing::app
