#pragma once

#include "libs/storage/transaction.h"

// All SQL of this library.
namespace yilian::outbox {

// --- outbox -------------------------------------------------------------------------------------

inline constexpr storage::Query kNextSequence{
    "next sequence of a subject",
    "INSERT INTO stream_heads (subject, last_sequence) VALUES ($1, 1) "
    "ON CONFLICT (subject) DO UPDATE SET last_sequence = stream_heads.last_sequence + 1"};

// Follows kNextSequence in the same transaction.
inline constexpr storage::Query kAppendEvent{
    "append event",
    "INSERT INTO outbox (id, topic, aggregatetype, aggregateid, type, payload, partition_key, "
    "sequence, source, event_time, correlation_id, causation_id, traceparent, recorded_at) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, h.last_sequence, $8, $9, $10, $11, $12, $13 "
    "FROM stream_heads h WHERE h.subject = $4"};

inline constexpr storage::Query kAppendDeadLetter{
    "append dead letter to outbox",
    "INSERT INTO outbox (id, topic, aggregatetype, aggregateid, type, payload, partition_key, "
    "sequence, source, event_time, correlation_id, causation_id, traceparent, dead_letter, "
    "headers, "
    "recorded_at) VALUES ($1, $2, 'dead_letter', $3, $4, $5, $6, $7, $8, $9, '', '', '', 1, $10, "
    "$11)"};

#define YILIAN_OUTBOX_COLUMNS                                                                   \
    "position, id, topic, aggregatetype, aggregateid, type, payload, partition_key, sequence, " \
    "source, event_time, correlation_id, causation_id, traceparent"

inline constexpr storage::Query kUnpublished{
    "unpublished events", "SELECT " YILIAN_OUTBOX_COLUMNS
                          ", headers, recorded_at FROM outbox "
                          "WHERE published_at IS NULL ORDER BY position LIMIT $1"};

// $1 is a JSON array of [position, partition, offset]: one statement for a whole batch.
inline constexpr storage::Query kMarkPublished{
    "mark published",
    "UPDATE outbox SET published_at = $2, kafka_partition = CAST(m.value ->> 1 AS BIGINT), "
    "kafka_offset = CAST(m.value ->> 2 AS BIGINT) FROM json_array_elements(CAST($1 AS json)) AS m "
    "WHERE outbox.position = CAST(m.value ->> 0 AS BIGINT) AND outbox.published_at IS NULL",
    "UPDATE outbox SET published_at = $2, kafka_partition = m.p, kafka_offset = m.o FROM "
    "(SELECT json_extract(value, '$[0]') AS n, json_extract(value, '$[1]') AS p, "
    "json_extract(value, '$[2]') AS o FROM json_each($1)) AS m "
    "WHERE outbox.position = m.n AND outbox.published_at IS NULL"};

inline constexpr storage::Query kRelayPosition{
    "relay position",
    "INSERT INTO relay_positions (topic, partition_no, last_offset, cluster_id) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT (topic, partition_no) DO UPDATE SET last_offset = "
    "CASE WHEN relay_positions.cluster_id = excluded.cluster_id AND relay_positions.last_offset > "
    "excluded.last_offset THEN relay_positions.last_offset ELSE excluded.last_offset END, "
    "cluster_id = excluded.cluster_id"};

inline constexpr storage::Query kForgetOtherClusters{
    "forget relay positions of other brokers",
    "DELETE FROM relay_positions WHERE cluster_id <> $1"};

inline constexpr storage::Query kUnpublishedDepth{
    "unpublished depth",
    "SELECT COUNT(*), MIN(recorded_at) FROM outbox WHERE published_at IS NULL"};

inline constexpr storage::Query kLease{
    "relay lease", "SELECT holder, expires_at FROM relay_lease WHERE name = $1"};

inline constexpr storage::Query kTakeLease{
    "take relay lease",
    "INSERT INTO relay_lease (name, holder, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"};

inline constexpr storage::Query kDropLease{
    "drop relay lease", "DELETE FROM relay_lease WHERE name = $1 AND holder = $2"};

// --- history
// --------------------------------------------------------------------------------------

inline constexpr storage::Query kEventsOfSubject{
    "events of a subject",
    "SELECT " YILIAN_OUTBOX_COLUMNS
    " FROM outbox WHERE dead_letter = 0 AND aggregateid = $1 AND sequence >= $2 AND sequence <= $3 "
    "ORDER BY sequence LIMIT $4"};

// On PostgreSQL a row of a lower position may commit after one of a higher. It is published after
// that, so a reader who goes on with the topic misses nothing.
inline constexpr storage::Query kEventsByPosition{
    "events by position",
    "SELECT " YILIAN_OUTBOX_COLUMNS
    " FROM outbox WHERE dead_letter = 0 AND position > $1 AND event_time >= $2 AND event_time < $3 "
    "AND substr(type, 1, length($4)) = $4 ORDER BY position LIMIT $5"};

inline constexpr storage::Query kHasSubject{"subject has events",
                                            "SELECT 1 FROM stream_heads WHERE subject = $1"};

// --- inbox
// ----------------------------------------------------------------------------------------

inline constexpr storage::Query kState{
    "state of an event",
    "SELECT (SELECT next_offset FROM stream_progress WHERE consumer = $1 AND topic = $2 AND "
    "partition_no = $3), (SELECT cluster_id FROM stream_progress WHERE consumer = $1 AND topic = "
    "$2 "
    "AND partition_no = $3), (SELECT last_sequence FROM aggregate_progress WHERE consumer = $1 AND "
    "topic = $2 AND subject = $4), (SELECT COUNT(*) FROM inbox WHERE consumer = $1 AND event_id = "
    "$5), (SELECT COUNT(*) FROM parked_events WHERE consumer = $1 AND topic = $2 AND subject = "
    "$4), "
    "(SELECT MIN(sequence) FROM dead_letters WHERE consumer = $1 AND topic = $2 AND subject = $4 "
    "AND "
    "resolved_at IS NULL AND sequence > 0)"};

inline constexpr storage::Query kInsertInbox{
    "inbox", "INSERT INTO inbox (consumer, event_id, applied_at) VALUES ($1, $2, $3)"};

inline constexpr storage::Query kAdvanceAggregate{
    "advance aggregate",
    "INSERT INTO aggregate_progress (consumer, topic, subject, last_sequence) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT (consumer, topic, subject) DO UPDATE SET last_sequence = "
    "excluded.last_sequence"};

inline constexpr storage::Query kAdvanceStream{
    "advance stream",
    "INSERT INTO stream_progress (consumer, topic, partition_no, next_offset, cluster_id, "
    "event_time) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (consumer, topic, partition_no) DO "
    "UPDATE SET next_offset = excluded.next_offset, cluster_id = excluded.cluster_id, event_time = "
    "COALESCE(excluded.event_time, stream_progress.event_time)"};

inline constexpr storage::Query kEnsureStream{
    "ensure stream",
    "INSERT INTO stream_progress (consumer, topic, partition_no, next_offset, cluster_id) "
    "VALUES ($1, $2, $3, 0, $4) ON CONFLICT (consumer, topic, partition_no) DO NOTHING"};

inline constexpr storage::Query kStreams{
    "streams of a consumer",
    "SELECT topic, partition_no, next_offset, cluster_id, event_time FROM stream_progress "
    "WHERE consumer = $1 ORDER BY topic, partition_no"};

inline constexpr storage::Query kLastSequence{
    "last sequence of a subject",
    "SELECT last_sequence FROM aggregate_progress WHERE consumer = $1 AND topic = $2 AND subject = "
    "$3"};

inline constexpr storage::Query kLastSequences{
    "last sequences of a topic",
    "SELECT subject, last_sequence FROM aggregate_progress WHERE consumer = $1 AND topic = $2"};

inline constexpr storage::Query kEffect{
    "effect", "INSERT INTO effects (consumer, event_id, kind, key) VALUES ($1, $2, $3, $4)"};

// --- sweeping
// -------------------------------------------------------------------------------------

inline constexpr storage::Query kConsumers{
    "consumers", "SELECT DISTINCT consumer FROM stream_progress ORDER BY consumer"};

inline constexpr storage::Query kOldInbox{
    "old inbox rows",
    "SELECT event_id FROM inbox WHERE consumer = $1 AND event_id > $2 AND event_id < $3 "
    "ORDER BY event_id LIMIT $4"};

// Behind one event id up to another; those with a doubled effect stay.
#define YILIAN_NOT_DOUBLED                                                                      \
    "consumer = $1 AND event_id > $2 AND event_id <= $3 AND event_id NOT IN (SELECT event_id "  \
    "FROM effects WHERE consumer = $1 AND event_id > $2 AND event_id <= $3 GROUP BY event_id, " \
    "kind, key HAVING COUNT(*) > 1)"

inline constexpr storage::Query kSweepInbox{"sweep inbox",
                                            "DELETE FROM inbox WHERE " YILIAN_NOT_DOUBLED};

inline constexpr storage::Query kSweepEffects{"sweep effects",
                                              "DELETE FROM effects WHERE " YILIAN_NOT_DOUBLED};

inline constexpr storage::Query kCountSwept{
    "count swept",
    "INSERT INTO swept_totals (consumer, applied) VALUES ($1, $2) ON CONFLICT (consumer) DO UPDATE "
    "SET applied = swept_totals.applied + excluded.applied"};

// --- new subscriptions
// --------------------------------------------------------------------------------

inline constexpr storage::Query kKnownSubscriptions{
    "known subscriptions", "SELECT type FROM known_subscriptions WHERE consumer = $1"};

inline constexpr storage::Query kLearnSubscription{
    "learn subscription",
    "INSERT INTO known_subscriptions (consumer, type) VALUES ($1, $2) "
    "ON CONFLICT (consumer, type) DO NOTHING"};

// --- parked events
// --------------------------------------------------------------------------------

inline constexpr storage::Query kPark{
    "park event",
    "INSERT INTO parked_events (consumer, topic, subject, sequence, partition_no, record_offset, "
    "event_id, headers, record_key, payload, parked_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (consumer, topic, subject, sequence) DO NOTHING"};

inline constexpr storage::Query kUnpark{
    "unpark events",
    "DELETE FROM parked_events WHERE consumer = $1 AND topic = $2 AND subject = $3 AND sequence <= "
    "$4"};

inline constexpr storage::Query kFirstParked{
    "first parked event",
    "SELECT sequence, partition_no, record_offset, headers, record_key, payload FROM parked_events "
    "WHERE consumer = $1 AND topic = $2 AND subject = $3 ORDER BY sequence LIMIT 1"};

inline constexpr storage::Query kParkedSubjects{"parked subjects",
                                                "SELECT DISTINCT topic, subject FROM parked_events "
                                                "WHERE consumer = $1 ORDER BY topic, subject"};

// --- dead letters
// ---------------------------------------------------------------------------------

inline constexpr storage::Query kBury{
    "dead letter",
    "INSERT INTO dead_letters (consumer, topic, event_id, partition_no, record_offset, type, "
    "subject, sequence, reason, failed_at, headers, record_key, payload) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};

inline constexpr storage::Query kIsDead{
    "is a dead letter",
    "SELECT 1 FROM dead_letters WHERE consumer = $1 AND topic = $2 AND event_id = $3"};

inline constexpr storage::Query kOpenDeadLetter{"open dead letter of a subject",
                                                "SELECT MIN(sequence) FROM dead_letters WHERE "
                                                "consumer = $1 AND topic = $2 AND subject = $3 AND "
                                                "resolved_at IS NULL AND sequence > 0"};

inline constexpr storage::Query kResolveDeadLetter{
    "resolve dead letter",
    "UPDATE dead_letters SET resolved_at = $4 WHERE consumer = $1 AND topic = $2 AND event_id = $3 "
    "AND resolved_at IS NULL"};

inline constexpr storage::Query kDeadLettersToReplay{
    "dead letters to replay",
    "SELECT topic, event_id, partition_no, record_offset, subject, headers, record_key, payload "
    "FROM dead_letters WHERE consumer = $1 AND resolved_at IS NULL "
    "ORDER BY failed_at, topic, subject, sequence, event_id"};

inline constexpr storage::Query kListDeadLetters{
    "list dead letters",
    "SELECT d.event_id, d.consumer, d.topic, d.partition_no, d.record_offset, d.type, d.subject, "
    "d.reason, d.failed_at, (SELECT COUNT(*) FROM parked_events p WHERE p.consumer = d.consumer "
    "AND "
    "p.topic = d.topic AND p.subject = d.subject) FROM dead_letters d WHERE d.resolved_at IS NULL "
    "AND (d.failed_at > $1 OR (d.failed_at = $1 AND (d.consumer > $2 OR (d.consumer = $2 AND "
    "(d.topic > $3 OR (d.topic = $3 AND d.event_id > $4)))))) "
    "ORDER BY d.failed_at, d.consumer, d.topic, d.event_id LIMIT $5"};

// --- status
// ---------------------------------------------------------------------------------------

inline constexpr storage::Query kRelayPositions{
    "relay positions",
    "SELECT topic, partition_no, last_offset, cluster_id FROM relay_positions WHERE topic NOT LIKE "
    "'%.dlt' ORDER BY topic, partition_no"};

inline constexpr storage::Query kAllStreams{
    "streams of all consumers",
    "SELECT consumer, topic, partition_no, next_offset, cluster_id FROM stream_progress "
    "ORDER BY consumer, topic, partition_no"};

inline constexpr storage::Query kPipelineCounts{
    "pipeline counts",
    "SELECT (SELECT COUNT(*) FROM parked_events), (SELECT COUNT(*) FROM dead_letters WHERE "
    "resolved_at IS NULL)"};

}  // namespace yilian::outbox
