#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/ulid.h"
#include "libs/config/service_config.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/outbox/consumer.h"
#include "libs/outbox/relay.h"

namespace yilian::runtime {

// Relay and consumer of one service with their broker connection. Without a broker in the
// configuration nothing runs: events wait in the outbox. start() and stop() from one thread.
class Pipeline {
  public:
    struct Parts {
        const config::ServiceConfig& config;
        storage::Store& store;
        const Clock& clock;
        IdSource& ids;
        const outbox::OutboxWriter& outbox;
        outbox::ReplayClient& replay;
        observe::Metrics& metrics;
        // Shared: a broker handle that librdkafka cannot close in time is abandoned and logs on.
        std::shared_ptr<observe::Log> log;
    };
    Pipeline(Parts parts, outbox::Subscriptions subscriptions,
             std::vector<outbox::Projection> projections);
    ~Pipeline();

    // UNAVAILABLE only for a secret file that cannot be read; a broker that is away is waited for.
    [[nodiscard]] absl::Status start();
    void stop_consumer();
    // The relay goes on until the outbox is empty or `patience` is over.
    void stop_relay(std::chrono::milliseconds patience);
    // New rows may be in the outbox. Thread-safe, before start() too.
    void wake();
    // nullptr without broker or subscriptions.
    [[nodiscard]] outbox::Consumer* consumer() { return consumer_.get(); }

  private:
    [[nodiscard]] absl::StatusOr<kafka::Connection> connection() const;
    [[nodiscard]] outbox::Hooks hooks() const;

    Parts parts_;
    outbox::Subscriptions subscriptions_;
    std::unique_ptr<kafka::Producer> producer_;
    std::unique_ptr<outbox::Relay> relay_;
    std::unique_ptr<outbox::Consumer> consumer_;
};

}  // namespace yilian::runtime
