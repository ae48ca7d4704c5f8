// billing.md 15, invariants 1, 2, 4, 7 and 9.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "services/billing/domain/benefit.h"
#include "services/billing/domain/capitation.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/domain/settlement.h"

namespace yilian::billing {
namespace {

using amount::Rounding;

Fen any_fen(std::int64_t max) { return Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, max)); }
Rate any_unit() { return Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit + 1)); }
Rate rate(const char* text) { return Rate::parse(text).value(); }

// --- benefit -----------------------------------------------------------------------------------

policy::billing::Benefit benefit_rules(bool cancelled) {
    policy::billing::Benefit b;
    b.levels = {{"L1", {Fen::of_raw(15000), rate("0.88")}},
                {"L2", {Fen::of_raw(40000), rate("0.78")}},
                {"L3", {Fen::of_raw(90000), rate("0.65")}}};
    b.ordinal_factors = {rate("1"), rate("0.9"), rate("0.5")};
    b.basic_cap_fen = Fen::of_raw(5'000'000);
    b.chain_mode = cancelled ? policy::billing::ChainMode::kCancelled
                             : policy::billing::ChainMode::kDifference;
    b.county_level = "L2";
    b.county_ratio_on_up = true;
    b.unfiled_penalty = rate("0.1");
    b.serious.bands = {{Fen::of_raw(1'200'000), Fen::of_raw(10'000'000), rate("0.6")},
                       {Fen::of_raw(10'000'000), std::nullopt, rate("0.7")}};
    b.serious.cap_fen = Fen::of_raw(30'000'000);
    b.aid = {{"NONE", {Fen(), Rate(), Fen(), rate("1"), Rate()}},
             {"LOW", {Fen(), rate("0.7"), Fen::of_raw(3'000'000), rate("0.5"), rate("0.05")}}};
    b.rounding = {Rounding::kHalfAway, Rounding::kHalfAway};
    return b;
}

BenefitStay any_stay(const std::string& aid_class) {
    BenefitStay s;
    s.level = *rc::gen::element<std::string>("L1", "L2", "L3");
    s.total = any_fen(20'000'000);
    s.self_paid = Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, s.total.raw() + 1));
    s.referral = *rc::gen::element(ReferralKind::kNone, ReferralKind::kUp, ReferralKind::kDown);
    s.chain_id = *rc::gen::element<std::string>("", "c1", "c2");
    s.county_evidence = *rc::gen::arbitrary<bool>();
    s.filed = *rc::gen::arbitrary<bool>();
    s.aid_class = aid_class;
    return s;
}

std::vector<BenefitStay> any_year() {
    const auto aid_class = *rc::gen::element<std::string>("NONE", "LOW");
    std::vector<BenefitStay> stays;
    const int count = *rc::gen::inRange(1, 7);
    for (int i = 0; i < count; ++i) stays.push_back(any_stay(aid_class));
    return stays;
}

RC_GTEST_PROP(MoneyProperties, B15_9_PartsAddUpAndCapsHold, ()) {
    const auto rules = benefit_rules(*rc::gen::arbitrary<bool>());
    BenefitYear year;
    for (const BenefitStay& stay : any_year()) {
        const auto r = year.add(rules, stay).value();
        RC_ASSERT(r.basic + r.serious + r.aid + r.personal_in_policy == r.in_policy);
        RC_ASSERT(r.basic + r.serious + r.aid + r.personal_total == stay.total);
        for (const Fen part : {r.basic, r.serious, r.aid, r.personal_in_policy, r.deductible}) {
            RC_ASSERT(!part.is_negative());
        }
        RC_ASSERT(year.basic_paid() <= rules.basic_cap_fen);
        RC_ASSERT(year.serious_paid() <= rules.serious.cap_fen);
    }
}

RC_GTEST_PROP(MoneyProperties, B15_9_ChainedStaysNeverRaiseThePersonsTotal, ()) {
    const auto rules = benefit_rules(*rc::gen::arbitrary<bool>());
    BenefitYear chained;
    BenefitYear plain;
    Fen with;
    Fen without;
    for (BenefitStay stay : any_year()) {
        with += chained.add(rules, stay)->personal_total;
        stay.chain_id.clear();
        without += plain.add(rules, stay)->personal_total;
    }
    RC_ASSERT(with <= without);
}

RC_GTEST_PROP(MoneyProperties, B15_9_SeriousIllnessDependsOnTheRemainderOnly, ()) {
    const auto rules = benefit_rules(false);
    BenefitYear year;
    for (const BenefitStay& stay : any_year()) {
        static_cast<void>(year.add(rules, stay));
        const auto& aid = rules.aid.at(stay.aid_class);
        RC_ASSERT(year.serious_paid() == serious_illness(rules, year.remainder(),
                                                         aid.serious_threshold_factor,
                                                         aid.serious_rate_add));
    }
}

TEST(BenefitYear, B9_1_ARefusedStayChangesNothing) {
    const auto rules = benefit_rules(false);
    BenefitYear year;
    BenefitStay stay;
    stay.level = "L1";
    stay.aid_class = "NONE";
    stay.total = Fen::of_raw(100);
    stay.over_limit = Fen::of_raw(101);
    EXPECT_EQ(year.add(rules, stay).refusal().reason.code(), "BEN_NEGATIVE_IN_POLICY");
    stay.over_limit = Fen();
    stay.level = "L9";
    EXPECT_EQ(year.add(rules, stay).refusal().reason.code(), "FIELD_ENUM");
    EXPECT_EQ(year.stays(), 0);
}

TEST(BenefitYear, B9_3_ChainsOpenReopenAndCarryWhatWasCharged) {
    const auto rules = benefit_rules(false);
    const auto stay = [](const char* level, ReferralKind kind) {
        BenefitStay s;
        s.level = level;
        s.total = Fen::of_raw(1'000'000);
        s.referral = kind;
        s.chain_id = "c";
        s.aid_class = "NONE";
        return s;
    };
    BenefitYear year;
    const auto add = [&](const char* level, ReferralKind kind) {
        return year.add(rules, stay(level, kind)).value();
    };
    // An UP stay that no earlier stay of the chain precedes opens it and is charged in full.
    auto r = add("L2", ReferralKind::kUp);
    EXPECT_EQ(r.waiver, Waiver::kNone);
    EXPECT_EQ(r.deductible.text(), "40000");
    r = add("L3", ReferralKind::kUp);  // 90,000 - 40,000 < 81,000
    EXPECT_EQ(r.waiver, Waiver::kDifference);
    EXPECT_EQ(r.deductible.text(), "50000");
    r = add("L3", ReferralKind::kUp);  // 90,000 are charged already
    EXPECT_EQ(r.deductible.text(), "0");
    r = add("L2", ReferralKind::kNone);  // reopens with its own factor 0.5
    EXPECT_EQ(r.deductible.text(), "20000");
    r = add("L3", ReferralKind::kUp);  // min(45,000, 45,000 - 20,000)
    EXPECT_EQ(r.deductible.text(), "25000");
    r = add("L1", ReferralKind::kDown);
    EXPECT_EQ(r.waiver, Waiver::kDown);
    EXPECT_EQ(r.deductible.text(), "0");
}

// --- capitation --------------------------------------------------------------------------------

policy::billing::Capitation capitation_rules() {
    policy::billing::Capitation c;
    c.member_month = *rc::gen::element(policy::billing::MemberMonth::kDayShare,
                                       policy::billing::MemberMonth::kNamedDay,
                                       policy::billing::MemberMonth::kMonthEnd);
    c.named_day = 15;
    c.prepay_rate = rate("0.9");
    c.rounding = {Rounding::kHalfAway, Rounding::kDown};
    return c;
}

policy::billing::RateCell cell(const char* id, int from, int to, std::int64_t fen) {
    policy::billing::RateCell c;
    c.cell_id = id;
    c.age_from = from;
    c.age_to = to;
    c.month_rate_fen = Fen::of_raw(fen);
    return c;
}

const RateTable& rates() {
    static const RateTable kRates =
        RateTable::of({cell("YOUNG", 0, 64, 3100), cell("OLD", 65, 150, 7750)}).value();
    return kRates;
}

const CivilDate kStart = CivilDate::literal(2025, 1, 1);
const CivilMonth kFirst = CivilMonth::containing(kStart);
const CivilMonth kLast = kFirst.plus(5);

// Versions of a few enrolments of one resident, with holes, overlaps and cancellations.
std::vector<EnrolmentVersion> any_resident(const std::string& id) {
    std::vector<EnrolmentVersion> versions;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
        EnrolmentVersion v;
        v.enrolment_id = id + *rc::gen::element<std::string>("-a", "-b", "-c");
        v.version = i + 1;
        v.resident_id = id;
        v.consortium_id = *rc::gen::element<std::string>("CX", "CY");
        v.insurance = "RES";
        v.sex = 2;
        v.birth_date = CivilDate::literal(1980, 5, 5);
        v.valid_from = kStart.plus_days(*rc::gen::inRange(-40, 170));
        if (*rc::gen::arbitrary<bool>()) {
            v.valid_to = v.valid_from.plus_days(*rc::gen::inRange(0, 120));
        }
        v.recorded_at = Instant(std::chrono::milliseconds(*rc::gen::inRange(0, 100)));
        v.cancelled = *rc::gen::inRange(0, 5) == 0;
        versions.push_back(std::move(v));
    }
    return versions;
}

CapitationPrice priced(const policy::billing::Capitation& rules,
                       const std::vector<std::vector<EnrolmentVersion>>& residents) {
    CapitationPricer pricer(rules, rates(), kFirst, kLast, Instant(std::chrono::milliseconds(60)));
    for (const auto& r : residents) pricer.add_resident(r);
    return pricer.price();
}

RC_GTEST_PROP(MoneyProperties, B15_4_OrderAndSplittingOfWorkChangeNothing, ()) {
    const auto rules = capitation_rules();
    std::vector<std::vector<EnrolmentVersion>> residents;
    for (int i = 0; i < 4; ++i) residents.push_back(any_resident("r" + std::to_string(i)));
    const CapitationPrice price = priced(rules, residents);
    std::reverse(residents.begin(), residents.end());
    for (auto& r : residents) std::reverse(r.begin(), r.end());
    const CapitationPrice again = priced(rules, residents);
    RC_ASSERT(again.rows == price.rows);
    RC_ASSERT(again.totals == price.totals);

    const Instant known{std::chrono::milliseconds(60)};
    CapitationPricer left(rules, rates(), kFirst, kLast, known);
    CapitationPricer right(rules, rates(), kFirst, kLast, known);
    for (std::size_t i = 0; i < residents.size(); ++i) {
        (i % 2 == 0 ? left : right).add_resident(residents[i]);
    }
    left.merge(right);
    RC_ASSERT(left.price().rows == price.rows);
    RC_ASSERT(left.price().totals == price.totals);
}

RC_GTEST_PROP(MoneyProperties, B15_4_AResidentHasAtMostTheDaysOfTheMonth, ()) {
    auto rules = capitation_rules();
    rules.member_month = policy::billing::MemberMonth::kDayShare;
    const CapitationPrice price = priced(rules, {any_resident("r")});
    std::map<CivilMonth, std::int64_t> days;
    for (const auto& row : price.rows) days[row.period] += row.units;
    for (const auto& [month, sum] : days) RC_ASSERT(sum <= month.days());
    std::map<CivilMonth, std::int64_t> heads;
    for (const auto& total : price.totals) heads[total.period] += total.head_count;
    for (const auto& [month, sum] : heads) RC_ASSERT(sum <= 1);
}

RC_GTEST_PROP(MoneyProperties, B15_4_DaysKnownAgreeWithADirectCount, ()) {
    const auto versions = any_resident("r");
    const Instant at{std::chrono::milliseconds(*rc::gen::inRange(0, 100))};
    const KnownEnrolments known = known_at(versions, at);
    for (int i = -10; i < 180; i += 7) {
        const CivilDate day = kStart.plus_days(i);
        // The definition of 3.1, word for word.
        const EnrolmentVersion* best = nullptr;
        for (const EnrolmentVersion& v : versions) {
            const bool latest = v.recorded_at <= at &&
                                std::ranges::none_of(versions, [&](const EnrolmentVersion& w) {
                                    return w.enrolment_id == v.enrolment_id &&
                                           w.recorded_at <= at &&
                                           std::pair(w.recorded_at, w.version) >
                                               std::pair(v.recorded_at, v.version);
                                });
            if (!latest || v.cancelled || day < v.valid_from ||
                (v.valid_to && day >= *v.valid_to)) {
                continue;
            }
            if (best == nullptr || std::pair(v.recorded_at, v.enrolment_id) >
                                       std::pair(best->recorded_at, best->enrolment_id)) {
                best = &v;
            }
        }
        RC_ASSERT(covering(known, day) == best);
    }
}

RC_GTEST_PROP(MoneyProperties, B15_4_SplittingAnEnrolmentAtADayChangesNothing, ()) {
    auto rules = capitation_rules();
    rules.member_month = policy::billing::MemberMonth::kDayShare;
    EnrolmentVersion whole = any_resident("r").front();
    whole.cancelled = false;
    whole.recorded_at = Instant{};
    whole.valid_to = whole.valid_from.plus_days(100);
    EnrolmentVersion head = whole;
    EnrolmentVersion tail = whole;
    tail.enrolment_id += "x";
    head.valid_to = tail.valid_from = whole.valid_from.plus_days(*rc::gen::inRange(0, 101));
    const auto one = priced(rules, {{whole}});
    const auto two = priced(rules, {{head, tail}});
    RC_ASSERT(one.rows == two.rows);
    RC_ASSERT(one.totals == two.totals);
}

TEST(Capitation, B3_1_OverlapAndUnpricedMonthsAreReported) {
    policy::billing::Capitation rules;  // day share
    rules.rounding = {Rounding::kHalfAway, Rounding::kDown};
    EnrolmentVersion a;
    a.enrolment_id = "a";
    a.version = 1;
    a.consortium_id = "CX";
    a.insurance = "RES";
    a.birth_date = CivilDate::literal(1980, 1, 1);
    a.valid_from = kStart;
    EnrolmentVersion b = a;
    b.enrolment_id = "b";
    b.consortium_id = "CY";
    b.valid_from = kStart.plus_days(10);
    b.valid_to = kStart.plus_days(20);
    const std::vector<EnrolmentVersion> both{a, b};
    const auto known = known_at(both, Instant{});
    EXPECT_EQ(known.overlapping, std::vector<std::string>{"a"});
    ASSERT_EQ(known.days.size(), 3U);
    EXPECT_EQ(known.days[1].version->enrolment_id, "b");

    const RateTable none = RateTable::of({cell("OLD", 65, 150, 1)}).value();
    CapitationPricer pricer(rules, none, kFirst, kFirst, Instant{});
    pricer.add_resident(std::vector{a});
    EXPECT_TRUE(pricer.price().rows.empty());
    EXPECT_TRUE(pricer.price().totals.empty());
    ASSERT_EQ(pricer.price().unpriced.size(), 1U);
    EXPECT_EQ(pricer.price().unpriced[0].enrolment_id, "a");
    const auto overlap = RateTable::of({cell("A", 0, 64, 1), cell("B", 64, 70, 1)});
    EXPECT_EQ(overlap.refusal().reason.code(), "RATE_CELL_OVERLAP");
}

// --- pool --------------------------------------------------------------------------------------

policy::billing::Settle settle_rules() {
    using policy::billing::CorridorKind;
    policy::billing::Settle s;
    policy::billing::Corridor c;
    c.bands = amount::Bands::of({{Rate(), true, rate("0.85"), false},
                                 {rate("0.85"), true, rate("1"), true},
                                 {rate("1"), false, rate("1.1"), true},
                                 {rate("1.1"), false, std::nullopt, false}})
                  .value();
    c.rules = {{CorridorKind::kActual, Rate()},
               {CorridorKind::kShare, any_unit()},
               {CorridorKind::kShare, any_unit()},
               {CorridorKind::kShare, any_unit()}};
    s.corridor = c;
    s.deposit_rate = rate("0.05");
    s.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                  Rounding::kHalfAway};
    return s;
}

RC_GTEST_PROP(MoneyProperties, B15_2_ThePoolIsNeitherMadeNorLost, ()) {
    const auto rules = settle_rules();
    const Pool pool{"P", Fen::of_raw(1'000'000 + any_fen(1'000'000'000).raw()), rate("0.05"),
                    any_fen(1000), rate("0.7")};
    std::vector<PoolMember> members;
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
        members.push_back({"H" + std::to_string(i),
                           Points::of_raw(1 + any_fen(1'000'000'000).raw()), any_fen(400'000'000),
                           any_fen(100'000'000), any_unit()});
    }
    const auto result = settle_pool(rules, pool, members);
    RC_ASSERT(result.ok());
    Fen settled;
    Fen targets;
    for (const auto& m : result->members) {
        settled += m.settled;
        targets += m.target;
        RC_ASSERT(m.settled <= std::max(m.actual, m.target));
        RC_ASSERT(m.final_amount == m.settled - m.deposit + m.released - m.prepaid);
    }
    RC_ASSERT(targets == result->available);
    RC_ASSERT(settled - result->forfeited + result->reserve_end ==
              result->available + result->reserve);
    RC_ASSERT(!result->reserve_end.is_negative());
}

RC_GTEST_PROP(MoneyProperties, B15_7_CorridorIsMonotoneBetweenTheLowestBandAndTheTop, ()) {
    const auto rules = settle_rules();
    const Fen target = Fen::of_raw(1 + any_fen(100'000'000).raw());
    const Fen actual = any_fen(200'000'000);
    const auto here = apply_corridor(*rules.corridor, target, actual, Rounding::kHalfAway);
    const auto next =
        apply_corridor(*rules.corridor, target, actual + Fen::of_raw(1), Rounding::kHalfAway);
    RC_ASSERT(next.settled >= here.settled);
    if (here.band == next.band && here.band > 0) {
        RC_ASSERT(next.settled - here.settled <= Fen::of_raw(1));
    }
    RC_ASSERT(apply_corridor(*rules.corridor, target, target, Rounding::kHalfAway).settled ==
              target);
}

// Any bounds: `actual` at the low end, `share` around the target, `actual` at the high end or not.
// An `actual` band between `share` bands earns nothing, so that the result would fall where it
// begins, as it does with `target` above 1: no region's rule has it.
policy::billing::Corridor any_corridor() {
    using policy::billing::CorridorKind;
    std::set<std::int64_t> bounds;
    const int count = *rc::gen::inRange(0, 5);
    for (int i = 0; i < count; ++i) {
        bounds.insert(*rc::gen::inRange<std::int64_t>(Rate::kUnit / 4, 2 * Rate::kUnit));
    }
    policy::billing::Corridor c;
    std::vector<amount::Band> bands;
    amount::Band band{.lo = Rate(), .lo_closed = true, .hi = {}, .hi_closed = false};
    bool shares = false;
    bool tail = false;
    const auto close = [&](std::optional<Rate> hi) {
        band.hi = hi;
        band.hi_closed = hi && *rc::gen::arbitrary<bool>();
        const bool below = hi && *hi <= Rate::whole(1);
        tail = !below && band.lo >= Rate::whole(1) && (tail || *rc::gen::inRange(0, 3) == 0);
        const bool actual = below ? !shares && *rc::gen::arbitrary<bool>() : tail;
        shares = shares || !actual;
        c.rules.push_back(
            {actual ? CorridorKind::kActual : CorridorKind::kShare, actual ? Rate() : any_unit()});
        bands.push_back(band);
        if (hi) band = {.lo = *hi, .lo_closed = !band.hi_closed, .hi = {}, .hi_closed = false};
    };
    for (const std::int64_t bound : bounds) close(Rate::of_raw(bound));
    close(std::nullopt);
    c.bands = amount::Bands::of(std::move(bands)).value();
    return c;
}

RC_GTEST_PROP(MoneyProperties, B15_7_AnyCorridorKeepsItsPromises, ()) {
    const auto corridor = any_corridor();
    const Fen target = Fen::of_raw(1 + any_fen(100'000'000).raw());
    const Fen actual = any_fen(300'000'000);
    const Fen dearer = actual + Fen::of_raw(1) + any_fen(1'000'000);
    const auto here = apply_corridor(corridor, target, actual, Rounding::kHalfAway);
    const auto there = apply_corridor(corridor, target, dearer, Rounding::kHalfAway);
    RC_ASSERT(there.settled >= here.settled);
    RC_ASSERT(here.settled <= std::max(actual, target));
    RC_ASSERT(here.settled >= std::min(actual, target));
    if (here.band == there.band &&
        corridor.rules[here.band].kind == policy::billing::CorridorKind::kShare) {
        RC_ASSERT(there.settled - here.settled <= dearer - actual);
    }
    RC_ASSERT(apply_corridor(corridor, target, target, Rounding::kHalfAway).settled == target);
}

// --- ledger ------------------------------------------------------------------------------------

RC_GTEST_PROP(MoneyProperties, B15_1_EveryPostingAddsUpToZero, ()) {
    const auto amount = [] {
        return Fen::of_raw(*rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000));
    };
    const std::vector<PartyAmount> parts{{"A", amount()}, {"B", amount()}};
    const std::vector<Posting> postings{
        budget_fixed("P", amount(), amount(), amount()),
        budget_adjusted("P", amount()),
        capitation_priced("C", amount()),
        capitation_prepaid("C", amount()),
        capitation_corrected("C", amount(), amount()),
        month_prepaid("P", "A", amount()),
        payment_confirmed("A", amount()),
        actual_cost_accepted("P", "A", amount()),
        year_settled("P", "A", amount(), amount(), amount()),
        compensated_from_reserve("P", amount()),
        savings_returned("P", amount()),
        deposit_decided("P", "A", amount(), amount()),
        deduction_made("P", "A", amount()),
        deduction_final("P", amount()),
        deduction_withdrawn("P", "A", amount()),
        surplus_rewarded("C", parts, parts),
        overspend_shared("C", parts),
        contract_fee_split("C", "T", amount(), "A", amount()),
        claim_repaid("A", amount()),
        claim_netted("A", amount()),
        rounding_residual("P", amount()),
        benefit_computed(2026, amount(), amount(), amount(), amount())};
    std::vector<std::vector<Line>> all;
    for (const Posting& p : postings) {
        RC_ASSERT(sum_of(p.lines()).is_zero());
        all.push_back(p.lines());
    }
    // A reversal of everything leaves nothing.
    all.push_back(Posting::reversal_of(all).lines());
    std::map<std::string, Fen> rest;
    for (const auto& lines : all) {
        for (const Line& line : lines) rest[line.account] += line.amount;
    }
    for (const auto& [account, sum] : rest) RC_ASSERT(sum.is_zero());
}

TEST(Ledger, B10_3_LinesOfTheTable) {
    EXPECT_EQ(contract_fee_split("C1", "t", Fen::of_raw(8400), "B1", Fen::of_raw(3600)).lines(),
              (std::vector<Line>{{"CAP_POOL:C1", Fen::of_raw(-12000)},
                                 {"PAYABLE:B1", Fen::of_raw(3600)},
                                 {"TEAM:t", Fen::of_raw(8400)}}));
    EXPECT_EQ(benefit_computed(2026, Fen::of_raw(141680), Fen(), Fen(), Fen::of_raw(34320)).lines(),
              (std::vector<Line>{{"BASIC:2026", Fen::of_raw(-141680)},
                                 {"CASE_COST:2026", Fen::of_raw(176000)},
                                 {"PERSONAL:2026", Fen::of_raw(-34320)}}));
    EXPECT_EQ(year_settled("P", "H", Fen::of_raw(100), Fen::of_raw(5), Fen::of_raw(120)).lines(),
              (std::vector<Line>{{"CLAIM:H", Fen::of_raw(-25)},
                                 {"DEPOSIT:H", Fen::of_raw(5)},
                                 {"POOL:P", Fen::of_raw(20)}}));
    EXPECT_TRUE(Posting().move("A", "B", Fen()).empty());
    EXPECT_TRUE(Posting().move("A", "A", Fen::of_raw(1)).empty());
}

TEST(Ledger, CanonicalBytesNameEveryLine) {
    const LedgerTransaction t{.id = "T1",
                              .period = CivilMonth::parse("2026-03").value(),
                              .refers_to = {"T0"},
                              .reverses = true,
                              .lines = month_prepaid("P", "H", Fen::of_raw(7)).lines()};
    EXPECT_EQ(
        canonical_bytes(t),
        R"({"id":"T1","lines":[{"account":"PAYABLE:H","fen":7},{"account":"POOL:P","fen":-7}],)"
        R"("period":"2026-03","refers_to":["T0"],"reverses":true})");
}

}  // namespace
}  // namespace yilian::billing
