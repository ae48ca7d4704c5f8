// Contracts through the whole service: events.md 7 step 1, contracts.md 11, invariants 1 and 9.
#include <condition_variable>
#include <mutex>

#include "services/directory/tests/service_fixture.h"

namespace yilian::directory::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class Contracts : public Service {
  protected:
    v1::RenewContractRequest renewal() {
        v1::RenewContractRequest r;
        r.set_contract_id(kContract);
        r.set_new_contract_id(kNext);
        r.set_valid_to("2027-12-31");
        r.mutable_signature()->set_method(v1::SIGNATURE_METHOD_E_SIGN);
        r.mutable_signature()->set_document_id("doc-2");
        return r;
    }
    v1::EndContractRequest ending(v1::ContractEndReason reason, const std::string& on = "") {
        v1::EndContractRequest r;
        r.set_contract_id(kContract);
        r.set_end_reason(reason);
        r.set_effective_on(on);
        return r;
    }
    v1::ChangeTeamRequest team_change(const std::string& reason_code) {
        v1::ChangeTeamRequest r;
        r.set_contract_id(kContract);
        r.set_new_contract_id(kNext);
        r.set_new_team_id("u");
        r.set_reason_code(reason_code);
        r.mutable_signature()->set_method(v1::SIGNATURE_METHOD_E_SIGN);
        r.mutable_signature()->set_document_id("doc-3");
        return r;
    }
    v1::ContractState state(const std::string& id = kContract) {
        return site_.contract(id).state();
    }
};
YILIAN_ON_BOTH_DRIVERS(Contracts);

// Step 1 of the loop.
TEST_P(Contracts, WalkStep1SignedContractStartsOnItsFirstDay) {
    const v1::Contract contract = site_.signed_contract(kContract, "r");
    EXPECT_EQ(contract.state(), v1::CONTRACT_STATE_SIGNED);
    EXPECT_EQ(contract.number(), "350104202500000001");
    EXPECT_EQ(contract.institution_id(), "B1");
    EXPECT_EQ(contract.family_doctor_id(), "gp-1");
    EXPECT_THAT(contract.allowed_actions(), ElementsAre("VoidContract"));
    EXPECT_FALSE(site_.status("r", "2025-12-31").contracted());
    EXPECT_EQ(site_.status("r", "2026-01-01").state(), v1::CONTRACT_STATE_SIGNED);

    site_.clock("2026-01-01T00:00:00");
    const v1::ContractStatus status = site_.status("r", "");
    EXPECT_EQ(status.state(), v1::CONTRACT_STATE_ACTIVE);
    EXPECT_EQ(status.day(), "2026-01-01");
    EXPECT_EQ(status.team_id(), "t");
    EXPECT_EQ(status.contract_version(), 3);
    EXPECT_THAT(status.benefits(), ElementsAre("visit", "referral", "drug", "insurance"));
    EXPECT_THAT(site_.events(kContract),
                ElementsAre("contract.offered", "contract.signed", "contract.activated"));
    const auto activated = site_.last_event<v1::ContractActivated>(kContract);
    EXPECT_EQ(activated.fee_fen(), 12'000);
    EXPECT_EQ(activated.context().policy_pack_id(), "350104");
    EXPECT_FALSE(activated.context().policy_digest().empty());
    EXPECT_EQ(site_.count("contracts_active"), 1);
}

TEST_P(Contracts, ResendGetsTheSameAnswerAndOneContract) {
    auto offer = site_.offer(kContract, "r", "t", "2026-01-01", "2026-12-31");
    offer.set_request_id(runtime::new_request_id());
    const auto first = site_.ok<v1::Contract>(kTeamLead, offer);
    const auto again = site_.ok<v1::Contract>(kTeamLead, offer);
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
    offer.set_fee_fen(1);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, offer), "ID_REUSED");
    offer.set_request_id(runtime::new_request_id());
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, offer), "ID_REUSED");
    EXPECT_THAT(site_.events(kContract), ElementsAre("contract.offered"));
}

TEST_P(Contracts, AllFieldViolationsAtOnce) {
    v1::OfferContractRequest bad;
    bad.set_contract_id("not a ulid");
    bad.set_valid_from("2026-02-30");
    bad.set_fee_fen(-1);
    bad.add_payer_split()->set_amount_fen(5);
    const auto answer = site_.call<v1::Contract>(kTeamLead, bad);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().reason, "FIELD_INVALID");
    EXPECT_THAT(
        answer.error().violations,
        ElementsAre(Pair("contract_id", "FIELD_FORMAT"), Pair("resident_id", "FIELD_REQUIRED"),
                    Pair("team_id", "FIELD_REQUIRED"), Pair("valid_from", "FIELD_FORMAT"),
                    Pair("valid_to", "FIELD_REQUIRED"), Pair("fee_fen", "FIELD_RANGE"),
                    Pair("payer_split[0].payer", "FIELD_REQUIRED"),
                    Pair("payer_split", "FIELD_SUM")));
}

TEST_P(Contracts, OffersAreRefusedWithTheirReason) {
    const auto refused = [&](const Who& who, const v1::OfferContractRequest& offer) {
        return site_.refusal<v1::Contract>(who, offer);
    };
    const auto good = site_.offer(kContract, "r", "t", "2026-01-01", "2026-12-31");
    auto offer = good;
    offer.set_resident_id("nobody");
    EXPECT_EQ(refused(kTeamLead, offer), "RESIDENT_NOT_FOUND");
    offer = good;
    offer.set_team_id("nowhere");
    EXPECT_EQ(refused(kTeamLead, offer), "TEAM_NOT_FOUND");
    offer = good;
    offer.set_family_doctor_id("gp-2");
    EXPECT_EQ(refused(kTeamLead, offer), "PRACTITIONER_NOT_FOUND");
    EXPECT_EQ(refused(kOtherTeam, good), "AUTH_RECORD_ACCESS_DENIED");
    // C-05
    offer = good;
    offer.set_valid_to("2026-06-30");
    EXPECT_EQ(refused(kTeamLead, offer), "PERIOD_OUT_OF_RANGE");

    v1::RecordDeathRequest death;
    death.set_resident_id("r");
    death.set_on("2025-12-19");
    site_.ok<v1::Resident>(kRegistrar, death);
    EXPECT_EQ(refused(kTeamLead, good), "RESIDENT_DECEASED");
    site_.resident("r2");
    v1::MoveResidentRequest move;
    move.set_resident_id("r2");
    move.set_outside(true);
    move.set_on("2025-12-20");
    site_.ok<v1::Resident>(kRegistrar, move);
    offer = good;
    offer.set_resident_id("r2");
    EXPECT_EQ(refused(kTeamLead, offer), "OUT_OF_AREA");
    EXPECT_THAT(site_.events(kContract), IsEmpty());
}

TEST_P(Contracts, SignaturesAreRefusedWithTheirReason) {
    auto offer = site_.offer(kContract, "r", "t", "2026-01-01", "2026-12-31");
    offer.set_party(v1::CONTRACT_PARTY_GUARDIAN);
    site_.ok<v1::Contract>(kTeamLead, offer);
    auto sign = site_.signature(kContract);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, sign), "GUARDIAN_NEEDED");
    sign.mutable_signature()->set_method(v1::SIGNATURE_METHOD_GUARDIAN);
    sign.mutable_signature()->clear_document_id();
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, sign), "SIGNATURE_INVALID");
    sign.mutable_signature()->set_document_id("doc");
    // C-05
    sign.set_valid_to("2026-06-30");
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, sign), "PERIOD_OUT_OF_RANGE");
    sign.clear_valid_to();
    sign.set_etag("\"7\"");
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, sign), "ETAG_MISMATCH");
    sign.set_etag("\"1\"");
    EXPECT_EQ(site_.refusal<v1::Contract>(kOtherTeam, sign), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(site_.ok<v1::Contract>(kTeamLead, sign).etag(), "\"2\"");
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, site_.signature(kContract)),
              "STATE_TRANSITION_NOT_ALLOWED");
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, site_.signature(kOther)), "NOT_FOUND");
}

TEST_P(Contracts, OfferLapsesAfterThirtyDays) {
    site_.ok<v1::Contract>(kTeamLead, site_.offer(kContract, "r", "t", "2026-02-01", "2027-01-31"));
    site_.clock("2026-01-19T08:59:59");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_OFFERED);
    site_.clock("2026-01-19T09:00:00");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_EXPIRED_UNSIGNED);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, site_.signature(kContract)), "OFFER_LAPSED");
    EXPECT_THAT(site_.events(kContract), ElementsAre("contract.offered", "contract.offer_lapsed"));
}

TEST_P(Contracts, C01NoticeAndC02RenewalLeaveNoDayUncovered) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-10-31T23:59:59");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_ACTIVE);
    site_.clock("2026-11-01T00:00:00");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_DUE_FOR_RENEWAL);
    EXPECT_EQ(site_.last_event<v1::ContractRenewalDue>(kContract).effective_on(), "2026-11-01");

    site_.clock("2026-12-10T09:00:00");
    auto renew = renewal();
    renew.set_valid_to("2027-06-30");
    EXPECT_EQ(site_.refusal<v1::RenewContractResponse>(kTeamLead, renew), "PERIOD_OUT_OF_RANGE");
    const auto both = site_.ok<v1::RenewContractResponse>(kTeamLead, renewal());
    EXPECT_EQ(both.renewed().state(), v1::CONTRACT_STATE_RENEWED);
    EXPECT_EQ(both.signed_().valid_from(), "2027-01-01");
    EXPECT_EQ(both.signed_().number(), "350104202600000001") << "a refusal uses no number up";
    EXPECT_EQ(both.signed_().fee_fen(), 12'000);
    EXPECT_EQ(both.signed_().previous_contract_id(), kContract);
    const auto renewed = site_.last_event<v1::ContractRenewed>(kContract);
    EXPECT_EQ(renewed.valid_to(), "2026-12-31");
    EXPECT_EQ(renewed.effective_on(), "2027-01-01");
    EXPECT_EQ(renewed.new_contract_id(), kNext);
    // Invariant 9, every day of the turn.
    EXPECT_EQ(site_.status("r", "2026-12-15").contract_id(), kContract);
    EXPECT_EQ(site_.status("r", "2026-12-31").contract_id(), kContract);
    EXPECT_EQ(site_.status("r", "2027-01-01").contract_id(), kNext);
    EXPECT_EQ(site_.count("contracts_active"), 1);
    site_.clock("2027-01-01T00:00:00");
    EXPECT_EQ(state(kNext), v1::CONTRACT_STATE_ACTIVE);
    EXPECT_EQ(state(), v1::CONTRACT_STATE_RENEWED);
    EXPECT_EQ(site_.count("contracts_active"), 1);
}

TEST_P(Contracts, C03NotRenewedContractEndsWithItsLastDay) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-12-31T23:59:59");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_DUE_FOR_RENEWAL);
    site_.clock("2027-01-01T00:00:00");
    const v1::Contract ended = site_.contract(kContract);
    EXPECT_EQ(ended.state(), v1::CONTRACT_STATE_ENDED);
    EXPECT_EQ(ended.end_reason(), v1::CONTRACT_END_REASON_EXPIRED);
    const auto event = site_.last_event<v1::ContractEnded>(kContract);
    EXPECT_EQ(event.valid_to(), "2026-12-31");
    EXPECT_EQ(event.effective_on(), "2027-01-01");
    EXPECT_FALSE(site_.status("r", "2027-01-01").contracted());
    EXPECT_TRUE(site_.status("r", "2026-12-31").contracted()) << "what held on a past day";
}

TEST_P(Contracts, C04SecondContractInsideTheFirstIsRefused) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-01-01T00:00:00");
    site_.ok<v1::Contract>(kOtherTeam, site_.offer(kOther, "r", "u", "2026-06-01", "2027-05-31"));
    auto sign = site_.signature(kOther);
    const auto refused = site_.call<v1::Contract>(kOtherTeam, sign);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "ACTIVE_CONTRACT_EXISTS");
    EXPECT_EQ(refused.error().metadata.at("contract_id"), kContract);
    // One that begins after the first ends is signed.
    sign.set_valid_from("2027-01-01");
    sign.set_valid_to("2027-12-31");
    EXPECT_EQ(site_.ok<v1::Contract>(kOtherTeam, sign).state(), v1::CONTRACT_STATE_SIGNED);
}

// Two signatures name different contracts; the resident is what they share.
TEST_P(Contracts, C04SignaturesAtOnceGiveOneContract) {
    constexpr int kOffers = 6;
    std::vector<std::string> ids;
    for (int i = 0; i < kOffers; ++i) {
        ids.push_back(site_.next_id());
        site_.ok<v1::Contract>(kTeamLead,
                               site_.offer(ids.back(), "r", "t", "2026-01-01", "2026-12-31"));
    }
    std::mutex mutex;
    std::condition_variable changed;
    int ended = 0;
    int won = 0;
    std::vector<std::string> reasons;
    for (const std::string& id : ids) {
        auto sign = site_.signature(id);
        sign.set_request_id(runtime::new_request_id());
        site_.client(kTeamLead).call_raw(method_of(sign), sign,
                                         {.timeout = std::chrono::seconds(20)},
                                         [&](const rpc::CallResult<std::string>& answer) {
                                             const std::lock_guard lock(mutex);
                                             if (answer.ok()) {
                                                 ++won;
                                             } else {
                                                 reasons.push_back(answer.error().reason);
                                             }
                                             ++ended;
                                             changed.notify_all();
                                         });
    }
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return ended == kOffers; }));
    EXPECT_EQ(won, 1);
    EXPECT_THAT(reasons, ::testing::Each("ACTIVE_CONTRACT_EXISTS"));
}

TEST_P(Contracts, VoidedContractCountsAsNeverMade) {
    site_.signed_contract(kContract, "r");
    site_.clock("2025-12-27T09:00:00");
    v1::VoidContractRequest request;
    request.set_contract_id(kContract);
    EXPECT_EQ(site_.ok<v1::Contract>(kTeamLead, request).state(), v1::CONTRACT_STATE_VOID);
    EXPECT_FALSE(site_.status("r", "2026-06-01").contracted());
    site_.clock("2026-01-01T00:00:00");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_VOID) << "its start was cancelled with it";
    site_.signed_contract(kNext, "r");
    site_.clock("2026-01-08T00:00:01");
    request.set_contract_id(kNext);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, request), "VOID_PERIOD_OVER");
    EXPECT_THAT(site_.contract(kNext).allowed_actions(), ElementsAre("ChangeTeam", "EndContract"));
}

TEST_P(Contracts, EndByAReasonHoldsToTheLastDay) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-02T09:00:00");
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, ending(v1::CONTRACT_END_REASON_RESIDENT_WISH)),
              "MIN_PERIOD_NOT_SERVED");
    const auto by_system =
        site_.call<v1::Contract>(kTeamLead, ending(v1::CONTRACT_END_REASON_EXPIRED));
    ASSERT_FALSE(by_system.ok());
    EXPECT_THAT(by_system.error().violations,
                ElementsAre(Pair("end_reason", "FIELD_REASON_CODE_INVALID")));
    EXPECT_EQ(
        site_.refusal<v1::Contract>(kTeamLead, ending(v1::CONTRACT_END_REASON_MOVED, "2027-01-01")),
        "FIELD_RANGE");
    const auto ended =
        site_.ok<v1::Contract>(kTeamLead, ending(v1::CONTRACT_END_REASON_MOVED, "2026-03-10"));
    EXPECT_EQ(ended.valid_to(), "2026-03-10");
    EXPECT_TRUE(site_.status("r", "2026-03-10").contracted());
    EXPECT_FALSE(site_.status("r", "2026-03-11").contracted());
    const auto event = site_.last_event<v1::ContractEnded>(kContract);
    EXPECT_EQ(event.valid_to(), "2026-03-10");
    EXPECT_EQ(event.effective_on(), "2026-03-11");
    EXPECT_EQ(event.end_reason(), v1::CONTRACT_END_REASON_MOVED);
    EXPECT_EQ(site_.refusal<v1::Contract>(kTeamLead, ending(v1::CONTRACT_END_REASON_MOVED)),
              "STATE_TRANSITION_NOT_ALLOWED");
}

TEST_P(Contracts, ChangeOfTeamGoesOnWithTheNewOne) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-02T09:00:00");
    EXPECT_EQ(site_.refusal<v1::ChangeTeamResponse>(kTeamLead, team_change("")),
              "MIN_PERIOD_NOT_SERVED");
    auto unsigned_change = team_change("MOVED_HOUSE");
    unsigned_change.mutable_signature()->clear_document_id();
    EXPECT_EQ(site_.refusal<v1::ChangeTeamResponse>(kTeamLead, unsigned_change),
              "SIGNATURE_INVALID");
    const Who stranger{"H1", "doctor-1", {"doctor"}};
    EXPECT_EQ(site_.refusal<v1::ChangeTeamResponse>(stranger, team_change("MOVED_HOUSE")),
              "AUTH_RECORD_ACCESS_DENIED");
    // The team that takes over may ask as well.
    const auto both = site_.ok<v1::ChangeTeamResponse>(kOtherTeam, team_change("MOVED_HOUSE"));
    EXPECT_EQ(both.changed().state(), v1::CONTRACT_STATE_CHANGED);
    EXPECT_EQ(both.changed().valid_to(), "2026-03-02");
    EXPECT_EQ(both.signed_().valid_from(), "2026-03-03");
    EXPECT_EQ(both.signed_().institution_id(), "B2");
    EXPECT_EQ(both.signed_().family_doctor_id(), "gp-2");
    EXPECT_EQ(site_.status("r", "2026-03-02").team_id(), "t");
    EXPECT_EQ(site_.status("r", "2026-03-03").team_id(), "u");
    const auto event = site_.last_event<v1::ContractTeamChanged>(kContract);
    EXPECT_EQ(event.valid_to(), "2026-03-02");
    EXPECT_EQ(event.effective_on(), "2026-03-03");
    EXPECT_EQ(event.new_team_id(), "u");
}

// A contract elsewhere that begins later stands in the way of the new one: refused, nothing broken.
TEST_P(Contracts, ChangeOfTeamIntoAnotherContractIsRefused) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-02T09:00:00");
    site_.ok<v1::Contract>(kOtherTeam, site_.offer(kOther, "r", "u", "2027-01-01", "2027-12-31"));
    site_.ok<v1::Contract>(kOtherTeam, site_.signature(kOther));
    EXPECT_EQ(site_.refusal<v1::ChangeTeamResponse>(kTeamLead, team_change("MOVED_HOUSE")),
              "ACTIVE_CONTRACT_EXISTS");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_ACTIVE);
}

TEST_P(Contracts, DeathEndsWhatIsInForceAndVoidsWhatHasNotBegun) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-12-10T09:00:00");
    site_.ok<v1::RenewContractResponse>(kTeamLead, renewal());
    site_.resident("r2");
    site_.signed_contract(kOther, "r2", "2026-12-01", "2027-11-30");
    v1::RecordDeathRequest death;
    death.set_on("2026-12-09");
    for (const char* id : {"r", "r2"}) {
        death.set_resident_id(id);
        site_.ok<v1::Resident>(kRegistrar, death);
    }
    EXPECT_EQ(state(kNext), v1::CONTRACT_STATE_VOID);
    EXPECT_FALSE(site_.status("r", "2026-12-10").contracted());
    EXPECT_TRUE(site_.status("r", "2026-12-09").contracted());
    EXPECT_EQ(state(kOther), v1::CONTRACT_STATE_ENDED);
    EXPECT_EQ(site_.contract(kOther).valid_to(), "2026-12-09");
    site_.clock("2027-01-02T00:00:00");
    EXPECT_EQ(site_.count("contracts_active"), 0);
}

TEST_P(Contracts, MoveEndsContractsOfTheOldPlaceOnly) {
    site_.signed_contract(kContract, "r");
    site_.clock("2026-03-02T09:00:00");
    v1::MoveResidentRequest move;
    move.set_resident_id("r");
    move.set_to_institution_id("B1");
    move.set_on("2026-03-01");
    site_.ok<v1::Resident>(kRegistrar, move);
    EXPECT_EQ(state(), v1::CONTRACT_STATE_ACTIVE);
    move.set_to_institution_id("B2");
    site_.ok<v1::Resident>(kRegistrar, move);
    EXPECT_EQ(state(), v1::CONTRACT_STATE_ENDED);
    EXPECT_EQ(site_.contract(kContract).end_reason(), v1::CONTRACT_END_REASON_MOVED);
    EXPECT_EQ(site_.contract(kContract).valid_to(), "2026-03-01");
}

TEST_P(Contracts, AreReadByTheirPartiesOnly) {
    DirectorySite consent(GetParam(), "120111");
    consent.people_and_places();
    consent.resident("r");
    consent.signed_contract(kContract, "r");
    v1::GetContractRequest get;
    get.set_contract_id(kContract);
    v1::ListContractsRequest list;
    list.set_resident_id("r");
    EXPECT_EQ(consent.refusal<v1::Contract>(kOtherTeam, get), "AUTH_RECORD_ACCESS_DENIED");
    EXPECT_EQ(consent.refusal<v1::ListContractsResponse>(kOtherTeam, list),
              "AUTH_RECORD_ACCESS_DENIED");
    // Where records are open to the person, every clinician may read, and is recorded.
    site_.signed_contract(kContract, "r");
    EXPECT_EQ(site_.refusal<v1::Contract>(kOtherTeam, get), "");
    static constexpr storage::Query kReads{
        "test.reads",
        "SELECT count(*) FROM outbox WHERE type = 'yilian.directory.access.recorded.v1'"};
    const auto before = site_.number(kReads);
    EXPECT_EQ(site_.ok<v1::ListContractsResponse>(kTeamLead, list).contracts_size(), 1);
    site_.ok<v1::Contract>({"billing", "service:billing", {"service"}}, get);
    EXPECT_EQ(site_.number(kReads), before + 2);
}

TEST_P(Contracts, ComeBackWithTheirTimersAfterARestart) {
    site_.signed_contract(kContract, "r");
    site_.restart();
    site_.clock("2026-01-01T00:00:00");
    EXPECT_EQ(state(), v1::CONTRACT_STATE_ACTIVE);
}

// contracts.md 6: what a district asks of its teams.
struct District {
    const char* code;
    std::vector<std::pair<std::string, std::string>> members;
    const char* missing;
};
class Teams : public ::testing::TestWithParam<storage::Dialect> {};
YILIAN_ON_BOTH_DRIVERS(Teams);

TEST_P(Teams, C06AndC07RolesThatTheDistrictRequiresAreNamed) {
    const District districts[] = {
        {"120112",
         {{"gp", "GP"}, {"nurse", "NURSE"}, {"ph", "PUBLIC_HEALTH"}},
         "SPECIALIST_ADVISER"},
        {"370725", {{"gp", "GP"}, {"nurse", "NURSE"}, {"ph", "PUBLIC_HEALTH"}}, "VILLAGE_DOCTOR"}};
    for (const District& district : districts) {
        DirectorySite site(GetParam(), district.code);
        site.institution("B1", "centre");
        for (const auto& [id, role] : district.members) site.practitioner(id, "B1");
        site.practitioner("more", "B1");
        const auto refused = site.team("t", "B1", district.members);
        ASSERT_FALSE(refused.ok()) << district.code;
        EXPECT_EQ(refused.error().reason, "ROLE_MISSING");
        EXPECT_EQ(refused.error().metadata.at("roles"), district.missing);
        auto whole = district.members;
        whole.emplace_back("more", district.missing);
        EXPECT_TRUE(site.team("t", "B1", whole).ok()) << district.code;
    }
}

}  // namespace
}  // namespace yilian::directory::testing
