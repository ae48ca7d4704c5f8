#include "libs/storage/postgres_connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <optional>
#include <string_view>

#include "libs/base/invariant.h"
#include "libs/storage/postgres_value.h"
#include "libs/storage/session.h"

namespace yilian::storage {
namespace {

using Kind = StorageError::Kind;

// Beyond this, client and server could both wait for the other to read.
constexpr std::size_t kQueuedStatementsMax = 256;
constexpr std::size_t kQueuedBytesMax = 256 * 1024;

void ignore_notice(void* /*unused*/, const char* /*text*/) {}

std::string field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string() : std::string(text);
}

bool connection_class(std::string_view state) {
    return state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" ||
           state == "57P05" || state == "53300";
}

Kind kind_of(std::string_view state) {
    if (state == "23505") return Kind::kUniqueViolation;
    if (state.starts_with("23") || state == "P0001") return Kind::kConstraint;
    // 55P03 lock timeout; 53200 the shared lock table is full.
    if (state == "40001" || state == "40P01" || state == "55P03" || state == "53200") {
        return Kind::kConflict;
    }
    if (connection_class(state) || state == "53100") return Kind::kConnection;
    return Kind::kStatement;
}

// Messages of other classes may quote a value of the request.
bool message_is_safe(std::string_view state) {
    for (const char* prefix : {"08", "25", "40", "42", "53", "55", "57", "P0"}) {
        if (state.starts_with(prefix)) return true;
    }
    return false;
}

}  // namespace

struct PostgresConnection::Failure {
    std::optional<StorageError> error;
    int tag = 0;
};

PostgresConnection::PostgresConnection(const std::string& conninfo) {
    // Values in `conninfo` win over those before it; `dbname` with expansion reads it.
    const char* keywords[] = {"connect_timeout",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "tcp_user_timeout",
                              "application_name",
                              "client_encoding",
                              "options",
                              "dbname",
                              nullptr};
    const char* values[] = {"5",
                            "10",
                            "5",
                            "3",
                            "15000",
                            "yilian",
                            "UTF8",
                            "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
                            conninfo.c_str(),
                            nullptr};
    connection_.reset(PQconnectdbParams(keywords, values, 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw StorageError(Kind::kConnection, "PostgreSQL does not answer");
    }
    PQsetNoticeProcessor(connection_.get(), &ignore_notice, nullptr);
    if (PQenterPipelineMode(connection_.get()) != 1) lost();
}

void PostgresConnection::send(const Query& query, std::span<const Value> params, int tag) {
    if (broken_) lost();
    if (queued_.size() >= kQueuedStatementsMax || queued_bytes_ >= kQueuedBytesMax) {
        round_trip(tag);
    }
    const Prepared& statement = prepared(query, params, tag);
    transmit(statement, params);
    queued_.push_back({query.name, nullptr, tag});
}

PostgresConnection::Prepared& PostgresConnection::prepared(const Query& query,
                                                           std::span<const Value> params, int tag) {
    const char* text = query.text(Dialect::kPostgres);
    const auto found = statements_.find(text);
    if (found != statements_.end()) {
        YILIAN_INVARIANT(found->second.source == text, "text of a Query changed under its address");
        return found->second;
    }
    Prepared& fresh =
        statements_.emplace(text, Prepared{text, fmt::format("s{}", ++names_)}).first->second;
    const std::vector<Oid> types = postgres_types(params);
    if (PQsendPrepare(connection_.get(), fresh.name.c_str(), text, static_cast<int>(types.size()),
                      types.data()) != 1) {
        lost();
    }
    queued_.push_back({query.name, &fresh, tag});
    return fresh;
}

void PostgresConnection::transmit(const Prepared& statement, std::span<const Value> params) {
    const PostgresParameters p(params);
    if (PQsendQueryPrepared(connection_.get(), statement.name.c_str(), p.count(), p.values(),
                            p.lengths(), p.formats(), 1) != 1) {
        lost();
    }
    queued_bytes_ += p.bytes();
}

PostgresConnection::Answer PostgresConnection::round_trip(int tag) {
    if (broken_) lost();
    if (queued_.empty()) return {};
    if (PQpipelineSync(connection_.get()) != 1) lost();
    return collect(tag);
}

PostgresConnection::Result PostgresConnection::next_result() {
    Result result(PQgetResult(connection_.get()));
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lost();
    return result;
}

PostgresConnection::Answer PostgresConnection::collect(int tag) {
    Failure failure;
    Result last;
    const char* last_query = "";
    while (!queued_.empty()) {
        const Queued queued = queued_.front();
        Result result = next_result();
        if (!result) lost();
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            if (queued.prepares != nullptr) {
                queued.prepares->confirmed = true;
            } else {
                last = std::move(result);
                last_query = queued.query;
            }
        } else if (status != PGRES_PIPELINE_ABORTED) {
            note_failure(result.get(), queued, failure);
        }
        if (next_result()) lost();  // one result a statement, then a null
        queued_.pop_front();
    }
    const Result sync = next_result();
    if (!sync || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) lost();
    queued_bytes_ = 0;
    std::erase_if(statements_, [](const auto& entry) { return !entry.second.confirmed; });
    if (failure.error) raise(failure, tag);
    return last ? answer_of(last.get(), last_query) : Answer{};
}

PostgresConnection::Answer PostgresConnection::answer_of(PGresult* result, const char* query) {
    Answer answer;
    answer.command = PQcmdStatus(result);
    answer.wrote = !answer.command.starts_with("SELECT");
    for (const char c : std::string_view(PQcmdTuples(result))) {
        answer.changed = answer.changed * 10 + (c - '0');
    }
    if (PQresultStatus(result) == PGRES_TUPLES_OK) answer.rows = postgres_rows(result, query);
    return answer;
}

void PostgresConnection::note_failure(const PGresult* result, const Queued& queued,
                                      Failure& failure) {
    if (failure.error) return;
    const std::string state = field(result, PG_DIAG_SQLSTATE);
    const std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    std::string what = fmt::format("{}: SQLSTATE {}", queued.query, state);
    const std::string constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    if (!constraint.empty()) what += " constraint " + constraint;
    if (message_is_safe(state)) what += ": " + message;
    Kind kind = kind_of(state);
    // The schema changed under a prepared statement: a new connection prepares anew.
    const bool stale_plan = state == "0A000" && message.find("cached plan") != std::string::npos;
    if (stale_plan) kind = Kind::kConnection;
    if (stale_plan || connection_class(state)) broken_ = true;
    failure = {StorageError(kind, what), queued.tag};
}

void PostgresConnection::raise(const Failure& failure, int tag) {
    const StorageError& error = *failure.error;
    const bool shared = error.kind() == Kind::kConflict || error.kind() == Kind::kConnection;
    if (failure.tag != tag && !shared) throw NeighbourFailed(error.what());
    throw StorageError(error);
}

void PostgresConnection::lost() {
    broken_ = true;
    queued_.clear();
    throw StorageError(Kind::kConnection, "connection to PostgreSQL lost");
}

void PostgresConnection::require_open() {
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    if (poll(&socket, 1, 0) <= 0) return;
    // Nothing is expected between transactions: it is the server's goodbye, or a message so rare
    // that a new connection for it costs nothing.
    lost();
}

void PostgresConnection::forget_queued() {
    if (queued_.empty()) return;
    try {
        round_trip(0);
    } catch (const StorageError&) {
        return;  // the caller rolls back or replaces
    } catch (const NeighbourFailed&) {
        return;
    }
}

void PostgresConnection::script(const std::string& name, const std::string& sql) {
    YILIAN_INVARIANT(queued_.empty(), "script in the middle of a pipeline");
    if (PQexitPipelineMode(connection_.get()) != 1) lost();
    const Result result(PQexec(connection_.get(), sql.c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lost();
    if (PQenterPipelineMode(connection_.get()) != 1) lost();
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
        return;
    }
    Failure failure;
    note_failure(result.get(), {name.c_str(), nullptr, 0}, failure);
    raise(failure, 0);
}

}  // namespace yilian::storage
