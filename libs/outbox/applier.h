#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/events/codec.h"
#include "libs/events/registry.h"
#include "libs/outbox/consumer.h"

// Internal to this library: what happens to one event inside its unit. Knows neither threads nor
// Kafka.
namespace yilian::outbox {

// An event on its way to its effect.
struct Incoming {
    enum class Origin { kTopic, kOwnerLog, kParked, kDeadLetter };

    Origin origin = Origin::kTopic;
    std::string topic;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string cluster_id{};          // topic only
    std::int64_t expected_offset = 0;  // topic only: where progress stands when all before are done
    std::int64_t timestamp_ms = 0;     // topic only: machine time of the producer's commit

    // The record as it came; kept for parking and dead letters.
    events::Headers headers{};
    std::optional<std::string> key{};
    std::optional<std::string> value{};
    // Decoded from it. Not OK: no event of ours.
    absl::StatusOr<events::Envelope> event = absl::UnknownError("not decoded");
    // Set after a handler refused it: becomes a dead letter instead of being handled.
    std::optional<std::string> poison{};
    // Topic only: no event, just moves the progress over records that concern nobody here.
    bool skip = false;
};

// What became of it, once its unit is committed.
struct Outcome {
    enum class Fate {
        kApplied,
        kIgnored,           // counts in the sequence, no handler
        kDuplicate,         // in the inbox
        kObsolete,          // sequence passed
        kGap,               // parked, earlier ones are missing
        kBehindDeadLetter,  // parked
        kDeadLettered,
        kStillDead,  // a replayed dead letter failed again
        kSkipped,
    };
    Fate fate = Fate::kSkipped;
    bool more_parked = false;  // events of the subject wait behind this one
};

class Applier {
  public:
    Applier(std::string consumer, const Clock& clock, const OutboxWriter& outbox,
            const events::TypeRegistry& registry, const Subscriptions& subscriptions,
            std::function<std::vector<std::string>(const events::Envelope&)> lock_keys);

    // Decodes a record. Fills `event`, with the aggregate of the type.
    void decode(Incoming& incoming) const;
    [[nodiscard]] Incoming from_log(const events::Envelope& event) const;
    // Whether the event's sequence matters here.
    [[nodiscard]] bool follows(const Incoming& incoming) const;
    [[nodiscard]] std::vector<std::string> lock_keys(const Incoming& incoming) const;

    // The body of the unit. Throws storage::Rollback: with poison_reason() of its status set when
    // the handler refused the event, ABORTED when an earlier event of the partition is not done
    // yet.
    [[nodiscard]] Outcome apply(storage::Transaction& tx, const Incoming& incoming) const;
    // Runs the handler of an event as a rebuild does. Throws PoisonEvent.
    void project(storage::Transaction& tx, const events::Envelope& event) const;

    [[nodiscard]] const std::vector<std::string>& topics() const { return topics_; }
    [[nodiscard]] const std::string& consumer() const { return consumer_; }
    [[nodiscard]] bool handles(std::string_view type) const;
    [[nodiscard]] std::vector<std::string> handled_types() const;
    // Also of a type that this build does not know any more.
    [[nodiscard]] std::string aggregate_of(const std::string& type) const;

  private:
    struct State;
    [[nodiscard]] State state_of(storage::Transaction& tx, const Incoming& incoming) const;
    [[nodiscard]] Outcome settle(storage::Transaction& tx, const Incoming& incoming,
                                 const State& state, Instant now) const;
    [[nodiscard]] Outcome run(storage::Transaction& tx, const Incoming& incoming,
                              const State& state, Instant now) const;
    void handle(storage::Transaction& tx, const Incoming& incoming, const EventHandler& handler,
                Instant now) const;
    void park(storage::Transaction& tx, const Incoming& incoming, Instant now) const;
    [[nodiscard]] Outcome bury(storage::Transaction& tx, const Incoming& incoming,
                               const std::string& reason, Instant now) const;
    void move_on(storage::Transaction& tx, const Incoming& incoming) const;

    const std::string consumer_;
    const Clock& clock_;
    const OutboxWriter& outbox_;
    const OutboxWriter muted_ = OutboxWriter::muted();
    const events::TypeRegistry& registry_;
    const Subscriptions& subscriptions_;
    const std::function<std::vector<std::string>(const events::Envelope&)> lock_keys_;
    std::vector<std::string> topics_;
    std::set<std::pair<std::string, std::string>> followed_;  // topic, aggregate
};

// The reason of a rollback caused by poison, or nothing.
[[nodiscard]] std::optional<std::string> poison_reason(const absl::Status& status);

}  // namespace yilian::outbox
