#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/run_table.h"
#include "services/billing/domain/statement.h"

// Pools, runs, statements, payments and rule packs.
namespace yilian::billing::store {

struct PoolRow {
    std::string pool_id;
    std::string insurance;
    std::string year;
    Fen budget;
    Rate reserve_rate;
    Fen reserve;
    Fen out_of_pool;
    policy::billing::PoolRates rates;
    std::string approval_document_id;
    std::int64_t changes = 1;

    [[nodiscard]] Fen available() const { return budget - reserve - out_of_pool; }
};
[[nodiscard]] PoolRow pool_of(const storage::Row& row);
[[nodiscard]] std::optional<PoolRow> pool(storage::Transaction& tx, std::string_view pool_id);
[[nodiscard]] std::optional<PoolRow> pool_for(storage::Transaction& tx, std::string_view insurance,
                                              std::string_view year);
void save(storage::Transaction& tx, const PoolRow& row);

struct RunRow {
    std::string run_id;
    std::string kind;
    std::string scope_id;
    std::string period;
    Instant cut_off_at{};
    RunState state = RunState::kDraft;
    std::string input_digest;
    std::string pack_id;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    std::string result_digest;
    std::int64_t case_count = 0;
    std::string prepared_by;
    std::string approved_by;
    std::string published_on;
    std::string dispute_until;
    std::string supersedes_run_id;
    std::int64_t changes = 1;
};
[[nodiscard]] RunRow run_of(const storage::Row& row);
[[nodiscard]] std::optional<RunRow> run(storage::Transaction& tx, std::string_view run_id);
[[nodiscard]] std::vector<RunRow> runs_of(storage::Transaction& tx, std::string_view kind,
                                          std::string_view scope_id, std::string_view period);
void save(storage::Transaction& tx, const RunRow& row);

// A case of the run, as it stands now, with who is paid for it.
struct RunCase {
    SettledCase settled;
    std::string payee_id;
    std::string insurance;
};
// Of one payee, or with "" of all.
[[nodiscard]] std::vector<RunCase> run_cases(storage::Transaction& tx, std::string_view run_id,
                                             std::string_view party);

struct RunPoolRow {
    std::string party;
    std::string pool_id;
    std::int64_t cases = 0;
    Points points;
    Fen actual;
    Fen money;
    Fen prepay;
    Fen carried;
};
[[nodiscard]] std::vector<RunPoolRow> run_pools(storage::Transaction& tx, std::string_view run_id);
void add(storage::Transaction& tx, std::string_view run_id, const RunPoolRow& row);

struct StatementRow {
    std::string run_id;
    std::string party;
    std::string period;
    std::string sha256;
    std::string content;
    bool published = false;
    std::string dispute_until;
};
[[nodiscard]] std::optional<StatementRow> statement(storage::Transaction& tx,
                                                    std::string_view run_id,
                                                    std::string_view party);
[[nodiscard]] std::vector<StatementRow> statements_of(storage::Transaction& tx,
                                                      std::string_view run_id);
// Party and digest, in the order of the bytes of the party.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> statement_digests(
    storage::Transaction& tx, std::string_view run_id);
void add(storage::Transaction& tx, const StatementRow& row);

struct PaymentRow {
    std::string payment_id;
    std::string party;
    std::string institution_id;
    Fen amount;
    std::vector<std::string> run_ids;
    PaymentState state = PaymentState::kInstructed;
    std::string instructed_on;
    std::string due_date;
    std::string confirmed_on;
    bool overdue = false;
    std::int64_t changes = 1;
};
[[nodiscard]] PaymentRow payment_of(const storage::Row& row);
[[nodiscard]] std::optional<PaymentRow> payment(storage::Transaction& tx,
                                                std::string_view payment_id);
[[nodiscard]] std::vector<PaymentRow> payments_of(storage::Transaction& tx, std::string_view party);
void save(storage::Transaction& tx, const PaymentRow& row);

struct RulePackRow {
    std::string domain;
    std::string version;
    std::string digest;
    std::string folder;
    std::string region;
    std::string effective_from;
    std::string state;  // LOADED, ACTIVE, ROLLED_BACK
    std::int64_t rule_count = 0;
    std::int64_t case_count = 0;
    std::int64_t changes = 1;
};
[[nodiscard]] RulePackRow rule_pack_of(const storage::Row& row);
[[nodiscard]] std::optional<RulePackRow> rule_pack(storage::Transaction& tx,
                                                   std::string_view domain,
                                                   std::string_view version);
[[nodiscard]] std::optional<RulePackRow> rule_pack_in_force(storage::Transaction& tx,
                                                            std::string_view domain,
                                                            std::string_view day);
void save(storage::Transaction& tx, const RulePackRow& row);

}  // namespace yilian::billing::store
