#include "services/cli/event_history.h"

#include <deque>
#include <ostream>
#include <thread>
#include <unordered_set>

#include "fmt/format.h"
#include "google/protobuf/util/json_util.h"
#include "libs/calendar/local_time.h"
#include "libs/events/catalog.h"
#include "nlohmann/json.hpp"

namespace yilian::cli {
namespace {

namespace v1 = common::v1;

constexpr int kPageSize = 2000;
constexpr const char* kReplay = "yilian.common.v1.EventLogService/ReplayEvents";

v1::ReplayEventsResponse page_of(const OperatorClients& clients, const std::string& service,
                                 const v1::ReplayEventsRequest& request) {
    const auto answer =
        clients.call<v1::ReplayEventsResponse>(service, kReplay, request, std::chrono::seconds(60));
    if (answer.ok()) return answer.value();
    throw CommandFailed(kExitUnreadable,
                        fmt::format("{}: {} ReplayEvents", describe(answer.error()), service));
}

Instant time_of(const v1::EventEnvelope& event) {
    return instant_from_ms(event.time().seconds() * 1000 + event.time().nanos() / 1'000'000);
}

// The payload as JSON; "" for a type this build does not know.
std::string payload_of(const v1::EventEnvelope& event) {
    const events::EventType* type = events::catalog().find(event.type());
    if (type == nullptr) return "";
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(type->descriptor)
            ->New());
    if (!message->ParseFromString(event.payload())) return "";
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(*message, &text, options);
    return status.ok() ? text : "";
}

void print(const v1::EventEnvelope& event, bool json, std::ostream& out) {
    const std::string payload = payload_of(event);
    const std::string time = calendar::rfc3339(time_of(event));
    if (!json) {
        out << fmt::format("{} {} {} {} key={} {}\n", time, event.type(), event.subject(),
                           event.sequence(), event.partition_key(), payload);
        return;
    }
    nlohmann::ordered_json line{{"time", time},
                                {"type", event.type()},
                                {"subject", event.subject()},
                                {"sequence", event.sequence()},
                                {"key", event.partition_key()},
                                {"event_id", event.event_id()},
                                {"correlation_id", event.correlation_id()},
                                {"causation_id", event.causation_id()}};
    if (!payload.empty()) line["payload"] = nlohmann::ordered_json::parse(payload);
    out << line.dump() << "\n";
}

}  // namespace

void read_history(const OperatorClients& clients, const std::string& service,
                  const v1::ReplayByPosition& selection,
                  const std::function<bool(const v1::EventEnvelope&)>& each) {
    v1::ReplayEventsRequest request;
    *request.mutable_by_position() = selection;
    request.set_page_size(kPageSize);
    do {
        const auto page = page_of(clients, service, request);
        for (const auto& event : page.events()) {
            if (!each(event)) return;
        }
        request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
}

std::map<std::string, std::int64_t> count_events(const OperatorClients& clients,
                                                 const std::string& service) {
    std::map<std::string, std::int64_t> by_type;
    std::unordered_set<std::string> seen;
    read_history(clients, service, {}, [&](const v1::EventEnvelope& event) {
        if (seen.insert(event.event_id()).second) ++by_type[event.type()];
        return true;
    });
    return by_type;
}

int tail_events(const OperatorClients& clients, const TailArgs& args, bool json,
                std::ostream& out) {
    std::vector<std::string> services = service_names();
    if (!args.service.empty()) services = {args.service};
    std::map<std::string, std::int64_t> position;
    for (const std::string& service : services) {
        std::deque<v1::EventEnvelope> last;
        v1::ReplayByPosition selection;
        selection.set_type_prefix(args.type_prefix);
        read_history(clients, service, selection, [&](const v1::EventEnvelope& event) {
            position[service] = event.position();
            if (!args.subject.empty() && event.subject() != args.subject) return true;
            last.push_back(event);
            if (args.last > 0 && last.size() > static_cast<std::size_t>(args.last)) {
                last.pop_front();
            }
            return true;
        });
        for (const auto& event : last) print(event, json, out);
    }
    while (args.follow) {
        out.flush();
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        for (const std::string& service : services) {
            v1::ReplayByPosition selection;
            selection.set_type_prefix(args.type_prefix);
            selection.set_after_position(position[service]);
            read_history(clients, service, selection, [&](const v1::EventEnvelope& event) {
                position[service] = event.position();
                if (args.subject.empty() || event.subject() == args.subject) {
                    print(event, json, out);
                }
                return true;
            });
        }
    }
    return kExitGood;
}

}  // namespace yilian::cli
