#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "libs/storage/transaction.h"

namespace yilian::storage {

// RAII over one libpq connection, always in pipeline mode. Statements are queued with send() and go
// out together at the next round_trip(); each is prepared once, in the same trip as its first use.
// Used on one thread. A connection that broke stays broken: the owner replaces it.
class PostgresConnection {
  public:
    // Throws StorageError(kConnection) when the server is away or not ready.
    explicit PostgresConnection(const std::string& conninfo);
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    // Queues a statement. `tag` is whose it is: errors carry it. Runs a round trip by itself when
    // a great deal is queued.
    void send(const Query& query, std::span<const Value> params, int tag);

    struct Answer {
        Rows rows;
        std::int64_t changed = 0;
        bool wrote = false;
        std::string command;  // "COMMIT", "INSERT 0 1", …
    };
    // Runs everything queued and gives the answer of the statement queued last. The first failure
    // is thrown as StorageError, or as NeighbourFailed when it is of another tag than `tag` and
    // tells nothing about the connection or a conflict.
    Answer round_trip(int tag);
    // False after the connection was lost, or the server asked for a new one.
    [[nodiscard]] bool usable() const { return !broken_; }
    void give_up() { broken_ = true; }
    // Before a transaction: throws kConnection when the server has closed the connection meanwhile,
    // so that nothing is sent whose fate would be in doubt.
    void require_open();
    // Runs what is queued without regard to its failures: its transaction is rolled back next.
    void forget_queued();

    // A statement without pipelining or parameters, several allowed: migrations.
    void script(const std::string& name, const std::string& sql);

  private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using Result = std::unique_ptr<PGresult, Clear>;
    struct Prepared {
        std::string source;
        std::string name;
        bool confirmed = false;  // the server has answered the Parse
    };
    struct Queued {
        const char* query;
        Prepared* prepares;  // set for a Parse, null for an execution
        int tag;
    };
    struct Failure;

    Prepared& prepared(const Query& query, std::span<const Value> params, int tag);
    void transmit(const Prepared& statement, std::span<const Value> params);
    Answer collect(int tag);
    static Answer answer_of(PGresult* result, const char* query);
    Result next_result();
    void note_failure(const PGresult* result, const Queued& queued, Failure& failure);
    [[noreturn]] void raise(const Failure& failure, int tag);
    [[noreturn]] void lost();

    std::unique_ptr<PGconn, Finish> connection_;
    std::unordered_map<const char*, Prepared> statements_;  // by address of the text
    std::deque<Queued> queued_;
    std::size_t queued_bytes_ = 0;
    std::size_t names_ = 0;
    bool broken_ = false;
};

}  // namespace yilian::storage
