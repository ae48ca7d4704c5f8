#include "libs/storage/sqlite_connection.h"

#include <fmt/format.h>

#include "libs/base/invariant.h"
#include "libs/storage/sql_text.h"

namespace yilian::storage {
namespace {

constexpr int kBusyTimeoutMs = 5000;

StorageError::Kind kind_of(int code) {
    using Kind = StorageError::Kind;
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return Kind::kUniqueViolation;
        default:
            break;
    }
    switch (code & 0xFF) {
        case SQLITE_CONSTRAINT:
            return Kind::kConstraint;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Kind::kConflict;
        case SQLITE_CANTOPEN:
        case SQLITE_CORRUPT:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_NOTADB:
        case SQLITE_PERM:
            return Kind::kConnection;
        default:
            return Kind::kStatement;
    }
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
    const Value::Held& held = value.held();
    if (const auto* number = std::get_if<std::int64_t>(&held)) {
        return sqlite3_bind_int64(statement, index, *number);
    }
    if (const auto* text = std::get_if<std::string>(&held)) {
        return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    }
    if (const auto* blob = std::get_if<Blob>(&held)) {
        return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(),
                                   SQLITE_STATIC);
    }
    return sqlite3_bind_null(statement, index);
}

Value column(sqlite3_stmt* statement, int index, const char* query) {
    switch (sqlite3_column_type(statement, index)) {
        case SQLITE_INTEGER:
            return sqlite3_column_int64(statement, index);
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
            return std::string(text,
                               static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, index));
            const int size = sqlite3_column_bytes(statement, index);
            return Blob{size == 0 ? std::string()
                                  : std::string(bytes, static_cast<std::size_t>(size))};
        }
        case SQLITE_NULL:
            return {};
        default:
            throw StorageError(
                StorageError::Kind::kStatement,
                fmt::format("{}: column {} is a floating point number", query, index));
    }
}

}  // namespace

// One execution of a cached statement; leaving the scope makes it ready for the next.
class SqliteConnection::Running {
  public:
    Running(SqliteConnection& owner, const Query& query, std::span<const Value> params)
        : owner_(owner), name_(query.name), statement_(owner.prepared(query)) {
        if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_)) != params.size()) {
            throw StorageError(StorageError::Kind::kStatement,
                               fmt::format("{}: {} parameters given", name_, params.size()));
        }
        int index = 0;
        for (const Value& value : params) {
            const int code = bind(statement_, ++index, value);
            if (code != SQLITE_OK) owner_.fail(name_, code);
        }
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    bool step() {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        if (code != SQLITE_DONE) owner_.fail(name_, sqlite3_extended_errcode(owner_.handle()));
        return false;
    }
    [[nodiscard]] Row row() const {
        const int columns = sqlite3_column_count(statement_);
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i) values.push_back(column(statement_, i, name_));
        return Row(std::move(values));
    }
    [[nodiscard]] bool read_only() const { return sqlite3_stmt_readonly(statement_) != 0; }

  private:
    SqliteConnection& owner_;
    const char* name_;
    sqlite3_stmt* statement_;
};

namespace {

// Every unit of a batch stands in a savepoint, for which SQLite keeps the first image of each page
// it changes: in memory here, because beyond 64 KiB it would go through a temporary file, at more
// cost than the unit itself. A process that has already started SQLite keeps its own setting.
void configure_library() {
    static const int configured = sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1) |
                                  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(configured);
}

}  // namespace

SqliteConnection::SqliteConnection(const std::string& path, Mode mode) {
    configure_library();
    const int create = mode == Mode::kWriter ? SQLITE_OPEN_CREATE : 0;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
    db_.reset(raw);
    if (code != SQLITE_OK) {
        throw StorageError(StorageError::Kind::kConnection,
                           fmt::format("open database file: {}", sqlite3_errstr(code)));
    }
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, kBusyTimeoutMs);
    script("pragmas",
           "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
           "PRAGMA trusted_schema=OFF;");
    // The pages of a batch must fit: 64 MiB, taken as they come.
    script("pragmas",
           mode == Mode::kReader ? "PRAGMA query_only=ON;" : "PRAGMA cache_size=-65536;");
}

SqliteConnection::~SqliteConnection() { statements_.clear(); }

sqlite3_stmt* SqliteConnection::prepared(const Query& query) {
    const char* text = query.text(Dialect::kSqlite);
    const auto found = statements_.find(text);
    if (found != statements_.end()) {
        YILIAN_INVARIANT(found->second.source == text, "text of a Query changed under its address");
        return found->second.statement.get();
    }
    const std::string sql = sqlite_parameters(text);
    sqlite3_stmt* raw = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), sql.c_str(), static_cast<int>(sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
    if (code != SQLITE_OK) fail(query.name, code);
    if (raw == nullptr || std::string_view(tail).find_first_not_of(" \t\n;") != std::string::npos) {
        throw StorageError(StorageError::Kind::kStatement,
                           fmt::format("{}: not exactly one statement", query.name));
    }
    statements_.emplace(text, Prepared{text, std::move(statement)});
    return raw;
}

Rows SqliteConnection::query(const Query& query, std::span<const Value> params, bool& wrote) {
    Running running(*this, query, params);
    Rows rows;
    while (running.step()) rows.push_back(running.row());
    wrote = !running.read_only();
    return rows;
}

std::int64_t SqliteConnection::execute(const Query& query, std::span<const Value> params) {
    Running running(*this, query, params);
    while (running.step()) {
    }
    return running.read_only() ? 0 : sqlite3_changes64(db_.get());
}

void SqliteConnection::control(const Query& query) {
    Running running(*this, query, {});
    running.step();
}

void SqliteConnection::script(const std::string& name, const std::string& sql) {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(name.c_str(), sqlite3_extended_errcode(db_.get()));
    }
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }

bool SqliteConnection::deferred_violation() const {
    int violated = 0;
    int unused = 0;
    sqlite3_db_status(db_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &violated, &unused, 0);
    return violated != 0;
}

void SqliteConnection::fail(const char* name, int code) {
    last_code_ = code;
    const StorageError::Kind kind = kind_of(code);
    const int primary = code & 0xFF;
    if (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        sound_ = false;
    }
    throw StorageError(kind, fmt::format("{}: {} ({})", name, sqlite3_errmsg(db_.get()), code));
}

}  // namespace yilian::storage
