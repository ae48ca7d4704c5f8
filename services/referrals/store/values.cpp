#include "services/referrals/store/values.h"

namespace yilian::referrals::store {

std::optional<calendar::CivilDate> opt_date(const storage::Row& row, std::size_t column) {
    const auto text = row.opt_text(column);
    return text ? date_of(*text) : std::nullopt;
}

storage::Value date_value(const std::optional<calendar::CivilDate>& date) {
    return date ? storage::Value(date->text()) : storage::Value();
}

std::optional<calendar::CivilDate> date_of(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return *calendar::CivilDate::parse(text);
}

std::string text_of(const std::optional<calendar::CivilDate>& date) {
    return date ? date->text() : "";
}

Instant instant_of(const google::protobuf::Timestamp& at) {
    return instant_from_ms(at.seconds() * 1000 + at.nanos() / 1'000'000);
}

void set_time(google::protobuf::Timestamp* out, Instant at) {
    std::int64_t ms = to_ms(at);
    std::int64_t seconds = ms / 1000;
    ms %= 1000;
    if (ms < 0) {
        ms += 1000;
        seconds -= 1;
    }
    out->set_seconds(seconds);
    out->set_nanos(static_cast<std::int32_t>(ms * 1'000'000));
}

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

void expect_saved(std::int64_t rows) {
    if (rows != 0) return;
    throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                "referrals: changed meanwhile");
}

}  // namespace yilian::referrals::store
