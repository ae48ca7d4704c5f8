#pragma once

#include <optional>
#include <string>

#include "services/billing/app/unit.h"
#include "services/billing/store/capitation_rows.h"

// Capitation by month (billing.md 3).
namespace yilian::billing::app {

struct PriceMonth {
    std::string run_id;  // "" = made from kind, period and consortium
    std::string consortium_id;
    calendar::CivilMonth period{};
    std::optional<Instant> known_at{};  // empty = now
    bool validate_only = false;
};

// Prices the month and books it with its prepay; a month that is booked already is priced again and
// the difference is booked. Without new knowledge the booked month is answered.
// Refused with RATE_TABLE_MISSING, PERIOD_CLOSED (the first pricing only), CAP_TOO_OLD,
// DATE_IN_FUTURE (known_at), NOT_FOUND (nobody is enrolled and nothing was booked), ID_REUSED,
// POLICY_NOT_IN_FORCE.
[[nodiscard]] Outcome<store::CapitationMonthRow> price_month(Unit& unit, const PriceMonth& what);

struct HeadCount {
    std::string consortium_id;
    std::int64_t heads = 0;
    std::int64_t overlaps = 0;
};
// Head counts of a day as known at an instant, by consortium.
[[nodiscard]] std::vector<HeadCount> head_counts(storage::Transaction& tx, calendar::CivilDate on,
                                                 Instant known_at);

}  // namespace yilian::billing::app
