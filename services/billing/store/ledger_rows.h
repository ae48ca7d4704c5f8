#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/ledger.h"

// Rows of the ledger. Transactions are only added.
namespace yilian::billing::store {

using amount::Fen;
using calendar::CivilMonth;

struct TransactionRow {
    std::int64_t sequence = 0;
    LedgerTransaction transaction;
    Instant booked_at{};
    std::string kind;
    std::string event_id;  // that caused it, "" when a command did
    std::string institution_id;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    std::string previous_hash;
    std::string hash;
};

// Sequence of the next transaction and hash of the one before. Whoever books after us waits until
// this unit ends.
struct LedgerPlace {
    std::int64_t sequence = 0;
    std::string previous_hash;
};
[[nodiscard]] LedgerPlace next_place(storage::Transaction& tx);
// Waits for whoever books now, and makes whoever books later wait.
void lock_ledger(storage::Transaction& tx);
void add(storage::Transaction& tx, const TransactionRow& row);

// With its lines and refs.
[[nodiscard]] TransactionRow transaction_of(storage::Transaction& tx, const storage::Row& row);
[[nodiscard]] std::optional<TransactionRow> transaction(storage::Transaction& tx,
                                                        std::string_view transaction_id);
[[nodiscard]] bool reversed(storage::Transaction& tx, std::string_view transaction_id);
[[nodiscard]] Fen balance(storage::Transaction& tx, std::string_view account);
[[nodiscard]] Fen ledger_sum(storage::Transaction& tx);
[[nodiscard]] std::set<CivilMonth> closed_periods(storage::Transaction& tx);

struct PeriodRow {
    std::string period{};
    bool closed = false;
    std::string closed_on{};
    std::string closed_by{};
    std::int64_t changes = 0;
};
// An open one with 0 changes when nothing was written yet.
[[nodiscard]] PeriodRow period(storage::Transaction& tx, std::string_view period);
void save(storage::Transaction& tx, const PeriodRow& row);

}  // namespace yilian::billing::store
