#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/events/event.h"
#include "libs/events/registry.h"
#include "libs/kafka/consumer.h"
#include "libs/outbox/event_log.h"
#include "libs/outbox/hooks.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/projection.h"
#include "libs/storage/store.h"

namespace yilian::outbox {

// Thrown by a handler for an event that no retry will help: it does not parse, names an unknown
// required code, contradicts an invariant. Undoes everything the handler did.
class PoisonEvent : public std::runtime_error {
  public:
    // `reason` is a stable code, "PAYLOAD_INVALID".
    explicit PoisonEvent(std::string reason)
        : std::runtime_error("poison event: " + reason), reason_(std::move(reason)) {}
    [[nodiscard]] const std::string& reason() const { return reason_; }

  private:
    std::string reason_;
};

// One event inside the unit of its effect. Valid during the call.
struct ConsumeContext {
    storage::Transaction& tx;
    const events::Envelope& event;
    Instant now;  // business clock; the event's own time while a projection is rebuilt
    const OutboxWriter& outbox;
    std::string_view consumer;
    // A projection is being rebuilt: only its tables may be written. effect() and append() do
    // nothing.
    bool rebuilding = false;

    // Notes a change that this event made: `kind` says what ("referral.drafted"), `key` to which
    // record. Every change a handler makes calls it; a second row for one change is a bug that the
    // checks find.
    void effect(std::string_view kind, std::string_view key);
    // Appends an event caused by this one: same correlation and trace, causation = this event, time
    // = now. Answers its id, "" while rebuilding.
    std::string append(const events::EventDraft& draft);
};

// Applies one event. May run more than once; touches nothing but the transaction. Upserts, so that
// the same facts in another order give the same rows: events of different topics, and of different
// aggregates, are not ordered against each other. Throws PoisonEvent; lets StorageError pass.
// Any other failure is tried a few times and then taken as poison (HANDLER_FAILED).
using EventHandler = std::function<void(ConsumeContext&)>;
// Event type -> handler.
using Subscriptions = std::map<std::string, EventHandler>;

struct ConsumerOptions {
    std::string name;  // consumer group, "yilian.referrals"
    kafka::Connection connection{};
    // false: this process reads all partitions. true: the processes of the group share them.
    bool use_group = false;
    int fetch_wait_ms = 20;           // kafka::ConsumerOptions
    int session_timeout_ms = 45'000;  // group mode
    std::size_t in_flight_max = 256;  // events handed to the store and not yet durable
    std::chrono::milliseconds backoff_min{50};
    std::chrono::milliseconds backoff_max{5000};
    int handler_attempts = 3;  // of failures that are neither poison nor transient
    // Made anew from the owners when a subscription joins an aggregate that was followed before.
    std::vector<Projection> projections{};
    // Locks beside the one of the partition. Unset: the record that the key names, as commands lock
    // it: "resident/<id>", "institution/<id>" or "district/<code>".
    std::function<std::vector<std::string>(const events::Envelope&)> lock_keys{};
    // Fault tests: called before offsets are committed to the broker; false = as if the process had
    // died here.
    std::function<bool()> before_offset_commit{};
};

// Which dead letters to replay; empty parts do not restrict.
struct DeadLetterFilter {
    std::string subject{};
    std::vector<std::string> event_ids{};
};

struct DeadLetterReplay {
    std::int64_t applied = 0;    // applied now
    std::int64_t dropped = 0;    // were duplicates meanwhile
    std::int64_t remaining = 0;  // failed once more, or could not be tried
    std::int64_t unparked = 0;   // parked events applied behind them
};

// Reads the topics of its subscriptions and applies each event once (architecture.md 6).
//
// One event is one unit: inbox row, sequence check, handler with its own outbox rows, progress. The
// database decides where to go on reading and what is new; Kafka's offsets are told for lag
// figures.
//  - sequence already seen       duplicate, dropped and counted
//  - next sequence               applied
//  - later sequence (gap)        parked; the missing ones are asked of the owner; then all in order
//  - poison                      dead letter (table, and topic "<name>.<topic>.dlt" through the
//                                outbox); later events of the aggregate are parked behind it
//  - transient failure           the partition rests and is tried again, without limit
//  - lost offsets, new broker    what is missing is fetched from the owner first, then the topic
//  goes on
// A subscription that this consumer has not had before (its first start included) is brought up to
// date with the owner's history once the topics have been read: a topic may hold less. Where its
// aggregate was followed before, the old events only enter projections; what else its handler does
// begins with the next event.
//
// Types without handler are skipped; their sequence counts when the aggregate is followed, that is
// when any type of it has a handler.
//
// Threads: one reads, one repairs; handlers run on store workers. start(), stop() from one thread,
// the other calls are thread-safe.
class Consumer {
  public:
    // `registry` must know every subscribed type. `replay` may be null: gaps then stay parked and a
    // new broker is read from its beginning. References outlive the consumer.
    Consumer(ConsumerOptions options, storage::Store& store, const Clock& clock,
             const OutboxWriter& outbox, const events::TypeRegistry& registry,
             Subscriptions subscriptions, ReplayClient* replay, Hooks hooks);
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;
    ~Consumer();

    void start();
    // Finishes what is in flight, tells the offsets, leaves. Idempotent.
    void stop();

    [[nodiscard]] const std::string& name() const;
    // Topics read, sorted.
    [[nodiscard]] const std::vector<std::string>& topics() const;

    // Applies open dead letters again, oldest first, and then the events parked behind them. Safe
    // to repeat. `done` is called once, on the repair thread; after stop() with all counts 0.
    void replay_dead_letters(DeadLetterFilter filter, std::function<void(DeadLetterReplay)> done);
    // Makes a projection anew (projection.h). `done` is called once, on the repair thread.
    // CANCELLED after stop(); INVALID_ARGUMENT when a type of it has no handler here.
    void rebuild(Projection projection, RebuildSource source,
                 std::function<void(absl::StatusOr<RebuildReport>)> done);
    // Asks the owner of `topic` for everything this consumer has not seen, in the background: for
    // an operator who knows of a loss that nothing here could notice.
    void catch_up(const std::string& topic);

    struct Stats {
        std::int64_t applied = 0;     // handler ran
        std::int64_t ignored = 0;     // followed aggregate, type without handler
        std::int64_t duplicates = 0;  // inbox knew the event
        std::int64_t obsolete = 0;    // sequence passed, event not in the inbox
        std::int64_t parked = 0;      // parked since start
        std::int64_t dead_lettered = 0;
        std::int64_t retried = 0;    // units given to the store again
        std::int64_t fetched = 0;    // events that came by ReplayEvents
        std::int64_t caught_up = 0;  // lost offsets or new brokers overcome
    };
    [[nodiscard]] Stats stats() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace yilian::outbox
