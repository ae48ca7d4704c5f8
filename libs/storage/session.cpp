#include "libs/storage/session.h"

#include <fmt/format.h>

#include "libs/storage/sql_text.h"

namespace yilian::storage {
namespace {

// PostgreSQL refuses such text by itself, SQLite would keep it: both must answer alike.
void require_storable(const Query& query, std::span<const Value> params) {
    for (const Value& value : params) {
        const auto* text = std::get_if<std::string>(&value.held());
        if (text != nullptr && !is_storable_text(*text)) {
            throw StorageError(
                StorageError::Kind::kStatement,
                fmt::format("{}: text parameter is not UTF-8 or has a NUL byte", query.name));
        }
    }
}

}  // namespace

template <class Statement>
auto Session::remembering(Statement statement) {
    if (failure_) throw StorageError(*failure_);
    try {
        return statement();
    } catch (const StorageError& error) {
        failure_ = error;
        throw;
    }
}

Rows Session::query(const Query& query, std::span<const Value> params) {
    return remembering([&] {
        require_storable(query, params);
        bool wrote = false;
        Rows rows = do_query(query, params, wrote);
        writes_ += wrote ? 1 : 0;
        return rows;
    });
}

std::int64_t Session::execute(const Query& query, std::span<const Value> params) {
    return remembering([&] {
        require_storable(query, params);
        ++writes_;
        return do_execute(query, params);
    });
}

void Session::send(const Query& query, std::span<const Value> params) {
    remembering([&] {
        require_storable(query, params);
        ++writes_;
        do_send(query, params);
        return 0;
    });
}

void Session::start_counting() {
    writes_ = 0;
    failure_.reset();
}

void Session::begin_read() {
    start_counting();
    do_begin_read();
}

void Session::end_read() {
    if (failure_) throw StorageError(*failure_);
    do_end_read();
}

void Session::begin_member() {
    start_counting();
    do_begin_member();
}

void Session::end_member() {
    if (failure_) throw StorageError(*failure_);
    do_end_member();
}

void Session::undo_member() {
    start_counting();
    do_undo_member();
}

}  // namespace yilian::storage
