// What holds over the whole service: roles, checks, projections.
#include "services/prescriptions/tests/service_fixture.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::prescriptions::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class Checks : public Service {};
YILIAN_ON_BOTH_DRIVERS(Checks);

TEST_P(Checks, EveryMethodIsServedToExactlyItsRoles) {
    EXPECT_THAT(site_.app().unbound_methods(), IsEmpty());
    runtime::expect_access_matrix(site_.site(), site_.app());
}

TEST_P(Checks, SubscribesToWhatTheEventTableSays) {
    runtime::expect_subscriptions_of_event_table(site_.app(), "prescriptions");
}

// Each check sees the damage that it is for.
TEST_P(Checks, ChecksFindWhatIsBroken) {
    site_.clock("2026-01-05T09:00:00");
    site_.visit("r1", "v1", "2026-01-02");
    v1::RecordLongAssessmentRequest assessment;
    assessment.set_resident_id("r1");
    assessment.set_disease_code("hypertension");
    assessment.set_days(56);
    assessment.set_patient_confirmed(true);
    site_.change<v1::LongAssessment>(kDoctor, "RecordLongAssessment", assessment);
    auto content = PrescriptionSite::content(v1::PRESCRIPTION_KIND_LONG, {kAmlodipine}, 56);
    content.set_instance_count(2);
    const auto parent = site_.effective("r1", content);
    const auto list = site_.instances(parent);
    ASSERT_EQ(list.size(), 2U);
    site_.dispensed(kClinic, list[0].prescription_id());
    const auto claimed = site_.effective("r1", PrescriptionSite::content());
    (void)site_.claimed(kClinic, claimed.prescription_id());
    ASSERT_THAT(site_.violations(), IsEmpty());
    struct Damage {
        std::string check;
        std::string sql;
        std::string undo;
    };
    const Damage damages[] = {
        {"RX-C01", "UPDATE reviews SET result = 'RETURN' WHERE stage = 'PHARMACIST'",
         "UPDATE reviews SET result = 'PASS' WHERE stage = 'PHARMACIST'"},
        {"RX-C02", "UPDATE dispenses SET quantity_milli = quantity_milli - 1",
         "UPDATE dispenses SET quantity_milli = quantity_milli + 1"},
        {"RX-C03", "UPDATE trace_codes SET state = 'RETURNED'",
         "UPDATE trace_codes SET state = 'DISPENSED'"},
        {"RX-C04", "UPDATE claims SET state = 'EXPIRED' WHERE state = 'ACTIVE'",
         "UPDATE claims SET state = 'ACTIVE' WHERE state = 'EXPIRED'"},
        {"RX-C05",
         "UPDATE prescription_lines SET days = 27 WHERE prescription_id = '" +
             list[1].prescription_id() + "'",
         "UPDATE prescription_lines SET days = 28 WHERE prescription_id = '" +
             list[1].prescription_id() + "'"},
        {"RX-C06", "UPDATE prescription_lines SET state = 'PARTLY' WHERE state = 'FULLY'",
         "UPDATE prescription_lines SET state = 'FULLY' WHERE state = 'PARTLY'"},
        {"RX-C07", "UPDATE prescription_journal SET to_state = 'DRAFT' WHERE to_state = 'CLAIMED'",
         "UPDATE prescription_journal SET to_state = 'CLAIMED' WHERE to_state = 'DRAFT' AND "
         "from_state <> ''"},
        {"RX-C08", "UPDATE long_eligibilities SET limit_days = 85",
         "UPDATE long_eligibilities SET limit_days = 56"},
    };
    for (const Damage& damage : damages) {
        site_.site().database("prescriptions").tamper(damage.sql);
        EXPECT_THAT(site_.violations(), Contains(::testing::StartsWith(damage.check)));
        site_.site().database("prescriptions").tamper(damage.undo);
        EXPECT_THAT(site_.violations(), IsEmpty()) << "after " << damage.check;
    }
}

// A copy that is dropped and made again from the topics is the same, row by row.
TEST_P(Checks, EveryProjectionIsRebuiltEqual) {
    site_.contract("r1", "c1");
    site_.visit("r1", "v1", "2026-01-02");
    site_.referral_back("r1", "ref1", {kAmlodipine});
    site_.resident("r2");
    site_.died("r2", "2026-01-01");
    directory::v1::ResidentHealthCodesRecorded codes;
    codes.set_resident_id("r1");
    codes.add_allergy_codes("PENICILLIN");
    site_.fact(codes);
    registries::v1::VisitVoided voided;
    voided.set_visit_id("v1");
    voided.set_resident_id("r1");
    voided.add_disease_codes("hypertension");
    site_.fact(voided);
    referrals::v1::ReferralCareStarted care;
    care.set_referral_id("ref1");
    care.set_resident_id("r1");
    care.set_inpatient(true);
    site_.fact(care);
    referrals::v1::ReferralCompleted completed;
    completed.set_referral_id("ref1");
    completed.set_resident_id("r1");
    site_.fact(completed);
    billing::v1::SettlementListAccepted list;
    list.set_list_id("s1");
    list.set_case_key("H1/s1");
    list.set_version(1);
    list.set_resident_id("r1");
    list.set_treatment_type(billing::v1::TREATMENT_TYPE_INPATIENT);
    list.set_admission_date("2026-01-01");
    list.set_discharge_date("2026-01-02");
    site_.fact(list);
    site_.benefit("r1", "01jrx00000000000000000rx01", "s2");
    directory::v1::PolicyPackPublished pack;
    pack.set_district_code("350104");
    pack.set_pack_id("350104");
    pack.set_pack_version(7);
    pack.set_valid_from("2026-01-01");
    site_.fact(pack);
    directory::v1::ResidentMerged merged;
    merged.set_from("r3");
    merged.set_to("r1");
    site_.fact(merged);
    const auto before = site_.events("");
    const std::string method = "yilian.common.v1.OperatorService/";
    const auto projections = site_.call<common::v1::ListProjectionsResponse>(
        kOperator, method + "ListProjections", common::v1::ListProjectionsRequest());
    ASSERT_TRUE(projections.ok()) << projections.error().reason;
    EXPECT_EQ(projections.value().projections_size(), 6);
    for (const auto& projection : projections.value().projections()) {
        common::v1::RebuildProjectionRequest request;
        request.set_projection(projection.name());
        request.set_source(common::v1::REBUILD_SOURCE_TOPICS);
        const auto rebuilt = site_.client(kOperator).call<common::v1::RebuildProjectionResponse>(
            method + "RebuildProjection", request, {.timeout = std::chrono::seconds(60)});
        ASSERT_TRUE(rebuilt.ok()) << projection.name() << " " << rebuilt.error().reason;
        EXPECT_GT(rebuilt.value().rows_after(), 0) << projection.name();
        EXPECT_EQ(rebuilt.value().digest_before(), rebuilt.value().digest_after())
            << projection.name();
    }
    EXPECT_EQ(site_.events(""), before);  // a rebuild publishes nothing
    // Nobody publishes the pack that was announced: RUN-C07 would go on naming it.
    site_.site().database("prescriptions").tamper("DELETE FROM announced_packs");
}

}  // namespace
}  // namespace yilian::prescriptions::testing
