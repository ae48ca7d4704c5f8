// The year of a pool as it is cleared and booked (billing.md 7.4 to 7.7, 10.3; invariant 15.2):
// what leaves the pool is what was in it, and a figure beyond 64 bits is refused with its place.
#include "services/billing/domain/pool_year.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace yilian::billing {
namespace {

using amount::Band;
using amount::Bands;
using amount::Rounding;
using policy::billing::CompensationLimit;
using policy::billing::Corridor;
using policy::billing::CorridorKind;
using policy::billing::Settle;
using policy::billing::YearEndMethod;

Rate rate(const char* text) { return Rate::parse(text).value(); }
Fen any_fen(std::int64_t max) { return Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, max)); }
Rate any_unit() { return Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit + 1)); }

Settle rules_with(CompensationLimit limit, const char* deposit) {
    Settle rules;
    Corridor corridor;
    corridor.bands = Bands::of({{rate("0"), true, rate("0.85"), false},
                                {rate("0.85"), true, rate("1.1"), true},
                                {rate("1.1"), false, std::nullopt, false}})
                         .value();
    corridor.rules = {{CorridorKind::kActual, Rate()},
                      {CorridorKind::kShare, rate("0.7")},
                      {CorridorKind::kShare, Rate()}};
    rules.corridor = corridor;
    rules.compensation_limit = limit;
    rules.deposit_rate = rate(deposit);
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                      Rounding::kHalfAway};
    return rules;
}

std::vector<YearMember> any_members() {
    std::vector<YearMember> members;
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    for (std::size_t i = 0; i < count; ++i) {
        YearMember m;
        m.institution_id = "H" + std::to_string(i);
        m.points = Points::of_raw(*rc::gen::inRange<std::int64_t>(1, 40'000'000'000));
        m.actual = any_fen(300'000'000);
        m.borne_by_others = any_fen(100'000'000);
        m.prepaid = any_fen(200'000'000);
        m.quality = any_unit();
        m.base = *rc::gen::arbitrary<bool>();
        members.push_back(m);
    }
    return members;
}

std::int64_t balance_after(const Pool& pool, const PoolYear& year, const std::string& account) {
    Posting all = budget_fixed(pool.id, year.available, year.reserve, pool.out_of_pool);
    for (const MemberYear& m : year.members) {
        all.add(month_prepaid(pool.id, m.in.institution_id, m.in.prepaid));
        all.add(member_year_posting(year, m));
    }
    all.add(pool_year_posting(year));
    for (const Line& line : all.lines()) {
        if (line.account == account) return line.amount.raw();
    }
    return 0;
}

RC_GTEST_PROP(PoolYear, B15_2_ThePoolIsEmptyAndTheReserveIsWhatTheYearSays, ()) {
    const auto limit = *rc::gen::element(CompensationLimit::kReserve, CompensationLimit::kNone);
    const Settle settle = rules_with(limit, "0.05");
    const Rate topup = *rc::gen::element(Rate(), rate("0.1"));
    const Rate tilt = *rc::gen::element(Rate(), rate("0.3"));
    const auto method = *rc::gen::element(YearEndMethod::kShare, YearEndMethod::kValueMinusPatient);
    const Pool pool{"P", any_fen(1'000'000'000), rate("0.05"), Fen(), rate("0.7")};
    const auto year =
        clear_pool_year({settle, method, tilt, topup}, pool, any_fen(900'000'000), any_members());
    RC_ASSERT(year.ok());
    RC_ASSERT(balance_after(pool, *year, "POOL:P") == 0);
    RC_ASSERT(balance_after(pool, *year, "RESERVE:P") == year->reserve_end.raw());
    for (const MemberYear& m : year->members) {
        const Fen due = m.settled + m.topup - m.deposit + m.released - m.in.prepaid;
        RC_ASSERT(m.final_amount == due);
    }
}

RC_GTEST_PROP(PoolYear, B15_10_OrderOfTheInstitutionsChangesNothing, ()) {
    const Settle settle = rules_with(CompensationLimit::kReserve, "0.05");
    const Pool pool{"P", any_fen(1'000'000'000), rate("0.05"), Fen(), rate("0.7")};
    auto members = any_members();
    const PoolYearRules rules{settle, YearEndMethod::kShare, rate("0.2"), rate("0.1")};
    const Fen last = any_fen(900'000'000);
    const auto one = clear_pool_year(rules, pool, last, members);
    std::ranges::reverse(members);
    const auto two = clear_pool_year(rules, pool, last, members);
    RC_ASSERT(one->members == two->members);
    RC_ASSERT(one->reserve_end == two->reserve_end);
}

struct Absurd {
    const char* field;
    void (*alter)(YearMember&);
};
class Overflow : public testing::TestWithParam<Absurd> {};

TEST_P(Overflow, B2_1_OneAbsurdRowIsRefusedWithItsPlace) {
    const Settle settle = rules_with(CompensationLimit::kReserve, "0.05");
    const Pool pool{"P", Fen::of_raw(1000), rate("0.05"), Fen(), rate("0.7")};
    std::vector<YearMember> members(2);
    members[0].institution_id = "A";
    members[0].points = Points::whole(1);
    members[0].actual = Fen::of_raw(500);
    members[1] = members[0];
    members[1].institution_id = "B";
    GetParam().alter(members[1]);
    const auto year =
        clear_pool_year({settle, YearEndMethod::kShare, {}, {}}, pool, std::nullopt, members);
    ASSERT_FALSE(year.ok());
    EXPECT_EQ(year.refusal().reason, Reason("POOL_OVERFLOW"));
    const std::map<std::string, std::string> told(year.refusal().metadata.begin(),
                                                  year.refusal().metadata.end());
    EXPECT_EQ(told.at("institution_id"), "B");
    EXPECT_EQ(told.at("field"), GetParam().field);
}
INSTANTIATE_TEST_SUITE_P(
    Figures, Overflow,
    testing::Values(Absurd{"points", [](YearMember& m) { m.points = Points::max(); }},
                    Absurd{"actual_fen", [](YearMember& m) { m.actual = Fen::max(); }},
                    // Fits alone, but not as a usage of its target.
                    Absurd{"actual_fen",
                           [](YearMember& m) { m.actual = Fen::of_raw(std::int64_t{1} << 60); }},
                    Absurd{"prepaid_fen", [](YearMember& m) { m.prepaid = Fen::max(); }}));

TEST(PoolYear, B2_1_ABudgetBeyondAllSumsIsRefused) {
    const Settle settle = rules_with(CompensationLimit::kReserve, "0.05");
    const Pool pool{"P", Fen::max(), rate("0.05"), Fen(), rate("0.7")};
    std::vector<YearMember> members(1);
    members[0].institution_id = "A";
    members[0].points = Points::whole(1);
    const auto year =
        clear_pool_year({settle, YearEndMethod::kShare, {}, {}}, pool, std::nullopt, members);
    ASSERT_FALSE(year.ok());
    EXPECT_EQ(year.refusal().reason, Reason("POOL_OVERFLOW"));
}

// target and settled 6,948,305.08, prepaid 6,253,474.57, no deposit.
TEST(PoolYear, X52_PostingOfOneInstitutionsYear) {
    PoolYear year;
    year.pool_id = "RES-2025";
    MemberYear a;
    a.in.institution_id = "A";
    a.in.prepaid = Fen::of_raw(625'347'457);
    a.settled = Fen::of_raw(694'830'508);
    const std::vector<Line> lines = member_year_posting(year, a).lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], (Line{"PAYABLE:A", Fen::of_raw(69'483'051)}));
    EXPECT_EQ(lines[1], (Line{"POOL:RES-2025", Fen::of_raw(-69'483'051)}));
}

}  // namespace
}  // namespace yilian::billing
