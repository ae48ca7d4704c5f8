#include "services/billing/store/ledger_rows.h"

#include "libs/base/failpoint.h"
#include "libs/base/invariant.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::store {

using storage::Row;
using storage::Transaction;

LedgerPlace next_place(Transaction& tx) {
    const auto row = tx.select_one(kNextInLedger);
    YILIAN_INVARIANT(row.has_value(), "billing: the ledger has no head");
    return {row->i64(0), row->text(1)};
}

void lock_ledger(Transaction& tx) { tx.run(kLockHead); }

void add(Transaction& tx, const TransactionRow& r) {
    const LedgerTransaction& t = r.transaction;
    tx.post(kAddTransaction, r.sequence, t.id, t.period.text(), r.booked_at, r.kind, r.event_id,
            t.reverses, r.institution_id, r.pack_version, r.pack_digest, sum_of(t.lines).raw(),
            r.previous_hash, r.hash);
    std::int64_t number = 0;
    for (const Line& line : t.lines) {
        const std::int64_t extra = number == 0 && planted_bug("posting_unbalanced") ? 1 : 0;
        tx.post(kAddLine, r.sequence, ++number, line.account, line.amount.raw() + extra);
    }
    number = 0;
    for (const std::string& ref : t.refers_to) tx.post(kAddRef, r.sequence, ++number, ref);
    tx.post(kSaveHead, r.hash);
}

TransactionRow transaction_of(Transaction& tx, const Row& row) {
    TransactionRow r;
    r.sequence = row.i64(0);
    r.transaction.id = row.text(1);
    r.transaction.period = *CivilMonth::parse(row.text(2));
    r.booked_at = row.instant(3);
    r.kind = row.text(4);
    r.event_id = row.text(5);
    r.transaction.reverses = row.flag(6);
    r.institution_id = row.text(7);
    r.previous_hash = row.text(8);
    r.hash = row.text(9);
    for (const Row& line : tx.select(kLines, r.sequence)) {
        r.transaction.lines.push_back({line.text(0), Fen::of_raw(line.i64(1))});
    }
    for (const Row& ref : tx.select(kRefs, r.sequence)) {
        r.transaction.refers_to.push_back(ref.text(0));
    }
    return r;
}

std::optional<TransactionRow> transaction(Transaction& tx, std::string_view transaction_id) {
    const auto row = tx.select_one(kTransaction, transaction_id);
    if (!row) return std::nullopt;
    return transaction_of(tx, *row);
}

bool reversed(Transaction& tx, std::string_view transaction_id) {
    return tx.select_one(kReversed, transaction_id)->i64(0) > 0;
}

Fen balance(Transaction& tx, std::string_view account) {
    return Fen::of_raw(tx.select_one(kAccountBalance, account)->i64(0));
}

Fen ledger_sum(Transaction& tx) { return Fen::of_raw(tx.select_one(kLedgerSum)->i64(0)); }

std::set<CivilMonth> closed_periods(Transaction& tx) {
    std::set<CivilMonth> out;
    for (const Row& row : tx.select(kClosedPeriods)) out.insert(*CivilMonth::parse(row.text(0)));
    return out;
}

PeriodRow period(Transaction& tx, std::string_view name) {
    const auto row = tx.select_one(kPeriod, name);
    if (!row) return {std::string(name)};
    return {row->text(0), row->flag(1), row->text(2), row->text(3), row->i64(4)};
}

void save(Transaction& tx, const PeriodRow& r) {
    if (tx.run(kSavePeriod, r.period, r.closed, r.closed_on, r.closed_by, r.changes) == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "period changed meanwhile");
    }
}

}  // namespace yilian::billing::store
