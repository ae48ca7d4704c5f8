#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "tests/contract/contracts.h"
#include "tests/golden/shared_data.h"
#include "yilian/common/v1/access.pb.h"
#include "yilian/common/v1/options.pb.h"

// The rules for methods and messages that no linter knows (style.md 4, interop.md 1,
// architecture.md 5).
namespace yilian::contract {

namespace {

namespace pb = google::protobuf;

void each_method(const std::function<void(const pb::MethodDescriptor&)>& visit) {
    for (const pb::FileDescriptor* file : contracts().files()) {
        for (int i = 0; i < file->service_count(); ++i) {
            for (int j = 0; j < file->service(i)->method_count(); ++j) {
                visit(*file->service(i)->method(j));
            }
        }
    }
}

void each_field(const pb::Descriptor* message,
                const std::function<void(const pb::FieldDescriptor&)>& visit) {
    for (int i = 0; i < message->field_count(); ++i) visit(*message->field(i));
    for (int i = 0; i < message->nested_type_count(); ++i) {
        each_field(message->nested_type(i), visit);
    }
}

void each_field(const std::function<void(const pb::FieldDescriptor&)>& visit) {
    for (const pb::FileDescriptor* file : contracts().files()) {
        for (int i = 0; i < file->message_type_count(); ++i) {
            each_field(file->message_type(i), visit);
        }
    }
}

bool has(const pb::Descriptor* message, const char* name, pb::FieldDescriptor::Type type) {
    const pb::FieldDescriptor* field = message->FindFieldByName(name);
    return field != nullptr && field->type() == type && !field->is_repeated();
}

// Numbers and names of the first table after the heading, for example {36, "total_fen"}.
std::map<int, std::string> list_columns(const std::string& text) {
    std::map<int, std::string> out;
    const std::size_t start = text.find("**list** (`SettlementList`)");
    const std::size_t end = text.find("**diagnosis**:", start);
    const std::vector<std::string> lines = absl::StrSplit(text.substr(start, end - start), '\n');
    for (const std::string& line : lines) {
        const std::vector<std::string> cells = absl::StrSplit(line, '|');
        int number = 0;
        if (cells.size() < 4 || std::sscanf(cells[1].c_str(), " %d", &number) != 1) continue;
        std::string base;
        const std::vector<std::string> names = absl::StrSplit(cells[2], ',');
        for (std::string name : names) {
            name = std::string(absl::StripAsciiWhitespace(name));
            int own = 0;
            char rest[64] = {};
            if (std::sscanf(name.c_str(), "%d %63s", &own, rest) == 2) name = rest;
            if (absl::StartsWith(name, "_")) name = base + name;
            if (base.empty()) base = name.substr(0, name.rfind('_'));
            out[number++] = name;
        }
    }
    return out;
}

}  // namespace

TEST(ApiContract, EveryMethodSaysWhoMayCallIt) {
    const std::set<std::string> roles = {
        "agency_approver", "agency_clerk", "auditor",    "coder",    "dispenser",
        "doctor",          "finance",      "integrator", "nurse",    "operator",
        "pharmacist",      "registrar",    "service",    "team_lead"};
    int count = 0;
    each_method([&](const pb::MethodDescriptor& method) {
        SCOPED_TRACE(method.full_name());
        ++count;
        ASSERT_TRUE(method.options().HasExtension(common::v1::access));
        const auto& access = method.options().GetExtension(common::v1::access);
        EXPECT_NE(access.kind(), common::v1::ACCESS_KIND_UNSPECIFIED);
        EXPECT_FALSE(access.roles().empty());
        std::string last;
        for (const std::string& role : access.roles()) {
            EXPECT_TRUE(roles.contains(role)) << role;
            EXPECT_LT(last, role) << "not sorted";
            last = role;
        }
        if (access.kind() == common::v1::ACCESS_KIND_OPERATOR) {
            EXPECT_EQ(access.roles_size(), 1);
            EXPECT_EQ(access.roles(0), "operator");
        }
    });
    EXPECT_GT(count, 150);
}

TEST(ApiContract, CommandsCarryARequestIdAndReadsDoNot) {
    each_method([](const pb::MethodDescriptor& method) {
        SCOPED_TRACE(method.full_name());
        const auto kind = method.options().GetExtension(common::v1::access).kind();
        const bool carried =
            has(method.input_type(), "request_id", pb::FieldDescriptor::TYPE_STRING);
        EXPECT_EQ(carried, kind == common::v1::ACCESS_KIND_COMMAND);
    });
}

TEST(ApiContract, ListsArePaged) {
    each_method([](const pb::MethodDescriptor& method) {
        SCOPED_TRACE(method.full_name());
        const bool answers_pages =
            has(method.output_type(), "next_page_token", pb::FieldDescriptor::TYPE_STRING);
        EXPECT_EQ(answers_pages,
                  has(method.input_type(), "page_size", pb::FieldDescriptor::TYPE_INT32));
        EXPECT_EQ(answers_pages,
                  has(method.input_type(), "page_token", pb::FieldDescriptor::TYPE_STRING));
        const bool lists = absl::StartsWith(method.name(), "List") &&
                           !absl::EndsWith(method.name(), "Projections");
        if (lists) {
            EXPECT_TRUE(answers_pages);
        }
    });
}

TEST(ApiContract, StatefulAnswersSayWhatIsAllowed) {
    const std::set<std::string> stateful = {"yilian.directory.v1.Contract",
                                            "yilian.directory.v1.Team",
                                            "yilian.directory.v1.Resident",
                                            "yilian.registries.v1.Enrolment",
                                            "yilian.referrals.v1.ChannelCase",
                                            "yilian.referrals.v1.ExamOrder",
                                            "yilian.referrals.v1.Referral",
                                            "yilian.prescriptions.v1.Prescription",
                                            "yilian.billing.v1.Case",
                                            "yilian.billing.v1.Run",
                                            "yilian.billing.v1.Payment",
                                            "yilian.billing.v1.Dispute",
                                            "yilian.billing.v1.SupervisionFinding"};
    std::set<std::string> found;
    each_field([&](const pb::FieldDescriptor& field) {
        if (field.name() == "allowed_actions") {
            EXPECT_TRUE(field.is_repeated());
            found.insert(field.containing_type()->full_name());
        }
    });
    EXPECT_EQ(found, stateful);
}

TEST(ApiContract, NoFloatingPointAndNoMaps) {
    each_field([](const pb::FieldDescriptor& field) {
        EXPECT_NE(field.cpp_type(), pb::FieldDescriptor::CPPTYPE_DOUBLE) << field.full_name();
        EXPECT_NE(field.cpp_type(), pb::FieldDescriptor::CPPTYPE_FLOAT) << field.full_name();
        EXPECT_FALSE(field.is_map()) << field.full_name();
    });
}

TEST(ApiContract, SuffixesSayTheType) {
    each_field([](const pb::FieldDescriptor& field) {
        SCOPED_TRACE(field.full_name());
        const std::string& name = field.name();
        if (absl::EndsWith(name, "_fen") || absl::EndsWith(name, "_e4") ||
            absl::EndsWith(name, "_e8") || absl::EndsWith(name, "_milli")) {
            EXPECT_EQ(field.type(), pb::FieldDescriptor::TYPE_INT64);
        }
        if (absl::EndsWith(name, "_at") || absl::EndsWith(name, "_until_at")) {
            ASSERT_NE(field.message_type(), nullptr);
            EXPECT_EQ(field.message_type()->full_name(), "google.protobuf.Timestamp");
        }
        if (absl::EndsWith(name, "_on") || absl::EndsWith(name, "_date") ||
            absl::EndsWith(name, "_id")) {
            EXPECT_EQ(field.type(), pb::FieldDescriptor::TYPE_STRING);
        }
        if (absl::EndsWith(name, "_bp")) {
            EXPECT_EQ(field.type(), pb::FieldDescriptor::TYPE_INT32);
        }
    });
}

// A field that looks like a person's data and is not marked would travel into logs and errors.
TEST(ApiContract, PersonalFieldsAreMarked) {
    const std::set<std::string> personal = {"name",  "phone",  "address",   "document_number",
                                            "email", "mobile", "id_number", "full_name"};
    const std::set<std::string> of_things = {
        "yilian.directory.v1.Institution.name", "yilian.prescriptions.v1.DrugRow.name",
        "yilian.common.v1.Count.name", "yilian.common.v1.Projection.name",
        "yilian.billing.v1.FindingEvidence.name"};
    int marked = 0;
    each_field([&](const pb::FieldDescriptor& field) {
        const auto level = field.options().GetExtension(common::v1::data_level);
        if (level == common::v1::DATA_LEVEL_PERSONAL) ++marked;
        if (!personal.contains(field.name()) || of_things.contains(field.full_name())) return;
        EXPECT_EQ(level, common::v1::DATA_LEVEL_PERSONAL) << field.full_name();
    });
    EXPECT_GE(marked, 6);
}

TEST(ApiContract, SettlementListHasTheNumbersOfItsForm) {
    const auto path = golden::shared_path("spec/billing.md");
    if (!path) return;
    const auto columns = list_columns(golden::read_text(*path));
    ASSERT_EQ(columns.size(), 48U) << "24 stands in the row of 23";
    const pb::Descriptor* list = nullptr;
    for (const pb::FileDescriptor* file : contracts().files()) {
        if (file->package() == "yilian.billing.v1" && list == nullptr) {
            list = file->FindMessageTypeByName("SettlementList");
        }
    }
    ASSERT_NE(list, nullptr);
    for (const auto& [number, name] : columns) {
        const pb::FieldDescriptor* field = list->FindFieldByNumber(number);
        ASSERT_NE(field, nullptr) << number;
        EXPECT_EQ(field->name(), name) << number;
    }
}

}  // namespace yilian::contract
