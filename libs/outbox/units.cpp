#include "libs/outbox/units.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/outbox/machine_time.h"

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;
using Fate = Outcome::Fate;

// Waits until all of a group of submissions have ended.
class Countdown {
  public:
    explicit Countdown(std::size_t left) : left_(left) {}
    void one() {
        const std::lock_guard lock(mutex_);
        if (--left_ == 0) zero_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        zero_.wait(lock, [&] { return left_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable zero_;
    std::size_t left_;
};

}  // namespace

Units::Units(const Applier& applier, storage::Store& store, int handler_attempts, Hooks hooks)
    : applier_(applier),
      store_(store),
      handler_attempts_(handler_attempts),
      hooks_(std::move(hooks)) {}

void Units::submit(const AttemptPtr& attempt, std::function<void(const absl::Status&)> done) {
    storage::Unit unit;
    unit.lock_keys = applier_.lock_keys(attempt->incoming);
    unit.work = [this, attempt](storage::Transaction& tx) {
        attempt->outcome = applier_.apply(tx, attempt->incoming);
    };
    unit.done = done;
    const absl::Status status = store_.submit(std::move(unit));
    if (!status.ok()) done(status);
}

Units::Verdict Units::judge(Attempt& attempt, const absl::Status& status) {
    if (status.ok()) {
        count(attempt);
        return Verdict::kDone;
    }
    ++retried_;
    if (const auto reason = poison_reason(status)) {
        attempt.incoming.poison = *reason;
        return Verdict::kAgain;
    }
    switch (status.code()) {
        case absl::StatusCode::kAborted:
            return Verdict::kAgain;
        case absl::StatusCode::kInternal:
            tell(hooks_.log, Hooks::Level::kError,
                 std::string("event handler failed: ") + std::string(status.message()));
            if (++attempt.failures < handler_attempts_) return Verdict::kLater;
            // Once it was poison already, the dead letter itself could not be written.
            if (attempt.incoming.poison) return Verdict::kLater;
            attempt.incoming.poison = "HANDLER_FAILED";
            return Verdict::kAgain;
        default:
            return Verdict::kLater;
    }
}

void Units::count(const Attempt& attempt) {
    const Incoming& incoming = attempt.incoming;
    const std::string& topic = incoming.topic;
    switch (attempt.outcome.fate) {
        case Fate::kApplied:
            ++applied_;
            break;
        case Fate::kIgnored:
            ++ignored_;
            break;
        case Fate::kDuplicate:
            ++duplicates_;
            tell(hooks_.duplicate, topic);
            break;
        case Fate::kObsolete:
            ++obsolete_;
            tell(hooks_.duplicate, topic);
            break;
        case Fate::kGap:
        case Fate::kBehindDeadLetter:
            ++parked_;
            break;
        case Fate::kDeadLettered:
            ++dead_lettered_;
            tell(hooks_.dead_lettered, topic, incoming.poison.value_or("ENVELOPE_INVALID"));
            break;
        case Fate::kStillDead:
        case Fate::kSkipped:
            return;
    }
    tell(hooks_.handled, topic);
    if (attempt.outcome.fate == Fate::kApplied && incoming.timestamp_ms > 0) {
        const auto ms = std::max<std::int64_t>(machine_now_ms() - incoming.timestamp_ms, 0);
        tell(hooks_.end_to_end, topic, Hooks::Seconds(static_cast<double>(ms) / 1000));
    }
}

std::vector<Outcome> Units::settle(std::vector<Incoming> incoming, const std::atomic<bool>& stop) {
    struct Pending {
        AttemptPtr attempt;
        absl::Status status = absl::UnknownError("not run");
        bool done = false;
    };
    std::vector<Pending> all;
    for (Incoming& one : incoming) {
        all.push_back({std::make_shared<Attempt>(Attempt{std::move(one)})});
    }
    auto backoff = 50ms;
    while (!stop) {
        Countdown running(static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](const Pending& p) { return !p.done; })));
        for (Pending& p : all) {
            if (p.done) continue;
            submit(p.attempt, [&p, &running](const absl::Status& status) {
                p.status = status;
                running.one();
            });
        }
        running.wait();
        bool later = false;
        bool left = false;
        for (Pending& p : all) {
            if (p.done) continue;
            const Verdict verdict = judge(*p.attempt, p.status);
            p.done = verdict == Verdict::kDone;
            left = left || !p.done;
            later = later || verdict == Verdict::kLater;
        }
        if (!left) {
            std::vector<Outcome> outcomes;
            for (const Pending& p : all) outcomes.push_back(p.attempt->outcome);
            return outcomes;
        }
        if (!later) continue;
        std::this_thread::sleep_for(backoff);
        backoff = std::min(backoff * 2, 1000ms);
    }
    return {};
}

absl::StatusOr<Outcome> Units::try_once(Incoming incoming) {
    const auto attempt = std::make_shared<Attempt>(Attempt{std::move(incoming)});
    absl::Status status;
    Countdown running(1);
    submit(attempt, [&](const absl::Status& ended) {
        status = ended;
        running.one();
    });
    running.wait();
    if (!status.ok()) return status;
    count(*attempt);
    return attempt->outcome;
}

Consumer::Stats Units::stats() const {
    return {applied_,       ignored_, duplicates_, obsolete_, parked_,
            dead_lettered_, retried_, fetched_,    caught_up_};
}

}  // namespace yilian::outbox
