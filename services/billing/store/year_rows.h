#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/year_statement.h"

// Inputs, months and results of the run of a year; chunks of a month's run.
namespace yilian::billing::store {

// Replaces what the run had.
void save_inputs(storage::Transaction& tx, std::string_view run_id,
                 const std::vector<YearItem>& items);
[[nodiscard]] std::vector<YearItem> run_inputs(storage::Transaction& tx, std::string_view run_id);

// Months by party; of a consortium all under party "".
using MonthsByParty = std::map<std::string, std::vector<YearMonth>>;
void save_months(storage::Transaction& tx, std::string_view run_id, const MonthsByParty& months);
[[nodiscard]] MonthsByParty run_months(storage::Transaction& tx, std::string_view run_id);

// Published months of a pool's year: prepay and statement of each party.
[[nodiscard]] MonthsByParty pool_months(storage::Transaction& tx, std::string_view pool_id,
                                        const std::string& year);

// Figures by party and name; party "" is the pool or the consortium itself.
using Figures = std::map<std::string, std::map<std::string, std::int64_t>>;
void save_figures(storage::Transaction& tx, std::string_view run_id, const Figures& figures);
[[nodiscard]] Figures figures(storage::Transaction& tx, std::string_view run_id);

struct ChunkRow {
    std::string party;
    std::string digest;
    bool done = false;
};
[[nodiscard]] std::vector<ChunkRow> chunks(storage::Transaction& tx, std::string_view run_id);

}  // namespace yilian::billing::store
