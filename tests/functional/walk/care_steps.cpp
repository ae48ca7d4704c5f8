// Steps 1, 2, 4 to 6 and 20: contract, registry, visits, and what their events start elsewhere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/referrals/tests/referral_site.h"
#include "tests/functional/walk/walk.h"
#include "yilian/billing/v1/capitation_service.pb.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/contract_service.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/referrals/v1/referral_service.pb.h"
#include "yilian/registries/v1/events.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::functional::walk {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;
namespace ref = referrals::v1;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kEnrolment = "01jwa1k00000000000000000e1";
constexpr const char* kVisit1 = "01jwa1k000000000000000v001";
constexpr const char* kVisit2 = "01jwa1k000000000000000v002";
constexpr const char* kVisit3 = "01jwa1k000000000000000v003";

}  // namespace

void Walk::step1_contract_is_signed_and_its_fee_is_split() {
    dir::OfferContractRequest offer;
    offer.set_contract_id(kContract);
    offer.set_resident_id(kResident);
    offer.set_team_id(kTeam);
    offer.set_valid_from("2026-01-01");
    offer.set_valid_to("2026-12-31");
    offer.set_fee_fen(12'000);
    ok<dir::Contract>(kTeamDoctor, contracts("OfferContract"), offer);
    dir::SignContractRequest sign;
    sign.set_contract_id(kContract);
    sign.mutable_signature()->set_method(dir::SIGNATURE_METHOD_E_SIGN);
    sign.mutable_signature()->set_document_id("contract-document");
    EXPECT_EQ(ok<dir::Contract>(kTeamDoctor, contracts("SignContract"), sign).state(),
              dir::CONTRACT_STATE_SIGNED);
    EXPECT_EQ(only<dir::ContractSigned>().contract_id(), kContract);
    EXPECT_THAT(published<dir::ContractActivated>(), IsEmpty());

    at("2026-01-01T00:00");
    const auto activated = only<dir::ContractActivated>();
    EXPECT_EQ(activated.valid_from(), "2026-01-01");
    EXPECT_EQ(activated.valid_to(), "2026-12-31");
    for (const char* service : {"registries", "referrals", "prescriptions", "billing"}) {
        EXPECT_EQ(rows(service, "contract_copies"), 1) << service;
    }
    EXPECT_EQ(rows("billing", "enrolment_versions"), 1);
    const auto split = only<billing::v1::SplitBooked>();
    EXPECT_EQ(split.split(), billing::v1::SPLIT_CONTRACT_FEE);
    EXPECT_EQ(split.amount_fen(), 12'000);
    EXPECT_EQ(split.part_fen(), 8'400);
    EXPECT_TRUE(split.bound_ok());
    const auto shares = only<dir::FeeSplitComputed>();
    EXPECT_EQ(shares.team_id(), kTeam);
    EXPECT_EQ(shares.fee_fen(), 12'000);
    EXPECT_EQ(shares.team_fen(), 8'400);
    EXPECT_EQ(shares.institution_fen(), 3'600);
    billing::v1::GetHeadCountRequest heads;
    heads.set_on("2026-01-01");
    const auto enrolled = ok<billing::v1::GetHeadCountResponse>(
        kAgencyClerk, "yilian.billing.v1.CapitationService/GetHeadCount", heads);
    ASSERT_EQ(enrolled.rows_size(), 1);
    EXPECT_EQ(enrolled.rows(0).consortium_id(), kConsortium);
    EXPECT_EQ(enrolled.rows(0).head_count(), 1);
}

void Walk::step2_resident_is_enrolled() {
    at("2026-01-12T09:00");
    reg::ConfirmEnrolmentRequest confirm;
    confirm.set_enrolment_id(kEnrolment);
    confirm.set_resident_id(kResident);
    confirm.set_disease_code("hypertension");
    confirm.set_evidence_ref("encounter-1");
    confirm.set_consent_document_id("consent-document");
    const auto enrolment = ok<reg::Enrolment>(kTeamDoctor, registry("ConfirmEnrolment"), confirm);
    EXPECT_EQ(enrolment.state(), reg::ENROLMENT_STATE_ACTIVE);
    EXPECT_EQ(enrolment.team_id(), kTeam) << "the team comes from the copy of the contract";
    const auto enrolled = only<reg::ResidentEnrolled>();
    EXPECT_EQ(enrolled.disease_code(), "hypertension");
    EXPECT_EQ(enrolled.confirmed_on(), "2026-01-12");
    platform.drain();
    EXPECT_EQ(rows("billing", "chronic_copies"), 1);
}

void Walk::step4_first_visit_asks_for_an_adjusted_treatment() {
    at("2026-03-02T09:00");
    const auto v = visit(kVisit1, "2026-03-02", 168, 102, reg::VISIT_MODE_CLINIC);
    ASSERT_EQ(v.classifications_size(), 1);
    const auto& c = v.classifications(0);
    EXPECT_EQ(c.class_(), reg::CONTROL_CLASS_UNSATISFIED);
    EXPECT_FALSE(c.danger());
    EXPECT_EQ(c.unsatisfied_run(), 1);
    ASSERT_EQ(c.actions_size(), 1);
    EXPECT_EQ(c.actions(0).kind(), reg::CARE_ACTION_KIND_ADJUST);
    EXPECT_EQ(c.actions(0).due_on(), "2026-03-16");
    adjust_action_id_ = c.actions(0).action_id();
    EXPECT_EQ(only<reg::VisitRecorded>().team_id(), kTeam);
    EXPECT_EQ(only<reg::VisitClassified>().unsatisfied_run(), 1);
    EXPECT_THAT(published<reg::ReferralAdvised>(), IsEmpty());
    platform.drain();
    EXPECT_EQ(only<dir::ServiceDelivered>().done_on(), "2026-03-02");
    EXPECT_EQ(rows("prescriptions", "control_copies"), 1);
    EXPECT_EQ(visit_points(), 10);
}

void Walk::step5_second_visit_advises_to_refer() {
    at("2026-03-16T09:00");
    const auto v = visit(kVisit2, "2026-03-16", 172, 104, reg::VISIT_MODE_CLINIC);
    EXPECT_THAT(v.done_action_ids(), ElementsAre(adjust_action_id_));
    ASSERT_EQ(v.classifications_size(), 1);
    EXPECT_EQ(v.classifications(0).class_(), reg::CONTROL_CLASS_UNSATISFIED);
    EXPECT_EQ(v.classifications(0).unsatisfied_run(), 2);
    ASSERT_EQ(v.classifications(0).actions_size(), 1);
    EXPECT_EQ(v.classifications(0).actions(0).kind(), reg::CARE_ACTION_KIND_REFER_UP);
    refer_action_id_ = v.classifications(0).actions(0).action_id();
    const auto advice = only<reg::ReferralAdvised>();
    EXPECT_EQ(advice.action_id(), refer_action_id_);
    EXPECT_EQ(advice.urgency(), reg::URGENCY_ROUTINE);
    EXPECT_EQ(advice.follow_by(), "2026-03-30");
    platform.drain();
    EXPECT_EQ(visit_points(), 20);
}

void Walk::step6_advice_opens_a_draft() {
    const auto drafted = only<ref::ReferralDrafted>();
    referral_id = drafted.referral_id();
    EXPECT_EQ(drafted.advice_action_id(), refer_action_id_);
    EXPECT_EQ(drafted.chain_id(), referral_id);
    EXPECT_EQ(drafted.resident_id(), kResident);
    EXPECT_EQ(drafted.from_institution_id(), kCentre);
    for (const auto& action : care_actions()) {
        if (action.action_id() != refer_action_id_) continue;
        EXPECT_EQ(action.referral_id(), referral_id) << "registries links the advice";
        EXPECT_EQ(action.state(), reg::CARE_ACTION_STATE_OPEN);
    }
}

void Walk::step20_home_visit_follows_up_and_the_loop_is_closed() {
    at("2026-03-31T09:30");
    const auto v = visit(kVisit3, "2026-03-31", 134, 82, reg::VISIT_MODE_HOME);
    EXPECT_THAT(v.done_action_ids(), ElementsAre(follow_up_action_id_));
    EXPECT_EQ(v.referral_id(), referral_id);
    ASSERT_EQ(v.classifications_size(), 1);
    EXPECT_EQ(v.classifications(0).class_(), reg::CONTROL_CLASS_SATISFIED);
    EXPECT_EQ(v.classifications(0).unsatisfied_run(), 0);
    EXPECT_EQ(v.classifications(0).next_due_on(), "2026-06-29");
    EXPECT_EQ(last<reg::VisitRecorded>().referral_id(), referral_id);
    platform.drain();
    EXPECT_EQ(visit_points(), 50) << "10 + 10 + 10 for visits, 20 for the goal";
    const auto followed = only<ref::ReferralFollowedUp>();
    EXPECT_EQ(followed.visit_id(), kVisit3);
    EXPECT_EQ(followed.visit_date(), "2026-03-31");
    ref::CloseReferralRequest close;
    close.set_referral_id(referral_id);
    EXPECT_EQ(ok<ref::Referral>(kTeamDoctor, referrals("CloseReferral"), close).state(),
              ref::REFERRAL_STATE_CLOSED);
    EXPECT_EQ(only<ref::ReferralClosed>().referral_id(), referral_id);
}

reg::Visit Walk::visit(const std::string& visit_id, const std::string& on, int sbp_mmhg,
                       int dbp_mmhg, reg::VisitMode mode) {
    reg::RecordVisitRequest r;
    r.set_visit_id(visit_id);
    r.set_resident_id(kResident);
    r.mutable_data()->set_visit_on(on);
    r.mutable_data()->set_mode(mode);
    r.mutable_data()->set_sbp_mmhg(sbp_mmhg);
    r.mutable_data()->set_dbp_mmhg(dbp_mmhg);
    return ok<reg::Visit>(kTeamDoctor, registry("RecordVisit"), r);
}

std::vector<reg::CareAction> Walk::care_actions() {
    reg::ListCareActionsRequest r;
    r.set_team_id(kTeam);
    r.set_resident_id(kResident);
    const auto list = ok<reg::ListCareActionsResponse>(kTeamDoctor, registry("ListCareActions"), r);
    return {list.actions().begin(), list.actions().end()};
}

std::int64_t Walk::visit_points() {
    dir::GetPointsRequest r;
    r.set_resident_id(kResident);
    const auto account = ok<dir::PointsAccount>(kTeamDoctor, contracts("GetPoints"), r);
    std::int64_t points = 0;
    for (const auto& entry : account.entries()) {
        if (entry.rule_id() != "paid_contract") points += entry.points();
    }
    return points;
}

}  // namespace yilian::functional::walk
