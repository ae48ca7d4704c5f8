#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "libs/events/catalog.h"
#include "libs/runtime/testing/test_site.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::runtime {

void expect_subscriptions_of_event_table(const App& app, const std::string& service) {
    std::vector<std::string> named;
    for (const google::protobuf::FileDescriptor* file : events::all_event_files()) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            const auto& options = file->message_type(i)->options();
            if (!options.HasExtension(common::v1::event)) continue;
            const auto& event = options.GetExtension(common::v1::event);
            const auto& consumers = event.consumers();
            if (std::find(consumers.begin(), consumers.end(), service) != consumers.end()) {
                named.push_back(event.type());
            }
        }
    }
    std::sort(named.begin(), named.end());
    EXPECT_FALSE(named.empty()) << "no event names " << service << " as its consumer";
    EXPECT_THAT(app.subscribed_types(), testing::ElementsAreArray(named));
}

}  // namespace yilian::runtime
