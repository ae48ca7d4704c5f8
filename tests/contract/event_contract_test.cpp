#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/contract/contracts.h"
#include "tests/contract/event_table.h"
#include "tests/golden/shared_data.h"
#include "yilian/common/v1/options.pb.h"

// The event messages against the rules for events (interop.md 4, style.md 5) and against the event
// table of the specification.
namespace yilian::contract {

namespace {

namespace pb = google::protobuf;

// Named by the task that asked for them and not by the event table.
const std::set<std::string>& beyond_the_table() {
    static const std::set<std::string> names = {"ResidentHealthCodesRecorded"};
    return names;
}

bool is_key(const pb::FieldDescriptor* field) {
    return field != nullptr && field->type() == pb::FieldDescriptor::TYPE_STRING &&
           !field->is_repeated();
}

void visit_fields(const pb::Descriptor* message, std::set<const pb::Descriptor*>& seen,
                  const std::function<void(const pb::FieldDescriptor*)>& visit) {
    if (!seen.insert(message).second) return;
    for (int i = 0; i < message->field_count(); ++i) {
        visit(message->field(i));
        if (message->field(i)->message_type() != nullptr) {
            visit_fields(message->field(i)->message_type(), seen, visit);
        }
    }
}

std::map<std::string, EventMessage> by_name(const std::string& service) {
    std::map<std::string, EventMessage> out;
    for (const EventMessage& event : event_messages(contracts())) {
        if (service_of(event.message->file()->package()) == service) {
            out.emplace(event.message->name(), event);
        }
    }
    return out;
}

std::vector<EventRow> table() {
    const auto path = golden::shared_path("spec/events.md");
    if (!path) return {};
    auto rows = parse_event_table(golden::read_text(*path));
    EXPECT_GT(rows.size(), 80U) << "the table was not read";
    return rows;
}

std::string short_type(const EventMessage& event) {
    std::vector<std::string> parts = absl::StrSplit(event.options.type(), '.');
    return parts.size() == 5 ? absl::StrCat(parts[2], ".", parts[3]) : event.options.type();
}

}  // namespace

TEST(EventContract, OptionsNameTypeAggregateKeyAndSubject) {
    std::set<std::string> types;
    for (const EventMessage& event : event_messages(contracts())) {
        const pb::Descriptor* message = event.message;
        SCOPED_TRACE(message->full_name());
        const std::vector<std::string> parts = absl::StrSplit(event.options.type(), '.');
        ASSERT_EQ(parts.size(), 5U) << event.options.type();
        EXPECT_EQ(absl::StrCat(parts[0], ".", parts[1], ".", parts[4]), message->file()->package());
        EXPECT_TRUE(types.insert(event.options.type()).second) << "type of two messages";
        EXPECT_FALSE(event.options.aggregate().empty());
        EXPECT_TRUE(is_key(message->FindFieldByName(event.options.key_field())));
        EXPECT_TRUE(is_key(message->FindFieldByName(event.options.subject_field())));
        EXPECT_TRUE(absl::EndsWith(message->file()->name(), "/events.proto"));
        EXPECT_FALSE(event.summary.empty());
    }
}

TEST(EventContract, ContextIsTheFirstField) {
    for (const EventMessage& event : event_messages(contracts())) {
        SCOPED_TRACE(event.message->full_name());
        const pb::FieldDescriptor* first = event.message->FindFieldByNumber(1);
        ASSERT_NE(first, nullptr);
        EXPECT_EQ(first->name(), "context");
        ASSERT_NE(first->message_type(), nullptr);
        EXPECT_EQ(first->message_type()->full_name(), "yilian.common.v1.EventContext");
    }
}

TEST(EventContract, NothingPersonalTravels) {
    for (const EventMessage& event : event_messages(contracts())) {
        std::set<const pb::Descriptor*> seen;
        visit_fields(event.message, seen, [&event](const pb::FieldDescriptor* field) {
            const auto level = field->options().GetExtension(common::v1::data_level);
            EXPECT_NE(level, common::v1::DATA_LEVEL_PERSONAL)
                << event.message->full_name() << " carries " << field->full_name();
            EXPECT_NE(level, common::v1::DATA_LEVEL_CLINICAL_TEXT)
                << event.message->full_name() << " carries " << field->full_name();
        });
    }
}

TEST(EventContract, ConsumersAreOtherServicesSorted) {
    const std::set<std::string> services = {"billing", "directory", "prescriptions", "referrals",
                                            "registries"};
    for (const EventMessage& event : event_messages(contracts())) {
        SCOPED_TRACE(event.message->full_name());
        std::string last;
        for (const std::string& consumer : event.options.consumers()) {
            EXPECT_TRUE(services.contains(consumer)) << consumer;
            EXPECT_NE(consumer, service_of(event.message->file()->package()));
            EXPECT_LT(last, consumer);
            last = consumer;
        }
    }
}

TEST(EventTable, EveryEventOfTheTableIsAMessage) {
    for (const EventRow& row : table()) {
        const auto messages = by_name(row.service);
        for (const std::string& name : row.messages) {
            EXPECT_TRUE(messages.contains(name)) << row.service << ": " << name;
        }
    }
}

TEST(EventTable, EveryMessageStandsInTheTable) {
    const std::vector<EventRow> rows = table();
    if (rows.empty()) return;
    std::set<std::string> known;
    for (const EventRow& row : rows) {
        for (const std::string& name : row.messages) {
            known.insert(absl::StrCat(row.service, ".", name));
            // One row for the topic of every service.
            if (name == "AccessRecorded") known.insert(name);
        }
    }
    for (const EventMessage& event : event_messages(contracts())) {
        const std::string& name = event.message->name();
        const std::string full =
            absl::StrCat(service_of(event.message->file()->package()), ".", name);
        EXPECT_TRUE(known.contains(full) || known.contains(name) ||
                    beyond_the_table().contains(name))
            << full;
    }
}

TEST(EventTable, TypesAgree) {
    for (const EventRow& row : table()) {
        const auto messages = by_name(row.service);
        std::set<std::string> of_row;
        for (std::size_t i = 0; i < row.messages.size(); ++i) {
            const auto at = messages.find(row.messages[i]);
            if (at == messages.end()) continue;
            of_row.insert(short_type(at->second));
            if (row.types_complete) {
                EXPECT_EQ(short_type(at->second), row.types[i]) << row.messages[i];
            }
        }
        for (const std::string& type : row.types) {
            EXPECT_TRUE(of_row.contains(type)) << type << " of " << row.messages.front();
        }
        EXPECT_EQ(of_row.size(), row.messages.size());
    }
}

TEST(EventTable, KeysAgree) {
    // Merge and split follow the resident that ends or is split.
    const std::map<std::string, std::set<std::string>> allowed = {{"R", {"resident_id", "from"}},
                                                                  {"I", {"institution_id"}},
                                                                  {"D", {"district_code"}},
                                                                  {"I or D", {"scope_owner_id"}}};
    for (const EventRow& row : table()) {
        const auto messages = by_name(row.service);
        const auto fields = allowed.find(row.key);
        ASSERT_NE(fields, allowed.end()) << row.key << " of " << row.messages.front();
        for (const std::string& name : row.messages) {
            const auto at = messages.find(name);
            if (at == messages.end()) continue;
            EXPECT_TRUE(fields->second.contains(at->second.options.key_field())) << name;
        }
    }
}

TEST(EventTable, PayloadsAgree) {
    for (const EventRow& row : table()) {
        const auto messages = by_name(row.service);
        for (const std::string& name : row.messages) {
            const auto at = messages.find(name);
            if (at == messages.end()) continue;
            for (const std::string& field : row.required) {
                EXPECT_NE(at->second.message->FindFieldByName(field), nullptr)
                    << name << " lacks " << field;
            }
        }
        for (const std::string& field : row.somewhere) {
            EXPECT_TRUE(std::any_of(row.messages.begin(), row.messages.end(),
                                    [&](const std::string& name) {
                                        const auto at = messages.find(name);
                                        return at != messages.end() &&
                                               at->second.message->FindFieldByName(field) !=
                                                   nullptr;
                                    }))
                << "no message of " << row.messages.front() << " has " << field;
        }
    }
}

TEST(EventTable, ConsumersAgree) {
    for (const EventRow& row : table()) {
        const auto messages = by_name(row.service);
        std::set<std::string> together;
        for (const std::string& name : row.messages) {
            const auto at = messages.find(name);
            if (at == messages.end()) continue;
            together.insert(at->second.options.consumers().begin(),
                            at->second.options.consumers().end());
        }
        EXPECT_EQ(together, row.consumers) << row.messages.front();
    }
}

}  // namespace yilian::contract
