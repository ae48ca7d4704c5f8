// billing.md 15, invariants 3 and 9: nobody's gain is another's gain, and what a referral waives
// never costs the patient.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "services/billing/domain/benefit.h"
#include "services/billing/domain/clearing.h"

namespace yilian::billing {
namespace {

using amount::Rounding;

Rate rate(const char* text) { return Rate::parse(text).value(); }
Fen any_fen(std::int64_t max) { return Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, max)); }
Points any_points() { return Points::of_raw(*rc::gen::inRange<std::int64_t>(0, 40'000'000'000)); }
Rate any_unit() { return Rate::of_raw(*rc::gen::inRange<std::int64_t>(0, Rate::kUnit + 1)); }

// --- pools -------------------------------------------------------------------------------------

policy::billing::Settle without_corridor() {
    policy::billing::Settle rules;
    rules.rounding = {Rounding::kHalfAway, Rounding::kHalfAway, Rounding::kHalfAway,
                      Rounding::kHalfAway};
    return rules;
}

std::vector<PoolMember> any_members() {
    std::vector<PoolMember> members;
    const auto count = *rc::gen::inRange<std::size_t>(2, 9);
    for (std::size_t i = 0; i < count; ++i) {
        members.push_back({"H" + std::to_string(i), any_points() + Points::of_raw(1),
                           any_fen(100'000'000), any_fen(100'000'000), any_unit()});
    }
    return members;
}

RC_GTEST_PROP(FairnessProperties, B15_3_MorePointsNeverRaiseTheTargetOfAnother, ()) {
    const Pool pool{"P", any_fen(1'000'000'000), rate("0.05"), Fen(), rate("0.7")};
    auto members = any_members();
    const auto before = settle_pool(without_corridor(), pool, members).value();
    members[0].points += any_points();
    const auto after = settle_pool(without_corridor(), pool, members).value();
    RC_ASSERT(after.members[0].target >= before.members[0].target);
    for (std::size_t i = 1; i < members.size(); ++i) {
        RC_ASSERT(after.members[i].target <= before.members[i].target + Fen::of_raw(1));
    }
    RC_ASSERT(after.available == before.available);
}

RC_GTEST_PROP(FairnessProperties, B15_3_OrderOfTheMembersChangesNothing, ()) {
    const Pool pool{"P", any_fen(1'000'000'000), rate("0.05"), Fen(), rate("0.7")};
    auto members = any_members();
    const auto forward = settle_pool(without_corridor(), pool, members).value();
    std::ranges::reverse(members);
    auto backward = settle_pool(without_corridor(), pool, members).value();
    std::ranges::reverse(backward.members);
    for (std::size_t i = 0; i < members.size(); ++i) {
        RC_ASSERT(forward.members[i].target == backward.members[i].target);
        RC_ASSERT(forward.members[i].final_amount == backward.members[i].final_amount);
    }
    RC_ASSERT(forward.value == backward.value);
    RC_ASSERT(forward.reserve_end == backward.reserve_end);
}

// --- benefit -----------------------------------------------------------------------------------

policy::billing::Benefit any_rules() {
    policy::billing::Benefit b;
    b.levels = {{"L1", {any_fen(30'000), rate("0.88")}},
                {"L2", {any_fen(60'000), rate("0.78")}},
                {"L3", {any_fen(120'000), rate("0.65")}}};
    b.ordinal_factors = {rate("1"), rate("0.9"), rate("0.5")};
    b.basic_cap_fen = any_fen(10'000'000);
    b.chain_mode = *rc::gen::element(policy::billing::ChainMode::kDifference,
                                     policy::billing::ChainMode::kCancelled);
    b.county_level = *rc::gen::element<std::string>("L1", "L2", "L3");
    b.county_ratio_on_up = *rc::gen::arbitrary<bool>();
    b.unfiled_penalty = rate("0.1");
    b.serious.bands = {{Fen::of_raw(600'000), Fen::of_raw(5'000'000), rate("0.6")},
                       {Fen::of_raw(5'000'000), std::nullopt, rate("0.7")}};
    b.serious.cap_fen = any_fen(20'000'000);
    b.aid = {
        {"NONE", {Fen(), Rate(), Fen(), rate("1"), Rate()}},
        {"LOW", {any_fen(10'000), rate("0.7"), any_fen(3'000'000), rate("0.5"), rate("0.05")}}};
    b.rounding = {Rounding::kHalfAway, Rounding::kHalfAway};
    return b;
}

BenefitStay any_stay(const std::string& aid_class) {
    BenefitStay s;
    s.level = *rc::gen::element<std::string>("L1", "L2", "L3");
    s.total = any_fen(10'000'000);
    s.self_paid = Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, s.total.raw() + 1));
    s.referral = *rc::gen::element(ReferralKind::kNone, ReferralKind::kUp, ReferralKind::kDown);
    s.chain_id = *rc::gen::element<std::string>("", "c1", "c2");
    s.filed = *rc::gen::arbitrary<bool>();
    s.aid_class = aid_class;
    return s;
}

// One stay after any year: with evidence of the referral against the same stay without.
RC_GTEST_PROP(FairnessProperties, B15_9_EvidenceNeverRaisesThePatientsPartOfAStay, ()) {
    const auto rules = any_rules();
    const auto aid_class = *rc::gen::element<std::string>("NONE", "LOW");
    BenefitYear year;
    const auto earlier = *rc::gen::inRange(0, 5);
    for (int i = 0; i < earlier; ++i) {
        static_cast<void>(year.add(rules, any_stay(aid_class)).value());
    }
    BenefitStay stay = any_stay(aid_class);
    stay.referral = *rc::gen::element(ReferralKind::kUp, ReferralKind::kDown);
    stay.chain_id = "c1";
    stay.county_evidence = *rc::gen::arbitrary<bool>();
    BenefitYear with = year;
    const auto referred = with.add(rules, stay).value();
    stay.referral = ReferralKind::kNone;
    stay.chain_id.clear();
    stay.county_evidence = false;
    BenefitYear without = year;
    const auto plain = without.add(rules, stay).value();
    RC_ASSERT(referred.personal_total <= plain.personal_total);
    RC_ASSERT(referred.deductible <= plain.deductible);
    RC_ASSERT(referred.in_policy == plain.in_policy);
}

// `cancelled` is the reading that is never dearer for the patient than `difference`.
RC_GTEST_PROP(FairnessProperties, B15_9_CancelledIsNeverDearerThanTheDifference, ()) {
    auto rules = any_rules();
    const auto aid_class = *rc::gen::element<std::string>("NONE", "LOW");
    BenefitYear difference;
    BenefitYear cancelled;
    Fen pays_difference;
    Fen pays_cancelled;
    const auto count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
        const BenefitStay stay = any_stay(aid_class);
        rules.chain_mode = policy::billing::ChainMode::kDifference;
        pays_difference += difference.add(rules, stay)->personal_total;
        rules.chain_mode = policy::billing::ChainMode::kCancelled;
        pays_cancelled += cancelled.add(rules, stay)->personal_total;
    }
    RC_ASSERT(pays_cancelled <= pays_difference);
}

}  // namespace
}  // namespace yilian::billing
