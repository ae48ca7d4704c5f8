#include "tests/contract/catalogue.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <map>

namespace yilian::contract {

namespace {

constexpr const char* kHead =
    R"(# All topics and events of the platform. Rendered from the event options and comments of
# yilian/*/v1/events.proto; after a change there: ninja yilian_catalogue.
asyncapi: 3.0.0
info:
  title: Yilian events
  version: 1.0.0
  description: >-
    Facts that the services of a regional medical consortium publish. Kafka, CloudEvents 1.0 in binary
    mode, protobuf values. Order holds for each aggregate (ce_subject), counted by ce_sequence;
    delivery is at least once.
  license:
    name: Apache-2.0
    url: https://www.apache.org/licenses/LICENSE-2.0
defaultContentType: application/protobuf
)";

constexpr const char* kHeaders = R"(  schemas:
    cloudEventHeaders:
      type: object
      required: [ce_specversion, ce_id, ce_source, ce_type, ce_time, ce_subject, ce_sequence, ce_partitionkey]
      properties:
        ce_specversion: {type: string, const: "1.0"}
        ce_id: {type: string, description: ULID of the event.}
        ce_source: {type: string, description: "Publisher, /yilian/<service>."}
        ce_type: {type: string, description: Event type.}
        ce_time: {type: string, format: date-time, description: Business time of the change.}
        ce_subject: {type: string, description: Id of the aggregate.}
        ce_sequence: {type: string, description: "Count of the aggregate's published events, from 1 without a gap."}
        ce_partitionkey: {type: string, description: Key of the record.}
        ce_traceparent: {type: string, description: W3C trace context.}
        ce_correlationid: {type: string, description: Root of the chain of commands and events.}
        ce_causationid: {type: string, description: Command or event that caused this one.}
        content-type: {type: string, const: application/protobuf}
)";

std::string quoted(const std::string& text) {
    return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string message_id(const EventMessage& event) {
    return absl::StrCat(service_of(event.message->file()->package()), ".", event.message->name());
}

void channel(std::string& out, const std::string& topic, const std::string& service,
             const std::vector<const EventMessage*>& events) {
    absl::StrAppend(&out, "  ", topic, ":\n    address: ", topic, "\n    title: Facts of ", service,
                    "\n    description: Owned and written by ", service,
                    " alone. The record key is the field named by each message.\n"
                    "    bindings:\n      kafka:\n        topic: ",
                    topic, "\n        partitions: ", kPartitions,
                    "\n        topicConfiguration:\n          cleanup.policy: [delete]\n"
                    "          retention.ms: ",
                    std::int64_t{kRetentionDays} * 24 * 60 * 60 * 1000, "\n    messages:\n");
    for (const EventMessage* event : events) {
        absl::StrAppend(&out, "      ", event->message->name(), ":\n        $ref: ",
                        quoted(absl::StrCat("#/components/messages/", message_id(*event))), "\n");
    }
}

void message(std::string& out, const EventMessage& event) {
    absl::StrAppend(
        &out, "    ", message_id(event), ":\n      name: ", event.message->name(),
        "\n      title: ", event.options.type(), "\n      summary: ", quoted(event.summary),
        "\n      contentType: application/protobuf\n"
        "      headers:\n        $ref: \"#/components/schemas/cloudEventHeaders\"\n"
        "      bindings:\n        kafka:\n          key:\n            type: string\n"
        "            description: ",
        event.options.key_field(), "\n      x-ce-type: ", event.options.type(),
        "\n      x-proto-message: ", event.message->full_name(),
        "\n      x-proto-file: ", event.message->file()->name(),
        "\n      x-aggregate: ", event.options.aggregate(),
        "\n      x-key-field: ", event.options.key_field(),
        "\n      x-subject-field: ", event.options.subject_field(), "\n      x-consumers: [",
        absl::StrJoin(event.options.consumers(), ", "), "]\n");
}

}  // namespace

std::string render_catalogue(const Contracts& contracts) {
    const std::vector<EventMessage> events = event_messages(contracts);
    std::map<std::string, std::vector<const EventMessage*>> by_service;
    for (const EventMessage& event : events) {
        by_service[service_of(event.message->file()->package())].push_back(&event);
    }
    std::string out = kHead;
    out += "channels:\n";
    for (const auto& [service, list] : by_service) {
        channel(out, absl::StrCat("yilian.", service, ".v1"), service, list);
    }
    out += "operations:\n";
    for (const auto& [service, list] : by_service) {
        absl::StrAppend(&out, "  ", service,
                        ".publish:\n    action: send\n    channel:\n      $ref: ",
                        quoted(absl::StrCat("#/channels/yilian.", service, ".v1")), "\n");
    }
    out += "components:\n  messages:\n";
    for (const EventMessage& event : events) message(out, event);
    return out + kHeaders;
}

}  // namespace yilian::contract
