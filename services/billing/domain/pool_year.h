#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/billing/domain/clearing.h"
#include "services/billing/domain/ledger.h"

// The year of a pool as it is cleared and booked (billing.md 7.4 to 7.7, 10.3). Pure, no state.
namespace yilian::billing {

// The year of one institution.
struct YearMember {
    std::string institution_id;
    Points points;
    Fen actual;           // audited fund cost
    Fen borne_by_others;  // by patients and other payers
    Fen prepaid;
    Rate quality;       // 0 to 1
    bool base = false;  // of base level
    std::int64_t cases = 0;
    friend bool operator==(const YearMember&, const YearMember&) = default;
};

struct MemberYear {
    YearMember in;
    Fen target;                       // by value: the entitlement
    std::optional<Rate> usage;        // see MemberSettlement
    std::optional<std::size_t> band;  // see MemberSettlement
    Fen corridor;
    Fen settled;  // by value: the fund's part, which may be negative
    Fen deposit;
    Fen released;
    Fen topup;         // lift of base level
    Fen final_amount;  // settled + topup - deposit + released - prepaid; negative: claim
    friend bool operator==(const MemberYear&, const MemberYear&) = default;
};

struct PoolYear {
    std::string pool_id;
    Fen reserve;
    Fen available;
    Points total_points;
    Fraction value;  // fen a point, exact
    Fen tilt;        // of the new money, for base level alone
    Fen compensation;
    Fen savings;
    Fen reserve_drawn;     // by compensations and the lift of base level
    Fen reserve_returned;  // negative: the reserve gives what the value method lacks
    Fen from_fund;         // what the region pays beyond the reserve
    Fen residual;          // of rounding, by value
    Fen forfeited;
    Fen reserve_end;
    std::vector<MemberYear> members;  // by institution id
};

// What decides a year beside the members.
struct PoolYearRules {
    const policy::billing::Settle& settle;
    policy::billing::YearEndMethod method{};
    Rate tilt;   // 0: none
    Rate topup;  // 0: no lift of base level
};
// The members in any order. `last_budget`: of the same insurance the year before; empty: nothing is
// new. Refusals of settle_pool and tilt_targets.
[[nodiscard]] Outcome<PoolYear> clear_pool_year(const PoolYearRules& rules, const Pool& pool,
                                                std::optional<Fen> last_budget,
                                                std::vector<YearMember> members);

// Fen a point, exact: available / (ratio * points). The ratio and the points are not 0.
[[nodiscard]] Fraction point_value(Fen available, Rate payment_ratio, Points points);

// What leaves or enters the pool for all, and for one institution: together they empty the pool.
[[nodiscard]] Posting pool_year_posting(const PoolYear& year);
[[nodiscard]] Posting member_year_posting(const PoolYear& year, const MemberYear& member);

}  // namespace yilian::billing
