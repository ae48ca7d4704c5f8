#pragma once

#include <optional>

#include "libs/calendar/civil_date.h"

namespace yilian::policy {

using Date = calendar::CivilDate;

// Days from `from` (inclusive) to `to` (exclusive; empty = open).
struct DateRange {
    Date from{};
    std::optional<Date> to{};

    [[nodiscard]] bool contains(Date day) const { return day >= from && (!to || day < *to); }
    friend bool operator==(const DateRange&, const DateRange&) = default;
};

}  // namespace yilian::policy
