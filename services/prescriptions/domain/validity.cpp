#include "services/prescriptions/domain/validity.h"

#include "libs/calendar/local_time.h"
#include "libs/policy/keys/prescriptions.h"

namespace yilian::prescriptions::domain {

std::int32_t validity_days(const policy::Pack& pack, Kind kind, std::optional<std::int32_t> noted) {
    if (noted) return *noted;
    return static_cast<std::int32_t>(kind == Kind::kExtended
                                         ? pack.get(policy::kRxExtendedValidityDays)
                                         : pack.get(policy::kRxValidityDays));
}

Instant valid_until(const policy::Pack& pack, CivilDate from, std::int32_t days) {
    const int after = pack.get(policy::kRxValidityCountsIssueDay) ? days : days + 1;
    return calendar::start_of_day(from.plus_days(after));
}

}  // namespace yilian::prescriptions::domain
