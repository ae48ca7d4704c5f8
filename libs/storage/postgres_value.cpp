#include "libs/storage/postgres_value.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace yilian::storage {
namespace {

// Of PostgreSQL's catalogue pg_type; fixed for ever.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kUnknown = 705;
constexpr Oid kBpchar = 1042;
constexpr Oid kVarchar = 1043;
constexpr Oid kNumeric = 1700;
constexpr Oid kVoid = 2278;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char c : bytes) number = number << 8U | static_cast<std::uint8_t>(c);
    return number;
}

std::int64_t signed_integer(std::string_view bytes) {
    const auto shift = static_cast<unsigned>(64 - bytes.size() * 8);
    return static_cast<std::int64_t>(big_endian(bytes) << shift) >> shift;
}

// sum() over BIGINT is numeric. Wire form: count, weight, sign, scale, then digits to base 10,000.
std::optional<std::int64_t> whole_numeric(std::string_view bytes) {
    constexpr std::size_t kHeader = 8;
    constexpr std::int64_t kBase = 10000;
    if (bytes.size() < kHeader) return std::nullopt;
    const auto digits = static_cast<std::int64_t>(big_endian(bytes.substr(0, 2)));
    const std::int64_t weight = signed_integer(bytes.substr(2, 2));
    const std::uint64_t sign = big_endian(bytes.substr(4, 2));
    if (sign != 0 && sign != 0x4000) return std::nullopt;
    std::int64_t number = 0;
    for (std::int64_t i = 0; i <= weight || i < digits; ++i) {
        std::int64_t digit = 0;
        if (i < digits) {
            digit = signed_integer(bytes.substr(kHeader + static_cast<std::size_t>(i) * 2, 2));
        }
        if (i > weight) {
            if (digit != 0) return std::nullopt;  // a fraction
            continue;
        }
        if (__builtin_mul_overflow(number, kBase, &number) ||
            __builtin_sub_overflow(number, digit, &number)) {
            return std::nullopt;  // collected as a negative number: its range is the larger one
        }
    }
    if (sign != 0) return number;
    std::int64_t positive = 0;
    if (__builtin_sub_overflow(std::int64_t{0}, number, &positive)) return std::nullopt;
    return positive;
}

Value value_of(Oid type, std::string_view bytes, const char* query) {
    switch (type) {
        case kBool:
        case kInt2:
        case kInt4:
        case kInt8:
            return signed_integer(bytes);
        case kNumeric:
            if (const auto number = whole_numeric(bytes)) return *number;
            throw StorageError(StorageError::Kind::kStatement,
                               fmt::format("{}: numeric result is not a BIGINT", query));
        case kText:
        case kVarchar:
        case kBpchar:
        case kName:
        case kUnknown:
            return std::string(bytes);
        case kBytea:
            return Blob{std::string(bytes)};
        case kVoid:
            return {};
        default:
            throw StorageError(StorageError::Kind::kStatement,
                               fmt::format("{}: result of type {} needs a cast", query, type));
    }
}

}  // namespace

PostgresParameters::PostgresParameters(std::span<const Value> params) {
    numbers_.reserve(params.size());
    values_.reserve(params.size());
    lengths_.reserve(params.size());
    formats_.reserve(params.size());
    const auto add = [&](const char* value, std::size_t length, int format) {
        values_.push_back(value);
        lengths_.push_back(static_cast<int>(length));
        formats_.push_back(format);
        bytes_ += length + sizeof(std::int64_t);
    };
    for (const Value& value : params) {
        if (const auto* number = std::get_if<std::int64_t>(&value.held())) {
            numbers_.push_back(fmt::format_int(*number).str());
            add(numbers_.back().c_str(), numbers_.back().size(), 0);
        } else if (const auto* text = std::get_if<std::string>(&value.held())) {
            add(text->c_str(), text->size(), 0);
        } else if (const auto* blob = std::get_if<Blob>(&value.held())) {
            add(blob->bytes.data(), blob->bytes.size(), 1);
        } else {
            add(nullptr, 0, 0);
        }
    }
}

std::vector<Oid> postgres_types(std::span<const Value> params) {
    constexpr Oid kByHeld[] = {0, kInt8, kText, kBytea};
    std::vector<Oid> types;
    types.reserve(params.size());
    for (const Value& value : params) types.push_back(kByHeld[value.held().index()]);
    return types;
}

Rows postgres_rows(const PGresult* result, const char* query) {
    const int rows = PQntuples(result);
    const int columns = PQnfields(result);
    Rows out;
    out.reserve(static_cast<std::size_t>(rows));
    for (int r = 0; r < rows; ++r) {
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int c = 0; c < columns; ++c) {
            if (PQgetisnull(result, r, c) != 0) {
                values.emplace_back();
                continue;
            }
            const std::string_view bytes(PQgetvalue(result, r, c),
                                         static_cast<std::size_t>(PQgetlength(result, r, c)));
            values.push_back(value_of(PQftype(result, c), bytes, query));
        }
        out.emplace_back(std::move(values));
    }
    return out;
}

std::string postgres_text_array(std::span<const std::string> items) {
    std::string array = "{";
    for (const std::string& item : items) {
        if (array.size() > 1) array += ',';
        array += '"';
        for (const char c : item) {
            if (c == '"' || c == '\\') array += '\\';
            array += c;
        }
        array += '"';
    }
    return array + "}";
}

}  // namespace yilian::storage
