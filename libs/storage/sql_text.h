#pragma once

#include <string>
#include <string_view>

namespace yilian::storage {

// The text-level differences between the two SQL dialects. Literals, quoted names and comments are
// left as they are. Pure functions.

// `$1` -> `?1`: SQLite numbers `$n` by first appearance, not by n (traps.md 6).
[[nodiscard]] std::string sqlite_parameters(std::string_view sql);

// A migration written with BIGINT, TEXT and BYTEA as SQLite wants it: INTEGER, TEXT and BLOB, and
// every CREATE TABLE made STRICT (SQLite would take text in an integer column otherwise).
[[nodiscard]] std::string sqlite_schema(std::string_view sql);

// Well-formed UTF-8 without NUL: what both databases keep in a TEXT column.
[[nodiscard]] bool is_storable_text(std::string_view text);

}  // namespace yilian::storage
