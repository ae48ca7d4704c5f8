#include "libs/storage/postgres_session.h"

#include "libs/storage/postgres_value.h"

namespace yilian::storage {
namespace {

constexpr Query kBeginWrite{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
constexpr Query kBeginRead{"begin read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Query kCommit{"commit", "COMMIT"};
constexpr Query kRollback{"rollback", "ROLLBACK"};
constexpr Query kSavepoint{"savepoint", "SAVEPOINT member"};
constexpr Query kRelease{"release", "RELEASE SAVEPOINT member"};
constexpr Query kUndo{"undo", "ROLLBACK TO SAVEPOINT member"};
constexpr Query kCheckNow{"check constraints", "SET CONSTRAINTS ALL IMMEDIATE"};

// In the order of the hashes, not of the keys: two keys may share a hash, and the order of what is
// really locked must be the same for everybody.
constexpr Query kLock{"lock keys",
                      "SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT "
                      "hashtextextended(k, 0) AS h FROM unnest(CAST($1 AS text[])) AS k "
                      "ORDER BY 1) AS keys"};

constexpr Query kDeferred{
    "deferred constraints",
    "SELECT string_agg(format('%I.%I', n.nspname, c.conname), ', ') FROM pg_constraint c "
    "JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.condeferred"};

}  // namespace

PostgresSession::PostgresSession(const std::string& conninfo) : connection_(conninfo) {
    const Rows found = now(kDeferred, {}).rows;
    if (found.empty() || found.front().null(0)) return;
    defer_again_ = "SET CONSTRAINTS " + found.front().text(0) + " DEFERRED";
    defer_again_query_.postgres = defer_again_.c_str();
}

PostgresConnection::Answer PostgresSession::now(const Query& query, std::span<const Value> params) {
    connection_.send(query, params, member_);
    return connection_.round_trip(member_);
}

void PostgresSession::begin(std::span<const std::string> keys, std::size_t members) {
    savepoints_ = members > 1;
    member_ = 0;
    connection_.require_open();
    control(kBeginWrite);
    if (keys.empty()) return;
    const Value array[] = {postgres_text_array(keys)};
    connection_.send(kLock, array, member_);
}

void PostgresSession::commit() {
    std::string command;
    try {
        control(kCommit);
        command = connection_.round_trip(member_).command;
    } catch (const StorageError& error) {
        if (error.kind() == StorageError::Kind::kConnection && !connection_.usable()) {
            throw CommitInDoubt(error.what());
        }
        throw;
    }
    // COMMIT of a failed transaction succeeds as a rollback.
    if (command != "COMMIT") {
        throw StorageError(StorageError::Kind::kStatement, "commit: transaction had failed");
    }
}

void PostgresSession::rollback() noexcept {
    if (!connection_.usable()) return;
    try {
        connection_.forget_queued();
        if (connection_.usable()) now(kRollback, {});
    } catch (...) {
        connection_.give_up();
    }
}

Rows PostgresSession::do_query(const Query& query, std::span<const Value> params, bool& wrote) {
    PostgresConnection::Answer answer = now(query, params);
    wrote = answer.wrote;
    return std::move(answer.rows);
}

std::int64_t PostgresSession::do_execute(const Query& query, std::span<const Value> params) {
    const PostgresConnection::Answer answer = now(query, params);
    return answer.wrote ? answer.changed : 0;
}

void PostgresSession::do_send(const Query& query, std::span<const Value> params) {
    connection_.send(query, params, member_);
}

void PostgresSession::do_begin_read() {
    member_ = 0;
    connection_.require_open();
    control(kBeginRead);
}

void PostgresSession::do_end_read() { now(kCommit, {}); }

void PostgresSession::do_begin_member() {
    ++member_;
    if (savepoints_) control(kSavepoint);
}

void PostgresSession::do_end_member() {
    if (!savepoints_) return;
    if (!defer_again_.empty()) control(kCheckNow);
    control(kRelease);
    if (!defer_again_.empty()) control(defer_again_query_);
}

void PostgresSession::do_undo_member() {
    connection_.forget_queued();
    control(kUndo);
    control(kRelease);
}

}  // namespace yilian::storage
