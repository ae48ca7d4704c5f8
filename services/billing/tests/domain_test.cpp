// Evidence (billing.md 9.3), enrolment timelines (3.1), statements (11.2) and the state tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "libs/calendar/local_time.h"
#include "libs/lifecycle/model.h"
#include "services/billing/domain/case_table.h"
#include "services/billing/domain/dispute_table.h"
#include "services/billing/domain/enrolment_timeline.h"
#include "services/billing/domain/evidence.h"
#include "services/billing/domain/run_table.h"
#include "services/billing/domain/statement.h"
#include "services/billing/domain/supervision_table.h"

namespace yilian::billing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Instant at(const char* local) { return *calendar::parse_rfc3339(local); }
CivilDate day(const char* text) { return *CivilDate::parse(text); }

// --- evidence ------------------------------------------------------------------------------------

Evidence up() {
    Evidence e;
    e.evidence_id = "ev1";
    e.referral_id = "ref";
    e.chain_id = "ref";
    e.resident_id = "r";
    e.from_institution_id = "B1";
    e.to_institution_id = "H1";
    e.direction = ReferralKind::kUp;
    e.valid = true;
    e.arrived_at = at("2026-03-18T14:10:00+08:00");
    e.admitted_at = at("2026-03-18T14:15:00+08:00");
    e.issued_at = at("2026-03-18T14:30:00+08:00");
    e.sequence = 7;
    return e;
}

EvidencePlace stay(const char* institution, const char* from, const char* to) {
    return {"ev1", institution, "r", day(from), day(to)};
}

constexpr EvidenceLimits kLimits{60, 30};

TEST(ReferralEvidence, ReceiverIsReferredAndSenderOpensTheChain) {
    const std::vector<Evidence> all{up()};
    const auto received = judge_stay(stay("H1", "2026-03-18", "2026-03-25"), all, kLimits);
    EXPECT_EQ(received.referral, ReferralKind::kUp);
    EXPECT_EQ(received.chain_id, "ref");
    EXPECT_EQ(received.reason, "");
    const auto sent = judge_stay(stay("B1", "2026-03-16", "2026-03-18"), all, kLimits);
    EXPECT_EQ(sent.referral, ReferralKind::kNone);
    EXPECT_EQ(sent.chain_id, "ref");
}

TEST(ReferralEvidence, WhyItDoesNotHelp) {
    const std::vector<Evidence> all{up()};
    const auto reason = [](const EvidencePlace& place, const std::vector<Evidence>& evidence) {
        return judge_stay(place, evidence, kLimits).reason;
    };
    EXPECT_EQ(reason(stay("H1", "2026-03-18", "2026-03-25"), {}), "BEN_EVIDENCE_MISSING");
    EXPECT_EQ(reason(stay("H2", "2026-03-18", "2026-03-25"), all),
              "BEN_EVIDENCE_OTHER_INSTITUTION");
    EXPECT_EQ(reason(stay("H1", "2026-03-19", "2026-03-25"), all), "BEN_EVIDENCE_INVALID");
    Evidence bad = up();
    bad.valid = false;
    EXPECT_EQ(reason(stay("H1", "2026-03-18", "2026-03-25"), {bad}), "BEN_EVIDENCE_INVALID");
    EvidencePlace other = stay("H1", "2026-03-18", "2026-03-25");
    other.resident_id = "somebody";
    EXPECT_EQ(reason(other, all), "BEN_EVIDENCE_INVALID");
    EXPECT_EQ(reason({"", "H1", "r", day("2026-03-18"), day("2026-03-25")}, all), "");
}

TEST(ReferralEvidence, NewestOfALegCountsAndLateOnesDoNot) {
    Evidence withdrawn = up();
    withdrawn.evidence_id = "ev2";
    withdrawn.valid = false;
    withdrawn.sequence = 9;
    withdrawn.issued_at = at("2026-04-01T09:00:00+08:00");
    const auto place = stay("H1", "2026-03-18", "2026-03-25");
    EXPECT_EQ(judge_stay(place, std::vector{withdrawn, up()}, kLimits).reason,
              "BEN_EVIDENCE_INVALID");
    withdrawn.issued_at = at("2026-05-25T00:00:00+08:00");  // 61 days after discharge
    EXPECT_EQ(judge_stay(place, std::vector{withdrawn, up()}, kLimits).reason, "");
}

TEST(ReferralEvidence, DownLegOfTheSameReferral) {
    Evidence down = up();
    down.evidence_id = "ev3";
    down.from_institution_id = "H1";
    down.to_institution_id = "B1";
    down.direction = ReferralKind::kDown;
    down.admitted_at.reset();
    down.arrived_at = at("2026-03-26T09:00:00+08:00");
    down.issued_at = at("2026-03-26T09:00:00+08:00");
    down.sequence = 12;
    const std::vector<Evidence> all{up(), down};
    EXPECT_EQ(judge_stay(stay("B1", "2026-03-26", "2026-03-30"), all, kLimits).referral,
              ReferralKind::kDown);
    // The first stay at B1, before the patient was sent up, is still the one that opens the chain.
    const auto first = judge_stay(stay("B1", "2026-03-16", "2026-03-18"), all, kLimits);
    EXPECT_EQ(first.referral, ReferralKind::kNone);
    EXPECT_EQ(first.reason, "");
}

// --- enrolment timelines -------------------------------------------------------------------------

ContractFacts contract() { return {"c", "r", "B1", day("2026-01-01"), day("2027-01-01"), false}; }
ResidentFacts resident() {
    ResidentFacts r;
    r.resident_id = "r";
    r.sex = 1;
    r.birth_date = day("1967-06-15");
    r.insurances = {{day("2020-01-01"), "RES"}};
    return r;
}
const std::vector<MembershipSpan> kMember{{"C1", day("2020-01-01"), {}}};

std::vector<std::string> pieces(const ContractFacts& c, const ResidentFacts& r,
                                const std::vector<MembershipSpan>& m,
                                const std::vector<ChronicSpan>& chronic = {}) {
    std::vector<std::string> out;
    for (const EnrolmentVersion& v : timeline(c, r, m, chronic)) {
        out.push_back(v.enrolment_id + ' ' + v.consortium_id + ' ' + v.insurance + ' ' +
                      v.valid_from.text() + ' ' + v.valid_to->text() +
                      (v.chronic_from ? ' ' + v.chronic_from->text() : ""));
    }
    return out;
}

TEST(EnrolmentTimeline, OneContractOnePiece) {
    EXPECT_THAT(pieces(contract(), resident(), kMember),
                ElementsAre("c C1 RES 2026-01-01 2027-01-01"));
    ContractFacts voided = contract();
    voided.voided = true;
    EXPECT_THAT(pieces(voided, resident(), kMember), IsEmpty());
    EXPECT_THAT(pieces(contract(), resident(), {}), IsEmpty());
}

TEST(EnrolmentTimeline, DeathEndsIt) {
    ResidentFacts dead = resident();
    dead.gone_on = day("2026-05-02");
    EXPECT_THAT(pieces(contract(), dead, kMember), ElementsAre("c C1 RES 2026-01-01 2026-05-02"));
}

TEST(EnrolmentTimeline, CutWhereConsortiumInsuranceOrFlagChange) {
    ResidentFacts r = resident();
    r.insurances.push_back({day("2026-07-01"), "EMP"});
    const std::vector<MembershipSpan> members{{"C1", day("2020-01-01"), day("2026-04-01")},
                                              {"C2", day("2026-05-01"), {}}};
    EXPECT_THAT(
        pieces(contract(), r, members),
        ElementsAre("c C1 RES 2026-01-01 2026-04-01", "c:2026-05-01 C2 RES 2026-05-01 2026-07-01",
                    "c:2026-07-01 C2 EMP 2026-07-01 2027-01-01"));
    EXPECT_THAT(pieces(contract(), resident(), kMember,
                       {{day("2026-01-12"), day("2026-03-10")}, {day("2026-06-01"), {}}}),
                ElementsAre("c C1 RES 2026-01-01 2026-03-10 2026-01-12",
                            "c:2026-03-10 C1 RES 2026-03-10 2027-01-01 2026-06-01"));
}

TEST(EnrolmentTimeline, MergedResidentHasHisOwnId) {
    ResidentFacts r = resident();
    r.resident_id = "survivor";
    EXPECT_THAT(pieces(contract(), r, kMember),
                ElementsAre("c~survivor C1 RES 2026-01-01 2027-01-01"));
}

// --- statements ----------------------------------------------------------------------------------

TEST(StatementText, OrderOfCasesDoesNotMatter) {
    SettledCase a;
    a.institution_id = "B1";
    a.list_id = "s1";
    a.pool_id = "RES-2026";
    a.method = "DRG";
    a.group_status = "GROUPED";
    a.group_code = "FV23";
    a.points = Points::of_raw(189796);
    a.deviation = "INCOMPLETE";
    a.waiver = "NONE";
    SettledCase b = a;
    b.list_id = "s2";
    policy::billing::Run run;
    policy::billing::PoolRates rates;
    rates.v_bud_num = 9650;
    rates.payment_ratio = *Rate::parse("0.68");
    rates.prepay_rate = *Rate::parse("0.95");
    run.rounding.prepay = amount::Rounding::kDown;
    const StatementHead head{"RUN", "INSTITUTION_MONTH", "B1", "2026-03", "350104", 1, "d", "i", "",
                             10};
    const auto text = [&](std::vector<SettledCase> cases) {
        const auto pool = price_pool(run, "RES-2026", rates, cases, {}, Fen());
        return statement_text(head, std::move(cases), {}, {pool});
    };
    EXPECT_EQ(text({a, b}), text({b, a}));
    EXPECT_EQ(text({a}).back(), '\n');
    EXPECT_NE(text({a}).find("\"prepay_fen\":118316"), std::string::npos) << text({a});
}

// --- tables --------------------------------------------------------------------------------------

std::string readme() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    std::ifstream in(std::string(source == nullptr ? "." : source) + "/services/billing/README.md");
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(StateTables, AreSoundAndDocumented) {
    const std::string text = readme();
    for (const lifecycle::Model& model :
         {kCaseLifecycle.model(), kRunLifecycle.model(), kPaymentLifecycle.model(),
          kFindingLifecycle.model(), kReviewLifecycle.model(), kDisputeLifecycle.model()}) {
        EXPECT_THAT(lifecycle::problems(model), IsEmpty()) << model.aggregate;
        EXPECT_EQ(lifecycle::documented(text, model.aggregate), lifecycle::markdown(model))
            << model.aggregate << " in README.md should be:\n"
            << lifecycle::markdown(model);
    }
}

}  // namespace
}  // namespace yilian::billing
