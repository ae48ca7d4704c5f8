#pragma once

#include <string>

#include "libs/storage/postgres_connection.h"
#include "libs/storage/session.h"

namespace yilian::storage {

// Session over one PostgreSQL connection. Control statements (BEGIN, locks, savepoints, RELEASE)
// and sent statements wait for the next statement that needs an answer, or for the commit, and
// share its round trip. Every statement carries the number of its member, so that a late failure is
// not put down to the wrong one.
class PostgresSession final : public Session {
  public:
    explicit PostgresSession(const std::string& conninfo);

    [[nodiscard]] Dialect dialect() const override { return Dialect::kPostgres; }
    void begin(std::span<const std::string> keys, std::size_t members) override;
    void commit() override;
    void rollback() noexcept override;
    // The server never leaves a transaction by itself: it fails it, or the connection is gone.
    [[nodiscard]] bool in_transaction() const override { return connection_.usable(); }
    [[nodiscard]] bool usable() const override { return connection_.usable(); }

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
    void control(const Query& query) { connection_.send(query, {}, member_); }
    PostgresConnection::Answer now(const Query& query, std::span<const Value> params);

    PostgresConnection connection_;
    bool savepoints_ = false;
    int member_ = 0;
    // "SET CONSTRAINTS a, b DEFERRED" for the constraints that start deferred; empty when there
    // are none, and then nothing needs checking before the commit.
    std::string defer_again_;
    Query defer_again_query_{"defer again", ""};
};

}  // namespace yilian::storage
