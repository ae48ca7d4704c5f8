#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/clock.h"

// What an event is before it is published (EventDraft), where it comes from (EventMeta) and what
// travels (Envelope). Rules: CloudEvents 1.0 binary mode, protobuf payload; facts and pseudonymous
// ids only.
namespace yilian::events {

// Most bytes of a payload; a broker takes 1 MiB with headers.
inline constexpr std::size_t kPayloadBytesMax = std::size_t{768} * 1024;

// An event that must not be published: invalid UTF-8 (which protobuf would write but nobody could
// read), no context, empty key or subject, too large. what() names the type and the field, never a
// value. Leaves a unit as INTERNAL: the edge has let something through.
class BadEvent : public std::invalid_argument {
  public:
    using std::invalid_argument::invalid_argument;
};

// An event that has happened and has no number yet.
struct EventDraft {
    std::string type;           // "yilian.referrals.referral.accepted.v1"
    std::string aggregate;      // "referral"
    std::string subject;        // id of the aggregate
    std::string partition_key;  // resident, institution or district: what keeps events in order
    std::string payload;        // serialised, never empty
};

// Checks `message` and takes type, aggregate and key from its `yilian.common.v1.event` option.
// A message without the option, with a key that is no singular string field, or with another
// subject in its subject field is a broken invariant (a bug in the proto or in the caller). Throws
// BadEvent.
[[nodiscard]] EventDraft draft_of(std::string subject, const google::protobuf::Message& message);
template <class Msg>
[[nodiscard]] EventDraft make_event(std::string subject, const Msg& message) {
    return draft_of(std::move(subject), message);
}
// The same with the subject read from the message's subject field.
[[nodiscard]] EventDraft make_event(const google::protobuf::Message& message);

// What an event inherits from the work that caused it.
struct EventMeta {
    std::string correlation_id;  // the command or event at the root of the chain
    std::string causation_id;    // the command or event just before
    std::string traceparent;     // W3C trace context, may be empty
    Instant time{};              // business clock
};

// A published event, complete.
struct Envelope {
    std::string id;      // ULID
    std::string source;  // "/yilian/<service>"
    std::string type;
    std::string subject;
    std::string aggregate;  // "" after decoding from Kafka when the type is not known here
    std::string partition_key;
    std::int64_t sequence = 0;  // count of the subject's published events, 1, 2, 3 … without a gap
    Instant time{};             // business clock of the producer
    std::string correlation_id;
    std::string causation_id;
    std::string traceparent;
    std::string payload;
    friend bool operator==(const Envelope&, const Envelope&) = default;
};

// "yilian.referrals.referral.accepted.v1" -> "yilian.referrals.v1"; "" when it is no such type.
[[nodiscard]] std::string topic_of(std::string_view type);
// "yilian.referrals.v1" or a type of it -> "referrals"; "" when it is neither.
[[nodiscard]] std::string service_of(std::string_view topic_or_type);
// "referrals" -> "yilian.referrals.v1".
[[nodiscard]] std::string topic_of_service(std::string_view service);

// The path of the first string field with invalid UTF-8 ("lines[2].drug_code"), or "".
[[nodiscard]] std::string invalid_utf8_field(const google::protobuf::Message& message);
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace yilian::events
