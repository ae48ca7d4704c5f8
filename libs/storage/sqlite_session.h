#pragma once

#include "libs/storage/session.h"
#include "libs/storage/sqlite_connection.h"

namespace yilian::storage {

// Session over one SQLite connection. BEGIN IMMEDIATE for writes, a deferred BEGIN (one snapshot
// from its first statement on) for reads. Lock keys are not needed: there is one writer.
class SqliteSession final : public Session {
  public:
    SqliteSession(const std::string& path, SqliteConnection::Mode mode) : connection_(path, mode) {}

    [[nodiscard]] Dialect dialect() const override { return Dialect::kSqlite; }
    void begin(std::span<const std::string> keys, std::size_t members) override;
    void commit() override;
    void rollback() noexcept override;
    [[nodiscard]] bool in_transaction() const override { return connection_.in_transaction(); }
    [[nodiscard]] bool usable() const override { return !broken_ && connection_.sound(); }
    [[nodiscard]] SqliteConnection& connection() { return connection_; }

  protected:
    Rows do_query(const Query& query, std::span<const Value> params, bool& wrote) override;
    std::int64_t do_execute(const Query& query, std::span<const Value> params) override;
    void do_send(const Query& query, std::span<const Value> params) override;
    void do_begin_read() override;
    void do_end_read() override;
    void do_begin_member() override;
    void do_end_member() override;
    void do_undo_member() override;

  private:
    SqliteConnection connection_;
    bool savepoints_ = false;
    bool broken_ = false;
};

}  // namespace yilian::storage
