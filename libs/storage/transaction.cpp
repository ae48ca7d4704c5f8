#include "libs/storage/transaction.h"

#include "libs/base/invariant.h"

namespace yilian::storage {

const Value& Row::at(std::size_t column) const {
    YILIAN_INVARIANT(column < values_.size(), "column position outside the row");
    return values_[column];
}

std::int64_t Row::i64(std::size_t column) const {
    const auto* held = std::get_if<std::int64_t>(&at(column).held());
    YILIAN_INVARIANT(held != nullptr, "column is not an integer");
    return *held;
}

const std::string& Row::text(std::size_t column) const {
    const auto* held = std::get_if<std::string>(&at(column).held());
    YILIAN_INVARIANT(held != nullptr, "column is not text");
    return *held;
}

const std::string& Row::bytes(std::size_t column) const {
    const auto* held = std::get_if<Blob>(&at(column).held());
    YILIAN_INVARIANT(held != nullptr, "column is not bytes");
    return held->bytes;
}

bool Row::null(std::size_t column) const { return at(column).is_null(); }

std::optional<std::int64_t> Row::opt_i64(std::size_t column) const {
    if (null(column)) return std::nullopt;
    return i64(column);
}

std::optional<std::string> Row::opt_text(std::size_t column) const {
    if (null(column)) return std::nullopt;
    return text(column);
}

std::optional<std::string> Row::opt_bytes(std::size_t column) const {
    if (null(column)) return std::nullopt;
    return bytes(column);
}

std::optional<Instant> Row::opt_instant(std::size_t column) const {
    if (null(column)) return std::nullopt;
    return instant(column);
}

}  // namespace yilian::storage
