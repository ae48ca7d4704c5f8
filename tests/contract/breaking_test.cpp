#include "tests/contract/breaking.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/contract/contracts.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::contract {

namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

FileDescriptorSet sample() {
    FileDescriptorSet set;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"pb(
            file {
              name: "yilian/x/v1/x.proto"
              package: "yilian.x.v1"
              message_type {
                name: "M"
                field { name: "a" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
                field { name: "b" number: 2 label: LABEL_REPEATED type: TYPE_INT64 }
                field { name: "c" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 0 }
                oneof_decl { name: "choice" }
                options {
                  [yilian.common.v1.event] { type: "t" aggregate: "m" key_field: "a" }
                }
              }
              enum_type {
                name: "E"
                value { name: "E_UNSPECIFIED" number: 0 }
                value { name: "E_ONE" number: 1 }
              }
              service {
                name: "S"
                method { name: "Do" input_type: ".yilian.x.v1.M" output_type: ".yilian.x.v1.M" }
              }
            })pb",
        &set));
    return set;
}

std::vector<std::string> after(const std::function<void(FileDescriptorProto&)>& change) {
    FileDescriptorSet now = sample();
    change(*now.mutable_file(0));
    return breaking_changes(sample(), now);
}

}  // namespace

TEST(BreakingChange, TheSameIsNoBreak) {
    EXPECT_THAT(breaking_changes(sample(), sample()), IsEmpty());
}

TEST(BreakingChange, AdditionsAreNoBreak) {
    EXPECT_THAT(after([](FileDescriptorProto& file) {
                    auto* field = file.mutable_message_type(0)->add_field();
                    field->set_name("d");
                    field->set_number(4);
                    file.mutable_enum_type(0)->add_value()->set_name("E_TWO");
                    file.mutable_enum_type(0)->mutable_value(2)->set_number(2);
                    file.add_message_type()->set_name("N");
                    file.mutable_service(0)->add_method()->set_name("More");
                }),
                IsEmpty());
}

TEST(BreakingChange, RemovedFieldMustBeReserved) {
    EXPECT_THAT(after([](FileDescriptorProto& file) {
                    file.mutable_message_type(0)->mutable_field()->DeleteSubrange(1, 1);
                }),
                ElementsAre("yilian.x.v1.M.b: field is gone, number and name not reserved"));
    EXPECT_THAT(after([](FileDescriptorProto& file) {
                    DescriptorProto& message = *file.mutable_message_type(0);
                    message.mutable_field()->DeleteSubrange(1, 1);
                    message.add_reserved_name("b");
                    message.add_reserved_range()->set_start(2);
                    message.mutable_reserved_range(0)->set_end(3);
                }),
                IsEmpty());
}

TEST(BreakingChange, FieldsKeepNumberNameTypeCardinalityPresenceAndOneof) {
    const auto field = [](FileDescriptorProto& file, int index) {
        return file.mutable_message_type(0)->mutable_field(index);
    };
    EXPECT_THAT(after([&](auto& file) { field(file, 0)->set_number(9); }),
                ElementsAre("yilian.x.v1.M.a: field number changed"));
    EXPECT_THAT(after([&](auto& file) { field(file, 0)->set_name("z"); }),
                ElementsAre("yilian.x.v1.M.a: field renamed to z"));
    EXPECT_THAT(after([&](auto& file) {
                    field(file, 1)->set_type(google::protobuf::FieldDescriptorProto::TYPE_INT32);
                }),
                ElementsAre("yilian.x.v1.M.b: type changed"));
    EXPECT_THAT(
        after([&](auto& file) {
            field(file, 1)->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
        }),
        ElementsAre("yilian.x.v1.M.b: cardinality changed"));
    EXPECT_THAT(after([&](auto& file) { field(file, 0)->set_proto3_optional(true); }),
                ElementsAre("yilian.x.v1.M.a: presence changed"));
    EXPECT_THAT(after([&](auto& file) { field(file, 2)->clear_oneof_index(); }),
                ElementsAre("yilian.x.v1.M.c: oneof changed"));
}

TEST(BreakingChange, EnumValuesStay) {
    EXPECT_THAT(
        after([](FileDescriptorProto& file) {
            file.mutable_enum_type(0)->mutable_value()->RemoveLast();
        }),
        ElementsAre("yilian.x.v1.E.E_ONE: enum value is gone, number and name not reserved"));
    EXPECT_THAT(after([](FileDescriptorProto& file) {
                    file.mutable_enum_type(0)->mutable_value(1)->set_name("E_FIRST");
                }),
                ElementsAre("yilian.x.v1.E.E_ONE: enum value renamed to E_FIRST"));
}

TEST(BreakingChange, TypesServicesAndMethodsStay) {
    EXPECT_THAT(after([](FileDescriptorProto& file) { file.clear_message_type(); }),
                ElementsAre("yilian.x.v1.M: message is gone"));
    EXPECT_THAT(after([](FileDescriptorProto& file) { file.clear_enum_type(); }),
                ElementsAre("yilian.x.v1.E: enum is gone"));
    EXPECT_THAT(after([](FileDescriptorProto& file) { file.clear_service(); }),
                ElementsAre("yilian.x.v1.S: service is gone"));
    EXPECT_THAT(after([](FileDescriptorProto& file) { file.mutable_service(0)->clear_method(); }),
                ElementsAre("yilian.x.v1.S.Do: method is gone"));
    EXPECT_THAT(after([](FileDescriptorProto& file) {
                    auto* method = file.mutable_service(0)->mutable_method(0);
                    method->set_input_type(".yilian.x.v1.N");
                    method->set_output_type(".yilian.x.v1.N");
                    method->set_server_streaming(true);
                }),
                ElementsAre("yilian.x.v1.S.Do: answer changed", "yilian.x.v1.S.Do: request changed",
                            "yilian.x.v1.S.Do: streaming changed"));
    EXPECT_THAT(breaking_changes(sample(), FileDescriptorSet()),
                ElementsAre("yilian/x/v1/x.proto: file is gone"));
}

TEST(BreakingChange, EventsKeepTypeAndKey) {
    EXPECT_THAT(
        after([](FileDescriptorProto& file) {
            auto* event = file.mutable_message_type(0)->mutable_options()->MutableExtension(
                common::v1::event);
            event->set_type("u");
            event->set_key_field("b");
        }),
        ElementsAre("yilian.x.v1.M: event key changed", "yilian.x.v1.M: event type changed"));
}

// What was published stays: every set in proto/baseline against this checkout.
TEST(Baseline, NothingPublishedIsBroken) {
    const FileDescriptorSet now = contracts().descriptor_set();
    int compared = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(proto_root()) / "baseline")) {
        if (entry.path().extension() != ".binpb") continue;
        SCOPED_TRACE(entry.path());
        std::ifstream in(entry.path(), std::ios::binary);
        FileDescriptorSet all;
        ASSERT_TRUE(all.ParseFromIstream(&in));
        FileDescriptorSet before;
        for (const FileDescriptorProto& file : all.file()) {
            if (file.package().rfind("yilian.", 0) == 0) *before.add_file() = file;
        }
        EXPECT_GT(before.file_size(), 20);
        EXPECT_THAT(breaking_changes(before, now), IsEmpty());
        ++compared;
    }
    EXPECT_GT(compared, 0) << "no baseline";
}

}  // namespace yilian::contract
