#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "libs/base/ulid.h"
#include "libs/events/event.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/kafka/producer.h"
#include "libs/runtime/testing/test_site.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"
#include "yilian/referrals/v1/slot_service.pb.h"

// The whole service on a scratch database and an in-process broker, with the facts that other
// services would have published. Callers are institutions; the clock is driven.
namespace yilian::referrals::testing {

// "2026-03-16T09:00:00" at +08:00.
[[nodiscard]] Instant local(const std::string& text);
void set_local(google::protobuf::Timestamp* out, const std::string& text);
// "2026-03-16T09:00:00" of an answer.
[[nodiscard]] std::string shown(const google::protobuf::Timestamp& at);

class ReferralSite {
  public:
    static constexpr std::chrono::seconds kPatience{30};

    ReferralSite(storage::Dialect dialect, const std::string& district);
    ~ReferralSite();

    // Stops the service where it is and starts it again on the same database.
    void restart();
    // Addresses of other services from the next restart on.
    std::map<std::string, std::string> peers{};
    // Folder of policy packs from the next restart on; "" = those of the repository.
    std::string policies_dir{};
    // Moves the business clock; every timer due by then has fired when this returns.
    void clock(const std::string& local_time);
    // Publishes a fact of another service and waits until it is applied here. Answers its event id.
    std::string fact(const google::protobuf::Message& message);
    // The same without waiting; settle() waits for all of them.
    std::string publish(const google::protobuf::Message& message);
    void settle();
    // The same record once more.
    void deliver_again(const std::string& event_id);

    // Residents, institutions (H1 and H2 hospitals of level 3, B1 a centre, V1 a village clinic, T1
    // a township hospital, H9 a hospital outside), consortium C1, one doctor each ("H1-p1").
    void people_and_places();
    void resident(const std::string& resident_id, const std::string& birth_date = "1967-06-15");
    void contract(const std::string& resident_id, const std::string& contract_id);

    // A call of an institution with all clinical roles.
    template <class Resp>
    rpc::CallResult<Resp> call(const std::string& institution_id, const std::string& method,
                               const google::protobuf::Message& request) {
        return client(institution_id).call<Resp>(method, request, {.timeout = kPatience});
    }
    [[nodiscard]] rpc::Client& client(const std::string& institution_id);

    // A changing method on a referral that must succeed.
    template <class Req>
    v1::Referral change(const std::string& institution_id, const std::string& method, Req request) {
        const auto answer = attempt(institution_id, method, std::move(request));
        EXPECT_TRUE(answer.ok()) << method << ": " << answer.error().reason;
        return answer.ok() ? answer.value() : v1::Referral();
    }
    template <class Req>
    rpc::CallResult<v1::Referral> attempt(const std::string& institution_id,
                                          const std::string& method, Req request) {
        if (request.request_id().empty()) request.set_request_id(runtime::new_request_id());
        return call<v1::Referral>(institution_id, "yilian.referrals.v1.ReferralService/" + method,
                                  request);
    }
    // Its reason, "" when it succeeds.
    template <class Req>
    std::string refusal(const std::string& institution_id, const std::string& method, Req request) {
        const auto answer = attempt(institution_id, method, std::move(request));
        return answer.ok() ? "" : answer.error().reason;
    }
    [[nodiscard]] v1::Referral get(const std::string& institution_id,
                                   const std::string& referral_id);

    // A complete content for H1.
    [[nodiscard]] static v1::ReferralContent content();
    // Drafts and submits; answers the referral in review.
    v1::Referral submitted(const std::string& resident_id, const v1::ReferralContent& content,
                           const std::string& sender = "B1");
    v1::Referral accepted(const std::string& resident_id, const v1::ReferralContent& content);
    void offer(const std::string& institution_id,
               const std::function<void(v1::ServiceOffer&)>& more = {});
    // Slots of one class each, in the order of the classes.
    std::vector<v1::Slot> slots(const std::string& pool_id, v1::ResourceKind kind,
                                const std::string& start, int capacity,
                                const std::string& owner = "H1");
    rpc::CallResult<v1::Hold> hold(const std::string& institution_id, const std::string& slot_id,
                                   const std::string& resident_id, const std::string& referral_id);
    v1::Referral booked(const v1::Referral& referral, const std::string& slot_id);

    // Types of the published events of a subject without prefix and version:
    // "referral.drafted". "" = of all.
    [[nodiscard]] std::vector<std::string> events(const std::string& subject);
    // The last event of this type and subject, parsed.
    template <class Msg>
    Msg last_event(const std::string& subject) {
        Msg message;
        EXPECT_TRUE(message.ParseFromString(last_payload(*Msg::descriptor(), subject)));
        return message;
    }
    // Violations of every check of the service, "REF-C01: id".
    [[nodiscard]] std::vector<std::string> violations();
    [[nodiscard]] std::int64_t count(const std::string& name);
    [[nodiscard]] std::int64_t number(const storage::Query& query);
    [[nodiscard]] std::string next_id() { return ids_.next_ulid(); }
    [[nodiscard]] runtime::App& app() { return *app_; }
    [[nodiscard]] runtime::TestSite& site() { return site_; }
    [[nodiscard]] kafka::MockCluster& broker() { return broker_; }

  private:
    std::string last_payload(const google::protobuf::Descriptor& type, const std::string& subject);
    void start();
    void send(const events::Envelope& event);

    runtime::TestSite site_;
    kafka::MockCluster broker_;
    kafka::Producer producer_;
    std::unique_ptr<runtime::App> app_;
    std::map<std::string, std::unique_ptr<rpc::Client>> clients_;
    std::map<std::string, std::int64_t> sequences_;
    std::map<std::string, events::Envelope> sent_;
    std::vector<std::string> unsettled_;  // event ids
    SeededIds ids_{2026};
};

}  // namespace yilian::referrals::testing
