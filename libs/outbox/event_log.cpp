#include "libs/outbox/event_log.h"

#include <limits>

#include "libs/outbox/queries.h"
#include "libs/outbox/rows.h"

namespace yilian::outbox {
namespace {

constexpr std::int64_t kPage = 500;
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

std::vector<StoredEvent> stored(const storage::Rows& rows) {
    std::vector<StoredEvent> events;
    events.reserve(rows.size());
    for (const storage::Row& row : rows) events.push_back({envelope_from(row), row.i64(0)});
    return events;
}

}  // namespace

std::vector<StoredEvent> events_of_subject(storage::Transaction& tx, const std::string& subject,
                                           std::int64_t from, std::int64_t to, std::int64_t limit) {
    return stored(tx.select(kEventsOfSubject, subject, from, to == 0 ? kLast : to, limit));
}

std::vector<StoredEvent> events_by_position(storage::Transaction& tx, const ReplayRange& range) {
    return stored(
        tx.select(kEventsByPosition, range.after_position, range.from ? to_ms(*range.from) : -kLast,
                  range.until ? to_ms(*range.until) : kLast, range.type_prefix, range.limit));
}

bool has_events(storage::Transaction& tx, const std::string& subject) {
    return tx.select_one(kHasSubject, subject).has_value();
}

absl::StatusOr<std::vector<StoredEvent>> LocalReplay::of_subject(const std::string& /*service*/,
                                                                 const std::string& subject,
                                                                 std::int64_t from,
                                                                 std::int64_t to) {
    std::vector<StoredEvent> found;
    bool known = false;
    const absl::Status status = store_.read([&](storage::Transaction& tx) {
        known = has_events(tx, subject);
        found = events_of_subject(tx, subject, from, to, kPage);
    });
    if (!status.ok()) return status;
    if (!known) return absl::NotFoundError("no event of this subject");
    return found;
}

absl::StatusOr<std::vector<StoredEvent>> LocalReplay::by_position(const std::string& /*service*/,
                                                                  const ReplayRange& range) {
    std::vector<StoredEvent> found;
    const absl::Status status =
        store_.read([&](storage::Transaction& tx) { found = events_by_position(tx, range); });
    if (!status.ok()) return status;
    return found;
}

}  // namespace yilian::outbox
