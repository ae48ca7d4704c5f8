#include "libs/outbox/outbox.h"

#include "libs/base/invariant.h"
#include "libs/outbox/machine_time.h"
#include "libs/outbox/queries.h"

namespace yilian::outbox {

OutboxWriter::OutboxWriter(IdSource& ids, std::string service)
    : ids_(&ids),
      service_(std::move(service)),
      source_("/yilian/" + service_),
      topic_(events::topic_of_service(service_)) {}

OutboxWriter OutboxWriter::muted() { return {}; }

std::string OutboxWriter::append(storage::Transaction& tx, const events::EventDraft& draft,
                                 const events::EventMeta& meta) const {
    if (ids_ == nullptr) return "";
    YILIAN_INVARIANT(events::topic_of(draft.type) == topic_, "event type of another service");
    YILIAN_INVARIANT(!draft.aggregate.empty() && !draft.subject.empty() &&
                         !draft.partition_key.empty() && !draft.payload.empty(),
                     "event draft with an empty part");
    std::string id = ids_->next_ulid();
    tx.post(kNextSequence, draft.subject);
    tx.post(kAppendEvent, id, topic_, draft.aggregate, draft.subject, draft.type,
            storage::Blob{draft.payload}, draft.partition_key, source_, meta.time,
            meta.correlation_id, meta.causation_id, meta.traceparent, machine_now_ms());
    return id;
}

}  // namespace yilian::outbox
