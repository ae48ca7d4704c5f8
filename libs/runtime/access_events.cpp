#include "libs/runtime/access_events.h"

#include <memory>

#include "libs/base/invariant.h"
#include "libs/runtime/timestamps.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::runtime {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

AccessEvents::AccessEvents(const std::string& service, std::string district)
    : district_(std::move(district)) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        "yilian." + service + ".v1.AccessRecorded");
    if (type == nullptr) return;
    prototype_ = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
}

std::optional<events::EventDraft> AccessEvents::make(const std::string& id,
                                                     const RecordAccess& access,
                                                     const rpc::Caller& caller, Instant at) const {
    if (prototype_ == nullptr) return std::nullopt;
    const std::unique_ptr<Message> event(prototype_->New());
    const auto* reflection = event->GetReflection();
    const auto field = [&](const char* name) {
        const FieldDescriptor* found = event->GetDescriptor()->FindFieldByName(name);
        YILIAN_INVARIANT(found != nullptr, "AccessRecorded of another shape");
        return found;
    };
    const auto set = [&](const char* name, const std::string& value) {
        reflection->SetString(event.get(), field(name), value);
    };
    common::v1::EventContext context;
    context.set_district_code(district_);
    context.set_actor_kind(std::string(actor_kind(caller)));
    context.set_institution_id(caller.institution_id);
    reflection->MutableMessage(event.get(), field("context"))->CopyFrom(context);
    set("access_id", id);
    set("reader_id", caller.subject);
    set("institution_id", caller.institution_id);
    set("resident_id", access.resident_id);
    set("purpose", access.purpose);
    set("scope", access.scope);
    reflection->SetBool(event.get(), field("break_glass"), access.break_glass);
    reflection->MutableMessage(event.get(), field("at"))->CopyFrom(to_timestamp(at));
    return events::draft_of(id, *event);
}

}  // namespace yilian::runtime
