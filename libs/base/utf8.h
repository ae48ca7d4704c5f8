#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yilian {

// The first character of a text: its code point and its length in bytes. `length` is 0 when the
// text is empty or does not begin with well-formed UTF-8 (overlong forms, surrogates and values
// above U+10FFFF are not well-formed).
struct Utf8Char {
    std::uint32_t code_point = 0;
    std::size_t length = 0;
};
[[nodiscard]] Utf8Char first_utf8_char(std::string_view text);

// Whether the whole text is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

// Whether it is well-formed UTF-8 without control characters (U+0000–001F, U+007F–009F): what the
// platform takes as text at any edge.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace yilian
