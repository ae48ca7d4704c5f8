#include "libs/runtime/testing/facts.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "yilian/common/v1/event.pb.h"

namespace yilian::runtime {
namespace {

constexpr storage::Query kApplied{"test.applied", "SELECT count(*) FROM inbox WHERE event_id = $1"};

void set_context(google::protobuf::Message& message, const std::string& district) {
    const auto* field = message.GetDescriptor()->FindFieldByName("context");
    auto* context = message.GetReflection()->MutableMessage(&message, field);
    static_cast<common::v1::EventContext*>(context)->set_district_code(district);
}

}  // namespace

events::Envelope fact_envelope(const google::protobuf::Message& message,
                               const std::string& district, IdSource& ids,
                               std::map<std::string, std::int64_t>& sequences, Instant now) {
    const std::unique_ptr<google::protobuf::Message> copy(message.New());
    copy->CopyFrom(message);
    set_context(*copy, district);
    const events::EventDraft draft = events::make_event(*copy);
    events::Envelope event;
    event.id = ids.next_ulid();
    event.source = "/yilian/" + events::service_of(draft.type);
    event.type = draft.type;
    event.subject = draft.subject;
    event.aggregate = draft.aggregate;
    event.partition_key = draft.partition_key;
    event.sequence = ++sequences[event.source + "/" + draft.subject];
    event.time = now;
    event.correlation_id = event.id;
    event.causation_id = event.id;
    event.payload = draft.payload;
    return event;
}

void wait_until_applied(App& app, const events::Envelope& event,
                        std::chrono::steady_clock::time_point until) {
    std::int64_t applied = 0;
    while (applied == 0 && std::chrono::steady_clock::now() < until) {
        (void)app.store().read(
            [&](storage::Transaction& tx) { applied = tx.select_one(kApplied, event.id)->i64(0); });
        if (applied == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(applied, 1) << event.type << " " << event.id << " was not applied";
}

}  // namespace yilian::runtime
