#pragma once

#include "libs/storage/transaction.h"

namespace yilian::timers::queries {

using storage::Query;

inline constexpr Query kSchedule{
    "timers.schedule",
    "INSERT INTO timers (kind, aggregate_id, name, due_at, payload) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (kind, aggregate_id, name) "
    "DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload"};
inline constexpr Query kCancel{
    "timers.cancel", "DELETE FROM timers WHERE kind = $1 AND aggregate_id = $2 AND name = $3"};
inline constexpr Query kCancelAll{"timers.cancel_all",
                                  "DELETE FROM timers WHERE aggregate_id = $1"};
inline constexpr Query kFind{"timers.find",
                             "SELECT kind, aggregate_id, name, due_at, payload FROM timers "
                             "WHERE kind = $1 AND aggregate_id = $2 AND name = $3"};
// Firing order, after a position.
inline constexpr Query kDueAfter{
    "timers.due_after",
    "SELECT kind, aggregate_id, name, due_at, payload FROM timers "
    "WHERE due_at <= $1 AND (due_at, aggregate_id, kind, name) > ($2, $3, $4, $5) "
    "ORDER BY due_at, aggregate_id, kind, name LIMIT $6"};
// Takes the timer to fire it, but only when it is still the same one and still next in order: $5
// earlier ones (of kinds nobody handles here) may stand before it, no more.
inline constexpr Query kTake{
    "timers.take",
    "DELETE FROM timers WHERE kind = $1 AND aggregate_id = $2 AND name = $3 AND due_at = $4 "
    "AND (SELECT count(*) FROM timers AS e "
    "WHERE (e.due_at, e.aggregate_id, e.kind, e.name) < ($4, $2, $1, $3)) = $5"};
inline constexpr Query kTakeFailed{
    "timers.take_failed",
    "DELETE FROM timers WHERE kind = $1 AND aggregate_id = $2 AND name = $3 AND due_at = $4"};
inline constexpr Query kRecordFailure{
    "timers.record_failure",
    "INSERT INTO timer_failures (kind, aggregate_id, name, due_at, payload, reason, failed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, aggregate_id, name, due_at) "
    "DO UPDATE SET payload = excluded.payload, reason = excluded.reason, "
    "failed_at = excluded.failed_at"};
inline constexpr Query kFailures{
    "timers.failures",
    "SELECT kind, aggregate_id, name, due_at, payload, reason, failed_at FROM timer_failures "
    "ORDER BY due_at, aggregate_id, kind, name LIMIT $1"};
inline constexpr Query kTakeFailures{
    "timers.take_failures",
    "DELETE FROM timer_failures WHERE kind = $1 AND aggregate_id = $2 AND name = $3 "
    "RETURNING kind, aggregate_id, name, due_at, payload"};
inline constexpr Query kRearm{
    "timers.rearm",
    "INSERT INTO timers (kind, aggregate_id, name, due_at, payload) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (kind, aggregate_id, name) DO NOTHING"};
inline constexpr Query kPending{
    "timers.pending",
    "SELECT (SELECT count(*) FROM timers), (SELECT count(*) FROM timer_failures), "
    "(SELECT min(due_at) FROM timers)"};
inline constexpr Query kLoadClock{"timers.load_clock",
                                  "SELECT now_ms FROM driven_clock WHERE id = 1"};
inline constexpr Query kSaveClock{
    "timers.save_clock",
    "INSERT INTO driven_clock (id, now_ms) VALUES (1, $1) ON CONFLICT (id) DO UPDATE "
    "SET now_ms = excluded.now_ms WHERE driven_clock.now_ms < excluded.now_ms"};

}  // namespace yilian::timers::queries
