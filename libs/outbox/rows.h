#pragma once

#include <cstdint>

#include "libs/events/event.h"
#include "libs/storage/transaction.h"

namespace yilian::outbox {

// Reads the columns YILIAN_OUTBOX_COLUMNS of queries.h.
[[nodiscard]] inline events::Envelope envelope_from(const storage::Row& row) {
    events::Envelope event;
    event.id = row.text(1);
    event.aggregate = row.text(3);
    event.subject = row.text(4);
    event.type = row.text(5);
    event.payload = row.bytes(6);
    event.partition_key = row.text(7);
    event.sequence = row.i64(8);
    event.source = row.text(9);
    event.time = row.instant(10);
    event.correlation_id = row.text(11);
    event.causation_id = row.text(12);
    event.traceparent = row.text(13);
    return event;
}

}  // namespace yilian::outbox
