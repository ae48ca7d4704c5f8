#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "libs/storage/transaction.h"

namespace yilian::storage {

// RAII over one sqlite3 handle with its prepared statements. Used on one thread. Every failure is a
// StorageError.
class SqliteConnection {
  public:
    enum class Mode { kWriter, kReader };

    // Opens (a writer also makes) the file and sets the pragmas of traps.md 6.
    SqliteConnection(const std::string& path, Mode mode);
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection();

    Rows query(const Query& query, std::span<const Value> params, bool& wrote);
    std::int64_t execute(const Query& query, std::span<const Value> params);
    // A statement without parameters and rows.
    void control(const Query& query);
    // A script of several statements (migrations, pragmas).
    void script(const std::string& name, const std::string& sql);

    [[nodiscard]] bool in_transaction() const;
    // Foreign keys declared DEFERRED that are violated right now in the open transaction.
    [[nodiscard]] bool deferred_violation() const;
    // False after an I/O error: the handle may disagree with the file.
    [[nodiscard]] bool sound() const { return sound_; }
    [[nodiscard]] sqlite3* handle() const { return db_.get(); }
    // Result code of the last failed statement.
    [[nodiscard]] int last_code() const { return last_code_; }

  private:
    struct CloseDb {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    struct Prepared {
        std::string source;
        std::unique_ptr<sqlite3_stmt, Finalize> statement;
    };
    class Running;

    sqlite3_stmt* prepared(const Query& query);
    [[noreturn]] void fail(const char* name, int code);

    std::unique_ptr<sqlite3, CloseDb> db_;
    std::unordered_map<const char*, Prepared> statements_;  // by address of the text
    bool sound_ = true;
    int last_code_ = 0;
};

}  // namespace yilian::storage
