#include "libs/storage/sqlite_session.h"

namespace yilian::storage {
namespace {

constexpr Query kBeginWrite{"begin", "BEGIN IMMEDIATE"};
constexpr Query kBeginRead{"begin read", "BEGIN"};
constexpr Query kCommit{"commit", "COMMIT"};
constexpr Query kRollback{"rollback", "ROLLBACK"};
constexpr Query kSavepoint{"savepoint", "SAVEPOINT member"};
constexpr Query kRelease{"release", "RELEASE member"};
constexpr Query kUndo{"undo", "ROLLBACK TO member"};

}  // namespace

void SqliteSession::begin(std::span<const std::string> /*keys*/, std::size_t members) {
    savepoints_ = members > 1;
    connection_.control(kBeginWrite);
}

void SqliteSession::commit() {
    try {
        connection_.control(kCommit);
    } catch (const StorageError& error) {
        // After a failed fsync the frames may or may not be found again by a recovery.
        if ((connection_.last_code() & 0xFF) == SQLITE_IOERR) {
            rollback();
            throw CommitInDoubt(error.what());
        }
        throw;
    }
}

void SqliteSession::rollback() noexcept {
    try {
        if (connection_.in_transaction()) connection_.control(kRollback);
    } catch (const StorageError&) {
        broken_ = true;
    }
}

Rows SqliteSession::do_query(const Query& query, std::span<const Value> params, bool& wrote) {
    return connection_.query(query, params, wrote);
}

std::int64_t SqliteSession::do_execute(const Query& query, std::span<const Value> params) {
    return connection_.execute(query, params);
}

void SqliteSession::do_send(const Query& query, std::span<const Value> params) {
    connection_.execute(query, params);
}

void SqliteSession::do_begin_read() { connection_.control(kBeginRead); }

void SqliteSession::do_end_read() { connection_.control(kCommit); }

void SqliteSession::do_begin_member() {
    if (savepoints_) connection_.control(kSavepoint);
}

void SqliteSession::do_end_member() {
    if (connection_.deferred_violation()) {
        throw StorageError(StorageError::Kind::kConstraint, "deferred foreign key violated");
    }
    if (savepoints_) connection_.control(kRelease);
}

void SqliteSession::do_undo_member() {
    connection_.control(kUndo);
    connection_.control(kRelease);
}

}  // namespace yilian::storage
