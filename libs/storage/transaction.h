#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/storage/value.h"

namespace yilian::storage {

enum class Dialect { kSqlite, kPostgres };

// A named statement, kept in the queries.h of a service or library. Parameters are $1, $2, … in any
// order and any number of times. `postgres` is the text for both databases unless `sqlite` is
// given. Statements are prepared once a connection and cached by the address of their text, so a
// Query is a `constexpr` or `static const` object that lives as long as the program. `name` appears
// in errors. Integer, text and blob parameters reach PostgreSQL as bigint, text and bytea.
struct Query {
    const char* name;
    const char* postgres;
    const char* sqlite = nullptr;

    [[nodiscard]] const char* text(Dialect dialect) const {
        return dialect == Dialect::kSqlite && sqlite != nullptr ? sqlite : postgres;
    }
};

// One row of a result; columns by position from 0. Wrong type or position is a broken invariant,
// because the statement and its reader stand side by side.
class Row {
  public:
    explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

    [[nodiscard]] std::int64_t i64(std::size_t column) const;
    [[nodiscard]] const std::string& text(std::size_t column) const;
    [[nodiscard]] const std::string& bytes(std::size_t column) const;
    [[nodiscard]] bool flag(std::size_t column) const { return i64(column) != 0; }
    [[nodiscard]] Instant instant(std::size_t column) const { return instant_from_ms(i64(column)); }
    [[nodiscard]] bool null(std::size_t column) const;
    [[nodiscard]] std::optional<std::int64_t> opt_i64(std::size_t column) const;
    [[nodiscard]] std::optional<std::string> opt_text(std::size_t column) const;
    [[nodiscard]] std::optional<std::string> opt_bytes(std::size_t column) const;
    [[nodiscard]] std::optional<Instant> opt_instant(std::size_t column) const;
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] const std::vector<Value>& values() const { return values_; }

  private:
    [[nodiscard]] const Value& at(std::size_t column) const;
    std::vector<Value> values_;
};
using Rows = std::vector<Row>;

// Why a statement failed. Thrown inside a unit; the driver rolls the unit back, decides whether it
// runs again and gives the unit's `done` an absl::Status. Nothing above storage catches it: a
// caught one fails the unit all the same. A refusal such as "already there" comes from looking
// before inserting, never from a violated constraint. what() names the query and the constraint or
// error code, never a value.
class StorageError : public std::runtime_error {
  public:
    enum class Kind {
        kUniqueViolation,  // unique or primary key
        kConstraint,       // check, foreign key, not null, exclusion, raised by a trigger
        kConflict,         // serialisation failure or deadlock: the unit runs again by itself
        kConnection,       // database away, disk full or unreadable
        kStatement,        // wrong SQL, wrong type, write in a read: a bug
    };
    StorageError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
    [[nodiscard]] Kind kind() const { return kind_; }

  private:
    Kind kind_;
};

// Thrown by a unit's work to undo everything the unit wrote and to hand `status` (not OK) to its
// `done`. An ordinary end, not an error: neighbours are untouched and nothing runs again.
class Rollback : public std::runtime_error {
  public:
    explicit Rollback(absl::Status status)
        : std::runtime_error("unit rolled back by its work"), status_(std::move(status)) {}
    [[nodiscard]] const absl::Status& status() const { return status_; }

  private:
    absl::Status status_;
};

// One unit's view of the database. Used on one thread, valid during the call it is passed to.
class Transaction {
  public:
    virtual ~Transaction() = default;

    [[nodiscard]] virtual Dialect dialect() const = 0;
    // All rows of a select or of a statement with RETURNING.
    virtual Rows query(const Query& query, std::span<const Value> params) = 0;
    // Number of rows changed.
    virtual std::int64_t execute(const Query& query, std::span<const Value> params) = 0;
    // Like execute() for a statement whose count nobody needs (insert, outbox row, audit row). On
    // PostgreSQL it costs no round trip of its own: it travels with the next statement or the
    // commit, in order, and its failure shows there. On SQLite it is execute().
    virtual void send(const Query& query, std::span<const Value> params) = 0;
    // How many writing statements this unit has made; a refusing command must have made none.
    [[nodiscard]] virtual std::int64_t writes() const = 0;

    template <class... Args>
    Rows select(const Query& q, Args&&... args) {
        return query(q, pack(std::forward<Args>(args)...));
    }
    template <class... Args>
    std::optional<Row> select_one(const Query& q, Args&&... args) {
        Rows rows = select(q, std::forward<Args>(args)...);
        if (rows.empty()) return std::nullopt;
        return std::move(rows.front());
    }
    template <class... Args>
    std::int64_t run(const Query& q, Args&&... args) {
        return execute(q, pack(std::forward<Args>(args)...));
    }
    template <class... Args>
    void post(const Query& q, Args&&... args) {
        send(q, pack(std::forward<Args>(args)...));
    }

  private:
    template <class... Args>
    static std::array<Value, sizeof...(Args)> pack(Args&&... args) {
        return {Value(std::forward<Args>(args))...};
    }
};

}  // namespace yilian::storage
