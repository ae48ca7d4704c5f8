#include "services/billing/domain/benefit.h"

#include <algorithm>

#include "libs/amount/int128.h"

namespace yilian::billing {

using amount::Int128;
using policy::billing::AidClass;
using policy::billing::Benefit;
using policy::billing::BenefitLevel;
using policy::billing::ChainMode;

namespace {

// RND-DED and RND-SER are not parameters of the block (billing.md 16.10).
constexpr auto kHalfAway = amount::Rounding::kHalfAway;

Fen at_least_zero(Fen value) { return std::max(value, Fen()); }

Refusal unknown(const char* field) { return Refusal{"FIELD_ENUM", {{"field", field}}}; }

Outcome<Fen> in_policy_of(const Benefit& rules, const BenefitStay& stay) {
    if (!rules.levels.contains(stay.level)) return unknown("level");
    if (!rules.aid.contains(stay.aid_class)) return unknown("aid_class");
    const Fen rest = stay.total - stay.self_paid - stay.class_b_first - stay.over_limit;
    if (rest.is_negative()) return Reason("BEN_NEGATIVE_IN_POLICY");
    return rest;
}

struct AppliedRatio {
    Rate ratio;
    bool county;
};

AppliedRatio ratio_of(const Benefit& rules, const BenefitStay& stay) {
    AppliedRatio applied{rules.levels.at(stay.level).ratio, false};
    if (stay.referral == ReferralKind::kUp && stay.county_evidence && rules.county_ratio_on_up) {
        const auto county = rules.levels.find(rules.county_level);
        if (county != rules.levels.end() && county->second.ratio > applied.ratio) {
            applied = {county->second.ratio, true};
        }
    }
    if (!stay.filed) applied.ratio = std::max(applied.ratio - rules.unfiled_penalty, Rate());
    return applied;
}

}  // namespace

std::string_view name_of(Waiver waiver) {
    switch (waiver) {
        case Waiver::kNone:
            return "NONE";
        case Waiver::kDifference:
            return "DIFFERENCE";
        case Waiver::kCancelled:
            return "CANCELLED";
        case Waiver::kDown:
            return "DOWN";
    }
    return "";
}

Fen serious_illness(const Benefit& rules, Fen cumulative, Rate threshold_factor, Rate rate_add) {
    Int128 weighted = 0;  // fen * 10^8, rounded once at the end
    for (std::size_t i = 0; i < rules.serious.bands.size(); ++i) {
        const auto& band = rules.serious.bands[i];
        const Fen from =
            i == 0 ? amount::multiply(band.from_fen, threshold_factor, kHalfAway) : band.from_fen;
        const Fen to = band.to_fen ? std::min(*band.to_fen, cumulative) : cumulative;
        const Rate rate = std::min(band.rate + rate_add, Rate::whole(1));
        weighted += Int128{at_least_zero(to - from).raw()} * rate.raw();
    }
    const Fen paid =
        Fen::of_raw(amount::narrow64(amount::divide(weighted, Rate::kUnit, kHalfAway)));
    return std::min(paid, rules.serious.cap_fen);
}

// 9.3. An UP or DOWN stay is chained when an earlier stay opened its chain.
BenefitYear::Charge BenefitYear::deductible_of(const Benefit& rules, const BenefitStay& stay,
                                               Rate factor) const {
    const BenefitLevel& level = rules.levels.at(stay.level);
    const Fen ordinary = amount::multiply(level.deductible_fen, factor, kHalfAway);
    if (stay.referral == ReferralKind::kNone || stay.chain_id.empty()) {
        return {ordinary, Waiver::kNone};
    }
    const auto chain = chains_.find(stay.chain_id);
    if (chain == chains_.end()) return {ordinary, Waiver::kNone};
    if (stay.referral == ReferralKind::kDown) return {Fen(), Waiver::kDown};
    if (rules.chain_mode == ChainMode::kCancelled) return {Fen(), Waiver::kCancelled};
    const Fen once = amount::multiply(level.deductible_fen, chain->second.factor, kHalfAway);
    const Fen difference = at_least_zero(once - chain->second.charged);
    return {std::min(ordinary, difference), Waiver::kDifference};
}

void BenefitYear::remember_chain(const BenefitStay& stay, Rate factor, Fen charged) {
    if (stay.chain_id.empty()) return;
    const auto chain = chains_.find(stay.chain_id);
    if (chain != chains_.end() && stay.referral != ReferralKind::kNone) {
        chain->second.charged += charged;
    } else {
        chains_.insert_or_assign(stay.chain_id, Chain{factor, charged});
    }
}

Outcome<BenefitResult> BenefitYear::add(const Benefit& rules, const BenefitStay& stay) {
    const Outcome<Fen> in_policy = in_policy_of(rules, stay);
    if (!in_policy) return in_policy.refusal();
    const auto last = static_cast<std::int64_t>(rules.ordinal_factors.size()) - 1;
    const Rate factor = rules.ordinal_factors[static_cast<std::size_t>(std::min(stays_, last))];
    const Charge charge = deductible_of(rules, stay, factor);
    const AppliedRatio applied = ratio_of(rules, stay);
    BenefitResult result;
    result.in_policy = *in_policy;
    result.deductible = std::min(charge.deductible, *in_policy);
    result.waiver = charge.waiver;
    result.ratio = applied.ratio;
    result.county_ratio_used = applied.county;
    ++stays_;
    remember_chain(stay, factor, result.deductible);
    pay(rules, stay, result);
    return result;
}

Outcome<BenefitResult> BenefitYear::add_outpatient(const Benefit& rules, const BenefitStay& list) {
    const Outcome<Fen> in_policy = in_policy_of(rules, list);
    if (!in_policy) return in_policy.refusal();
    BenefitResult result;
    result.in_policy = *in_policy;
    result.ratio = rules.levels.at(list.level).ratio;
    pay(rules, list, result);
    return result;
}

void BenefitYear::pay(const Benefit& rules, const BenefitStay& stay, BenefitResult& result) {
    const AidClass& aid = rules.aid.at(stay.aid_class);

    const Fen covered =
        amount::multiply(result.in_policy - result.deductible, result.ratio, rules.rounding.basic);
    result.basic = std::min(covered, at_least_zero(rules.basic_cap_fen - basic_paid_));
    basic_paid_ += result.basic;

    const Fen after_basic = result.in_policy - result.basic;
    remainder_ += after_basic;
    const Fen serious_due =
        serious_illness(rules, remainder_, aid.serious_threshold_factor, aid.serious_rate_add);
    result.serious = std::min(after_basic, at_least_zero(serious_due - serious_paid_));
    serious_paid_ += result.serious;

    const Fen after_serious = after_basic - result.serious;
    aid_remainder_ += after_serious;
    Fen aid_due = amount::multiply(at_least_zero(aid_remainder_ - aid.deductible_fen), aid.ratio,
                                   rules.rounding.aid);
    if (aid.cap_fen) aid_due = std::min(aid_due, *aid.cap_fen);
    result.aid = std::min(after_serious, at_least_zero(aid_due - aid_paid_));
    aid_paid_ += result.aid;

    result.personal_in_policy = after_serious - result.aid;
    result.personal_total = stay.total - result.basic - result.serious - result.aid;
}

}  // namespace yilian::billing
