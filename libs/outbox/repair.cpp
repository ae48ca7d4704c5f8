#include "libs/outbox/repair.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/outbox/newcomers.h"
#include "libs/outbox/queries.h"

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;
using Fate = Outcome::Fate;
using Origin = Incoming::Origin;

constexpr std::int64_t kPage = 500;
// The clock of the last event a partition has shown may lie behind that of events of other records.
constexpr auto kSinceMargin = 1h;

Incoming stored_record(Origin origin, const std::string& topic, std::int64_t partition,
                       std::int64_t offset, const std::string& headers,
                       std::optional<std::string> key, std::optional<std::string> value) {
    Incoming incoming;
    incoming.origin = origin;
    incoming.topic = topic;
    incoming.partition = static_cast<std::int32_t>(partition);
    incoming.offset = offset;
    incoming.headers = events::unpack_headers(headers).value_or(events::Headers{});
    incoming.key = std::move(key);
    incoming.value = std::move(value);
    return incoming;
}

bool matches(const DeadLetterFilter& filter, const std::string& id, const std::string& subject) {
    if (!filter.subject.empty() && filter.subject != subject) return false;
    return filter.event_ids.empty() || std::find(filter.event_ids.begin(), filter.event_ids.end(),
                                                 id) != filter.event_ids.end();
}

bool applied(const Outcome& outcome) {
    return outcome.fate == Fate::kApplied || outcome.fate == Fate::kIgnored;
}

}  // namespace

Repair::Repair(const Applier& applier, Units& units, storage::Store& store, ReplayClient* replay,
               Restart restart, Refill refill, Hooks hooks)
    : applier_(applier),
      units_(units),
      store_(store),
      replay_(replay),
      restart_(std::move(restart)),
      refill_(std::move(refill)),
      hooks_(std::move(hooks)),
      tasks_(100ms, 5000ms) {}

void Repair::start() {
    tasks_.add("scan", [this] { return scan_parked(); });
    tasks_.start();
}

void Repair::subject(const std::string& topic, const std::string& subject) {
    tasks_.add(topic + "\n" + subject, [this, topic, subject] {
        std::int64_t unparked = 0;
        return repair_subject(topic, subject, unparked);
    });
}

void Repair::catch_up(const std::string& topic, const std::vector<std::int32_t>& partitions) {
    {
        const std::lock_guard lock(mutex_);
        lost_[topic].insert(partitions.begin(), partitions.end());
    }
    tasks_.add("catch up " + topic, [this, topic, after = std::int64_t{0},
                                     from = std::optional<Instant>(), begun = false]() mutable {
        if (!begun) from = since(topic);
        begun = true;
        return run_catch_up(topic, after, from);
    });
}

void Repair::meet_newcomers() {
    tasks_.add("newcomers", [this, after = std::map<std::string, std::int64_t>()]() mutable {
        return run_newcomers(after);
    });
}

void Repair::replay(DeadLetterFilter filter, std::function<void(DeadLetterReplay)> done) {
    tasks_.add(
        "", [this, filter = std::move(filter), done] { return run_replay(filter, done); },
        [done] { done({}); });
}

void Repair::job(std::function<void()> job, std::function<void()> dropped) {
    tasks_.add(
        "",
        [job = std::move(job)] {
            job();
            return true;
        },
        std::move(dropped));
}

bool Repair::scan_parked() {
    std::vector<std::pair<std::string, std::string>> found;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        found.clear();
        for (const storage::Row& row : tx.select(kParkedSubjects, applier_.consumer())) {
            found.emplace_back(row.text(0), row.text(1));
        }
    });
    for (const auto& [topic, parked] : found) subject(topic, parked);
    return status.ok();
}

std::optional<Repair::Parked> Repair::look(const std::string& topic, const std::string& subject) {
    Parked parked;
    const std::string& consumer = applier_.consumer();
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        parked = {};
        if (const auto row = tx.select_one(kLastSequence, consumer, topic, subject)) {
            parked.last_sequence = row->i64(0);
        }
        parked.dead_sequence = tx.select_one(kOpenDeadLetter, consumer, topic, subject)->opt_i64(0);
        if (const auto row = tx.select_one(kFirstParked, consumer, topic, subject)) {
            parked.first = stored_record(Origin::kParked, topic, row->i64(1), row->i64(2),
                                         row->bytes(3), row->text(4), row->bytes(5));
        }
    });
    if (!status.ok()) return std::nullopt;
    if (parked.first) applier_.decode(*parked.first);
    return parked;
}

// Applies what is parked and can go, fetches what is missing before it.
bool Repair::repair_subject(const std::string& topic, const std::string& subject,
                            std::int64_t& unparked) {
    while (!stopping()) {
        const auto parked = look(topic, subject);
        if (!parked) return false;
        if (!parked->first) return true;
        // Waits for an operator: replay_dead_letters() comes back here.
        if (parked->dead_sequence == parked->last_sequence + 1) return true;
        if (!parked->first->event.ok()) {
            log(Hooks::Level::kError, "parked event cannot be read");
            return true;
        }
        if (parked->first->event->sequence > parked->last_sequence + 1) {
            const Step step = fetch_gap(topic, subject, *parked);
            if (step == Step::kGoOn) continue;
            return step == Step::kFinished;
        }
        const auto outcomes = units_.settle({*parked->first}, stopping());
        if (!outcomes.empty() && applied(outcomes.front())) ++unparked;
    }
    return true;
}

Repair::Step Repair::fetch_gap(const std::string& topic, const std::string& subject,
                               const Parked& parked) {
    if (replay_ == nullptr) return Step::kFinished;
    const std::int64_t from = parked.last_sequence + 1;
    const std::int64_t to = parked.first->event->sequence - 1;
    const auto page = replay_->of_subject(events::service_of(topic), subject, from, to);
    if (!page.ok() || page->empty()) {
        log(Hooks::Level::kWarn,
            fmt::format("{}: sequence {} to {} of {} not fetched: {}", topic, from, to, subject,
                        page.ok() ? "the owner has none" : std::string(page.status().message())));
        return Step::kLater;
    }
    std::vector<Incoming> missing;
    for (const StoredEvent& stored : *page) {
        missing.push_back(applier_.from_log(stored.event));
        missing.back().partition = parked.first->partition;
    }
    units_.count_fetched(static_cast<std::int64_t>(missing.size()));
    return units_.settle(std::move(missing), stopping()).empty() ? Step::kFinished : Step::kGoOn;
}

std::optional<Instant> Repair::since(const std::string& topic) const {
    std::optional<Instant> oldest;
    bool all = true;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        oldest.reset();
        all = true;
        for (const storage::Row& row : tx.select(kStreams, applier_.consumer())) {
            if (row.text(0) != topic) continue;
            const auto time = row.opt_instant(4);
            if (!time) all = false;
            if (time && (!oldest || *time < *oldest)) oldest = time;
        }
    });
    // A partition that has shown nothing yet may miss everything.
    if (!status.ok() || !all || !oldest) return std::nullopt;
    return *oldest - kSinceMargin;
}

std::optional<std::vector<Incoming>> Repair::unseen(const std::vector<StoredEvent>& page) const {
    std::vector<Incoming> found;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        found.clear();
        for (const StoredEvent& stored : page) {
            Incoming incoming = applier_.from_log(stored.event);
            if (!applier_.follows(incoming)) continue;
            const auto last = tx.select_one(kLastSequence, applier_.consumer(), incoming.topic,
                                            stored.event.subject);
            if (last && last->i64(0) >= stored.event.sequence) continue;
            found.push_back(std::move(incoming));
        }
    });
    if (!status.ok()) return std::nullopt;
    return found;
}

bool Repair::fetch_history(const std::string& topic, std::int64_t& after,
                           std::optional<Instant> from) {
    while (replay_ != nullptr && !stopping()) {
        ReplayRange range;
        range.after_position = after;
        range.limit = kPage;
        range.from = from;
        const auto page = replay_->by_position(events::service_of(topic), range);
        if (!page.ok()) {
            log(Hooks::Level::kWarn, fmt::format("{}: history not fetched: {}", topic,
                                                 std::string(page.status().message())));
            return false;
        }
        if (page->empty()) break;
        auto missing = unseen(*page);
        if (!missing) return false;
        units_.count_fetched(static_cast<std::int64_t>(missing->size()));
        if (!missing->empty() && units_.settle(std::move(*missing), stopping()).empty()) break;
        after = page->back().position;
    }
    return true;
}

bool Repair::run_catch_up(const std::string& topic, std::int64_t& after,
                          std::optional<Instant> from) {
    if (!fetch_history(topic, after, from)) return false;
    if (stopping()) return true;
    std::set<std::int32_t> partitions;
    {
        const std::lock_guard lock(mutex_);
        partitions.swap(lost_[topic]);
    }
    units_.count_caught_up();
    log(Hooks::Level::kInfo, topic + ": history is complete again");
    if (!partitions.empty()) restart_(topic, {partitions.begin(), partitions.end()});
    // What was parked while the history was incomplete.
    return scan_parked();
}

bool Repair::run_newcomers(std::map<std::string, std::int64_t>& after) {
    const auto found = newcomers(store_, applier_);
    if (!found) return false;
    if (found->types.empty()) return true;
    for (const std::string& topic : found->topics) {
        if (!fetch_history(topic, after[topic], std::nullopt)) return false;
    }
    if (stopping()) return true;
    if (!found->late.empty() && !refill_(found->late)) return false;
    if (!learn(store_, applier_, *found)) return false;
    log(Hooks::Level::kInfo,
        fmt::format("{} new subscriptions are up to date", found->types.size()));
    return scan_parked();
}

bool Repair::run_replay(const DeadLetterFilter& filter,
                        const std::function<void(DeadLetterReplay)>& done) {
    std::vector<std::pair<std::string, Incoming>> letters;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        letters.clear();
        for (const storage::Row& row : tx.select(kDeadLettersToReplay, applier_.consumer())) {
            if (!matches(filter, row.text(1), row.text(4))) continue;
            letters.emplace_back(
                row.text(4), stored_record(Origin::kDeadLetter, row.text(0), row.i64(2), row.i64(3),
                                           row.bytes(5), row.opt_bytes(6), row.opt_bytes(7)));
        }
    });
    if (!status.ok()) return false;
    DeadLetterReplay result;
    for (auto& [subject, letter] : letters) {
        applier_.decode(letter);
        const std::string topic = letter.topic;
        const auto outcome = units_.try_once(std::move(letter));
        if (!outcome.ok() || outcome->fate == Fate::kStillDead) {
            ++result.remaining;
            continue;
        }
        ++(applied(*outcome) ? result.applied : result.dropped);
        if (!repair_subject(topic, subject, result.unparked)) this->subject(topic, subject);
    }
    done(result);
    return true;
}

void Repair::log(Hooks::Level level, const std::string& text) const {
    tell(hooks_.log, level, text);
}

}  // namespace yilian::outbox
