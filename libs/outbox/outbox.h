#pragma once

#include <optional>
#include <string>

#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/storage/transaction.h"

namespace yilian::outbox {

// Appends events to the outbox of one service inside the transaction that makes the change. The
// relay publishes them after the commit. Thread-safe.
class OutboxWriter {
  public:
    // `service` is "referrals": source "/yilian/referrals", topic "yilian.referrals.v1".
    OutboxWriter(IdSource& ids, std::string service);
    // A writer that appends nothing and answers "": what handlers get while a projection is
    // rebuilt.
    [[nodiscard]] static OutboxWriter muted();

    // Gives the event its id and the next sequence of its subject, in this transaction; several in
    // one transaction get consecutive ones. Answers the event id. The draft comes from
    // make_event(); one of another service's type, or with an empty part, is a broken invariant.
    // Costs no round trip on PostgreSQL.
    //
    // The rows of one subject are serialised by its head row until commit, so their positions rise
    // with their sequence.
    std::string append(storage::Transaction& tx, const events::EventDraft& draft,
                       const events::EventMeta& meta) const;

    [[nodiscard]] const std::string& service() const { return service_; }

  private:
    OutboxWriter() = default;

    IdSource* ids_ = nullptr;
    std::string service_;
    std::string source_;
    std::string topic_;
};

}  // namespace yilian::outbox
