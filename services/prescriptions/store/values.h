#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "libs/storage/transaction.h"

// Columns that hold more than one plain value.
namespace yilian::prescriptions::store {

// "a|b|c" <-> list; codes never contain '|'.
[[nodiscard]] std::string join(const std::vector<std::string>& codes);
[[nodiscard]] std::vector<std::string> split(std::string_view text);

// A date column that may be null or empty.
[[nodiscard]] std::optional<calendar::CivilDate> opt_date(const storage::Row& row,
                                                          std::size_t column);
[[nodiscard]] storage::Value date_value(const std::optional<calendar::CivilDate>& date);
[[nodiscard]] storage::Value instant_value(const std::optional<Instant>& at);

}  // namespace yilian::prescriptions::store
