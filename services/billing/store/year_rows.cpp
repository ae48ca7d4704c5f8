#include "services/billing/store/year_rows.h"

#include "services/billing/store/year_queries.h"

namespace yilian::billing::store {

using storage::Row;
using storage::Transaction;

void save_inputs(Transaction& tx, std::string_view run_id, const std::vector<YearItem>& items) {
    tx.run(kClearRunInputs, run_id);
    for (const YearItem& item : items) {
        tx.post(kAddRunInput, run_id, item.kind, item.code, item.source, item.value);
    }
}

std::vector<YearItem> run_inputs(Transaction& tx, std::string_view run_id) {
    std::vector<YearItem> out;
    for (const Row& row : tx.select(kRunInputsOf, run_id)) {
        out.push_back({row.text(0), row.text(1), row.i64(3), row.text(2)});
    }
    return out;
}

void save_months(Transaction& tx, std::string_view run_id, const MonthsByParty& months) {
    tx.run(kClearRunMonths, run_id);
    for (const auto& [party, of_party] : months) {
        for (const YearMonth& m : of_party) {
            tx.post(kAddRunMonth, run_id, m.run_id, m.period, party, m.amount.raw(), m.heads,
                    m.statement_sha256);
        }
    }
}

MonthsByParty run_months(Transaction& tx, std::string_view run_id) {
    MonthsByParty out;
    for (const Row& row : tx.select(kRunMonths, run_id)) {
        out[row.text(2)].push_back(
            {row.text(0), row.text(1), Fen::of_raw(row.i64(3)), row.i64(4), row.text(5)});
    }
    return out;
}

MonthsByParty pool_months(Transaction& tx, std::string_view pool_id, const std::string& year) {
    MonthsByParty out;
    for (const Row& row : tx.select(kYearMonths, pool_id, year + "-01", year + "-12")) {
        out[row.text(2)].push_back(
            {row.text(0), row.text(1), Fen::of_raw(row.i64(3)), 0, row.text(4)});
    }
    return out;
}

void save_figures(Transaction& tx, std::string_view run_id, const Figures& figures) {
    tx.run(kClearFigures, run_id);
    for (const auto& [party, of_party] : figures) {
        for (const auto& [name, value] : of_party) tx.post(kAddFigure, run_id, party, name, value);
    }
}

Figures figures(Transaction& tx, std::string_view run_id) {
    Figures out;
    for (const Row& row : tx.select(kFigures, run_id)) out[row.text(0)][row.text(1)] = row.i64(2);
    return out;
}

std::vector<ChunkRow> chunks(Transaction& tx, std::string_view run_id) {
    std::vector<ChunkRow> out;
    for (const Row& row : tx.select(kChunks, run_id)) {
        out.push_back({row.text(0), row.text(1), row.flag(2)});
    }
    return out;
}

}  // namespace yilian::billing::store
