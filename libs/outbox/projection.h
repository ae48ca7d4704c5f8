#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"

namespace yilian::outbox {

// A table that holds a projection.
struct ProjectionTable {
    std::string name;
    storage::Query clear;  // takes all rows out
    storage::Query rows;   // all columns that must come back equal, in the order of the key

    // `key` is the ORDER BY list, "resident_id, on_date". The texts are kept for ever: call it once
    // for a table, while wiring.
    [[nodiscard]] static ProjectionTable of(std::string_view table, std::string_view key);
};

// A copy of other services' facts that can be dropped and made again from the history. Handlers of
// its types write nothing else (or look at ConsumeContext::rebuilding), and take times from the
// event, never from `now`.
struct Projection {
    std::string name;  // "contracts"
    std::vector<ProjectionTable> tables;
    std::vector<std::string> types;
};

enum class RebuildSource {
    kOwnerLog,  // ReplayEvents of the owners
    kTopics,    // the topics from their first offset; they must still hold all
};

struct RebuildReport {
    std::string projection;
    std::int64_t applied_events = 0;
    std::int64_t rows_before = 0;  // all tables together
    std::int64_t rows_after = 0;
    std::string digest_before;  // SHA-256 over all rows in order, hexadecimal
    std::string digest_after;   // equal when the projection was right
};

// Rows and digest of a projection's tables.
struct ProjectionDigest {
    std::int64_t rows = 0;
    std::string sha256;
};
[[nodiscard]] ProjectionDigest digest_of(storage::Transaction& tx, const Projection& projection);

}  // namespace yilian::outbox
