#include "libs/outbox/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/outbox/queries.h"

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;
using Fate = Outcome::Fate;

// Records that concern nobody are noted in the progress at the latest after so many.
constexpr std::int64_t kSkippedMax = 1000;
// All topics have been read when nothing has come for so long.
constexpr auto kQuiet = 1s;
// Under steady traffic there is no silence.
constexpr auto kQuietAtLast = 30s;

}  // namespace

void Reader::on_message(kafka::Received&& record) {
    const auto found = flows_.find(record.at);
    if (found == flows_.end() || found->second.lost) return;
    Flow& flow = found->second;
    if (flow.next && record.offset < *flow.next) return;
    if (flow.next && record.offset > *flow.next) {
        // Our topics are neither compacted nor transactional: somebody took these records away.
        log(Hooks::Level::kWarn, fmt::format("{}/{} jumps from offset {} to {}", record.at.topic,
                                             record.at.partition, *flow.next, record.offset));
        requests_.lost(record.at.topic, {});
    }
    flow.next = record.offset + 1;

    auto slot = std::make_shared<Slot>();
    slot->attempt = std::make_shared<Attempt>();
    Incoming& incoming = slot->attempt->incoming;
    incoming.topic = record.at.topic;
    incoming.partition = record.at.partition;
    incoming.offset = record.offset;
    incoming.cluster_id = cluster_;
    incoming.expected_offset = flow.chain;
    incoming.timestamp_ms = record.timestamp_ms;
    incoming.headers = std::move(record.headers);
    incoming.key = std::move(record.key);
    incoming.value = std::move(record.value);
    applier_.decode(incoming);
    if (!applier_.follows(incoming)) return;
    flow.chain = record.offset + 1;
    flow.slots.push_back(slot);
    // Behind a failure everything waits for its turn.
    if (flow.resting) {
        slot->state = Slot::State::kFailed;
    } else {
        submit(flow, slot);
    }
}

void Reader::on_lost(const kafka::TopicPartition& at) {
    const auto found = flows_.find(at);
    if (found == flows_.end() || found->second.lost) return;
    log(Hooks::Level::kWarn,
        fmt::format("{}/{} no longer holds the offset wanted", at.topic, at.partition));
    found->second.lost = true;
}

void Reader::flush_skipped() {
    for (auto& [at, flow] : flows_) {
        if (!flow.next || *flow.next <= flow.chain || flow.resting) continue;
        auto slot = std::make_shared<Slot>();
        slot->attempt = std::make_shared<Attempt>();
        Incoming& incoming = slot->attempt->incoming;
        incoming.topic = at.topic;
        incoming.partition = at.partition;
        incoming.offset = *flow.next - 1;
        incoming.cluster_id = cluster_;
        incoming.expected_offset = flow.chain;
        incoming.skip = true;
        flow.chain = *flow.next;
        flow.slots.push_back(slot);
        submit(flow, slot);
    }
}

void Reader::notice_quiet() {
    if (was_quiet_) return;
    const auto now = Steady::now();
    const bool silent = in_flight_ == 0 && now - busy_at_ > kQuiet;
    if (!silent && now - connected_at_ < kQuietAtLast) return;
    was_quiet_ = true;
    requests_.quiet();
}

void Reader::submit(Flow& flow, const SlotPtr& slot) {
    slot->state = Slot::State::kInFlight;
    ++flow.in_flight;
    ++in_flight_;
    units_.submit(slot->attempt, [this, slot](const absl::Status& status) {
        // Under the lock: the reader may be gone as soon as it has seen this.
        const std::lock_guard lock(mutex_);
        ended_.push_back({slot, status});
        changed_.notify_all();
    });
}

void Reader::collect() {
    std::vector<Ended> ended;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(ended_);
    }
    std::set<kafka::TopicPartition> touched;
    for (const auto& [slot, status] : ended) {
        Attempt& attempt = *slot->attempt;
        const kafka::TopicPartition at{attempt.incoming.topic, attempt.incoming.partition};
        --in_flight_;
        --flows_.at(at).in_flight;
        const Units::Verdict verdict = units_.judge(attempt, status);
        slot->later = verdict == Units::Verdict::kLater;
        slot->state = verdict == Units::Verdict::kDone ? Slot::State::kDone : Slot::State::kFailed;
        if (slot->state == Slot::State::kDone) follow_up(attempt);
        // A conflict at the head, or another process that moved on to another broker: not at once.
        if (absl::IsAborted(status) && flows_.at(at).slots.front() == slot) slot->later = true;
        touched.insert(at);
    }
    for (const auto& at : touched) advance(at, flows_.at(at));
}

void Reader::follow_up(const Attempt& attempt) {
    const bool gap = attempt.outcome.fate == Fate::kGap;
    const bool behind = attempt.outcome.fate == Fate::kBehindDeadLetter;
    if (!gap && (behind || !attempt.outcome.more_parked)) return;
    requests_.parked(attempt.incoming.topic, attempt.incoming.event->subject);
}

// Takes finished slots off the head. When one has failed and nothing of the partition is in flight
// any more, it and all behind it go to the store again, at once or after a rest.
void Reader::advance(const kafka::TopicPartition& at, Flow& flow) {
    while (!flow.slots.empty() && flow.slots.front()->state == Slot::State::kDone) {
        flow.done = flow.slots.front()->attempt->incoming.offset + 1;
        flow.slots.pop_front();
        flow.backoff = 0ms;
    }
    if (flow.in_flight > 0) return;
    if (flow.slots.empty()) {
        if (flow.resting && !flow.lost) (void)consumer_.resume({at});
        flow.resting = false;
        return;
    }
    const bool later = std::any_of(flow.slots.begin(), flow.slots.end(),
                                   [](const SlotPtr& slot) { return slot->later; });
    if (!later) {
        for (const SlotPtr& slot : flow.slots) submit(flow, slot);
        return;
    }
    for (const SlotPtr& slot : flow.slots) slot->later = false;
    flow.backoff = std::clamp(flow.backoff * 2, options_.backoff_min, options_.backoff_max);
    flow.retry_at = Steady::now() + flow.backoff;
    if (!flow.resting) (void)consumer_.pause({at});
    flow.resting = true;
    complain(fmt::format("{}/{} rests after a transient failure", at.topic, at.partition));
}

// Whose time has come.
void Reader::tend() {
    const auto now = Steady::now();
    for (auto& [at, flow] : flows_) {
        if (flow.resting && flow.in_flight == 0 && flow.retry_at <= now) {
            for (const SlotPtr& slot : flow.slots) submit(flow, slot);
        }
        if (flow.next && *flow.next - flow.chain > kSkippedMax) flush_skipped();
    }
    std::map<std::string, std::vector<std::int32_t>> lost;
    for (auto it = flows_.begin(); it != flows_.end();) {
        if (!it->second.lost || !it->second.slots.empty()) {
            ++it;
            continue;
        }
        lost[it->first.topic].push_back(it->first.partition);
        it = flows_.erase(it);
    }
    for (auto& [topic, partitions] : lost) requests_.lost(topic, std::move(partitions));
    do_restarts();
    notice_quiet();
    if (!missing_topics_.empty() && now >= missing_at_) look_for_missing_topics();
}

void Reader::restart(const std::string& topic, const std::vector<std::int32_t>& partitions) {
    const std::lock_guard lock(mutex_);
    restarts_[topic].insert(partitions.begin(), partitions.end());
    changed_.notify_all();
}

void Reader::do_restarts() {
    std::map<std::string, std::set<std::int32_t>> wanted;
    {
        const std::lock_guard lock(mutex_);
        wanted.swap(restarts_);
    }
    std::vector<kafka::StartOffset> starts;
    for (const auto& [topic, set] : wanted) {
        // One that is being read already was restarted by an earlier request.
        std::vector<std::int32_t> partitions;
        for (const std::int32_t partition : set) {
            if (!flows_.contains({topic, partition})) partitions.push_back(partition);
        }
        if (!reset_rows(topic, partitions)) {
            restart(topic, partitions);
            continue;
        }
        for (const std::int32_t partition : partitions) {
            flows_.emplace(kafka::TopicPartition{topic, partition}, Flow{});
            starts.push_back({{topic, partition}, kafka::StartOffset::kBeginning});
        }
    }
    if (starts.empty()) return;
    if (const kafka::Error error = consumer_.seek(starts); !error.ok()) complain(error.to_string());
}

bool Reader::reset_rows(const std::string& topic, const std::vector<std::int32_t>& partitions) {
    return store_
        .run({fmt::format("{}/{}", options_.name, topic)},
             [&](storage::Transaction& tx) {
                 for (const std::int32_t partition : partitions) {
                     tx.post(kAdvanceStream, options_.name, topic, partition, 0, cluster_,
                             std::nullopt);
                 }
             })
        .ok();
}

void Reader::wait_in_flight(const std::function<bool()>& none) {
    while (true) {
        collect();
        if (none()) return;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 20ms, [&] { return !ended_.empty(); });
    }
}

std::chrono::milliseconds Reader::poll_wait() const {
    // Short while units are under way, so that their ends are seen; they come in groups.
    return in_flight_ > 0 ? 2ms : 50ms;
}

}  // namespace yilian::outbox
