#include "libs/rpc/validate.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>

#include "libs/base/ulid.h"

namespace yilian::rpc {
namespace {

constexpr Reason kRequired{"FIELD_REQUIRED"};
constexpr Reason kFormat{"FIELD_FORMAT"};
constexpr Reason kRange{"FIELD_RANGE"};
constexpr Reason kEnum{"FIELD_ENUM"};
constexpr Reason kCount{"FIELD_COUNT"};

bool digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
int number(std::string_view text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool is_id(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == ':' || c == '-';
           });
}

bool is_month(std::string_view text) {
    return text.size() == 7 && text[4] == '-' && digits(text.substr(0, 4)) &&
           digits(text.substr(5, 2)) && number(text.substr(5, 2)) >= 1 &&
           number(text.substr(5, 2)) <= 12;
}

bool is_date(std::string_view text) {
    if (text.size() != 10 || text[7] != '-' || !is_month(text.substr(0, 7)) ||
        !digits(text.substr(8, 2))) {
        return false;
    }
    return std::chrono::year_month_day(
               std::chrono::year(number(text.substr(0, 4))),
               std::chrono::month(static_cast<unsigned>(number(text.substr(5, 2)))),
               std::chrono::day(static_cast<unsigned>(number(text.substr(8, 2)))))
        .ok();
}

bool is_uuid4(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') return false;
        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return text[14] == '4' && std::string_view("89abAB").find(text[19]) != std::string_view::npos;
}

bool is_etag(std::string_view text) {
    return text.size() >= 3 && text.size() <= 21 && text.front() == '"' && text.back() == '"' &&
           digits(text.substr(1, text.size() - 2));
}

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

Validator& Validator::add(std::string_view field, Reason reason) {
    violations_.push_back({std::string(field), reason});
    return *this;
}

Validator& Validator::expect(bool holds, std::string_view field, Reason reason) {
    return holds ? *this : add(field, reason);
}

Validator& Validator::required(std::string_view field, std::string_view value) {
    return expect(!value.empty(), field, kRequired);
}

Validator& Validator::ulid(std::string_view field, std::string_view value) {
    return value.empty() ? add(field, kRequired) : optional_ulid(field, value);
}
Validator& Validator::optional_ulid(std::string_view field, std::string_view value) {
    return expect(value.empty() || is_ulid(value), field, kFormat);
}
Validator& Validator::id(std::string_view field, std::string_view value) {
    return value.empty() ? add(field, kRequired) : optional_id(field, value);
}
Validator& Validator::optional_id(std::string_view field, std::string_view value) {
    return expect(is_id(value), field, kFormat);
}
Validator& Validator::uuid4(std::string_view field, std::string_view value) {
    if (value.empty()) return add(field, kRequired);
    return expect(is_uuid4(value), field, kFormat);
}
Validator& Validator::date(std::string_view field, std::string_view value) {
    return value.empty() ? add(field, kRequired) : optional_date(field, value);
}
Validator& Validator::optional_date(std::string_view field, std::string_view value) {
    return expect(value.empty() || is_date(value), field, kFormat);
}
Validator& Validator::month(std::string_view field, std::string_view value) {
    if (value.empty()) return add(field, kRequired);
    return expect(is_month(value), field, kFormat);
}
Validator& Validator::etag(std::string_view field, std::string_view value) {
    return expect(value.empty() || is_etag(value), field, kFormat);
}
Validator& Validator::required_etag(std::string_view field, std::string_view value) {
    return value.empty() ? add(field, kRequired) : etag(field, value);
}

Validator& Validator::text(std::string_view field, std::string_view value, std::size_t min,
                           std::size_t max) {
    if (value.empty() && min > 0) return add(field, kRequired);
    const std::size_t length = code_points(value);
    return expect(length <= max && (value.empty() || length >= min), field, kRange);
}

Validator& Validator::range(std::string_view field, std::int64_t value, std::int64_t min,
                            std::int64_t max) {
    return expect(value >= min && value <= max, field, kRange);
}
Validator& Validator::not_negative(std::string_view field, std::int64_t value) {
    return expect(value >= 0, field, kRange);
}
Validator& Validator::positive(std::string_view field, std::int64_t value) {
    return expect(value > 0, field, kRange);
}
Validator& Validator::count(std::string_view field, int size, int min, int max) {
    if (size == 0 && min > 0) return add(field, kRequired);
    return expect(size >= min && size <= max, field, kCount);
}
Validator& Validator::present(std::string_view field, bool has) {
    return expect(has, field, kRequired);
}

Validator& Validator::timestamp(std::string_view field, bool has,
                                const google::protobuf::Timestamp& value) {
    return has ? optional_timestamp(field, has, value) : add(field, kRequired);
}

Validator& Validator::optional_timestamp(std::string_view field, bool has,
                                         const google::protobuf::Timestamp& value) {
    if (!has) return *this;
    constexpr std::int64_t kYear1900 = -2'208'988'800;
    constexpr std::int64_t kYear2200 = 7'258'118'400;
    if (value.nanos() < 0 || value.nanos() > 999'999'999 || value.nanos() % 1'000'000 != 0) {
        return add(field, kFormat);
    }
    return range(field, value.seconds(), kYear1900, kYear2200);
}

Validator& Validator::one_of(std::string_view field, std::string_view value,
                             std::initializer_list<std::string_view> allowed) {
    if (value.empty()) return add(field, kRequired);
    return expect(std::find(allowed.begin(), allowed.end(), value) != allowed.end(), field, kEnum);
}

Validator& Validator::page_size(std::int32_t value) { return not_negative("page_size", value); }

Validator& Validator::enum_number(std::string_view field,
                                  const google::protobuf::EnumDescriptor* type, int value,
                                  bool zero_allowed) {
    if (value == 0) return zero_allowed ? *this : add(field, kRequired);
    return expect(type->FindValueByNumber(value) != nullptr, field, kEnum);
}

Validator& Validator::merge(std::string_view prefix, Violations inner) {
    for (FieldViolation& violation : inner) {
        // An element that is a plain value has no field of its own.
        violation.field = violation.field.empty() ? std::string(prefix)
                                                  : std::string(prefix) + "." + violation.field;
        violations_.push_back(std::move(violation));
    }
    return *this;
}

}  // namespace yilian::rpc
