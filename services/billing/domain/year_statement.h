#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/billing/domain/pool_year.h"
#include "services/billing/domain/sharing.h"
#include "services/billing/domain/statement.h"

// Statements of a year (billing.md 11.2): of an institution in a pool, of a consortium and of its
// members. Pure; canonical JSON with a line feed at the end, bytes depend on these values alone.
namespace yilian::billing {

// A published month that the year is made of; its statement holds the cases.
struct YearMonth {
    std::string run_id;
    std::string period;
    Fen amount;  // prepay of a pool's month, amount of a month of capitation
    std::int64_t heads = 0;
    std::string statement_sha256;
};

struct PoolTermsOfYear {
    Fen budget;
    Fen out_of_pool;
    Rate payment_ratio;
};
[[nodiscard]] std::string pool_year_statement(const StatementHead& head,
                                              const PoolTermsOfYear& terms, const PoolYear& year,
                                              const MemberYear& member,
                                              std::vector<YearMonth> months);

// An item of the year that was decided one by one; a weight of a member.
struct YearItem {
    std::string kind;    // EXCLUDED, NEGOTIATED, WEIGHT
    std::string code;    // reason, or institution of a weight
    std::int64_t value;  // fen, or weight_e4
    std::string source;  // decision, or coded source of a weight
    friend bool operator==(const YearItem&, const YearItem&) = default;
};
struct MemberShare {
    std::string institution_id;
    Points weight;
    Fen amount;  // of the reward or the contribution
    Fen staff;   // part of the reward
    friend bool operator==(const MemberShare&, const MemberShare&) = default;
};
struct SharedYear {
    std::string consortium_id;
    ConsortiumYear in;
    ShareResult result;
    std::vector<MemberShare> members;  // by institution id
    std::vector<YearItem> items;
};
// Parts of the members by their weights, and of each part of a reward what goes to the staff: every
// member's own part is rounded up, so that no institution falls below the rate (8.4, 8.5).
// Refusals of share_year and share_members; the latter only when there is something to share.
[[nodiscard]] Outcome<SharedYear> share_consortium_year(const policy::billing::Sharing& rules,
                                                        const std::string& consortium_id,
                                                        const ConsortiumYear& year,
                                                        std::vector<YearItem> items);
[[nodiscard]] Posting shared_year_posting(const SharedYear& year);

// `head.party` is the consortium or a member; a member's statement holds its own part alone.
[[nodiscard]] std::string consortium_year_statement(const StatementHead& head,
                                                    const SharedYear& year,
                                                    std::vector<YearMonth> months);

}  // namespace yilian::billing
