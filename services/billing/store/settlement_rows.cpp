#include "services/billing/store/settlement_rows.h"

#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::store {
namespace {

using storage::Row;
using storage::Transaction;

Fen fen(const Row& row, std::size_t column) { return Fen::of_raw(row.i64(column)); }
Fen fen_or_zero(const Row& row, std::size_t column) {
    return Fen::of_raw(row.opt_i64(column).value_or(0));
}

void need_one(std::int64_t saved, const char* what) {
    if (saved == 0) throw storage::StorageError(storage::StorageError::Kind::kConflict, what);
}

StatementRow statement_of(const Row& row) {
    return {row.text(0),  row.text(1), row.text(2), row.text(3),
            row.bytes(4), row.flag(5), row.text(6)};
}

RunCase run_case_of(const Row& row) {
    RunCase c;
    SettledCase& s = c.settled;
    s.institution_id = row.text(0);
    s.list_id = row.text(1);
    s.version = row.i64(2);
    c.payee_id = row.text(3);
    c.insurance = row.text(4);
    s.method = row.text(5);
    s.admission_date = row.text(6);
    s.discharge_date = row.text(7);
    s.total = fen(row, 8);
    s.group_status = row.opt_text(9).value_or("");
    s.group_code = row.opt_text(10).value_or("");
    s.rules_version = row.opt_text(11).value_or("");
    s.rules_digest = row.opt_text(12).value_or("");
    s.base = Points::of_raw(row.opt_i64(13).value_or(0));
    s.d = Rate::of_raw(row.opt_i64(14).value_or(0));
    s.k = Rate::of_raw(row.opt_i64(15).value_or(0));
    s.aux = Rate::of_raw(row.opt_i64(16).value_or(0));
    s.points = Points::of_raw(row.opt_i64(17).value_or(0));
    s.deviation = row.opt_text(18).value_or("");
    s.flags = split(row.opt_text(19).value_or(""));
    s.in_policy = fen_or_zero(row, 20);
    s.deductible = fen_or_zero(row, 21);
    s.waiver = row.opt_text(22).value_or("NONE");
    s.basic = fen_or_zero(row, 23);
    s.serious = fen_or_zero(row, 24);
    s.aid = fen_or_zero(row, 25);
    s.personal = fen_or_zero(row, 26);
    return c;
}

}  // namespace

PoolRow pool_of(const Row& row) {
    PoolRow p;
    p.pool_id = row.text(0);
    p.insurance = row.text(1);
    p.year = row.text(2);
    p.budget = fen(row, 3);
    p.reserve_rate = Rate::of_raw(row.i64(4));
    p.reserve = fen(row, 5);
    p.out_of_pool = fen(row, 6);
    p.rates.payment_ratio = Rate::of_raw(row.i64(7));
    p.rates.v_bud_num = row.i64(8);
    p.rates.v_bud_den = row.i64(9);
    p.rates.prepay_rate = Rate::of_raw(row.i64(10));
    p.rates.reserve_rate = p.reserve_rate;
    p.approval_document_id = row.text(11);
    p.changes = row.i64(12);
    return p;
}

std::optional<PoolRow> pool(Transaction& tx, std::string_view pool_id) {
    const auto row = tx.select_one(kPool, pool_id);
    if (!row) return std::nullopt;
    return pool_of(*row);
}

std::optional<PoolRow> pool_for(Transaction& tx, std::string_view insurance,
                                std::string_view year) {
    const auto row = tx.select_one(kPoolOf, insurance, year);
    if (!row) return std::nullopt;
    return pool_of(*row);
}

void save(Transaction& tx, const PoolRow& p) {
    need_one(
        tx.run(kSavePool, p.pool_id, p.insurance, p.year, p.budget.raw(), p.reserve_rate.raw(),
               p.reserve.raw(), p.out_of_pool.raw(), p.rates.payment_ratio.raw(), p.rates.v_bud_num,
               p.rates.v_bud_den, p.rates.prepay_rate.raw(), p.approval_document_id, p.changes),
        "pool changed meanwhile");
}

RunRow run_of(const Row& row) {
    RunRow r;
    r.run_id = row.text(0);
    r.kind = row.text(1);
    r.scope_id = row.text(2);
    r.period = row.text(3);
    r.cut_off_at = row.instant(4);
    r.state = *kRunLifecycle.state_named(row.text(5));
    r.input_digest = row.text(6);
    r.pack_id = row.text(7);
    r.pack_version = row.i64(8);
    r.pack_digest = row.text(9);
    r.result_digest = row.text(10);
    r.case_count = row.i64(11);
    r.prepared_by = row.text(12);
    r.approved_by = row.text(13);
    r.published_on = row.text(14);
    r.dispute_until = row.text(15);
    r.supersedes_run_id = row.text(16);
    r.changes = row.i64(17);
    return r;
}

std::optional<RunRow> run(Transaction& tx, std::string_view run_id) {
    const auto row = tx.select_one(kRun, run_id);
    if (!row) return std::nullopt;
    return run_of(*row);
}

std::vector<RunRow> runs_of(Transaction& tx, std::string_view kind, std::string_view scope_id,
                            std::string_view period) {
    std::vector<RunRow> out;
    for (const Row& row : tx.select(kRunsOfPeriod, kind, scope_id, period)) {
        out.push_back(run_of(row));
    }
    return out;
}

void save(Transaction& tx, const RunRow& r) {
    need_one(tx.run(kSaveRun, r.run_id, r.kind, r.scope_id, r.period, r.cut_off_at,
                    kRunLifecycle.name(r.state), r.input_digest, r.pack_id, r.pack_version,
                    r.pack_digest, r.result_digest, r.case_count, r.prepared_by, r.approved_by,
                    r.published_on, r.dispute_until, r.supersedes_run_id, r.changes),
             "run changed meanwhile");
}

std::vector<RunCase> run_cases(Transaction& tx, std::string_view run_id, std::string_view party) {
    std::vector<RunCase> out;
    for (const Row& row : tx.select(kRunCases, run_id, party)) out.push_back(run_case_of(row));
    return out;
}

std::vector<RunPoolRow> run_pools(Transaction& tx, std::string_view run_id) {
    std::vector<RunPoolRow> out;
    for (const Row& row : tx.select(kRunPools, run_id)) {
        out.push_back({row.text(0), row.text(1), row.i64(2), Points::of_raw(row.i64(3)),
                       fen(row, 4), fen(row, 5), fen(row, 6), fen(row, 7)});
    }
    return out;
}

void add(Transaction& tx, std::string_view run_id, const RunPoolRow& p) {
    tx.post(kAddRunPool, run_id, p.party, p.pool_id, p.cases, p.points.raw(), p.actual.raw(),
            p.money.raw(), p.prepay.raw(), p.carried.raw());
}

std::optional<StatementRow> statement(Transaction& tx, std::string_view run_id,
                                      std::string_view party) {
    const auto row = tx.select_one(kStatement, run_id, party);
    if (!row) return std::nullopt;
    return statement_of(*row);
}

std::vector<StatementRow> statements_of(Transaction& tx, std::string_view run_id) {
    std::vector<StatementRow> out;
    for (const Row& row : tx.select(kStatementsOfRun, run_id)) out.push_back(statement_of(row));
    return out;
}

std::vector<std::pair<std::string, std::string>> statement_digests(Transaction& tx,
                                                                   std::string_view run_id) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const Row& row : tx.select(kStatementDigests, run_id)) {
        out.emplace_back(row.text(0), row.text(1));
    }
    return out;
}

void add(Transaction& tx, const StatementRow& s) {
    tx.post(kAddStatement, s.run_id, s.party, s.period, s.sha256, storage::Blob{s.content});
}

PaymentRow payment_of(const Row& row) {
    PaymentRow p;
    p.payment_id = row.text(0);
    p.party = row.text(1);
    p.institution_id = row.text(2);
    p.amount = fen(row, 3);
    p.run_ids = split(row.text(4));
    p.state = *kPaymentLifecycle.state_named(row.text(5));
    p.instructed_on = row.text(6);
    p.due_date = row.text(7);
    p.confirmed_on = row.text(8);
    p.overdue = row.flag(9);
    p.changes = row.i64(10);
    return p;
}

std::optional<PaymentRow> payment(Transaction& tx, std::string_view payment_id) {
    const auto row = tx.select_one(kPayment, payment_id);
    if (!row) return std::nullopt;
    return payment_of(*row);
}

std::vector<PaymentRow> payments_of(Transaction& tx, std::string_view party) {
    std::vector<PaymentRow> out;
    for (const Row& row : tx.select(kPaymentsOfParty, party)) out.push_back(payment_of(row));
    return out;
}

void save(Transaction& tx, const PaymentRow& p) {
    need_one(tx.run(kSavePayment, p.payment_id, p.party, p.institution_id, p.amount.raw(),
                    join(p.run_ids), kPaymentLifecycle.name(p.state), p.instructed_on, p.due_date,
                    p.confirmed_on, p.overdue, p.changes),
             "payment changed meanwhile");
}

RulePackRow rule_pack_of(const Row& row) {
    return {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
            row.text(5), row.text(6), row.i64(7),  row.i64(8),  row.i64(9)};
}

std::optional<RulePackRow> rule_pack(Transaction& tx, std::string_view domain,
                                     std::string_view version) {
    const auto row = tx.select_one(kRulePack, domain, version);
    if (!row) return std::nullopt;
    return rule_pack_of(*row);
}

std::optional<RulePackRow> rule_pack_in_force(Transaction& tx, std::string_view domain,
                                              std::string_view day) {
    const auto row = tx.select_one(kRulePackInForce, domain, day);
    if (!row) return std::nullopt;
    return rule_pack_of(*row);
}

void save(Transaction& tx, const RulePackRow& r) {
    need_one(tx.run(kSaveRulePack, r.domain, r.version, r.digest, r.folder, r.region,
                    r.effective_from, r.state, r.rule_count, r.case_count, r.changes),
             "rule pack changed meanwhile");
}

}  // namespace yilian::billing::store
