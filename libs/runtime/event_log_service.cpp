#include "libs/runtime/event_log_service.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "libs/rpc/validate.h"
#include "libs/runtime/timestamps.h"

namespace yilian::runtime {
namespace {

using common::v1::ReplayEventsRequest;
using common::v1::ReplayEventsResponse;

constexpr std::int32_t kPageDefault = 500;
constexpr std::int32_t kPageMax = 2000;
constexpr std::int64_t kRangeMax = 10'000;
constexpr std::size_t kPageBytesMax = 3 * 1024 * 1024;  // below the message limit of 4 MiB

Violations validate(const ReplayEventsRequest& request) {
    rpc::Validator v;
    v.page_size(request.page_size());
    switch (request.selection_case()) {
        case ReplayEventsRequest::kByAggregate: {
            const auto& range = request.by_aggregate();
            v.required("by_aggregate.subject", range.subject());
            v.positive("by_aggregate.from_sequence", range.from_sequence());
            v.expect(range.to_sequence() == 0 || range.to_sequence() >= range.from_sequence(),
                     "by_aggregate.to_sequence", "FIELD_RANGE");
            break;
        }
        case ReplayEventsRequest::kByPosition: {
            const auto& range = request.by_position();
            v.not_negative("by_position.after_position", range.after_position());
            v.optional_timestamp("by_position.from", range.has_from(), range.from());
            v.optional_timestamp("by_position.until", range.has_until(), range.until());
            break;
        }
        case ReplayEventsRequest::SELECTION_NOT_SET:
            v.present("selection", false);
            break;
    }
    return v.done();
}

// The number in a page position, or `otherwise` on the first page.
std::int64_t number_of(const std::string& position, std::int64_t otherwise) {
    std::int64_t number = otherwise;
    std::from_chars(position.data(), position.data() + position.size(), number);
    return number;
}

bool may_read(const rpc::Caller& caller, const std::string& service) {
    return service != "directory" || caller.has_role("service") || caller.has_role("operator") ||
           caller.has_role("auditor");
}

std::vector<outbox::StoredEvent> read_by_aggregate(storage::Transaction& tx,
                                                   const ReplayEventsRequest& request,
                                                   const Page& page) {
    const auto& range = request.by_aggregate();
    const std::int64_t from = number_of(page.position, range.from_sequence() - 1) + 1;
    return outbox::events_of_subject(tx, range.subject(), from, range.to_sequence(), page.size + 1);
}

std::vector<outbox::StoredEvent> read_by_position(storage::Transaction& tx,
                                                  const ReplayEventsRequest& request,
                                                  const Page& page) {
    const auto& asked = request.by_position();
    outbox::ReplayRange range;
    range.after_position = number_of(page.position, asked.after_position());
    range.limit = page.size + 1;
    range.type_prefix = asked.type_prefix();
    if (asked.has_from()) range.from = from_timestamp(asked.from());
    if (asked.has_until()) range.until = from_timestamp(asked.until());
    return outbox::events_by_position(tx, range);
}

std::optional<Refusal> refusal_of(storage::Transaction& tx, const ReplayEventsRequest& request) {
    if (!request.has_by_aggregate()) return std::nullopt;
    const auto& range = request.by_aggregate();
    if (range.to_sequence() - range.from_sequence() >= kRangeMax) {
        return Refusal{"REPLAY_LIMIT_REACHED", {{"limit", std::to_string(kRangeMax)}}};
    }
    if (!outbox::has_events(tx, range.subject())) return Refusal{"SUBJECT_NOT_FOUND", {}};
    return std::nullopt;
}

Outcome<ReplayEventsResponse> replay(QueryContext& context, const ReplayEventsRequest& request,
                                     const std::string& service) {
    if (!may_read(context.caller, service)) return Refusal{"AUTH_SCOPE_DENIED", {}};
    const auto page = context.page(request, kPageDefault, kPageMax);
    if (!page.ok()) return page.refusal();
    if (auto refusal = refusal_of(context.tx, request)) return *std::move(refusal);
    const auto events = request.has_by_aggregate() ? read_by_aggregate(context.tx, request, *page)
                                                   : read_by_position(context.tx, request, *page);
    ReplayEventsResponse response;
    std::size_t bytes = 0;
    for (const outbox::StoredEvent& stored : events) {
        const bool full = response.events_size() == page->size ||
                          (bytes > 0 && bytes + stored.event.payload.size() > kPageBytesMax);
        if (full) {
            const auto& last = *response.events().rbegin();
            response.set_next_page_token(context.next_page_token(
                request,
                std::to_string(request.has_by_aggregate() ? last.sequence() : last.position())));
            break;
        }
        *response.add_events() = to_proto(stored);
        bytes += stored.event.payload.size() + 512;
    }
    return response;
}

}  // namespace

common::v1::EventEnvelope to_proto(const outbox::StoredEvent& stored) {
    const events::Envelope& event = stored.event;
    common::v1::EventEnvelope out;
    out.set_event_id(event.id);
    out.set_source(event.source);
    out.set_type(event.type);
    out.set_subject(event.subject);
    out.set_aggregate(event.aggregate);
    out.set_partition_key(event.partition_key);
    out.set_sequence(event.sequence);
    *out.mutable_time() = to_timestamp(event.time);
    out.set_correlation_id(event.correlation_id);
    out.set_causation_id(event.causation_id);
    out.set_traceparent(event.traceparent);
    out.set_payload(event.payload);
    out.set_position(stored.position);
    return out;
}

outbox::StoredEvent from_proto(const common::v1::EventEnvelope& message) {
    outbox::StoredEvent out;
    events::Envelope& event = out.event;
    event.id = message.event_id();
    event.source = message.source();
    event.type = message.type();
    event.subject = message.subject();
    event.aggregate = message.aggregate();
    event.partition_key = message.partition_key();
    event.sequence = message.sequence();
    event.time = from_timestamp(message.time());
    event.correlation_id = message.correlation_id();
    event.causation_id = message.causation_id();
    event.traceparent = message.traceparent();
    event.payload = message.payload();
    out.position = message.position();
    return out;
}

void bind_event_log_service(Binder& binder, const std::string& service) {
    binder.query<ReplayEventsRequest, ReplayEventsResponse>(
        "yilian.common.v1.EventLogService/ReplayEvents",
        {.validate = validate,
         .run = [service](QueryContext& context, const ReplayEventsRequest& request) {
             return replay(context, request, service);
         }});
}

}  // namespace yilian::runtime
