// Rows 23 and 24: lists of a DIP district from the catalogue in force to points, money and
// statement, on both databases. Every figure is worked by hand from services/billing/rules/dip-demo
// and the district's parameters.
#include "services/billing/tests/dip_lists.h"

#include <gmock/gmock.h>

#include "libs/runtime/command.h"
#include "libs/testkit/status.h"
#include "services/billing/app/rule_packs.h"
#include "services/billing/app/special_cases.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/settlement_rows.h"

namespace yilian::billing::test {
namespace {

using app::Unit;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string told(const app::CaseView& view) {
    return std::string(kCaseLifecycle.name(view.list.state)) + ' ' +
           store::findings_text(view.list.findings);
}

class DipLists : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam(), nullptr, kDipDistrict};

    void SetUp() override {
        feed_places(h);
        h.now = at("2026-03-27T10:00:00+08:00");
        activate_dip_demo(h);
    }

    app::CaseView scored(const v1::SettlementList& list) {
        const app::CaseView view = h.submit(list);
        EXPECT_EQ(told(view), "SCORED ");
        return view;
    }
    std::string points(const v1::SettlementList& list) {
        const app::CaseView view = scored(list);
        if (!view.score) return "none";
        const store::ScoreRow& s = *view.score;
        return s.group_code + ' ' + s.d.text() + ' ' + s.k.text() + ' ' + s.aux.text() + ' ' +
               s.points.text() + ' ' + store::join(s.flags);
    }
    app::CaseView found(const std::string& institution, const std::string& id) {
        app::CaseView view;
        h.read([&](storage::Transaction& tx) { view = *app::find_case(tx, institution, id, 0); });
        return view;
    }
};
YILIAN_ON_BOTH_DRIVERS(DipLists);

TEST_P(DipLists, X11_X14_GroupAndPointsOfAnAcceptedList) {
    const auto view = scored(dip_list("d1", "H1", {"K80.101", "E11.900"},
                                      {{"51.2300", 600000}, {"51.8800", 100000}}, 1470000));
    ASSERT_TRUE(view.score && view.benefit);
    const store::ScoreRow& s = *view.score;
    EXPECT_EQ(s.scheme, "DIP");
    EXPECT_EQ(s.group_status, "GROUPED");
    EXPECT_EQ(s.group_code, "K80.1:51.2300");
    EXPECT_EQ(s.rules_version, "DIP-DEMO 1");
    EXPECT_EQ(s.rules_digest.size(), 64U);
    EXPECT_EQ(s.base.text(), "150.0000");
    EXPECT_EQ(s.group_average.raw(), 1470000);
    EXPECT_EQ(s.d.text(), "1.00000000");
    EXPECT_EQ(s.k.text(), "1.10000000") << "of the group at H1";
    EXPECT_THAT(s.aux_ids, ElementsAre("SEV-II"));
    EXPECT_EQ(s.points.text(), "176.5500");
    EXPECT_EQ(s.deviation, "NORMAL");
    // As it was stored.
    EXPECT_EQ(found("H1", "d1").score->points, s.points);
    EXPECT_EQ(found("H1", "d1").score->aux_ids, s.aux_ids);
    EXPECT_EQ(found("H1", "d1").score->scheme, "DIP");
    EXPECT_EQ(points(dip_list("d2", "H1", {"K80.101"}, {{"51.2300", 600000}, {"51.8800", 300000}},
                              1960000)),
              "K80.1:51.2300+51.8800 1.00000000 1.05000000 1.00000000 210.0000 ")
        << "51.8800 is related from 10 % on; more terms win";
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(DipLists, X12_DeviationByTheReferenceOfTheLevel) {
    EXPECT_EQ(points(dip_list("low", "B1", {"I10.x05"}, {}, 86000)),
              "I10.x:0 0.43877551 0.92000000 1.00000000 18.1653 LOW");
    EXPECT_EQ(points(dip_list("edge", "H1", {"I10.x05"}, {}, 980000)),
              "I10.x:0 1.00000000 1.05000000 1.00000000 47.2500 ");
    EXPECT_EQ(points(dip_list("high", "H1", {"I10.x05"}, {}, 1470000)),
              "I10.x:0 2.00000000 1.05000000 1.00000000 94.5000 HIGH");
    EXPECT_EQ(points(dip_list("most", "H1", {"I10.x05"}, {}, 2940000)),
              "I10.x:0 5.00000000 1.05000000 1.00000000 236.2500 EXTREME");
    EXPECT_EQ(found("B1", "low").score->deviation, "LOW");
    EXPECT_EQ(found("H1", "most").score->deviation, "HIGH");
}

TEST_P(DipLists, X15_BaseLevelGroupsHaveTheSamePointsEverywhere) {
    EXPECT_EQ(points(dip_list("town", "B1", {"J44.100"}, {}, 539000)),
              "J44.1:0 1.00000000 0.90000000 1.00000000 49.5000 ");
    EXPECT_EQ(points(dip_list("county", "H1", {"J44.100"}, {}, 539000)),
              "J44.1:0 1.00000000 0.90000000 1.00000000 49.5000 ");
}

TEST_P(DipLists, X16_AuxiliaryCatalogues) {
    EXPECT_EQ(points(dip_list("chemo", "H1", {"Z51.100"}, {{"99.2500", 300000}}, 784000)),
              "Z51.1:99.2500 1.00000000 1.05000000 1.14000000 95.7600 ");
    EXPECT_EQ(
        points(dip_list("spread", "H1", {"Z51.100", "C78.000"}, {{"99.2500", 300000}}, 784000)),
        "Z51.1:99.2500 1.00000000 1.05000000 1.10000000 92.4000 ")
        << "the table's order decides between metastasis and chemotherapy";
    EXPECT_EQ(points(dip_list("mcc", "H1", {"K80.100", "J96.000"}, {}, 588000)),
              "K80.1:0 1.00000000 1.05000000 1.18000000 74.3400 ");
    EXPECT_EQ(points(dip_list("excluded", "H1", {"J18.900", "J96.000"}, {}, 686000)),
              "J18.9:0 1.00000000 1.05000000 1.00000000 73.5000 ")
        << "the principal diagnosis excludes the complication";
}

TEST_P(DipLists, X17_BlankGroupIsPaidByCost) {
    const auto view = scored(dip_list("blank", "H1", {"Q90.900"}, {}, 300000));
    EXPECT_EQ(view.score->group_status, "BLANK");
    EXPECT_EQ(view.score->group_code, "");
    EXPECT_EQ(view.score->points.text(), "21.4286");
    EXPECT_THAT(view.score->flags, ElementsAre("BLANK_GROUP"));
}

TEST_P(DipLists, GroupsWithoutPointsArePaidAtActualCost) {
    const auto view =
        scored(dip_list("graft", "H1", {"Z94.000"}, {{"55.6900", 9000000}}, 20000000));
    EXPECT_EQ(view.score->group_status, "ACTUAL_COST");
    EXPECT_EQ(view.score->points.raw(), 0);
    EXPECT_EQ(h.balance("OUTPOOL:RES-2026"), -view.benefit->basic.raw());
    EXPECT_EQ(h.balance("PAYABLE:H1"), view.benefit->basic.raw());
    EXPECT_GT(view.benefit->basic.raw(), 0);
}

// Row 24: one pool, points of DIP and DRG of the same scale, priced by the same run.
TEST_P(DipLists, ROW24_TheMonthIsSettledByPoints) {
    scored(dip_list("d1", "H1", {"K80.101", "E11.900"}, {{"51.2300", 600000}}, 1470000));
    scored(dip_list("d2", "B1", {"J44.100"}, {}, 539000));
    auto drg = stay_s1("q", "");
    scored(drg);
    h.now = at("2026-04-15T09:00:00+08:00");
    const std::string statements = h.publish_month("2026-03");
    EXPECT_THAT(statements, HasSubstr("K80.1:51.2300"));
    EXPECT_THAT(statements, HasSubstr("DIP-DEMO 1"));
    h.read([&](storage::Transaction& tx) {
        const auto pools = store::run_pools(tx, "INSTITUTION_MONTH-2026-03");
        ASSERT_EQ(pools.size(), 2U);
        EXPECT_EQ(pools[0].party, "B1");
        EXPECT_EQ(pools[0].points.text(), "68.4796");  // 49.5000 + 18.9796
        // 68.4796 x 9650 x 0.68 = 449363.1352; x 0.95 = 426894.85
        EXPECT_EQ(pools[0].money.raw(), 449363);
        EXPECT_EQ(pools[0].prepay.raw(), 426894);
        EXPECT_EQ(pools[1].points.text(), "176.5500");
        // 176.55 x 9650 x 0.68 = 1158521.1; x 0.95 = 1100594.95
        EXPECT_EQ(pools[1].money.raw(), 1158521);
        EXPECT_EQ(pools[1].prepay.raw(), 1100594);
        EXPECT_EQ(app::find_case(tx, "H1", "d1", 0)->list.state, CaseState::kPrepaid);
    });
    EXPECT_EQ(h.balance("PAYABLE:H1"), 1100594);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(DipLists, LateEvidenceIsADifferenceOfTheBenefitAlone) {
    auto first = dip_list("s1", "B1", {"J18.900"}, {}, 686000);
    auto second = dip_list("s2", "H1", {"J18.900"}, {}, 686000);
    for (auto* list : {&first, &second}) {
        list->set_resident_id("r");
        list->set_referral_evidence_id("ev1");
    }
    scored(first);
    const auto before = scored(second);
    EXPECT_EQ(before.benefit->evidence_reason, "BEN_EVIDENCE_MISSING");
    h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    const auto after = found("H1", "s2");
    EXPECT_EQ(after.benefit->evidence_reason, "");
    EXPECT_EQ(after.benefit->bookings, before.benefit->bookings + 1);
    EXPECT_EQ(after.score->points, before.score->points);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(DipLists, BadInputIsAFindingWithItsField) {
    EXPECT_EQ(told(h.submit(dip_list("b1", "H1", {"X99.999"}, {}, 588000))),
              "REJECTED diagnoses[0].code SL_DX_CODE_UNKNOWN REJECT");
    EXPECT_EQ(told(h.submit(dip_list("b2", "H1", {"K80.100"}, {{"00.0000", 1}}, 588000))),
              "REJECTED procedures[0].code SL_PROC_CODE_UNKNOWN REJECT");
    EXPECT_EQ(told(h.submit(dip_list("b3", "H1", {"R57.000"}, {}, 588000))),
              "REJECTED diagnoses[0].code SL_DX_GREY_PRINCIPAL REJECT");
    auto clinical = dip_list("b4", "H1", {"K80.100"}, {}, 588000);
    clinical.set_dx_code_version("LC2.0");
    EXPECT_EQ(told(h.submit(clinical)), "REJECTED dx_code_version SL_CODE_VERSION REJECT");
    auto days = dip_list("b5", "H1", {"I10.x05"}, {}, 588000);
    days.set_payment_method(v1::PAYMENT_METHOD_BED_DAY);
    EXPECT_EQ(told(h.submit(days)), "REJECTED payment_method SL_METHOD REJECT");
    EXPECT_EQ(told(h.submit(dip_list("b6", "H1", {"K80.100"}, {}, 588000))), "SCORED ")
        << "the others go on";
}

// 5 per mille of 199 stays is none, of 200 it is one.
TEST_P(DipLists, X19_CeilingOfSpecialCases) {
    for (int i = 1; i < 199; ++i) {
        scored(dip_list("n" + std::to_string(i), "H1", {"I10.x05"}, {}, 441000));
    }
    scored(dip_list("x1", "H1", {"I10.x05"}, {}, 2940000));
    std::string answer;
    const auto decide = [&](app::SpecialDecision decision) {
        h.unit([&](Unit& u) {
            const auto decided = app::decide_special_case(u, decision);
            answer = decided.ok() ? decided->score->points.text() + ' ' + told(*decided)
                                  : decided.refusal().reason.code();
        });
        return answer;
    };
    h.unit([&](Unit& u) {
        const auto view = app::propose_special_case(u, "H1", "x1", "\"1\"", "RARE", "doc-1");
        ASSERT_TRUE(view.ok()) << view.refusal().reason.code();
        EXPECT_EQ(told(*view), "UNDER_REVIEW ");
    });
    app::SpecialDecision accept{"H1", "x1", "\"2\"", true, {}, amount::Rate::whole(3), "rec-7"};
    EXPECT_EQ(decide(accept), "SPECIAL_CASE_CEILING");
    EXPECT_EQ(found("H1", "x1").list.state, CaseState::kUnderReview);
    scored(dip_list("n199", "H1", {"I10.x05"}, {}, 441000));
    EXPECT_EQ(decide(accept), "141.7500 SCORED ") << "45 x 3 x 1.05";
    const auto view = found("H1", "x1");
    EXPECT_EQ(view.special->formula_points.text(), "236.2500");
    EXPECT_EQ(view.special->state, "ACCEPTED");
    EXPECT_THAT(view.score->flags, ElementsAre("EXTREME", "SPECIAL_CASE"));
    accept.etag = "\"3\"";
    EXPECT_EQ(decide(accept), "SPECIAL_CASE_DECIDED");
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(DipLists, DeclinedSpecialCaseKeepsTheFormula) {
    scored(dip_list("x1", "H1", {"I10.x05"}, {}, 2940000));
    h.unit([&](Unit& u) {
        ASSERT_TRUE(app::propose_special_case(u, "H1", "x1", "\"1\"", "RARE", "").ok());
        const auto again = app::propose_special_case(u, "H1", "x1", "\"2\"", "RARE", "");
        ASSERT_FALSE(again.ok());
        EXPECT_EQ(again.refusal().reason, Reason("SPECIAL_CASE_DECIDED"));
    });
    // A run does not take what experts look at.
    h.unit([&](Unit& u) {
        const auto decided =
            app::decide_special_case(u, {"H1", "x1", "\"2\"", false, {}, {}, "rec-8"});
        ASSERT_TRUE(decided.ok()) << decided.refusal().reason.code();
        EXPECT_EQ(decided->score->points.text(), "236.2500");
        EXPECT_EQ(told(*decided), "SCORED ");
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(DipLists, RulesOfTheDayCountAndWithoutThemNothingIsAccepted) {
    auto early = dip_list("e1", "H1", {"K80.100"}, {}, 588000);
    h.unit([&](Unit& u) {
        const auto pack = *store::rule_pack(u.tx, app::kDipDomain, "DIP-DEMO 1");
        const auto back = app::roll_back_rule_pack(u, app::kDipDomain, pack.version,
                                                   runtime::make_etag(pack.changes));
        ASSERT_TRUE(back.ok());
        const auto refused = app::submit_list(u, {store::decode(early), "x", "", false});
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.refusal().reason, Reason("RULES_NOT_LOADED"));
    });
    // DRG lists of the same district go on.
    EXPECT_EQ(told(h.submit(stay_s1("q", ""))), "SCORED ");
}

}  // namespace
}  // namespace yilian::billing::test
