#include "libs/events/codec.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace yilian::events {
namespace {

constexpr std::chrono::hours kLocalOffset{8};

void add(Headers& headers, std::string_view name, const std::string& value) {
    if (!value.empty()) headers.emplace_back(name, value);
}

absl::Status bad(std::string_view header, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("{} {}", header, what));
}

std::string text_of(const Headers& headers, std::string_view name) {
    return std::string(find_header(headers, name).value_or(std::string_view{}));
}

// What a database keeps in a text column.
bool is_text(std::string_view text) {
    return is_utf8(text) && text.find('\0') == std::string_view::npos;
}

// Digits at `at`, exactly `count` of them; -1 otherwise.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

// "Z", "+08:00", "-05:30" in minutes.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
    if (text == "Z" || text == "z") return std::chrono::minutes(0);
    if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return {};
    const int hours = digits(text, 1, 2);
    const int minutes = digits(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return {};
    const std::chrono::minutes offset{hours * 60 + minutes};
    return text[0] == '-' ? -offset : offset;
}

void put_u32(std::string& out, std::size_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xFFU));
    }
}

std::optional<std::string_view> take(std::string_view& blob) {
    if (blob.size() < 4) return {};
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(blob[i]);
    if (blob.size() - 4 < size) return {};
    const std::string_view part = blob.substr(4, size);
    blob.remove_prefix(4 + size);
    return part;
}

}  // namespace

Headers to_headers(const Envelope& envelope) {
    Headers headers;
    headers.reserve(12);
    headers.emplace_back("ce_specversion", "1.0");
    add(headers, "ce_id", envelope.id);
    add(headers, "ce_source", envelope.source);
    add(headers, "ce_type", envelope.type);
    add(headers, "ce_time", format_time(envelope.time));
    add(headers, "ce_subject", envelope.subject);
    add(headers, "ce_sequence", std::to_string(envelope.sequence));
    add(headers, "ce_partitionkey", envelope.partition_key);
    add(headers, "ce_correlationid", envelope.correlation_id);
    add(headers, "ce_causationid", envelope.causation_id);
    add(headers, "ce_traceparent", envelope.traceparent);
    headers.emplace_back("content-type", kContentType);
    return headers;
}

absl::StatusOr<Envelope> from_record(const Headers& headers, const std::optional<std::string>& key,
                                     const std::optional<std::string>& value) {
    if (text_of(headers, "ce_specversion") != "1.0") return bad("ce_specversion", "is not 1.0");
    if (text_of(headers, "content-type") != kContentType) {
        return bad("content-type", "is not application/protobuf");
    }
    Envelope event;
    const std::pair<std::string_view, std::string Envelope::*> required[] = {
        {"ce_id", &Envelope::id},
        {"ce_source", &Envelope::source},
        {"ce_type", &Envelope::type},
        {"ce_subject", &Envelope::subject},
        {"ce_partitionkey", &Envelope::partition_key}};
    for (const auto& [name, member] : required) {
        event.*member = text_of(headers, name);
        if ((event.*member).empty() || !is_text(event.*member)) return bad(name, "is missing");
    }
    const std::string sequence = text_of(headers, "ce_sequence");
    const char* end = sequence.data() + sequence.size();
    const auto parsed = std::from_chars(sequence.data(), end, event.sequence);
    if (parsed.ec != std::errc{} || parsed.ptr != end || event.sequence < 1) {
        return bad("ce_sequence", "is not a positive number");
    }
    const std::optional<Instant> time = parse_time(text_of(headers, "ce_time"));
    if (!time) return bad("ce_time", "is not an RFC 3339 time");
    event.time = *time;
    const std::pair<std::string_view, std::string Envelope::*> optional[] = {
        {"ce_correlationid", &Envelope::correlation_id},
        {"ce_causationid", &Envelope::causation_id},
        {"ce_traceparent", &Envelope::traceparent}};
    for (const auto& [name, member] : optional) {
        event.*member = text_of(headers, name);
        if (!is_text(event.*member)) return bad(name, "is not text");
    }
    if (!key || *key != event.partition_key) return bad("key", "differs from ce_partitionkey");
    if (!value || value->empty()) return bad("value", "is missing");
    event.payload = *value;
    return event;
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
    for (auto it = headers.rbegin(); it != headers.rend(); ++it) {
        if (it->first == name) return it->second;
    }
    return std::nullopt;
}

std::string format_time(Instant instant) {
    using std::chrono::floor;
    const auto local = instant + kLocalOffset;
    const auto day = floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{local - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+08:00",
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::optional<Instant> parse_time(std::string_view text) {
    using namespace std::chrono;
    // 2026-03-16T09:00:00
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
        (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
        return {};
    }
    const int parts[] = {digits(text, 0, 4),  digits(text, 5, 2),  digits(text, 8, 2),
                         digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)};
    for (const int part : parts) {
        if (part < 0) return {};
    }
    const year_month_day date{year{parts[0]}, month{static_cast<unsigned>(parts[1])},
                              day{static_cast<unsigned>(parts[2])}};
    if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return {};
    std::size_t at = 19;
    int millis = 0;
    if (text[at] == '.') {
        const std::size_t first = ++at;
        for (int scale = 100; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
            millis += scale * (text[at] - '0');
            scale /= 10;
        }
        if (at == first || at - first > 9) return {};
    }
    const auto offset = parse_offset(text.substr(at));
    if (!offset) return {};
    return Instant(sys_days(date)) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]) +
           milliseconds(millis) - *offset;
}

std::string pack_headers(const Headers& headers) {
    std::string blob;
    for (const auto& [name, value] : headers) {
        put_u32(blob, name.size());
        blob += name;
        put_u32(blob, value.size());
        blob += value;
    }
    return blob;
}

absl::StatusOr<Headers> unpack_headers(std::string_view blob) {
    Headers headers;
    while (!blob.empty()) {
        const auto name = take(blob);
        const auto value = name ? take(blob) : std::nullopt;
        if (!value) return absl::DataLossError("packed headers are damaged");
        headers.emplace_back(*name, *value);
    }
    return headers;
}

}  // namespace yilian::events
