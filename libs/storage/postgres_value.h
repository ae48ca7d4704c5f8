#pragma once

#include <libpq-fe.h>

#include <span>
#include <string>
#include <vector>

#include "libs/storage/transaction.h"

namespace yilian::storage {

// Parameters in the shape libpq wants: integers as bigint in text, text as text, blobs in binary.
// Lives until the statement is queued.
class PostgresParameters {
  public:
    explicit PostgresParameters(std::span<const Value> params);

    [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
    [[nodiscard]] const char* const* values() const { return values_.data(); }
    [[nodiscard]] const int* lengths() const { return lengths_.data(); }
    [[nodiscard]] const int* formats() const { return formats_.data(); }
    // Rough size on the wire.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    std::vector<std::string> numbers_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::size_t bytes_ = 0;
};

// The declared types of `params`; null leaves the choice to the server.
[[nodiscard]] std::vector<Oid> postgres_types(std::span<const Value> params);

// The rows of a result in binary format. Whole numbers of any integer type, boolean and numeric
// become integers; other types than those, text and bytea are a StorageError (cast in SQL).
[[nodiscard]] Rows postgres_rows(const PGresult* result, const char* query);

// A text[] literal.
[[nodiscard]] std::string postgres_text_array(std::span<const std::string> items);

}  // namespace yilian::storage
