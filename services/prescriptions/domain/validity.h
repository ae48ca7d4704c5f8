#pragma once

#include <cstdint>
#include <optional>

#include "libs/policy/pack.h"
#include "services/prescriptions/domain/types.h"

// How long a prescription may be taken up (prescriptions.md 5, RX-01 to RX-03).
namespace yilian::prescriptions::domain {

// Days of validity: those the doctor noted, else rx.extended.validity_days for EXTENDED, else
// rx.validity.days. Noted days above rx.validity.max_days are a finding of the check.
[[nodiscard]] std::int32_t validity_days(const policy::Pack& pack, Kind kind,
                                         std::optional<std::int32_t> noted);

// The instant at which `days` of validity from the day `from` are over. `from` counts as the first
// day when rx.validity.counts_issue_day says so.
[[nodiscard]] Instant valid_until(const policy::Pack& pack, CivilDate from, std::int32_t days);

// Days after which what has come to rest is closed; the retention period starts then.
inline constexpr int kCloseAfterDays = 30;

}  // namespace yilian::prescriptions::domain
