#include "services/billing/domain/canonical_json.h"

#include <utility>

namespace yilian::billing::json {

std::string text(std::string_view value) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string array(const std::vector<std::string>& fragments) {
    std::string out = "[";
    for (const std::string& fragment : fragments) {
        if (out.size() > 1) out += ',';
        out += fragment;
    }
    return out + ']';
}

Object& Object::text(std::string_view key, std::string_view value) {
    return raw(key, json::text(value));
}

Object& Object::number(std::string_view key, std::int64_t value) {
    return raw(key, std::to_string(value));
}

Object& Object::raw(std::string_view key, std::string fragment) {
    members_.insert_or_assign(std::string(key), std::move(fragment));
    return *this;
}

std::string Object::str() const {
    std::string out = "{";
    for (const auto& [key, fragment] : members_) {
        if (out.size() > 1) out += ',';
        out += json::text(key) + ':' + fragment;
    }
    return out + '}';
}

}  // namespace yilian::billing::json
