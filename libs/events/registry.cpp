#include "libs/events/registry.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/message.h"
#include "libs/base/invariant.h"
#include "libs/events/event.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::events {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;

const EventType* event_type_of(const Descriptor& message) {
    // Descriptors live as long as the program, so entries are never taken out.
    static std::mutex mutex;
    static auto& known =
        *new std::unordered_map<const Descriptor*, std::unique_ptr<const EventType>>();
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(&message); found != known.end()) return found->second.get();
    std::unique_ptr<const EventType> made;
    if (message.options().HasExtension(yilian::common::v1::event)) {
        const auto& option = message.options().GetExtension(yilian::common::v1::event);
        made = std::make_unique<const EventType>(
            EventType{option.type(), option.aggregate(), option.key_field(), option.subject_field(),
                      topic_of(option.type()), &message});
        YILIAN_INVARIANT(!made->topic.empty(), "event type does not name a topic");
        YILIAN_INVARIANT(!made->aggregate.empty(), "event option without aggregate");
        YILIAN_INVARIANT(message.FindFieldByName(made->key_field) != nullptr,
                         "event option names no key field");
    }
    return known.emplace(&message, std::move(made)).first->second.get();
}

TypeRegistry::TypeRegistry(std::span<const FileDescriptor* const> files) {
    for (const FileDescriptor* file : files) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const EventType* type = event_type_of(*file->message_type(i));
            if (type == nullptr) continue;
            const bool fresh = by_type_.emplace(type->type, type).second;
            YILIAN_INVARIANT(fresh, "two messages have the same event type");
        }
    }
    for (const auto& [name, type] : by_type_) all_.push_back(type);
}

const EventType* TypeRegistry::find(std::string_view type) const {
    const auto found = by_type_.find(type);
    return found == by_type_.end() ? nullptr : found->second;
}

absl::Status TypeRegistry::check_payload(std::string_view type, std::string_view payload) const {
    const EventType* known = find(type);
    if (known == nullptr) return absl::NotFoundError("event type is not known");
    const auto* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(known->descriptor);
    YILIAN_INVARIANT(prototype != nullptr, "event message is not linked in");
    const std::unique_ptr<google::protobuf::Message> message(prototype->New());
    if (payload.empty() ||
        !message->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
        return absl::InvalidArgumentError("payload does not parse as " + known->type);
    }
    return absl::OkStatus();
}

}  // namespace yilian::events
