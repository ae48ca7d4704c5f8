#include <thread>

#include "services/referrals/tests/service_fixture.h"
#include "yilian/referrals/v1/channel_service.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::referrals::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// District 120112 (Jinnan): five channels, care homes and the 120 may alert.
class Channels : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r1");
        site_.clock("2026-03-10T22:00:00");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), IsEmpty()); }

    template <class Req>
    rpc::CallResult<v1::ChannelCase> attempt(const std::string& institution,
                                             const std::string& method, Req request) {
        if (request.request_id().empty()) request.set_request_id(runtime::new_request_id());
        return site_.call<v1::ChannelCase>(institution,
                                           "yilian.referrals.v1.ChannelService/" + method, request);
    }
    template <class Req>
    v1::ChannelCase change(const std::string& institution, const std::string& method, Req request) {
        const auto answer = attempt(institution, method, std::move(request));
        EXPECT_TRUE(answer.ok()) << method << ": " << answer.error().reason;
        return answer.ok() ? answer.value() : v1::ChannelCase();
    }
    template <class Req>
    std::string refusal(const std::string& institution, const std::string& method, Req request) {
        const auto answer = attempt(institution, method, std::move(request));
        return answer.ok() ? "" : answer.error().reason;
    }

    void capable(const std::string& institution, v1::Channel channel, int minutes) {
        v1::PublishCapabilityRequest request;
        request.set_request_id(runtime::new_request_id());
        request.mutable_capability()->set_channel(channel);
        request.mutable_capability()->set_capability("PCI");
        v1::TravelTime* journey = request.mutable_capability()->add_travel_times();
        journey->set_from_institution_id("B1");
        journey->set_travel_min(minutes);
        const auto answer = site_.call<v1::ChannelCapability>(
            institution, "yilian.referrals.v1.ChannelService/PublishCapability", request);
        ASSERT_TRUE(answer.ok()) << answer.error().reason;
    }
    static v1::RaiseAlertRequest alert(v1::Channel channel, const std::string& resident_id,
                                       v1::SenderKind sender = v1::SENDER_KIND_BASE) {
        v1::RaiseAlertRequest request;
        request.set_channel(channel);
        request.set_sender_kind(sender);
        request.set_resident_id(resident_id);
        return request;
    }
    template <class Req>
    static Req on(const v1::ChannelCase& c) {
        Req request;
        request.set_case_id(c.case_id());
        return request;
    }
    static v1::AddTimePointRequest point(const v1::ChannelCase& c, const std::string& code,
                                         const std::string& time) {
        auto request = on<v1::AddTimePointRequest>(c);
        request.mutable_time_point()->set_code(code);
        request.mutable_time_point()->set_source(v1::TIME_POINT_SOURCE_MANUAL);
        set_local(request.mutable_time_point()->mutable_at(), "2026-03-10T" + time);
        return request;
    }

    ReferralSite site_{GetParam(), "120112"};
};
YILIAN_ON_BOTH_DRIVERS(Channels);

TEST_P(Channels, D10ASilentCandidateIsPassedByAndCannotComeBack) {
    capable("H2", v1::CHANNEL_CHEST_PAIN, 40);
    capable("H1", v1::CHANNEL_CHEST_PAIN, 20);
    const auto c = change("B1", "RaiseAlert", alert(v1::CHANNEL_CHEST_PAIN, "r1"));
    EXPECT_EQ(c.receiver_institution_id(), "H1");
    EXPECT_EQ(shown(c.acknowledge_by()), "2026-03-10T22:02:00");
    EXPECT_EQ(refusal("H2", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c)),
              "ALERT_MOVED_ON");
    site_.clock("2026-03-10T22:02:00");
    const auto escalated = site_.last_event<v1::ChannelEscalated>(c.case_id());
    EXPECT_EQ(escalated.from(), "H1");
    EXPECT_EQ(escalated.to(), "H2");
    EXPECT_EQ(escalated.after_s(), 120);
    site_.clock("2026-03-10T22:02:05");
    EXPECT_EQ(refusal("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c)),
              "ALERT_MOVED_ON");
    const auto taken = change("H2", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c));
    EXPECT_EQ(taken.state(), v1::CHANNEL_STATE_ACKNOWLEDGED);
    EXPECT_EQ(refusal("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c)),
              "ALREADY_ACKNOWLEDGED");
    // Nothing fires any more.
    site_.clock("2026-03-10T23:00:00");
    EXPECT_THAT(site_.events(c.case_id()),
                ElementsAre("alert.raised", "channel.escalated", "alert.acknowledged"));
}

TEST_P(Channels, AnAlertThatNobodyAnswersStaysAndEveryCandidateMayAnswerIt) {
    capable("H1", v1::CHANNEL_STROKE, 20);
    capable("H2", v1::CHANNEL_STROKE, 40);
    const auto c = change("B1", "RaiseAlert", alert(v1::CHANNEL_STROKE, "r1"));
    site_.clock("2026-03-11T08:00:00");
    EXPECT_THAT(site_.events(c.case_id()), ElementsAre("alert.raised", "channel.escalated"));
    const auto taken = change("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c));
    EXPECT_EQ(taken.receiver_institution_id(), "H1");
}

TEST_P(Channels, ACaseGoesWithAnEmergencyReferralAndClosesWithItsGoals) {
    capable("H1", v1::CHANNEL_CHEST_PAIN, 20);
    const auto c = change("B1", "RaiseAlert", alert(v1::CHANNEL_CHEST_PAIN, ""));
    EXPECT_EQ(c.resident_id(), "TMP-" + c.case_id());
    EXPECT_EQ(site_.get("B1", c.referral_id()).state(), v1::REFERRAL_STATE_DRAFT);
    (void)change("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c));
    const auto referral = site_.get("H1", c.referral_id());
    EXPECT_EQ(referral.state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_EQ(referral.content().direction(), v1::DIRECTION_EMERGENCY);
    EXPECT_EQ(refusal("H1", "CompleteCase", on<v1::CompleteCaseRequest>(c)),
              "STATE_TRANSITION_NOT_ALLOWED");

    site_.clock("2026-03-10T23:30:00");
    const auto wire_first = change("B1", "AddTimePoint", point(c, "first_contact", "22:05:00"));
    EXPECT_EQ(wire_first.state(), v1::CHANNEL_STATE_ACKNOWLEDGED);
    EXPECT_EQ(refusal("H1", "AddTimePoint", point(c, "wire", "22:04:59")), "TIME_ORDER_INVALID");
    EXPECT_EQ(refusal("H1", "AddTimePoint", point(c, "ct_start", "22:06:00")),
              "TIME_POINT_NOT_FOUND");
    EXPECT_EQ(refusal("H1", "AddTimePoint", point(c, "wire", "23:30:01")), "FIELD_INVALID");
    EXPECT_EQ(refusal("V1", "AddTimePoint", point(c, "wire", "23:00:00")),
              "AUTH_RECORD_ACCESS_DENIED");
    (void)change("B1", "AddTimePoint", point(c, "base_departure", "22:20:00"));
    auto moved = change("H1", "AddTimePoint", point(c, "receiver_arrival", "22:40:00"));
    EXPECT_EQ(moved.state(), v1::CHANNEL_STATE_ARRIVED);
    moved = change("H1", "AddTimePoint", point(c, "wire", "23:01:00"));
    EXPECT_EQ(moved.state(), v1::CHANNEL_STATE_IN_TREATMENT);
    EXPECT_EQ(refusal("H1", "CompleteCase", on<v1::CompleteCaseRequest>(c)), "RECORD_INCOMPLETE");
    (void)change("B1", "AddTimePoint", point(c, "first_ecg", "22:16:00"));
    moved = change("B1", "AddTimePoint", point(c, "ecg_read", "22:19:00"));

    // The ECG was at 22:14 in truth; both stay.
    auto correction = on<v1::CorrectTimePointRequest>(c);
    for (const v1::TimePoint& p : moved.time_points()) {
        if (p.code() == "first_ecg") correction.set_time_point_id(p.time_point_id());
    }
    set_local(correction.mutable_at(), "2026-03-10T22:14:00");
    EXPECT_EQ(refusal("B1", "CorrectTimePoint", correction), "CORRECTION_REASON_MISSING");
    correction.set_correction_reason("CLOCK_WRONG");
    moved = change("B1", "CorrectTimePoint", correction);
    EXPECT_EQ(moved.time_points_size(), 7);
    correction.set_time_point_id("unknown");
    EXPECT_EQ(refusal("B1", "CorrectTimePoint", correction), "TIME_POINT_NOT_FOUND");

    auto complete = on<v1::CompleteCaseRequest>(c);
    complete.set_resident_id("nobody");
    EXPECT_EQ(refusal("H1", "CompleteCase", complete), "RESIDENT_NOT_FOUND");
    complete.set_resident_id("r1");
    const auto closed = change("H1", "CompleteCase", complete);
    EXPECT_EQ(closed.state(), v1::CHANNEL_STATE_CLOSED);
    EXPECT_EQ(closed.resident_id(), "r1");
    EXPECT_FALSE(closed.completed_late());
    EXPECT_EQ(site_.get("H1", c.referral_id()).resident_id(), "r1");
    const auto event = site_.last_event<v1::CaseClosed>(c.case_id());
    EXPECT_EQ(event.resident_id(), c.resident_id());
    EXPECT_THAT(event.goals_met(),
                ElementsAre("contact_to_ecg", "contact_to_wire", "door_to_balloon", "ecg_to_read"));
    EXPECT_THAT(event.goals_missed(), IsEmpty());
    EXPECT_EQ(refusal("H1", "CompleteCase", on<v1::CompleteCaseRequest>(c)),
              "STATE_TRANSITION_NOT_ALLOWED");
}

TEST_P(Channels, D12ACareHomeMayAlertHereAndNobodyWaitsForCapabilities) {
    // Nobody has published a capability: the hospitals of the consortium are asked.
    const auto c =
        change("V1", "RaiseAlert", alert(v1::CHANNEL_STROKE, "r1", v1::SENDER_KIND_CARE_HOME));
    EXPECT_EQ(c.sender_kind(), v1::SENDER_KIND_CARE_HOME);
    EXPECT_EQ(c.receiver_institution_id(), "H1");
    EXPECT_EQ(site_.last_event<v1::AlertRaised>(c.case_id()).sender_kind(), "CARE_HOME");
    auto down = on<v1::StandDownRequest>(c);
    down.set_reason_code("NO_SUCH_REASON");
    EXPECT_EQ(refusal("V1", "StandDown", down), "FIELD_REASON_CODE_INVALID");
    down.set_reason_code("CREATED_IN_ERROR");
    EXPECT_EQ(change("V1", "StandDown", down).state(), v1::CHANNEL_STATE_STOOD_DOWN);
    EXPECT_EQ(site_.get("V1", c.referral_id()).state(), v1::REFERRAL_STATE_DISCARDED);
    site_.clock("2026-03-11T08:00:00");
    EXPECT_THAT(site_.events(c.case_id()), ElementsAre("alert.raised"));
}

TEST_P(Channels, CallingOffWhatWasSentCancelsItsReferral) {
    const auto c = change("B1", "RaiseAlert", alert(v1::CHANNEL_TRAUMA, "r1"));
    (void)change("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(c));
    auto down = on<v1::StandDownRequest>(c);
    down.set_reason_code("NOT_NEEDED");
    (void)change("H1", "StandDown", down);
    EXPECT_EQ(site_.get("B1", c.referral_id()).state(), v1::REFERRAL_STATE_CANCELLED);
}

TEST_P(Channels, D17AnAlertIsTakenWhileTheBrokerIsAwayAndToldOnceItIsBack) {
    using std::chrono::steady_clock;
    using namespace std::chrono_literals;
    static constexpr storage::Query kUntold{
        "test.untold", "SELECT count(*) FROM outbox WHERE published_at IS NULL"};
    // Partitions of the service's topic that hold more records, or fewer, than were told.
    static constexpr storage::Query kNotOnce{
        "test.not_once",
        "SELECT count(*) FROM (SELECT kafka_partition FROM outbox WHERE topic = "
        "'yilian.referrals.v1' GROUP BY kafka_partition HAVING max(kafka_offset) + 1 <> count(*)) "
        "AS wrong"};
    const auto untold = [&](std::chrono::seconds patience) {
        const auto until = steady_clock::now() + patience;
        while (site_.number(kUntold) > 0 && steady_clock::now() < until) {
            std::this_thread::sleep_for(20ms);
        }
        return site_.number(kUntold);
    };
    ASSERT_EQ(untold(ReferralSite::kPatience), 0);
    site_.broker().down();
    // The fastest of a few: what is measured is the service, not a busy machine.
    auto fastest = steady_clock::duration::max();
    std::vector<v1::ChannelCase> cases;
    for (int i = 0; i < 3; ++i) {
        const auto start = steady_clock::now();
        cases.push_back(change("B1", "RaiseAlert", alert(v1::CHANNEL_TRAUMA, "r1")));
        fastest = std::min(fastest, steady_clock::now() - start);
    }
    EXPECT_LT(fastest, 1s);
    EXPECT_GT(site_.number(kUntold), 0);
    const auto taken = change("H1", "AcknowledgeAlert", on<v1::AcknowledgeAlertRequest>(cases[0]));
    EXPECT_EQ(taken.state(), v1::CHANNEL_STATE_ACKNOWLEDGED);
    site_.broker().up();
    EXPECT_EQ(untold(10s), 0);
    EXPECT_EQ(site_.number(kNotOnce), 0);
}

TEST_P(Channels, ReadsAreForPartiesAndPaged) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(change("B1", "RaiseAlert", alert(v1::CHANNEL_NEWBORN, "r1")).case_id());
    }
    v1::GetCaseRequest get;
    get.set_case_id(ids[0]);
    const auto denied =
        site_.call<v1::ChannelCase>("V1", "yilian.referrals.v1.ChannelService/GetCase", get);
    ASSERT_FALSE(denied.ok());
    EXPECT_EQ(denied.error().reason, "AUTH_RECORD_ACCESS_DENIED");
    std::ranges::sort(ids);
    v1::ListCasesRequest list;
    list.set_page_size(2);
    list.add_states(v1::CHANNEL_STATE_ALERTED);
    std::vector<std::string> listed;
    for (int page = 0; page < 2; ++page) {
        const auto answer = site_.call<v1::ListCasesResponse>(
            "H1", "yilian.referrals.v1.ChannelService/ListCases", list);
        ASSERT_TRUE(answer.ok()) << answer.error().reason;
        for (const auto& c : answer.value().cases()) listed.push_back(c.case_id());
        list.set_page_token(answer.value().next_page_token());
    }
    EXPECT_EQ(listed, ids);
    EXPECT_EQ(list.page_token(), "");
}

// District 370212 (Laoshan): chest pain and stroke only.
class FewChannels : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    ReferralSite site_{GetParam(), "370212"};
};
YILIAN_ON_BOTH_DRIVERS(FewChannels);

TEST_P(FewChannels, D11AChannelThatTheDistrictLacksLeavesTheEmergencyReferral) {
    site_.people_and_places();
    site_.resident("r1");
    v1::RaiseAlertRequest request;
    request.set_request_id(runtime::new_request_id());
    request.set_channel(v1::CHANNEL_OBSTETRIC);
    request.set_sender_kind(v1::SENDER_KIND_BASE);
    request.set_resident_id("r1");
    const auto refused =
        site_.call<v1::ChannelCase>("B1", "yilian.referrals.v1.ChannelService/RaiseAlert", request);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "CHANNEL_DISABLED");
    EXPECT_THAT(site_.events(""), IsEmpty());
    auto content = ReferralSite::content();
    content.set_direction(v1::DIRECTION_EMERGENCY);
    EXPECT_EQ(site_.submitted("r1", content).state(), v1::REFERRAL_STATE_ACCEPTED);
    EXPECT_THAT(site_.violations(), IsEmpty());
}

}  // namespace
}  // namespace yilian::referrals::testing
