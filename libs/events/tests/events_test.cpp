#include <gtest/gtest.h>

#include "libs/events/catalog.h"
#include "libs/events/codec.h"
#include "libs/events/event.h"
#include "libs/events/registry.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::events {
namespace {

using yilian::referrals::v1::AccessRecorded;

AccessRecorded access() {
    AccessRecorded message;
    message.mutable_context()->set_district_code("350104");
    message.set_access_id("01hx0000000000000000000001");
    message.set_resident_id("01hr0000000000000000000001");
    message.set_reader_id("P1");
    return message;
}

Envelope envelope() {
    return {"01he0000000000000000000001",
            "/yilian/referrals",
            "yilian.referrals.access.recorded.v1",
            "01hx0000000000000000000001",
            "",
            "01hr0000000000000000000001",
            7,
            instant_from_ms(1'773'622'800'123),
            "c-1",
            "c-0",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            access().SerializeAsString()};
}

TEST(MakeEvent, TakesTypeAggregateAndKeyFromTheOption) {
    const EventDraft draft = make_event("01hx0000000000000000000001", access());
    EXPECT_EQ(draft.type, "yilian.referrals.access.recorded.v1");
    EXPECT_EQ(draft.aggregate, "access");
    EXPECT_EQ(draft.subject, "01hx0000000000000000000001");
    EXPECT_EQ(draft.partition_key, "01hr0000000000000000000001");
    AccessRecorded back;
    ASSERT_TRUE(back.ParseFromString(draft.payload));
    EXPECT_EQ(back.reader_id(), "P1");
    EXPECT_EQ(make_event(access()).subject, draft.subject);
}

TEST(MakeEvent, RefusesWhatNobodyCouldRead) {
    AccessRecorded bad = access();
    bad.set_reader_id("\xff\xfe");
    try {
        (void)make_event(bad);
        FAIL() << "invalid UTF-8 went through";
    } catch (const BadEvent& error) {
        EXPECT_NE(std::string(error.what()).find("reader_id"), std::string::npos);
    }
    bad = access();
    bad.mutable_context()->set_policy_pack_id("\xc0\x80");
    EXPECT_THROW((void)make_event(bad), BadEvent);
}

TEST(MakeEvent, RefusesAnEventWithoutContextKeyOrSubject) {
    AccessRecorded bad = access();
    bad.clear_context();
    EXPECT_THROW((void)make_event(bad), BadEvent);
    bad = access();
    bad.clear_resident_id();
    EXPECT_THROW((void)make_event(bad), BadEvent);
    bad = access();
    bad.clear_access_id();
    EXPECT_THROW((void)make_event(bad), BadEvent);
}

TEST(MakeEvent, RefusesAPayloadThatTheBrokerWouldNotTake) {
    AccessRecorded bad = access();
    bad.set_reader_id(std::string(kPayloadBytesMax, 'x'));
    EXPECT_THROW((void)make_event(bad), BadEvent);
}

TEST(MakeEventDeath, AMessageWithoutOptionIsABug) {
    EXPECT_DEATH((void)draft_of("x", yilian::common::v1::EventContext()), "no event option");
    EXPECT_DEATH((void)make_event("another", access()), "subject differs");
}

TEST(Utf8, AcceptsAndRefusesLikeTheStandardSays) {
    for (const char* good : {"", "plain", "\xe5\x8c\xbb\xe8\x81\x94", "\xf0\x9f\x98\x80",
                             "\xc2\x80", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const char* bad : {"\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xe5\x8c", "a\xf0\x9f\x98", "\xc2z"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(Topic, FollowsFromTheType) {
    EXPECT_EQ(topic_of("yilian.billing.institution.settled.v1"), "yilian.billing.v1");
    EXPECT_EQ(topic_of("yilian.billing.v1"), "");
    EXPECT_EQ(topic_of("other.billing.institution.settled.v1"), "");
    EXPECT_EQ(service_of("yilian.billing.v1"), "billing");
    EXPECT_EQ(service_of("billing"), "");
}

TEST(Codec, RoundTripsEveryField) {
    const Envelope event = envelope();
    const auto back = from_record(to_headers(event), event.partition_key, event.payload);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, event);
}

TEST(Codec, WritesCloudEventsBinaryMode) {
    const Headers headers = to_headers(envelope());
    EXPECT_EQ(find_header(headers, "ce_specversion"), "1.0");
    EXPECT_EQ(find_header(headers, "content-type"), "application/protobuf");
    EXPECT_EQ(find_header(headers, "ce_sequence"), "7");
    EXPECT_EQ(find_header(headers, "ce_time"), "2026-03-16T09:00:00.123+08:00");
    EXPECT_EQ(find_header(headers, "ce_partitionkey"), "01hr0000000000000000000001");
}

TEST(Codec, LeavesOutWhatIsEmpty) {
    Envelope event = envelope();
    event.traceparent.clear();
    event.causation_id.clear();
    const Headers headers = to_headers(event);
    EXPECT_FALSE(find_header(headers, "ce_traceparent"));
    EXPECT_FALSE(find_header(headers, "ce_causationid"));
    EXPECT_EQ(*from_record(headers, event.partition_key, event.payload), event);
}

TEST(Codec, RefusesARecordThatIsNoEvent) {
    const Envelope event = envelope();
    const auto with = [&](std::string_view name, const char* value) {
        Headers headers = to_headers(event);
        std::erase_if(headers, [&](const auto& header) { return header.first == name; });
        if (value != nullptr) headers.emplace_back(name, value);
        return from_record(headers, event.partition_key, event.payload).status();
    };
    EXPECT_TRUE(with("other", "kept").ok());
    for (const char* name : {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time",
                             "ce_subject", "ce_sequence", "ce_partitionkey", "content-type"}) {
        const absl::Status status = with(name, nullptr);
        EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
        EXPECT_NE(status.message().find(name), std::string::npos) << status;
    }
    EXPECT_FALSE(with("ce_sequence", "0").ok());
    EXPECT_FALSE(with("ce_sequence", "7x").ok());
    EXPECT_FALSE(with("ce_time", "yesterday").ok());
    EXPECT_FALSE(with("ce_subject", "\xff").ok());
    EXPECT_FALSE(with("ce_correlationid", "\xff").ok());
    EXPECT_FALSE(from_record(to_headers(event), "another", event.payload).ok());
    EXPECT_FALSE(from_record(to_headers(event), event.partition_key, std::nullopt).ok());
    EXPECT_FALSE(from_record(to_headers(event), event.partition_key, "").ok());
}

TEST(Codec, TheLastOfRepeatedHeadersCounts) {
    Headers headers = to_headers(envelope());
    headers.emplace_back("ce_sequence", "9");
    EXPECT_EQ(from_record(headers, envelope().partition_key, envelope().payload)->sequence, 9);
}

TEST(Time, ReadsAnyOffsetAndCutsToMilliseconds) {
    EXPECT_EQ(parse_time("2026-03-16T01:00:00Z"), parse_time("2026-03-16T09:00:00+08:00"));
    EXPECT_EQ(parse_time("2026-03-16T01:00:00.1239Z"), instant_from_ms(1'773'622'800'123));
    EXPECT_EQ(format_time(*parse_time("2024-02-29T23:59:59.999Z")),
              "2024-03-01T07:59:59.999+08:00");
    for (const char* bad :
         {"", "2026-03-16", "2026-02-30T00:00:00Z", "2026-03-16T24:00:00Z", "2026-03-16T00:00:00",
          "2026-03-16T00:00:00.Z", "2026-03-16T00:00:00+8:00"}) {
        EXPECT_FALSE(parse_time(bad)) << bad;
    }
}

TEST(PackedHeaders, KeepNamesValuesAndOrder) {
    const Headers headers{{"b", std::string("\0x", 2)}, {"a", ""}, {"b", "2"}};
    EXPECT_EQ(*unpack_headers(pack_headers(headers)), headers);
    const std::string blob = pack_headers(headers);
    EXPECT_FALSE(unpack_headers(std::string_view(blob).substr(0, blob.size() - 1)).ok());
    EXPECT_TRUE(unpack_headers("")->empty());
}

TEST(Registry, KnowsEveryEventOfThePlatform) {
    EXPECT_GT(catalog().all().size(), 150U);
    for (const EventType* type : catalog().all()) {
        const auto singular = [&](const std::string& name) {
            const auto* field = type->descriptor->FindFieldByName(name);
            return field != nullptr && !field->is_repeated() &&
                   field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
        };
        EXPECT_TRUE(singular(type->key_field)) << type->type;
        EXPECT_TRUE(singular(type->subject_field)) << type->type;
        // yilian.<package>.v1 is where the message lives and where the event goes.
        EXPECT_EQ(type->topic, type->descriptor->file()->package()) << type->type;
    }
}

TEST(Registry, ChecksPayloads) {
    const std::string type = "yilian.referrals.access.recorded.v1";
    ASSERT_NE(catalog().find(type), nullptr);
    EXPECT_EQ(catalog().find(type)->aggregate, "access");
    EXPECT_EQ(catalog().find("yilian.referrals.nothing.happened.v1"), nullptr);
    EXPECT_TRUE(catalog().check_payload(type, access().SerializeAsString()).ok());
    EXPECT_EQ(catalog().check_payload(type, "\xff\xff").code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(catalog().check_payload(type, "").code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(catalog().check_payload("yilian.x.y.z.v1", "").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace yilian::events
