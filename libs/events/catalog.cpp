#include "libs/events/catalog.h"

#include <array>

#include "libs/base/invariant.h"

namespace yilian::events {

const std::vector<const google::protobuf::FileDescriptor*>& all_event_files() {
    // By name: messages of several services share names, and the generated code is linked whole.
    static const auto& files = *new std::vector<const google::protobuf::FileDescriptor*>([] {
        std::vector<const google::protobuf::FileDescriptor*> found;
        for (const char* name :
             {"yilian/billing/v1/events.proto", "yilian/directory/v1/events.proto",
              "yilian/prescriptions/v1/events.proto", "yilian/referrals/v1/events.proto",
              "yilian/registries/v1/events.proto"}) {
            const auto* file =
                google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
            YILIAN_INVARIANT(file != nullptr, "an events.proto is not linked in");
            found.push_back(file);
        }
        return found;
    }());
    return files;
}

const TypeRegistry& catalog() {
    static const auto& registry = *new TypeRegistry(all_event_files());
    return registry;
}

}  // namespace yilian::events
