#include "tests/contract/catalogue.h"

#include <absl/strings/str_split.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "tests/golden/shared_data.h"

// proto/asyncapi.yaml is what integrators read; it must say what the messages say.
namespace yilian::contract {

namespace {

std::string stored() { return golden::read_text(proto_root() + "/asyncapi.yaml"); }

}  // namespace

TEST(Catalogue, IsTheRenderingOfTheMessages) {
    const std::vector<std::string> now = absl::StrSplit(stored(), '\n');
    const std::vector<std::string> rendered = absl::StrSplit(render_catalogue(contracts()), '\n');
    const auto [left, right] =
        std::mismatch(now.begin(), now.end(), rendered.begin(), rendered.end());
    EXPECT_TRUE(left == now.end() && right == rendered.end())
        << "stale from line " << left - now.begin() + 1 << " on: '"
        << (left == now.end() ? "(end)" : *left) << "' should be '"
        << (right == rendered.end() ? "(end)" : *right)
        << "'; build the target yilian_catalogue and commit the file";
}

TEST(Catalogue, HasAChannelForEachServiceWithAllItsEvents) {
    const YAML::Node root = YAML::Load(stored());
    EXPECT_EQ(root["asyncapi"].as<std::string>(), "3.0.0");
    std::set<std::string> listed;
    for (const auto& channel : root["channels"]) {
        const std::string topic = channel.first.as<std::string>();
        EXPECT_EQ(channel.second["address"].as<std::string>(), topic);
        EXPECT_EQ(channel.second["bindings"]["kafka"]["partitions"].as<int>(), kPartitions);
        for (const auto& message : channel.second["messages"]) {
            const std::string reference = message.second["$ref"].as<std::string>();
            const YAML::Node target =
                root["components"]["messages"][reference.substr(reference.rfind('/') + 1)];
            ASSERT_TRUE(target.IsDefined()) << reference;
            EXPECT_EQ(target["x-ce-type"].as<std::string>().rfind(
                          topic.substr(0, topic.rfind('.')) + ".", 0),
                      0U)
                << reference << " stands in the wrong channel";
            listed.insert(target["x-proto-message"].as<std::string>());
        }
    }
    std::set<std::string> expected;
    for (const EventMessage& event : event_messages(contracts())) {
        expected.insert(event.message->full_name());
        const YAML::Node entry =
            root["components"]["messages"]
                [service_of(event.message->file()->package()) + "." + event.message->name()];
        ASSERT_TRUE(entry.IsDefined()) << event.message->full_name();
        EXPECT_EQ(entry["x-ce-type"].as<std::string>(), event.options.type());
        EXPECT_EQ(entry["x-key-field"].as<std::string>(), event.options.key_field());
        EXPECT_EQ(entry["x-aggregate"].as<std::string>(), event.options.aggregate());
        EXPECT_EQ(entry["summary"].as<std::string>(), event.summary);
    }
    EXPECT_EQ(listed, expected);
    EXPECT_EQ(root["channels"].size(), 5U);
    EXPECT_EQ(root["operations"].size(), 5U);
}

}  // namespace yilian::contract
