#include "libs/events/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "google/protobuf/descriptor.h"
#include "libs/base/invariant.h"
#include "libs/events/registry.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::events {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

[[noreturn]] void refuse(std::string_view type, std::string_view what) {
    throw BadEvent(fmt::format("event {}: {}", type, what));
}

std::string string_field(const Message& message, const std::string& name) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    YILIAN_INVARIANT(field != nullptr && !field->is_repeated() &&
                         field->cpp_type() == FieldDescriptor::CPPTYPE_STRING,
                     "event option names a field that is no singular string");
    return message.GetReflection()->GetString(message, field);
}

// Every event says under which district's rules it came to be (proto/yilian/common/v1/event.proto).
bool has_context(const Message& message) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByNumber(1);
    YILIAN_INVARIANT(
        field != nullptr && field->message_type() == yilian::common::v1::EventContext::descriptor(),
        "first field of an event is its context");
    const Reflection& reflection = *message.GetReflection();
    if (!reflection.HasField(message, field)) return false;
    return !string_field(reflection.GetMessage(message, field), "district_code").empty();
}

std::string bad_text(const Message& message, const FieldDescriptor& field, int index) {
    const Reflection& reflection = *message.GetReflection();
    std::string scratch;
    const std::string path = index < 0 ? field.name() : fmt::format("{}[{}]", field.name(), index);
    if (field.type() == FieldDescriptor::TYPE_STRING) {
        const std::string& text =
            index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                      : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
        return is_utf8(text) ? "" : path;
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return "";
    const Message& inner = index < 0 ? reflection.GetMessage(message, &field)
                                     : reflection.GetRepeatedMessage(message, &field, index);
    const std::string below = invalid_utf8_field(inner);
    return below.empty() ? "" : path + "." + below;
}

}  // namespace

EventDraft draft_of(std::string subject, const Message& message) {
    const EventType* option = event_type_of(*message.GetDescriptor());
    YILIAN_INVARIANT(option != nullptr, "message has no event option");
    if (subject.empty()) refuse(option->type, "no subject");
    if (!option->subject_field.empty()) {
        YILIAN_INVARIANT(string_field(message, option->subject_field) == subject,
                         "subject differs from the event's subject field");
    }
    EventDraft draft{option->type,
                     option->aggregate,
                     std::move(subject),
                     string_field(message, option->key_field),
                     {}};
    if (draft.partition_key.empty()) refuse(option->type, "no partition key");
    if (!has_context(message)) refuse(option->type, "no context");
    if (const std::string field = invalid_utf8_field(message); !field.empty()) {
        refuse(option->type, "invalid UTF-8 in " + field);
    }
    draft.payload = message.SerializeAsString();
    if (draft.payload.size() > kPayloadBytesMax) refuse(option->type, "payload too large");
#ifndef NDEBUG
    const std::unique_ptr<Message> back(message.New());
    if (!back->ParseFromString(draft.payload)) refuse(option->type, "cannot be read back");
#endif
    return draft;
}

EventDraft make_event(const Message& message) {
    const EventType* option = event_type_of(*message.GetDescriptor());
    YILIAN_INVARIANT(option != nullptr, "message has no event option");
    YILIAN_INVARIANT(!option->subject_field.empty(), "event option names no subject field");
    return draft_of(string_field(message, option->subject_field), message);
}

std::string topic_of(std::string_view type) {
    const std::string service = service_of(type);
    // yilian.<service>.<resource>.<past tense>.v1
    const auto dots = std::count(type.begin(), type.end(), '.');
    return service.empty() || dots != 4 ? "" : topic_of_service(service);
}

std::string service_of(std::string_view topic_or_type) {
    constexpr std::string_view kPrefix = "yilian.";
    if (!topic_or_type.starts_with(kPrefix) || !topic_or_type.ends_with(".v1")) return "";
    topic_or_type.remove_prefix(kPrefix.size());
    return std::string(topic_or_type.substr(0, topic_or_type.find('.')));
}

std::string topic_of_service(std::string_view service) {
    return fmt::format("yilian.{}.v1", service);
}

std::string invalid_utf8_field(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        if (!field->is_repeated()) {
            if (std::string path = bad_text(message, *field, -1); !path.empty()) return path;
            continue;
        }
        const int size = message.GetReflection()->FieldSize(message, field);
        for (int i = 0; i < size; ++i) {
            if (std::string path = bad_text(message, *field, i); !path.empty()) return path;
        }
    }
    return "";
}

bool is_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char lead = byte(i);
        std::size_t more = 0;
        if (lead < 0x80) {
            ++i;
            continue;
        }
        if (lead >= 0xC2 && lead <= 0xDF)
            more = 1;
        else if (lead >= 0xE0 && lead <= 0xEF)
            more = 2;
        else if (lead >= 0xF0 && lead <= 0xF4)
            more = 3;
        else
            return false;
        if (text.size() - i <= more) return false;
        // The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
        const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (byte(i + 1) < low || byte(i + 1) > high) return false;
        for (std::size_t k = 2; k <= more; ++k) {
            if ((byte(i + k) & 0xC0) != 0x80) return false;
        }
        i += more + 1;
    }
    return true;
}

}  // namespace yilian::events
