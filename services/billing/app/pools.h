#pragma once

#include <string>
#include <string_view>

#include "services/billing/app/unit.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/settlement_rows.h"

// Budget pools and periods (billing.md 7.1, 10.4).
namespace yilian::billing::app {

// Creates the pool and books its budget in January of its year, or the first open month after.
// POOL_EXISTS (this id, or another pool of the insurance and year), POOL_NEGATIVE.
[[nodiscard]] Outcome<store::PoolRow> create_pool(Unit& unit, store::PoolRow pool);

// NOT_FOUND, ETAG_MISMATCH, POOL_NEGATIVE, PERIOD_CLOSED (the present month).
[[nodiscard]] Outcome<store::PoolRow> adjust_pool(Unit& unit, std::string_view pool_id,
                                                  std::string_view etag, amount::Fen difference,
                                                  const std::string& approval_document_id);

// Id and rates of the pool that pays an insurance in a year: the pool created for it, else those of
// the pack under the id "{insurance}-{year}". Empty when the pack has none.
struct PoolTerms {
    std::string pool_id;
    policy::billing::PoolRates rates;
};
[[nodiscard]] std::optional<PoolTerms> pool_terms(storage::Transaction& tx,
                                                  const policy::Pack& pack,
                                                  const std::string& insurance, int year);

// The insurance of a pool; "" for the district with all its pools. NOT_FOUND for any other scope.
[[nodiscard]] Outcome<std::string> insurance_of(Unit& unit, const policy::Pack& pack,
                                                const std::string& scope, int year);

// Closes a month. PERIOD_CLOSED, PERIOD_HAS_OPEN_RUN, ETAG_MISMATCH, SAME_PERSON (who prepared a
// run of the month does not close it).
[[nodiscard]] Outcome<store::PeriodRow> close_period(Unit& unit, const std::string& period,
                                                     std::string_view etag);

}  // namespace yilian::billing::app
