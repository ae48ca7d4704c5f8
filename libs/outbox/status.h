#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/storage/transaction.h"

// Where relay and consumers of a service stand: GetPipelineStatus and ListDeadLetters. Everything
// is read from the database, in the caller's snapshot.
namespace yilian::outbox {

struct PublishedAt {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t last_offset = 0;
};

struct ConsumedAt {
    std::string consumer;
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;  // all before it are applied, parked or dead letters
    std::string cluster_id;
};

struct PipelineStatus {
    std::int64_t unpublished = 0;
    std::optional<Instant> oldest_unpublished{};  // machine time of its commit, not business time
    std::vector<PublishedAt> published;           // dead-letter topics left out
    std::vector<ConsumedAt> consumed;
    std::int64_t parked = 0;
    std::int64_t dead_letters = 0;  // not yet replayed
    // The broker instance that relay and consumers agree on; "" when there is none yet or they do
    // not agree (one of them has not noticed a new broker yet): offsets cannot be compared then.
    std::string cluster_id;
};

[[nodiscard]] PipelineStatus pipeline_status(storage::Transaction& tx);

// An open dead letter.
struct DeadLetterRow {
    std::string event_id;  // "<topic>/<partition>/<offset>" when the record was no event at all
    std::string consumer;
    std::string topic;
    std::int32_t partition = -1;  // -1: came by ReplayEvents
    std::int64_t offset = -1;
    std::string type;
    std::string subject;
    std::string reason;
    Instant failed_at{};  // business clock
    std::int64_t parked_behind = 0;
};

// Oldest first, behind `after` (a row of the page before, or none).
[[nodiscard]] std::vector<DeadLetterRow> list_dead_letters(
    storage::Transaction& tx, const std::optional<DeadLetterRow>& after, std::int64_t limit);

}  // namespace yilian::outbox
