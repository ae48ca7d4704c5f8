#include "services/prescriptions/store/values.h"

namespace yilian::prescriptions::store {

std::string join(const std::vector<std::string>& codes) {
    std::string out;
    for (const std::string& code : codes) {
        if (!out.empty()) out += '|';
        out += code;
    }
    return out;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto bar = text.find('|');
        out.emplace_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return out;
}

std::optional<calendar::CivilDate> opt_date(const storage::Row& row, std::size_t column) {
    const auto text = row.opt_text(column);
    if (!text || text->empty()) return std::nullopt;
    return *calendar::CivilDate::parse(*text);
}

storage::Value date_value(const std::optional<calendar::CivilDate>& date) {
    return date ? storage::Value(date->text()) : storage::Value();
}

storage::Value instant_value(const std::optional<Instant>& at) {
    return at ? storage::Value(*at) : storage::Value();
}

}  // namespace yilian::prescriptions::store
