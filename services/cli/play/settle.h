#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/cli/play/stage.h"

// What the handling agency does each month.
namespace yilian::cli::play {

[[nodiscard]] Actor clerk();
[[nodiscard]] Actor approver();

// A party of a published run.
struct Settled {
    std::string month;
    std::string run_id;
    std::string party;
    std::string institution;  // "" for a consortium or team
    std::int64_t cases = 0;
    std::int64_t points_e4 = 0;
    std::int64_t prepay_fen = 0;
    std::string statement_sha256;
};

struct Settlement {
    std::vector<Settled> parties;  // sorted by month, run, party
};

// First working day: the month's capitation of the consortium.
void price_capitation(Stage& stage, const std::string& month);

// After the month: each pool's run started by one person, approved by another, published; payments
// instructed and confirmed; the month closed.
void settle_month(Stage& stage, const policy::Pack& pack, const std::string& month,
                  Settlement& into);

}  // namespace yilian::cli::play
