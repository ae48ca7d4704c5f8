#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "libs/audit/audit.h"
#include "libs/base/clock.h"
#include "libs/base/ulid.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/outbox/outbox.h"
#include "libs/policy/store.h"
#include "libs/rpc/error.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/server.h"
#include "libs/runtime/access_events.h"
#include "libs/runtime/command.h"
#include "libs/storage/store.h"

// From an admitted call to its durable answer: what surrounds every command and query
// (architecture.md 5). Thread-safe; lives from wiring to stop.
namespace yilian::runtime {

class WritePath {
  public:
    struct Parts {
        storage::Store& store;
        const Clock& clock;
        IdSource& ids;
        const outbox::OutboxWriter& outbox;
        const policy::PolicyStore& policies;
        const rpc::PageTokens& pages;
        observe::Metrics& metrics;
        observe::Log& log;
        std::string service;
        std::string district;
        std::chrono::hours answers_kept;
    };
    explicit WritePath(Parts parts);

    // Idempotency, lock keys, run, kept answer, audit row: one unit. Answers from its commit.
    void command(const std::shared_ptr<rpc::Call>& call, const ErasedCommand& spec);
    // A read; where it shows a resident's record, the audit row and event of that in a unit, and
    // the answer after its commit.
    void query(const std::shared_ptr<rpc::Call>& call, const ErasedQuery& spec);
    // Audit row of a call that was refused before its handler. Does not block.
    void denied(const rpc::DeniedCall& call);

    [[nodiscard]] const rpc::ErrorMaker& errors() const { return errors_; }

  private:
    struct Running;
    struct Reading;
    void submit(const std::shared_ptr<Running>& running);
    void run(Running& running, storage::Transaction& tx);
    void run_fresh(Running& running, storage::Transaction& tx);
    void audit(storage::Transaction& tx, const Running& running, const CommandContext& context);
    void read(const std::shared_ptr<Reading>& reading);
    void finish_reading(const std::shared_ptr<Reading>& reading, const absl::Status& status);
    void record_accesses(const Reading& reading, storage::Transaction& tx);
    void give_up(rpc::Call& call, const absl::Status& status);

    Parts parts_;
    rpc::ErrorMaker errors_;
    audit::AuditWriter audit_;
    AccessEvents access_events_;
    observe::Counter replays_;
    observe::Timing pool_wait_;
};

}  // namespace yilian::runtime
