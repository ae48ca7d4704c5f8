#include "libs/outbox/consumer.h"

#include <algorithm>
#include <set>

#include "libs/base/invariant.h"
#include "libs/outbox/applier.h"
#include "libs/outbox/reader.h"
#include "libs/outbox/rebuild.h"
#include "libs/outbox/repair.h"
#include "libs/outbox/units.h"

namespace yilian::outbox {

struct Consumer::Parts {
    Parts(ConsumerOptions options_in, storage::Store& store_in, const Clock& clock,
          const OutboxWriter& outbox, const events::TypeRegistry& registry,
          Subscriptions subscriptions_in, ReplayClient* replay_in, Hooks hooks)
        : options(std::move(options_in)),
          store(store_in),
          subscriptions(std::move(subscriptions_in)),
          replay(replay_in),
          applier(options.name, clock, outbox, registry, subscriptions, options.lock_keys),
          units(applier, store, options.handler_attempts, hooks),
          repair(
              applier, units, store, replay,
              [this](const std::string& topic, const std::vector<std::int32_t>& partitions) {
                  reader.restart(topic, partitions);
              },
              [this](const std::set<std::string>& types) { return refill(types); }, hooks),
          reader(
              options, applier, units, store,
              {.parked = [this](const std::string& topic,
                                const std::string& subject) { repair.subject(topic, subject); },
               .lost =
                   [this](const std::string& topic, const std::vector<std::int32_t>& partitions) {
                       repair.catch_up(topic, partitions);
                   },
               .quiet = [this] { repair.meet_newcomers(); }},
              hooks) {}

    absl::StatusOr<RebuildReport> rebuild(const Projection& projection, RebuildSource source) {
        return rebuild_projection(
            projection, source, options, applier, store, replay, [this] { return reader.hold(); },
            [this] { reader.release(); }, repair.stopping());
    }
    // On the repair thread.
    bool refill(const std::set<std::string>& types) {
        for (const Projection& projection : options.projections) {
            const bool concerned =
                std::any_of(projection.types.begin(), projection.types.end(),
                            [&](const std::string& type) { return types.contains(type); });
            if (concerned && !rebuild(projection, RebuildSource::kOwnerLog).ok()) return false;
        }
        return true;
    }

    const ConsumerOptions options;
    storage::Store& store;
    const Subscriptions subscriptions;
    ReplayClient* const replay;
    const Applier applier;
    Units units;
    Repair repair;
    Reader reader;
    enum class State { kNew, kRunning, kStopped } state = State::kNew;
};

Consumer::Consumer(ConsumerOptions options, storage::Store& store, const Clock& clock,
                   const OutboxWriter& outbox, const events::TypeRegistry& registry,
                   Subscriptions subscriptions, ReplayClient* replay, Hooks hooks)
    : parts_(std::make_unique<Parts>(std::move(options), store, clock, outbox, registry,
                                     std::move(subscriptions), replay, std::move(hooks))) {
    YILIAN_INVARIANT(!parts_->options.name.empty(), "consumer without a name");
    YILIAN_INVARIANT(!parts_->applier.topics().empty(), "consumer without subscriptions");
}

Consumer::~Consumer() { stop(); }

void Consumer::start() {
    YILIAN_INVARIANT(parts_->state == Parts::State::kNew, "consumer started twice");
    parts_->state = Parts::State::kRunning;
    parts_->repair.start();
    parts_->reader.start();
}

void Consumer::stop() {
    // The reader first: a rebuild that waits for it must be let go.
    if (parts_->state == Parts::State::kRunning) parts_->reader.stop();
    parts_->repair.stop();
    parts_->state = Parts::State::kStopped;
}

const std::string& Consumer::name() const { return parts_->options.name; }

const std::vector<std::string>& Consumer::topics() const { return parts_->applier.topics(); }

void Consumer::replay_dead_letters(DeadLetterFilter filter,
                                   std::function<void(DeadLetterReplay)> done) {
    parts_->repair.replay(std::move(filter), std::move(done));
}

void Consumer::rebuild(Projection projection, RebuildSource source,
                       std::function<void(absl::StatusOr<RebuildReport>)> done) {
    Parts* parts = parts_.get();
    parts->repair.job([parts, projection = std::move(projection), source,
                       done] { done(parts->rebuild(projection, source)); },
                      [done] { done(absl::CancelledError("consumer is stopped")); });
}

void Consumer::catch_up(const std::string& topic) { parts_->repair.catch_up(topic, {}); }

Consumer::Stats Consumer::stats() const { return parts_->units.stats(); }

}  // namespace yilian::outbox
