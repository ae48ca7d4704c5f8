#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace yilian::events {

// What the option of an event message says.
struct EventType {
    std::string type;           // "yilian.referrals.referral.accepted.v1"
    std::string aggregate;      // "referral"
    std::string key_field;      // payload field of the partition key
    std::string subject_field;  // payload field of the subject, may be empty
    std::string topic;          // "yilian.referrals.v1"
    const google::protobuf::Descriptor* descriptor = nullptr;
};

// The event option of a message type; nullptr when it has none. The result lives as long as the
// program. Thread-safe.
[[nodiscard]] const EventType* event_type_of(const google::protobuf::Descriptor& message);

// All event types of some proto files, by type. Immutable after construction.
class TypeRegistry {
  public:
    // A type used twice, or one that does not name a topic, is a broken invariant.
    explicit TypeRegistry(std::span<const google::protobuf::FileDescriptor* const> files);

    [[nodiscard]] const EventType* find(std::string_view type) const;
    // Sorted by type.
    [[nodiscard]] const std::vector<const EventType*>& all() const { return all_; }
    // NOT_FOUND for an unknown type; INVALID_ARGUMENT when the payload does not parse as its
    // message.
    [[nodiscard]] absl::Status check_payload(std::string_view type, std::string_view payload) const;

  private:
    std::map<std::string, const EventType*, std::less<>> by_type_;
    std::vector<const EventType*> all_;
};

}  // namespace yilian::events
