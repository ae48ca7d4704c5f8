#include "libs/runtime/replay_client.h"

#include "libs/runtime/event_log_service.h"
#include "libs/runtime/timestamps.h"

namespace yilian::runtime {
namespace {

using common::v1::ReplayEventsRequest;
using common::v1::ReplayEventsResponse;

constexpr std::chrono::milliseconds kPageTimeout{5000};

absl::StatusOr<std::vector<outbox::StoredEvent>> ask(rpc::Peers& peers, const std::string& service,
                                                     const ReplayEventsRequest& request) {
    rpc::Client* client = peers.find(service);
    if (client == nullptr) return absl::UnavailableError("no peer " + service);
    const auto answer = client->call<ReplayEventsResponse>(
        "yilian.common.v1.EventLogService/ReplayEvents", request, {.timeout = kPageTimeout});
    if (!answer.ok()) {
        const std::string why = "ReplayEvents of " + service + ": " + answer.error().reason;
        if (answer.error().code == rpc::Code::kNotFound) return absl::NotFoundError(why);
        return absl::UnavailableError(why);
    }
    std::vector<outbox::StoredEvent> out;
    out.reserve(static_cast<std::size_t>(answer.value().events_size()));
    for (const auto& event : answer.value().events()) out.push_back(from_proto(event));
    return out;
}

}  // namespace

absl::StatusOr<std::vector<outbox::StoredEvent>> GrpcReplayClient::of_subject(
    const std::string& service, const std::string& subject, std::int64_t from, std::int64_t to) {
    if (service == own_) return local_.of_subject(service, subject, from, to);
    ReplayEventsRequest request;
    request.mutable_by_aggregate()->set_subject(subject);
    request.mutable_by_aggregate()->set_from_sequence(from);
    // One page of the owner; the caller goes on behind the last event.
    constexpr std::int64_t kRangeMax = 10'000;
    request.mutable_by_aggregate()->set_to_sequence(to == 0 ? 0
                                                            : std::min(to, from + kRangeMax - 1));
    return ask(peers_, service, request);
}

absl::StatusOr<std::vector<outbox::StoredEvent>> GrpcReplayClient::by_position(
    const std::string& service, const outbox::ReplayRange& range) {
    if (service == own_) return local_.by_position(service, range);
    ReplayEventsRequest request;
    auto* asked = request.mutable_by_position();
    asked->set_after_position(range.after_position);
    asked->set_type_prefix(range.type_prefix);
    if (range.from) *asked->mutable_from() = to_timestamp(*range.from);
    if (range.until) *asked->mutable_until() = to_timestamp(*range.until);
    request.set_page_size(static_cast<std::int32_t>(std::min<std::int64_t>(range.limit, 2000)));
    return ask(peers_, service, request);
}

}  // namespace yilian::runtime
