#include "libs/outbox/applier.h"

#include <fmt/format.h>

#include "absl/strings/cord.h"
#include "libs/base/failpoint.h"
#include "libs/base/invariant.h"
#include "libs/kafka/admin.h"
#include "libs/outbox/machine_time.h"
#include "libs/outbox/queries.h"

namespace yilian::outbox {
namespace {

using Fate = Outcome::Fate;
using Origin = Incoming::Origin;

constexpr const char* kPoisonUrl = "yilian.outbox/poison";
// A record with more than this would not fit the dead-letter topic with its extra headers.
constexpr std::size_t kDeadLetterBytesMax = 900'000;

absl::Status poison_status(const std::string& reason) {
    absl::Status status = absl::FailedPreconditionError("poison event");
    status.SetPayload(kPoisonUrl, absl::Cord(reason));
    return status;
}

std::string default_lock_key(const events::EventType* type, const events::Envelope& event) {
    if (type == nullptr) return "key/" + event.partition_key;
    for (const char* kind : {"resident", "institution", "district"}) {
        if (type->key_field.find(kind) != std::string::npos) {
            return fmt::format("{}/{}", kind, event.partition_key);
        }
    }
    return "key/" + event.partition_key;
}

std::optional<storage::Blob> blob_of(const std::optional<std::string>& bytes) {
    if (!bytes) return std::nullopt;
    return storage::Blob{*bytes};
}

// yilian.<service>.<resource>.<past tense>.v1: the aggregate of a type that this build does not
// know.
std::string resource_of(std::string_view type) {
    for (int i = 0; i < 2; ++i) {
        const auto dot = type.find('.');
        if (dot == std::string_view::npos) return "";
        type.remove_prefix(dot + 1);
    }
    return std::string(type.substr(0, type.find('.')));
}

}  // namespace

std::optional<std::string> poison_reason(const absl::Status& status) {
    const auto reason = status.GetPayload(kPoisonUrl);
    if (!reason) return std::nullopt;
    return std::string(*reason);
}

// What the tables say before the event.
struct Applier::State {
    std::int64_t next_offset = 0;
    std::string cluster_id;
    std::int64_t last_sequence = 0;
    bool in_inbox = false;
    std::int64_t parked = 0;
    std::optional<std::int64_t> dead_sequence;  // of the open dead letter of this subject
};

Applier::Applier(std::string consumer, const Clock& clock, const OutboxWriter& outbox,
                 const events::TypeRegistry& registry, const Subscriptions& subscriptions,
                 std::function<std::vector<std::string>(const events::Envelope&)> lock_keys)
    : consumer_(std::move(consumer)),
      clock_(clock),
      outbox_(outbox),
      registry_(registry),
      subscriptions_(subscriptions),
      lock_keys_(std::move(lock_keys)) {
    std::set<std::string> topics;
    for (const auto& [name, handler] : subscriptions_) {
        const events::EventType* type = registry_.find(name);
        YILIAN_INVARIANT(type != nullptr && handler, "subscription to an unknown event type");
        topics.insert(type->topic);
        followed_.emplace(type->topic, type->aggregate);
    }
    topics_.assign(topics.begin(), topics.end());
}

bool Applier::handles(std::string_view type) const {
    return subscriptions_.contains(std::string(type));
}

std::vector<std::string> Applier::handled_types() const {
    std::vector<std::string> types;
    for (const auto& [type, handler] : subscriptions_) types.push_back(type);
    return types;
}

std::string Applier::aggregate_of(const std::string& type) const {
    const events::EventType* known = registry_.find(type);
    return known != nullptr ? known->aggregate : resource_of(type);
}

void Applier::decode(Incoming& incoming) const {
    incoming.event = events::from_record(incoming.headers, incoming.key, incoming.value);
    if (!incoming.event.ok()) return;
    incoming.event->aggregate = aggregate_of(incoming.event->type);
}

Incoming Applier::from_log(const events::Envelope& event) const {
    Incoming incoming;
    incoming.origin = Origin::kOwnerLog;
    incoming.topic = events::topic_of(event.type);
    incoming.headers = events::to_headers(event);
    incoming.key = event.partition_key;
    incoming.value = event.payload;
    incoming.event = event;
    return incoming;
}

bool Applier::follows(const Incoming& incoming) const {
    // What cannot be read must be looked at.
    if (!incoming.event.ok()) return true;
    return followed_.contains({incoming.topic, incoming.event->aggregate});
}

std::vector<std::string> Applier::lock_keys(const Incoming& incoming) const {
    std::vector<std::string> keys{
        fmt::format("{}/{}/{}", consumer_, incoming.topic, incoming.partition)};
    if (incoming.skip || !incoming.event.ok()) return keys;
    const events::Envelope& event = *incoming.event;
    if (lock_keys_) {
        for (std::string& key : lock_keys_(event)) keys.push_back(std::move(key));
    } else {
        keys.push_back(default_lock_key(registry_.find(event.type), event));
    }
    return keys;
}

Applier::State Applier::state_of(storage::Transaction& tx, const Incoming& incoming) const {
    const bool readable = incoming.event.ok();
    const auto row = tx.select_one(kState, consumer_, incoming.topic, incoming.partition,
                                   readable ? incoming.event->subject : std::string(),
                                   readable ? incoming.event->id : std::string());
    State state;
    state.next_offset = row->opt_i64(0).value_or(0);
    state.cluster_id = row->opt_text(1).value_or("");
    state.last_sequence = row->opt_i64(2).value_or(0);
    state.in_inbox = row->i64(3) > 0;
    state.parked = row->i64(4);
    state.dead_sequence = row->opt_i64(5);
    return state;
}

Outcome Applier::apply(storage::Transaction& tx, const Incoming& incoming) const {
    const State state = state_of(tx, incoming);
    if (incoming.origin == Origin::kTopic) {
        const bool other_broker =
            !state.cluster_id.empty() && state.cluster_id != incoming.cluster_id;
        if (other_broker || state.next_offset < incoming.expected_offset) {
            throw storage::Rollback(absl::AbortedError("an earlier event is not done"));
        }
        if (incoming.offset < state.next_offset) return {Fate::kDuplicate, state.parked > 0};
    }
    const Outcome outcome =
        incoming.skip ? Outcome{Fate::kSkipped} : settle(tx, incoming, state, clock_.now());
    if (incoming.origin == Origin::kTopic) move_on(tx, incoming);
    return outcome;
}

Outcome Applier::settle(storage::Transaction& tx, const Incoming& incoming, const State& state,
                        Instant now) const {
    if (!incoming.event.ok()) {
        if (incoming.origin == Origin::kDeadLetter) return {Fate::kStillDead};
        return bury(tx, incoming, "ENVELOPE_INVALID", now);
    }
    const events::Envelope& event = *incoming.event;
    if (event.sequence <= state.last_sequence) {
        if (state.parked > 0) {
            tx.post(kUnpark, consumer_, incoming.topic, event.subject, state.last_sequence);
        }
        if (incoming.origin == Origin::kDeadLetter) {
            tx.post(kResolveDeadLetter, consumer_, incoming.topic, event.id, now);
        }
        return {state.in_inbox ? Fate::kDuplicate : Fate::kObsolete, state.parked > 0};
    }
    if (event.sequence > state.last_sequence + 1) {
        if (incoming.origin == Origin::kDeadLetter) return {Fate::kStillDead};
        const bool known = incoming.origin == Origin::kParked;
        if (!known) park(tx, incoming, now);
        return {state.dead_sequence ? Fate::kBehindDeadLetter : Fate::kGap, true};
    }
    const bool dead = state.dead_sequence == event.sequence;
    if (dead && incoming.origin != Origin::kDeadLetter) {
        return {Fate::kDuplicate, state.parked > 0};
    }
    return run(tx, incoming, state, now);
}

Outcome Applier::run(storage::Transaction& tx, const Incoming& incoming, const State& state,
                     Instant now) const {
    const events::Envelope& event = *incoming.event;
    if (incoming.poison) {
        if (incoming.origin == Origin::kDeadLetter) return {Fate::kStillDead};
        // Its own parked row goes; those behind it stay.
        if (state.parked > 0) {
            tx.post(kUnpark, consumer_, incoming.topic, event.subject, event.sequence);
        }
        return bury(tx, incoming, *incoming.poison, now);
    }
    const auto handler = subscriptions_.find(event.type);
    const bool handled = handler != subscriptions_.end() && !state.in_inbox;
    if (handled) handle(tx, incoming, handler->second, now);
    tx.post(kAdvanceAggregate, consumer_, incoming.topic, event.subject, event.sequence);
    if (state.parked > 0) {
        tx.post(kUnpark, consumer_, incoming.topic, event.subject, event.sequence);
    }
    if (incoming.origin == Origin::kDeadLetter) {
        tx.post(kResolveDeadLetter, consumer_, incoming.topic, event.id, now);
    }
    return {handled ? Fate::kApplied : Fate::kIgnored, state.parked > 0};
}

void Applier::handle(storage::Transaction& tx, const Incoming& incoming,
                     const EventHandler& handler, Instant now) const {
    const events::Envelope& event = *incoming.event;
    tx.post(kInsertInbox, consumer_, event.id, now);
    ConsumeContext context{tx, event, now, outbox_, consumer_, false};
    try {
        handler(context);
        if (planted_bug("event_applied_twice")) handler(context);
    } catch (const PoisonEvent& poison) {
        throw storage::Rollback(poison_status(poison.reason()));
    }
}

void Applier::project(storage::Transaction& tx, const events::Envelope& event) const {
    const auto handler = subscriptions_.find(event.type);
    YILIAN_INVARIANT(handler != subscriptions_.end(), "projection of a type without handler");
    ConsumeContext context{tx, event, event.time, muted_, consumer_, true};
    handler->second(context);
}

void Applier::park(storage::Transaction& tx, const Incoming& incoming, Instant now) const {
    const events::Envelope& event = *incoming.event;
    tx.post(kPark, consumer_, incoming.topic, event.subject, event.sequence, incoming.partition,
            incoming.offset, event.id, storage::Blob{events::pack_headers(incoming.headers)},
            event.partition_key, storage::Blob{event.payload}, now);
}

Outcome Applier::bury(storage::Transaction& tx, const Incoming& incoming, const std::string& reason,
                      Instant now) const {
    const bool readable = incoming.event.ok();
    // The time tells records of two broker instances apart.
    const std::string place = fmt::format("{}/{}/{}@{}", incoming.topic, incoming.partition,
                                          incoming.offset, incoming.timestamp_ms);
    const std::string id = readable ? incoming.event->id : place;
    const std::string subject = readable ? incoming.event->subject : "";
    const std::string type = readable ? incoming.event->type : "";
    const std::int64_t sequence = readable ? incoming.event->sequence : 0;
    if (tx.select_one(kIsDead, consumer_, incoming.topic, id)) return {Fate::kDuplicate};

    tx.post(kBury, consumer_, incoming.topic, id, incoming.partition, incoming.offset, type,
            subject, sequence, reason, now, storage::Blob{events::pack_headers(incoming.headers)},
            blob_of(incoming.key), blob_of(incoming.value));

    events::Headers headers = incoming.headers;
    headers.emplace_back("dlt-reason", reason);
    headers.emplace_back("dlt-consumer", consumer_);
    headers.emplace_back("dlt-topic", incoming.topic);
    headers.emplace_back("dlt-partition", std::to_string(incoming.partition));
    headers.emplace_back("dlt-offset", std::to_string(incoming.offset));
    std::string payload = incoming.value.value_or("");
    std::string packed = events::pack_headers(headers);
    if (payload.size() + packed.size() > kDeadLetterBytesMax) {
        // The table keeps all of it.
        payload.clear();
        headers.emplace_back("dlt-truncated", "1");
        packed = events::pack_headers(headers);
    }
    tx.post(kAppendDeadLetter, id, kafka::dead_letter_topic(consumer_, incoming.topic),
            readable ? subject : place, type.empty() ? "unreadable" : type, storage::Blob{payload},
            readable ? incoming.event->partition_key : "", sequence,
            readable ? incoming.event->source : "", now, storage::Blob{packed}, machine_now_ms());
    return {Fate::kDeadLettered, false};
}

void Applier::move_on(storage::Transaction& tx, const Incoming& incoming) const {
    storage::Value time;
    if (!incoming.skip && incoming.event.ok()) time = storage::Value(incoming.event->time);
    tx.post(kAdvanceStream, consumer_, incoming.topic, incoming.partition, incoming.offset + 1,
            incoming.cluster_id, time);
}

void ConsumeContext::effect(std::string_view kind, std::string_view key) {
    if (rebuilding) return;
    tx.post(kEffect, consumer, event.id, kind, key);
}

std::string ConsumeContext::append(const events::EventDraft& draft) {
    return outbox.append(tx, draft, {event.correlation_id, event.id, event.traceparent, now});
}

}  // namespace yilian::outbox
