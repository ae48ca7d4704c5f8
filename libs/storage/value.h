#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "libs/base/clock.h"
#include "libs/base/strong_id.h"

namespace yilian::storage {

// Bytes of a BYTEA / BLOB column.
struct Blob {
    std::string bytes;
    friend bool operator==(const Blob&, const Blob&) = default;
};

// Integers that fit a BIGINT without loss; bool has an overload of its own.
template <class T>
concept StoredInteger = std::integral<T> && !std::same_as<T, bool> &&
                        (std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t));

// What crosses between C++ and SQL, in the subset both databases share: null, 64-bit integer, text,
// bytes. Dates are text `yyyy-mm-dd`, instants integers (ms since the epoch, UTC), booleans 0 and
// 1, money and points integers. There is no floating point. Text is UTF-8 without NUL bytes;
// anything else is refused by both drivers (StorageError).
class Value {
  public:
    using Held = std::variant<std::monostate, std::int64_t, std::string, Blob>;

    // NOLINTBEGIN(google-explicit-constructor): parameters are written as plain values.
    Value() = default;
    Value(std::nullopt_t) {}
    template <StoredInteger T>
    Value(T v) : held_(static_cast<std::int64_t>(v)) {}
    template <std::same_as<bool> T>
    Value(T v) : held_(std::int64_t{v ? 1 : 0}) {}
    Value(Instant v) : held_(to_ms(v)) {}
    Value(std::string v) : held_(std::move(v)) {}
    Value(std::string_view v) : held_(std::string(v)) {}
    Value(const char* v) : held_(std::string(v)) {}
    Value(Blob v) : held_(std::move(v)) {}
    template <class Tag>
    Value(const StrongId<Tag>& v) : held_(v.str()) {}
    template <class T>
    Value(const std::optional<T>& v) {
        if (v) *this = Value(*v);
    }
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] bool is_null() const { return held_.index() == 0; }
    [[nodiscard]] const Held& held() const { return held_; }
    friend bool operator==(const Value&, const Value&) = default;

  private:
    Held held_;
};

}  // namespace yilian::storage
