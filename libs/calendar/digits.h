#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yilian::calendar {

// Internal to the library: fixed-width decimal fields of dates and times.

// The value of a non-empty run of ASCII digits; empty when any other character is in it. At most
// nine digits.
[[nodiscard]] constexpr std::optional<int> read_digits(std::string_view text) {
    if (text.empty() || text.size() > 9) return {};
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        value = value * 10 + (c - '0');
    }
    return value;
}

// Appends `value` (>= 0) with leading zeros to `width` digits.
inline void append_digits(std::string& out, int value, int width) {
    int divisor = 1;
    for (int i = 1; i < width; ++i) divisor *= 10;
    for (; divisor > 0; divisor /= 10) {
        out.push_back(static_cast<char>('0' + value / divisor % 10));
    }
}

}  // namespace yilian::calendar
