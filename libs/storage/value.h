#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "libs/base/clock.h"

namespace yilian::storage {

// Bytes of a BYTEA / BLOB column.
struct Blob {
    std::string bytes;
    friend bool operator==(const Blob&, const Blob&) = default;
};

// What crosses between C++ and SQL, in the subset both databases share: null, 64-bit integer, text,
// bytes. Dates are text `yyyy-mm-dd`, instants integers (ms since the epoch, UTC), booleans 0 and 1,
// money and points integers. There is no floating point.
class Value {
  public:
    using Held = std::variant<std::monostate, std::int64_t, std::string, Blob>;

    // NOLINTBEGIN(google-explicit-constructor): parameters are written as plain values.
    Value() = default;
    Value(std::nullopt_t) {}
    Value(std::int64_t v) : held_(v) {}
    Value(int v) : held_(std::int64_t{v}) {}
    Value(bool v) : held_(std::int64_t{v ? 1 : 0}) {}
    Value(Instant v) : held_(to_ms(v)) {}
    Value(std::string v) : held_(std::move(v)) {}
    Value(std::string_view v) : held_(std::string(v)) {}
    Value(const char* v) : held_(std::string(v)) {}
    Value(Blob v) : held_(std::move(v)) {}
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
