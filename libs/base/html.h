#pragma once

#include <string>
#include <string_view>

namespace yilian {

// Text made safe for HTML and SVG, in an element or a quoted attribute.
[[nodiscard]] inline std::string html_escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace yilian
