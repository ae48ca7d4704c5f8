// Every key of the pack that this service reads: another value, another result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/policy/keys/billing.h"
#include "libs/policy/keys/directory.h"
#include "libs/policy/keys/referrals.h"
#include "libs/policy/testing/key_changes.h"
#include "services/billing/app/capitation_months.h"
#include "services/billing/app/consortium_years.h"
#include "services/billing/app/payments.h"
#include "services/billing/app/pool_years.h"
#include "services/billing/app/pools.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/year_rows.h"
#include "services/billing/tests/dip_lists.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::billing::test {
namespace {

using policy::testing::change;
using policy::testing::ChangedPacks;
using policy::testing::PackResult;
using policy::testing::unchanged;

PackResult with_facts(std::function<std::string(Harness&)> act) {
    return [act = std::move(act)](const ChangedPacks& packs) {
        Harness h(storage::Dialect::kSqlite, packs.set());
        feed_places(h);
        h.now = at("2026-04-01T09:00:00+08:00");
        return act(h);
    };
}

std::string findings(const app::CaseView& view) {
    return std::string(kCaseLifecycle.name(view.list.state)) + ' ' +
           store::findings_text(view.list.findings);
}
std::string benefit(const app::CaseView& view) {
    if (!view.benefit) return findings(view);
    const store::BenefitRow& b = *view.benefit;
    return b.waiver + ' ' + b.ratio.text() + ' ' + b.deductible.text() + ' ' + b.basic.text() +
           ' ' + b.aid.text() + ' ' + b.evidence_reason;
}

std::string march_of_capitation(Harness& h) {
    std::string text;
    h.unit([&](app::Unit& u) {
        const auto month =
            app::price_month(u, {"", "C1", *calendar::CivilMonth::parse("2026-03"), {}, false});
        text = month.ok() ? month->amount.text() : month.refusal().reason.code();
    });
    return text;
}

PackResult listed(std::function<void(v1::SettlementList&)> alter) {
    return with_facts([alter = std::move(alter)](Harness& h) {
        auto list = stay_s1("r", "");
        alter(list);
        return findings(h.submit(list));
    });
}

// The second stay of the walk with its evidence, as issued but for `alter`.
PackResult referred(std::function<void(referrals::v1::ReferralEvidenceIssued&)> alter) {
    return with_facts([alter = std::move(alter)](Harness& h) {
        auto issued = fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00");
        alter(static_cast<referrals::v1::ReferralEvidenceIssued&>(*issued));
        h.event(*issued, 9);
        h.submit(stay_s1("r", "ev1"));
        return benefit(h.submit(stay_s2("r", "ev1")));
    });
}
void as_issued(referrals::v1::ReferralEvidenceIssued& /*unused*/) {}
void beyond_county(referrals::v1::ReferralEvidenceIssued& e) { e.set_beyond_county(true); }
void arrived_eight_days_before(referrals::v1::ReferralEvidenceIssued& e) {
    e.clear_admitted_at();
    store::set_instant(e.mutable_arrived_at(), at("2026-03-10T14:10:00+08:00"));
}

std::string payee(Harness& h) { return h.submit(outpatient_s3("r", "p1")).list.payee_id; }
std::string chronic(Harness& h) { return findings(h.submit(outpatient_s3("r", "p1"))); }
std::string of_the_poor(Harness& h) {
    auto list = stay_s1("r", "");
    list.set_aid_class("DESTITUTE");
    return benefit(h.submit(list));
}
std::string team_part(Harness& h) { return std::to_string(h.balance("TEAM:t")); }

std::string due_date(Harness& h) {
    h.submit(stay_s1("r", ""));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month("2026-03");
    std::string text;
    h.unit([&](app::Unit& u) {
        const auto paid = app::instruct_payment(u, {"01jpay0000000000000000000a",
                                                    "B1",
                                                    amount::Fen::of_raw(100),
                                                    {"INSTITUTION_MONTH-2026-03"},
                                                    "2026-04-01"});
        text = paid.ok() ? paid->due_date : paid.refusal().reason.code();
    });
    return text;
}

void of_a_day(v1::SettlementList& l) { l.set_treatment_type(v1::TREATMENT_TYPE_DAY); }
void at_actual_cost(v1::SettlementList& l) { l.set_payment_method(v1::PAYMENT_METHOD_ACTUAL); }

// Points of a list in the DIP district.
PackResult dip_points(const v1::SettlementList& list) {
    return [list](const ChangedPacks& packs) {
        Harness h(storage::Dialect::kSqlite, packs.set(), kDipDistrict);
        feed_places(h);
        h.now = at("2026-03-27T10:00:00+08:00");
        activate_dip_demo(h);
        const auto view = h.submit(list);
        return view.score ? view.score->points.text() : findings(view);
    };
}

TEST(PolicyKeys, OfDipAreReadByBilling) {
    const auto base_level = dip_list("t", "B1", {"J44.100"}, {}, 539000);
    const auto surgery = dip_list("s", "B1", {"K35.900"}, {{"47.0100", 300000}}, 882000);
    EXPECT_THAT(
        unchanged(
            kDipDistrict,
            {change(policy::kBillingDipBaseSamePointsSamePrice, "false", dip_points(base_level)),
             change(policy::kBillingDipBaseSurgeryFactorBp, "12000", dip_points(surgery))}),
        testing::IsEmpty());
}

store::PoolRow pool_of_year(const std::string& year, std::int64_t budget) {
    store::PoolRow pool;
    pool.pool_id = "RES-" + year;
    pool.insurance = "RES";
    pool.year = year;
    pool.budget = amount::Fen::of_raw(budget);
    pool.reserve_rate = amount::Rate::parse("0.05").value();
    pool.rates.payment_ratio = amount::Rate::parse("0.68").value();
    pool.rates.v_bud_num = 9650;
    pool.rates.prepay_rate = amount::Rate::parse("0.95").value();
    pool.approval_document_id = "D1";
    return pool;
}

// What a year gave, by party and name; published months before it.
std::string figures_of(Harness& h, const std::function<std::string(app::Unit&)>& start) {
    std::string text;
    h.submit(stay_s1("r", ""));
    h.submit(stay_s2("r", ""));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month("2026-03");
    h.unit([&](app::Unit& u) {
        text = start(u);
        for (const auto& [party, own] : store::figures(u.tx, text)) {
            for (const auto& [name, value] : own) {
                text += ' ' + party + '.' + name + '=' + std::to_string(value);
            }
        }
    });
    return text;
}
std::string year_of_pool(Harness& h) {
    h.unit([&](app::Unit& u) {
        ASSERT_TRUE(app::create_pool(u, pool_of_year("2025", 900'000)).ok());
        ASSERT_TRUE(app::create_pool(u, pool_of_year("2026", 1'000'000)).ok());
    });
    return figures_of(h, [](app::Unit& u) {
        const auto whole = amount::Rate::whole(1);
        const auto run =
            app::start_pool_year(u, {"", "RES-2026", "2026", {}, {{"B1", whole}, {"H1", whole}}});
        return run.ok() ? run->run_id : std::string(run.refusal().reason.code());
    });
}
std::function<std::string(Harness&)> year_of_consortium(std::int64_t benchmark) {
    return [benchmark](Harness& h) {
        return figures_of(h, [&](app::Unit& u) {
            app::ShareYear what;
            what.consortium_id = "C1";
            what.year = "2026";
            what.quality = amount::Rate::whole(1);
            what.items = {{"NEGOTIATED", "CS40", benchmark, "D2"},
                          {"WEIGHT", "H1", 10'000, "POPULATION"}};
            const auto run = app::share_year_of(u, what);
            return run.ok() ? run->run_id : std::string(run.refusal().reason.code());
        });
    };
}

TEST(PolicyKeys, OfTheYearAreReadByBilling) {
    EXPECT_THAT(
        unchanged("350104",
                  {change(policy::kBillingBudgetBaseTiltBp, "3000", with_facts(year_of_pool)),
                   change(policy::kBillingInpatientBaseTopupBp, "1000", with_facts(year_of_pool)),
                   change(policy::kBillingCapitationSurplusShareBp, "4000",
                          with_facts(year_of_consortium(700'000))),
                   change(policy::kBillingCapitationOverspendShareBp, "6000",
                          with_facts(year_of_consortium(580'000)))}),
        testing::IsEmpty());
}

TEST(PolicyKeys, AreReadByBilling) {
    EXPECT_THAT(
        unchanged(
            "350104",
            {change(policy::kBillingCapitationEnabled, "false", with_facts(march_of_capitation)),
             change(policy::kBillingDayWardEnabled, "false", listed(of_a_day),
                    {{"billing.day_ward.enabled", "true"}}),
             change(policy::kBillingMethodsEnabled, "[regional_points, fee_for_service]",
                    listed(at_actual_cost), {{"billing.methods_enabled", "[regional_points]"}}),
             change(policy::kBillingOutpatientChronicActualCost, "true", with_facts(chronic)),
             change(policy::kBillingStationSettlesThroughCentre, "false", with_facts(payee),
                    {{"billing.station.settles_through_centre", "true"}}),
             change(policy::kContractFeeTeamShareMinBp, "8000", with_facts(team_part)),
             change(policy::kBillingDeductibleSecondWaived, "false", referred(as_issued)),
             change(policy::kBillingDeductibleChainMode, "difference", referred(as_issued)),
             change(policy::kBillingBenefitUpReferralKeepsCountyRatio, "false",
                    referred(beyond_county),
                    {{"billing.benefit.up_referral_keeps_county_ratio", "true"}}),
             change(policy::kReferralEvidenceArrivalWithinDays, "5",
                    referred(arrived_eight_days_before)),
             change(policy::kBillingProtectionLayers, "[basic, serious_illness]",
                    with_facts(of_the_poor)),
             change(policy::kBillingDisbursementWorkingDaysMax, "40", with_facts(due_date))}),
        testing::IsEmpty());
}

}  // namespace
}  // namespace yilian::billing::test
