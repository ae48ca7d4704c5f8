#include "libs/amount/scaled.h"

#include <algorithm>

namespace yilian::amount {
namespace {

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Outcome<std::int64_t> parse_scaled(std::string_view text, int places) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    const std::string_view integer = text.substr(0, dot);
    if (!is_digits(integer) || (integer.size() > 1 && integer[0] == '0'))
        return Reason("FIELD_FORMAT");
    std::string_view fraction;
    if (dot != std::string_view::npos) {
        fraction = text.substr(dot + 1);
        if (!is_digits(fraction) || fraction.size() > static_cast<std::size_t>(places)) {
            return Reason("FIELD_FORMAT");
        }
    }

    // Accumulated on the negative side, where one more value exists.
    std::int64_t value = 0;
    bool fits = true;
    const auto append = [&](int digit) {
        fits = fits && !__builtin_mul_overflow(value, std::int64_t{10}, &value) &&
               !__builtin_sub_overflow(value, std::int64_t{digit}, &value);
    };
    for (const char c : integer) append(c - '0');
    for (const char c : fraction) append(c - '0');
    for (std::size_t i = fraction.size(); i < static_cast<std::size_t>(places); ++i) append(0);
    if (!fits) return Reason("FIELD_RANGE");
    if (negative) {
        if (value == 0) return Reason("FIELD_FORMAT");
        return value;
    }
    if (value == std::numeric_limits<std::int64_t>::min()) return Reason("FIELD_RANGE");
    return -value;
}

std::string format_scaled(std::int64_t value, int places) {
    const auto width = static_cast<std::size_t>(places);
    std::string digits = to_text(static_cast<Int128>(magnitude(value)));
    if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
    if (width > 0) digits.insert(digits.size() - width, 1, '.');
    return value < 0 ? "-" + digits : digits;
}

}  // namespace yilian::amount
