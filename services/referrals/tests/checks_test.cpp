#include "services/referrals/tests/service_fixture.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/channel_service.pb.h"
#include "yilian/referrals/v1/diagnostics_service.pb.h"
#include "yilian/registries/v1/events.pb.h"

// What holds over the whole service: roles, checks, fixed rows, projections.
namespace yilian::referrals::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class Checks : public Service {
  protected:
    void alert_and_exam() {
        v1::RaiseAlertRequest alert;
        alert.set_request_id(runtime::new_request_id());
        alert.set_channel(v1::CHANNEL_STROKE);
        alert.set_sender_kind(v1::SENDER_KIND_BASE);
        const auto raised = site_.call<v1::ChannelCase>(
            "B1", "yilian.referrals.v1.ChannelService/RaiseAlert", alert);
        EXPECT_TRUE(raised.ok()) << raised.error().reason;
        v1::PublishExamSiteRequest centre;
        centre.set_request_id(runtime::new_request_id());
        centre.mutable_site()->add_read_groups("blood_count");
        const auto published = site_.call<v1::ExamSite>(
            "H1", "yilian.referrals.v1.DiagnosticsService/PublishExamSite", centre);
        EXPECT_TRUE(published.ok()) << published.error().reason;
        v1::OrderExamRequest wish;
        wish.set_request_id(runtime::new_request_id());
        wish.set_resident_id("r1");
        wish.set_centre_id("H1");
        wish.set_item_code("blood_count");
        wish.set_priority(v1::EXAM_PRIORITY_ROUTINE);
        const auto ordered = site_.call<v1::OrderExamResponse>(
            "B1", "yilian.referrals.v1.DiagnosticsService/OrderExam", wish);
        EXPECT_TRUE(ordered.ok()) << ordered.error().reason;
    }
};
YILIAN_ON_BOTH_DRIVERS(Checks);

TEST_P(Checks, EveryMethodIsServedToExactlyItsRoles) {
    EXPECT_THAT(site_.app().unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_.site(), site_.app());
}

TEST_P(Checks, SubscribesToWhatTheEventTableSays) {
    runtime::expect_subscriptions_of_event_table(site_.app(), "referrals");
}

// Each check sees the damage that it is for.
TEST_P(Checks, ChecksFindWhatIsBroken) {
    const auto slots = site_.slots("pool", v1::RESOURCE_KIND_OUTPATIENT, "2026-03-20T09:00:00", 40);
    const v1::Referral booked = site_.booked(outpatient(), slots[2].slot_id());
    const v1::Referral in_care = site_.accepted("r2", ReferralSite::content());
    site_.change("H1", "RecordArrival", on<v1::RecordArrivalRequest>(in_care));
    auto start = on<v1::StartCareRequest>(in_care);
    start.set_encounter_ref("e1");
    site_.change("H1", "StartCare", start);
    alert_and_exam();
    ASSERT_THAT(site_.violations(), IsEmpty());
    const bool sqlite = GetParam() == storage::Dialect::kSqlite;
    const auto unlocked = [&](const std::string& table, const std::string& sql) {
        if (!sqlite) {
            return "ALTER TABLE " + table + " DISABLE TRIGGER ALL; " + sql + "; ALTER TABLE " +
                   table + " ENABLE TRIGGER ALL";
        }
        const std::string trigger = table + "_fixed";
        return "DROP TRIGGER " + trigger + "; " + sql + "; CREATE TRIGGER " + trigger +
               " BEFORE UPDATE ON " + table +
               " BEGIN SELECT RAISE(ABORT, 'this row never changes'); END";
    };
    struct Damage {
        std::string check;
        std::string sql;
        std::string undo;
    };
    const Damage damages[] = {
        {"REF-C01",
         unlocked("referral_events",
                  "UPDATE referral_events SET action = 'StartCare' WHERE "
                  "action = 'AcceptReferral'"),
         unlocked("referral_events",
                  "UPDATE referral_events SET action = 'AcceptReferral' WHERE "
                  "action = 'StartCare' AND to_state = 'ACCEPTED'")},
        {"REF-C02", "UPDATE referrals SET state = 'REJECTED' WHERE state = 'IN_CARE'",
         "UPDATE referrals SET state = 'IN_CARE' WHERE state = 'REJECTED'"},
        {"REF-C03", "UPDATE slots SET used = 2 WHERE used = 1",
         "UPDATE slots SET used = 1 WHERE used = 2"},
        {"REF-C04", "UPDATE slots SET capacity = capacity + 1 WHERE quota_class = 'GENERAL'",
         "UPDATE slots SET capacity = capacity - 1 WHERE quota_class = 'GENERAL'"},
        {"REF-C05", "UPDATE referrals SET hold_id = 'x' WHERE state = 'BOOKED'",
         "UPDATE referrals SET hold_id = '" + booked.hold().hold_id() + "' WHERE state = 'BOOKED'"},
        {"REF-C06", "UPDATE referral_tasks SET outcome = 'OPEN'",
         "UPDATE referral_tasks SET outcome = 'ACCEPTED'"},
        {"REF-C07", "UPDATE referrals SET state = 'BASE_ACCEPTED' WHERE state = 'IN_CARE'",
         "UPDATE referrals SET state = 'IN_CARE' WHERE state = 'BASE_ACCEPTED'"},
        {"REF-C08", "UPDATE referrals SET encounter_ref = 'e2' WHERE state = 'BOOKED'",
         "UPDATE referrals SET encounter_ref = '' WHERE state = 'BOOKED'"},
        {"REF-C09", unlocked("evidence", "UPDATE evidence SET to_institution_id = 'H2'"),
         unlocked("evidence", "UPDATE evidence SET to_institution_id = 'H1'")},
        {"REF-C10", "UPDATE channel_cases SET state = 'EN_ROUTE'",
         "UPDATE channel_cases SET state = 'ALERTED'"},
        {"REF-C11", "UPDATE exam_orders SET state = 'SIGNED'",
         "UPDATE exam_orders SET state = 'ORDERED'"},
    };
    for (const Damage& damage : damages) {
        site_.site().database("referrals").tamper(damage.sql);
        EXPECT_THAT(site_.violations(), Contains(::testing::StartsWith(damage.check)));
        site_.site().database("referrals").tamper(damage.undo);
        EXPECT_THAT(site_.violations(), IsEmpty()) << "after " << damage.check;
    }
}

// Evidence and history refuse to be changed by anybody (invariants 2 and 9).
TEST_P(Checks, FixedRowsCannotBeChanged) {
    site_.submitted("r1", ReferralSite::content());
    static constexpr storage::Query kForge{"test.forge",
                                           "UPDATE referral_events SET actor_id = 'x'"};
    EXPECT_FALSE(
        site_.app().store().run({"t"}, [](storage::Transaction& tx) { tx.run(kForge); }).ok());
}

// A copy that is dropped and made again from the topics is the same, row by row.
TEST_P(Checks, EveryProjectionIsRebuiltEqual) {
    site_.contract("r1", "c1");
    directory::v1::TeamCreated team;
    team.set_team_id("team-t");
    team.set_institution_id("B1");
    site_.fact(team);
    die("r2");
    registries::v1::ReferralAdvised advice;
    advice.set_action_id("a1");
    advice.set_resident_id("r1");
    advice.set_institution_id("B1");
    advice.set_urgency(registries::v1::URGENCY_URGENT);
    site_.fact(advice);
    registries::v1::VisitRecorded visit;
    visit.set_visit_id("v1");
    visit.set_resident_id("r1");
    visit.set_visit_on("2026-03-01");
    site_.fact(visit);
    registries::v1::VisitVoided voided;
    voided.set_visit_id("v1");
    voided.set_resident_id("r1");
    site_.fact(voided);
    prescriptions::v1::LineDispensed line;
    line.set_prescription_id("rx1");
    line.set_dispense_id("d1");
    line.set_resident_id("r1");
    line.set_dispensed_on("2026-03-01");
    site_.fact(line);
    directory::v1::PolicyPackPublished pack;
    pack.set_district_code("120111");
    pack.set_pack_id("120111");
    pack.set_pack_version(99);
    pack.set_valid_from("2026-03-01");
    site_.fact(pack);
    const auto before = site_.events("");
    const std::string method = "yilian.common.v1.OperatorService/";
    const auto list = site_.call<common::v1::ListProjectionsResponse>(
        "operator", method + "ListProjections", common::v1::ListProjectionsRequest());
    ASSERT_TRUE(list.ok()) << list.error().reason;
    EXPECT_EQ(list.value().projections_size(), 9);
    for (const auto& projection : list.value().projections()) {
        common::v1::RebuildProjectionRequest request;
        request.set_projection(projection.name());
        request.set_source(common::v1::REBUILD_SOURCE_TOPICS);
        const auto rebuilt =
            site_.client("operator")
                .call<common::v1::RebuildProjectionResponse>(method + "RebuildProjection", request,
                                                             {.timeout = std::chrono::seconds(60)});
        ASSERT_TRUE(rebuilt.ok()) << projection.name() << " " << rebuilt.error().reason;
        EXPECT_GT(rebuilt.value().rows_after(), 0) << projection.name();
        EXPECT_EQ(rebuilt.value().digest_before(), rebuilt.value().digest_after())
            << projection.name();
    }
    EXPECT_EQ(site_.events(""), before);  // a rebuild publishes nothing
    // Nobody publishes the pack that was announced: RUN-C07 would go on naming it.
    site_.site().database("referrals").tamper("DELETE FROM announced_packs");
}

}  // namespace
}  // namespace yilian::referrals::testing
