#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "libs/storage/transaction.h"

namespace yilian::storage {

// The connection went away while COMMIT was under way.
class CommitInDoubt : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// A statement that an earlier member of the batch had sent failed while a later one was at work.
class NeighbourFailed : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// One connection with the transaction open on it: what a driver implements. BatchRunner and the
// reader loop drive it. Used on one thread.
//
// A write transaction: begin(keys, members) { begin_member, statements, end_member | undo_member }…
// commit | rollback. With one member no savepoint is made, and undo_member is not called.
// A read: begin_read, statements, end_read | rollback. Every step may throw StorageError.
class Session : public Transaction {
  public:
    Rows query(const Query& query, std::span<const Value> params) final;
    std::int64_t execute(const Query& query, std::span<const Value> params) final;
    void send(const Query& query, std::span<const Value> params) final;
    [[nodiscard]] std::int64_t writes() const final { return writes_; }

    // `keys` without repeats.
    virtual void begin(std::span<const std::string> keys, std::size_t members) = 0;
    void begin_member();
    void end_member();
    void undo_member();
    // Throws CommitInDoubt when nobody can tell whether it happened.
    virtual void commit() = 0;
    void begin_read();
    void end_read();
    // Leaves any transaction; when that fails the session is no longer usable().
    virtual void rollback() noexcept = 0;
    // False when the database has dropped the transaction by itself.
    [[nodiscard]] virtual bool in_transaction() const = 0;
    // False when the connection must be replaced.
    [[nodiscard]] virtual bool usable() const = 0;

  protected:
    virtual Rows do_query(const Query& query, std::span<const Value> params, bool& wrote) = 0;
    virtual std::int64_t do_execute(const Query& query, std::span<const Value> params) = 0;
    virtual void do_send(const Query& query, std::span<const Value> params) = 0;
    virtual void do_begin_read() = 0;
    virtual void do_end_read() = 0;
    virtual void do_begin_member() = 0;
    virtual void do_end_member() = 0;
    virtual void do_undo_member() = 0;

  private:
    template <class Statement>
    auto remembering(Statement statement);
    void start_counting();

    std::int64_t writes_ = 0;
    // The first error of the current member: swallowing it does not make the member succeed.
    std::optional<StorageError> failure_;
};

// Opens a connection; throws StorageError(kConnection) when the database is away.
using OpenSession = std::function<std::unique_ptr<Session>()>;

}  // namespace yilian::storage
