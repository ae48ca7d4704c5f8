#include "services/cli/play/pipeline.h"

#include <algorithm>
#include <future>
#include <thread>

#include "fmt/format.h"
#include "libs/events/catalog.h"
#include "libs/events/event.h"
#include "services/cli/play/stage.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::cli::play {
namespace {

namespace v1 = common::v1;

constexpr std::chrono::minutes kPatience{2};
constexpr std::chrono::minutes kAdvance{5};

// Fingerprint of progress, so that a long drain is told from a stopped one.
std::int64_t progress_of(const Statuses& statuses) {
    std::int64_t sum = 0;
    for (const auto& [service, status] : statuses) {
        sum -= status.outbox_unpublished();
        for (const auto& at : status.consumed()) sum += at.next_offset();
        for (const auto& at : status.published()) sum += at.last_offset();
    }
    return sum;
}

std::string lag_of(const std::string& reader, const v1::GetPipelineStatusResponse& reading,
                   const v1::PublishedPosition& at) {
    std::int64_t next = 0;
    for (const auto& consumed : reading.consumed()) {
        if (consumed.topic() == at.topic() && consumed.partition() == at.partition()) {
            next = std::max(next, consumed.next_offset());
        }
    }
    if (next > at.last_offset()) return "";
    return fmt::format("{} has read {}/{} up to {} of {}", reader, at.topic(), at.partition(),
                       next - 1, at.last_offset());
}

bool has_positions(const v1::GetPipelineStatusResponse& status) {
    return status.published_size() + status.consumed_size() > 0;
}

// Offsets of one broker say nothing about another: who was restarted on an empty one, or has not
// met it yet, is not compared.
std::string strange_broker(const Statuses& statuses) {
    const std::string* known = nullptr;
    for (const auto& [service, status] : statuses) {
        if (!has_positions(status)) continue;
        if (status.cluster_id().empty()) return service + " has positions of two brokers";
        if (known == nullptr) known = &status.cluster_id();
        if (*known != status.cluster_id()) return service + " is at another broker";
    }
    return "";
}

}  // namespace

std::map<std::string, std::set<std::string>> readers_of_services() {
    std::map<std::string, std::set<std::string>> readers;
    for (const events::EventType* type : events::catalog().all()) {
        const auto& option = type->descriptor->options().GetExtension(v1::event);
        for (const std::string& consumer : option.consumers()) {
            readers[events::service_of(type->topic)].insert(consumer);
        }
    }
    return readers;
}

std::string unrest(const Statuses& statuses) {
    static const auto readers = readers_of_services();
    if (std::string why = strange_broker(statuses); !why.empty()) return why;
    for (const auto& [service, status] : statuses) {
        if (status.outbox_unpublished() > 0) {
            return fmt::format("{} has {} events to publish", service, status.outbox_unpublished());
        }
        if (status.parked_events() > 0) {
            return fmt::format("{} has {} parked events", service, status.parked_events());
        }
        const auto found = readers.find(service);
        if (found == readers.end()) continue;
        for (const auto& at : status.published()) {
            for (const std::string& reader : found->second) {
                const auto reading = statuses.find(reader);
                if (reading == statuses.end()) continue;
                if (std::string lag = lag_of(reader, reading->second, at); !lag.empty()) {
                    return lag;
                }
            }
        }
    }
    return "";
}

Pipeline::Pipeline(const OperatorClients& clients, std::vector<std::string> services)
    : clients_(clients), services_(std::move(services)) {}

// All at once: a play asks thousands of times.
Statuses Pipeline::ask_all() const {
    std::map<std::string, std::future<v1::GetPipelineStatusResponse>> asked;
    for (const std::string& service : services_) {
        asked[service] = std::async(std::launch::async, [this, &service] {
            return clients_.ask<v1::GetPipelineStatusResponse>(service, "GetPipelineStatus",
                                                               v1::GetPipelineStatusRequest());
        });
    }
    Statuses statuses;
    for (auto& [service, status] : asked) statuses[service] = status.get();
    return statuses;
}

void Pipeline::advance(Instant to) {
    for (const std::string& service : services_) {
        v1::AdvanceClockRequest request;
        *request.mutable_to() = timestamp(to);
        const auto moved =
            clients_.ask<v1::AdvanceClockResponse>(service, "AdvanceClock", request, kAdvance);
        if (moved.fired_timers() > 0) wait_until_quiet();
    }
}

void Pipeline::wait_until_quiet() {
    auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::chrono::milliseconds wait{2};
    std::int64_t before = -1;
    while (true) {
        const Statuses statuses = ask_all();
        const std::string why = unrest(statuses);
        if (why.empty()) return;
        const auto now = std::chrono::steady_clock::now();
        if (const std::int64_t progress = progress_of(statuses); progress != before) {
            before = progress;
            deadline = now + kPatience;
        }
        if (now > deadline) throw CommandFailed(kExitFailed, "PIPELINE_STUCK: " + why);
        std::this_thread::sleep_for(wait);
        wait = std::min(wait * 2, std::chrono::milliseconds(40));
    }
}

}  // namespace yilian::cli::play
