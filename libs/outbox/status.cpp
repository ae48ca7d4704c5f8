#include "libs/outbox/status.h"

#include <set>

#include "libs/outbox/queries.h"

namespace yilian::outbox {

PipelineStatus pipeline_status(storage::Transaction& tx) {
    PipelineStatus status;
    const auto depth = tx.select_one(kUnpublishedDepth);
    status.unpublished = depth->i64(0);
    status.oldest_unpublished = depth->opt_instant(1);
    std::set<std::string> clusters;
    for (const storage::Row& row : tx.select(kRelayPositions)) {
        status.published.push_back(
            {row.text(0), static_cast<std::int32_t>(row.i64(1)), row.i64(2)});
        clusters.insert(row.text(3));
    }
    for (const storage::Row& row : tx.select(kAllStreams)) {
        status.consumed.push_back({row.text(0), row.text(1), static_cast<std::int32_t>(row.i64(2)),
                                   row.i64(3), row.text(4)});
        clusters.insert(row.text(4));
    }
    const auto counts = tx.select_one(kPipelineCounts);
    status.parked = counts->i64(0);
    status.dead_letters = counts->i64(1);
    if (clusters.size() == 1) status.cluster_id = *clusters.begin();
    return status;
}

std::vector<DeadLetterRow> list_dead_letters(storage::Transaction& tx,
                                             const std::optional<DeadLetterRow>& after,
                                             std::int64_t limit) {
    const DeadLetterRow start = after.value_or(DeadLetterRow{});
    const std::int64_t failed_at = after ? to_ms(after->failed_at) : -1;
    std::vector<DeadLetterRow> rows;
    for (const storage::Row& row : tx.select(kListDeadLetters, failed_at, start.consumer,
                                             start.topic, start.event_id, limit)) {
        rows.push_back({row.text(0), row.text(1), row.text(2),
                        static_cast<std::int32_t>(row.i64(3)), row.i64(4), row.text(5), row.text(6),
                        row.text(7), row.instant(8), row.i64(9)});
    }
    return rows;
}

}  // namespace yilian::outbox
