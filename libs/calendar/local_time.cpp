#include "libs/calendar/local_time.h"

#include <optional>

#include "libs/calendar/digits.h"

namespace yilian::calendar {
namespace {

using std::chrono::milliseconds;

std::string format(Instant instant, std::chrono::hours offset, std::string_view suffix) {
    const auto shifted = instant + offset;
    const auto day = std::chrono::floor<std::chrono::days>(shifted);
    const std::chrono::hh_mm_ss<milliseconds> time(shifted - day);
    std::string text = CivilDate::of_days(day).text();
    text.push_back('T');
    append_digits(text, static_cast<int>(time.hours().count()), 2);
    text.push_back(':');
    append_digits(text, static_cast<int>(time.minutes().count()), 2);
    text.push_back(':');
    append_digits(text, static_cast<int>(time.seconds().count()), 2);
    if (time.subseconds().count() != 0) {
        text.push_back('.');
        append_digits(text, static_cast<int>(time.subseconds().count()), 3);
    }
    return text.append(suffix);
}

// "hh:mm:ss" -> time since midnight.
std::optional<milliseconds> read_time(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
    const auto hours = read_digits(text.substr(0, 2));
    const auto minutes = read_digits(text.substr(3, 2));
    const auto seconds = read_digits(text.substr(6, 2));
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return {};
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds);
}

// "" or ".f", ".ff", ".fff".
std::optional<milliseconds> read_fraction(std::string_view text) {
    if (text.empty()) return milliseconds(0);
    if (text[0] != '.' || text.size() > 4) return {};
    std::string digits(text.substr(1));
    if (!read_digits(digits)) return {};
    digits.resize(3, '0');
    return milliseconds(*read_digits(digits));
}

// "Z" or "+hh:mm" or "-hh:mm".
std::optional<std::chrono::minutes> read_offset(std::string_view text) {
    if (text == "Z") return std::chrono::minutes(0);
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return {};
    const auto hours = read_digits(text.substr(1, 2));
    const auto minutes = read_digits(text.substr(4, 2));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return {};
    const std::chrono::minutes offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return text[0] == '-' ? -offset : offset;
}

}  // namespace

CivilDate local_date(Instant instant) {
    return CivilDate::of_days(std::chrono::floor<std::chrono::days>(instant + kLocalOffset));
}

milliseconds local_time_of_day(Instant instant) {
    const auto shifted = instant + kLocalOffset;
    return shifted - std::chrono::floor<std::chrono::days>(shifted);
}

Instant at_local(CivilDate date, milliseconds time_of_day) {
    return Instant(date.days()) + time_of_day - kLocalOffset;
}

Instant start_of_day(CivilDate date) { return at_local(date, milliseconds(0)); }

Instant plus_months(Instant instant, int count) {
    return at_local(local_date(instant).plus_months(count), local_time_of_day(instant));
}

Instant plus_days(Instant instant, int count) {
    return at_local(local_date(instant).plus_days(count), local_time_of_day(instant));
}

std::string rfc3339(Instant instant) { return format(instant, kLocalOffset, "+08:00"); }

std::string rfc3339_utc(Instant instant) { return format(instant, std::chrono::hours(0), "Z"); }

Outcome<Instant> parse_rfc3339(std::string_view text) {
    constexpr Reason kBad = "FIELD_FORMAT";
    constexpr std::size_t kSeconds = 19;  // length of yyyy-mm-ddThh:mm:ss
    if (text.size() <= kSeconds || text[10] != 'T') return kBad;
    const auto date = CivilDate::parse(text.substr(0, 10));
    const auto time = read_time(text.substr(11, 8));
    const std::string_view rest = text.substr(kSeconds);
    const std::size_t zone = rest.find_first_of("Z+-");
    if (!date || !time || zone == std::string_view::npos) return kBad;
    const auto fraction = read_fraction(rest.substr(0, zone));
    const auto offset = read_offset(rest.substr(zone));
    if (!fraction || !offset) return kBad;
    const Instant instant = Instant(date->days()) + *time + *fraction - *offset;
    // Both forms in which the instant may be shown must exist.
    const Instant first(CivilDate::literal(1, 1, 1).days());
    const Instant last(CivilDate::literal(9999, 12, 31).days());
    if (instant < first || instant >= last) return kBad;
    return instant;
}

}  // namespace yilian::calendar
