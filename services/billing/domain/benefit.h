#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "libs/amount/scaled.h"
#include "libs/base/outcome.h"
#include "libs/policy/billing_blocks.h"

// Benefit calculation in three layers: basic insurance, serious illness, medical aid (billing.md
// 9).
namespace yilian::billing {

using amount::Fen;
using amount::Rate;

// Direction of valid referral evidence; without evidence the stay is not referred (9.3).
enum class ReferralKind { kNone, kUp, kDown };

// Why a deductible is lower than that of an ordinary stay of the same ordinal.
enum class Waiver {
    kNone,
    kDifference,  // chained UP, chain_mode difference
    kCancelled,   // chained UP, chain_mode cancelled
    kDown,        // chained DOWN
};
[[nodiscard]] std::string_view name_of(Waiver waiver);

// One finished stay. `level` and `aid_class` are codes of the pack.
struct BenefitStay {
    std::string level;
    Fen total;
    Fen self_paid;
    Fen class_b_first;
    Fen over_limit;
    ReferralKind referral = ReferralKind::kNone;
    std::string chain_id;  // empty: none
    // Major disease that the county hospital cannot treat, referred by the rules.
    bool county_evidence = false;
    bool filed = true;
    std::string aid_class;
};

struct BenefitResult {
    Fen in_policy;
    Fen deductible;
    Waiver waiver = Waiver::kNone;
    Rate ratio;
    // The ratio of the county level was higher than that of the stay's level and was taken.
    bool county_ratio_used = false;
    Fen basic;
    Fen serious;
    Fen aid;
    Fen personal_in_policy;  // in_policy = basic + serious + aid + personal_in_policy
    Fen personal_total;      // total = basic + serious + aid + personal_total
    friend bool operator==(const BenefitResult&, const BenefitResult&) = default;
};

// The year of one person in one insurance type: what earlier stays used up. Stays are added in the
// order of their sequence in the year; adding the same stays gives the same results. A value: copy
// it to compute a stay without recording it.
class BenefitYear {
  public:
    // Computes the stay and records it. Refused and then unchanged: BEN_NEGATIVE_IN_POLICY (what is
    // not in the policy exceeds the total), FIELD_ENUM (level or aid class that the pack does not
    // have; metadata `field`). Amounts must not be negative.
    [[nodiscard]] Outcome<BenefitResult> add(const policy::billing::Benefit& rules,
                                             const BenefitStay& stay);

    // Outpatient chronic disease at actual cost (billing.md 6.2): ratio of the level, without
    // deductible, ordinal or chain; no stay of the year. Same refusals.
    [[nodiscard]] Outcome<BenefitResult> add_outpatient(const policy::billing::Benefit& rules,
                                                        const BenefitStay& list);

    [[nodiscard]] std::int64_t stays() const { return stays_; }
    [[nodiscard]] Fen basic_paid() const { return basic_paid_; }
    [[nodiscard]] Fen serious_paid() const { return serious_paid_; }
    [[nodiscard]] Fen aid_paid() const { return aid_paid_; }
    // Cumulative remainder after layer 1, the base of layer 2.
    [[nodiscard]] Fen remainder() const { return remainder_; }

  private:
    // What a chain of referred stays remembers of the stay that opened it.
    struct Chain {
        Rate factor;
        Fen charged;  // deductibles charged in the chain so far
    };
    struct Charge {
        Fen deductible;
        Waiver waiver;
    };

    [[nodiscard]] Charge deductible_of(const policy::billing::Benefit& rules,
                                       const BenefitStay& stay, Rate factor) const;
    void remember_chain(const BenefitStay& stay, Rate factor, Fen charged);
    // Layers 1 to 3 on top of deductible and ratio, recorded.
    void pay(const policy::billing::Benefit& rules, const BenefitStay& stay, BenefitResult& result);

    std::int64_t stays_ = 0;
    Fen basic_paid_;
    Fen remainder_;
    Fen serious_paid_;
    Fen aid_remainder_;
    Fen aid_paid_;
    std::map<std::string, Chain, std::less<>> chains_;
};

// F of 9.4: what the serious-illness layer pays of a cumulative remainder, marginal over the bands
// and capped. `threshold_factor` lowers the first bound, `rate_add` raises every rate, at most
// to 1.
[[nodiscard]] Fen serious_illness(const policy::billing::Benefit& rules, Fen cumulative,
                                  Rate threshold_factor, Rate rate_add);

}  // namespace yilian::billing
