#include "libs/timers/engine.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <future>
#include <limits>
#include <memory>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/timers/queries.h"
#include "libs/timers/rows.h"

namespace yilian::timers {
namespace {

constexpr std::int64_t kPage = 128;
constexpr std::chrono::milliseconds kOutagePause{50};

bool outage(const absl::Status& status) {
    return status.code() == absl::StatusCode::kUnavailable ||
           status.code() == absl::StatusCode::kResourceExhausted;
}

// Nobody knows whether the unit committed: the timer's row will tell.
bool in_doubt(const absl::Status& status) { return status.code() == absl::StatusCode::kDataLoss; }

std::string own_key(const TimerKey& key) {
    return fmt::format("timer/{}/{}/{}", key.kind, key.aggregate_id, key.name);
}

}  // namespace

TimerEngine::TimerEngine(storage::Store& store, const Clock& clock, Options options,
                         Observer observer)
    : store_(store),
      clock_(clock),
      driven_(nullptr),
      options_(options),
      observer_(std::move(observer)) {}

TimerEngine::TimerEngine(storage::Store& store, DrivenClock& clock, Options options,
                         Observer observer)
    : store_(store),
      clock_(clock),
      driven_(&clock),
      options_(options),
      observer_(std::move(observer)) {}

void TimerEngine::handle(std::string kind, LockKeys lock_keys, Handler handler) {
    YILIAN_INVARIANT(!thread_.joinable(), "timer handlers are given before start");
    const bool fresh =
        kinds_.emplace(std::move(kind), Kind{std::move(lock_keys), std::move(handler)}).second;
    YILIAN_INVARIANT(fresh, "two handlers for one kind of timer");
}

absl::Status TimerEngine::start() {
    if (driven_ != nullptr) {
        std::optional<Instant> stored;
        absl::Status status = store_.read([&](storage::Transaction& tx) {
            const auto row = tx.select_one(queries::kLoadClock);
            stored = row ? std::optional(row->instant(0)) : std::nullopt;
        });
        if (!status.ok()) return status;
        if (stored) driven_->set(*stored);
        status = save_clock();
        if (!status.ok()) return status;
    }
    thread_ = std::thread([this] { loop(); });
    return absl::OkStatus();
}

void TimerEngine::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    std::deque<Advance> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(advances_);
    }
    for (const Advance& advance : left) advance.done(absl::CancelledError("timers are stopped"));
}

bool TimerEngine::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void TimerEngine::advance_to(Instant to, Advanced done) {
    absl::Status refused;
    {
        const std::lock_guard lock(mutex_);
        if (driven_ == nullptr) {
            refused = absl::FailedPreconditionError("the business clock is not driven");
        } else if (stopping_ || !thread_.joinable()) {
            refused = absl::CancelledError("timers are stopped");
        } else {
            advances_.push_back({to, std::move(done)});
        }
    }
    if (!refused.ok()) return done(refused);
    wake_.notify_all();
}

absl::StatusOr<std::int64_t> TimerEngine::advance_to(Instant to) {
    auto answer = std::make_shared<std::promise<absl::StatusOr<std::int64_t>>>();
    advance_to(to,
               [answer](const absl::StatusOr<std::int64_t>& fired) { answer->set_value(fired); });
    return answer->get_future().get();
}

void TimerEngine::loop() {
    pthread_setname_np(pthread_self(), "timers");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto asked = [&] { return stopping_ || !advances_.empty(); };
        if (driven_ != nullptr) {
            wake_.wait(lock, asked);
        } else {
            wake_.wait_for(lock, options_.poll, asked);
        }
        if (stopping_) return;
        if (driven_ == nullptr) {
            lock.unlock();
            // An error here is an outage: the next look comes soon enough.
            (void)fire_due(clock_.now());
            lock.lock();
            continue;
        }
        const Advance next = std::move(advances_.front());
        advances_.pop_front();
        lock.unlock();
        next.done(advance(next.to));
        lock.lock();
    }
}

absl::StatusOr<std::int64_t> TimerEngine::advance(Instant to) {
    const auto fired = fire_due(to);
    if (!fired.ok()) return fired;
    driven_->set(to);
    absl::Status saved = with_patience([this] { return save_clock(); });
    if (!saved.ok()) return saved;
    return fired;
}

absl::Status TimerEngine::save_clock() {
    return store_.run({"driven_clock"}, [this](storage::Transaction& tx) {
        tx.post(queries::kSaveClock, clock_.now());
    });
}

// Repeats a step over an outage. With the wall clock the next look does that.
absl::Status TimerEngine::with_patience(const std::function<absl::Status()>& step) {
    const auto limit = std::chrono::steady_clock::now() + options_.outage_patience;
    for (;;) {
        absl::Status status = step();
        const bool again = in_doubt(status) || (outage(status) && driven_ != nullptr);
        if (!again || stopping() || std::chrono::steady_clock::now() >= limit) return status;
        std::this_thread::sleep_for(kOutagePause);
    }
}

absl::StatusOr<std::int64_t> TimerEngine::fire_due(Instant to) {
    std::int64_t fired = 0;
    while (!stopping()) {
        Group group;
        absl::Status status = with_patience([&] {
            auto found = next_group(to);
            if (found.ok()) group = *std::move(found);
            return found.status();
        });
        if (!status.ok()) return status;
        if (group.timers.empty()) return fired;
        const auto done = fire(group);
        if (done.ok()) {
            fired += *done;
            continue;
        }
        status = after_failure(group, done.status());
        if (!status.ok()) return status;
    }
    return absl::CancelledError("timers are stopped");
}

absl::StatusOr<TimerEngine::Group> TimerEngine::next_group(Instant to) {
    Group group;
    absl::Status status = store_.read([&](storage::Transaction& tx) {
        group = {};
        Timer last{{}, instant_from_ms(std::numeric_limits<std::int64_t>::min()), {}};
        for (;;) {
            const storage::Rows rows =
                tx.select(queries::kDueAfter, to, last.due, last.key.aggregate_id, last.key.kind,
                          last.key.name, kPage);
            for (const storage::Row& row : rows) {
                last = timer_from(row);
                if (!extend(group, last)) return;
            }
            if (rows.size() < static_cast<std::size_t>(kPage)) return;
        }
    });
    if (!status.ok()) return status;
    return group;
}

// False when `timer` cannot join and the group is complete.
bool TimerEngine::extend(Group& group, const Timer& timer) const {
    if (kinds_.find(timer.key.kind) == kinds_.end()) {
        if (!group.timers.empty()) return false;
        ++group.passed_over;
        return true;
    }
    const std::size_t max = alone_ > 0 ? 1 : options_.group_max;
    const bool other_instant =
        driven_ != nullptr && !group.timers.empty() && group.timers.front().due != timer.due;
    if (group.timers.size() >= max || other_instant) return false;
    group.timers.push_back(timer);
    return true;
}

std::vector<std::string> TimerEngine::keys_of(const Group& group) const {
    std::vector<std::string> keys;
    for (const Timer& timer : group.timers) {
        std::vector<std::string> own;
        try {
            own = kinds_.at(timer.key.kind).lock_keys(timer);
        } catch (const std::exception&) {
            own.clear();  // a payload it cannot read: the handler will say so inside the unit
        }
        keys.insert(keys.end(), own.begin(), own.end());
        keys.push_back(own_key(timer.key));
    }
    return keys;
}

absl::StatusOr<std::int64_t> TimerEngine::fire(const Group& group) {
    if (driven_ != nullptr) driven_->set(group.timers.front().due);
    const Instant now = clock_.now();
    std::size_t fired = 0;
    absl::Status status = store_.run(keys_of(group), [&](storage::Transaction& tx) {
        fired = run_handlers(tx, group, now);
        if (driven_ != nullptr) tx.post(queries::kSaveClock, now);
    });
    if (!status.ok()) return status;
    alone_ -= std::min(alone_, group.timers.size());
    for (std::size_t i = 0; i < fired; ++i) {
        if (observer_.fired) observer_.fired(group.timers[i], now);
    }
    return static_cast<std::int64_t>(fired);
}

// Stops where a timer was cancelled or replaced, or is no longer the next: the caller looks again.
std::size_t TimerEngine::run_handlers(storage::Transaction& tx, const Group& group, Instant now) {
    std::size_t fired = 0;
    for (const Timer& timer : group.timers) {
        const TimerKey& key = timer.key;
        const std::int64_t taken = tx.run(queries::kTake, key.kind, key.aggregate_id, key.name,
                                          timer.due, group.passed_over);
        if (taken == 0) break;
        FireContext context{tx, timer, now};
        kinds_.at(key.kind).handler(context);
        ++fired;
    }
    return fired;
}

// OK: look again. Otherwise: the outage to report.
absl::Status TimerEngine::after_failure(const Group& group, const absl::Status& status) {
    if (status.code() == absl::StatusCode::kCancelled) return status;
    if (outage(status)) {
        if (driven_ == nullptr) return status;
        return with_patience([&] { return store_.read([](storage::Transaction&) {}); });
    }
    if (in_doubt(status)) return absl::OkStatus();
    if (group.timers.size() > 1) {
        alone_ = group.timers.size();
        return absl::OkStatus();
    }
    const Timer& timer = group.timers.front();
    failed_runs_ = timer.key == failing_ ? failed_runs_ + 1 : 1;
    failing_ = timer.key;
    if (failed_runs_ < options_.runs_max) return absl::OkStatus();
    failing_ = {};
    return give_up(timer, status);
}

absl::Status TimerEngine::give_up(const Timer& timer, const absl::Status& status) {
    const TimerKey& key = timer.key;
    const std::string reason = status.ToString();
    const Instant now = clock_.now();
    absl::Status recorded = with_patience([&] {
        return store_.run({own_key(key)}, [&](storage::Transaction& tx) {
            const std::int64_t taken =
                tx.run(queries::kTakeFailed, key.kind, key.aggregate_id, key.name, timer.due);
            if (taken == 0) return;
            tx.post(queries::kRecordFailure, key.kind, key.aggregate_id, key.name, timer.due,
                    storage::Blob{timer.payload}, reason, now);
        });
    });
    if (!recorded.ok()) return recorded;
    alone_ -= std::min<std::size_t>(alone_, 1);
    if (observer_.failed) observer_.failed(timer, status);
    return absl::OkStatus();
}

}  // namespace yilian::timers
