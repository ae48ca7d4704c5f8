#pragma once

#include "libs/storage/transaction.h"

// All SQL of this library.
namespace yilian::runtime::queries {

using storage::Query;

inline constexpr Query kFindKey{"runtime.find_key",
                                "SELECT fingerprint, code, reason, answer FROM request_keys "
                                "WHERE institution_id = $1 AND method = $2 AND request_id = $3"};
inline constexpr Query kKeepKey{
    "runtime.keep_key",
    "INSERT INTO request_keys (institution_id, method, request_id, fingerprint, code, reason, "
    "answer, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
// A bounded piece of the sweep, so that commands are not held up.
inline constexpr Query kSweepKeys{
    "runtime.sweep_keys",
    "DELETE FROM request_keys WHERE expires_at < $1 AND request_id IN "
    "(SELECT request_id FROM request_keys WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"};

// Figures of every service (GetCounts).
inline constexpr Query kFigures{
    "runtime.figures",
    "SELECT (SELECT COUNT(DISTINCT id) FROM outbox WHERE dead_letter = 0), "
    "(SELECT COUNT(*) FROM inbox) + "
    "(SELECT CAST(COALESCE(SUM(applied), 0) AS BIGINT) FROM swept_totals), "
    "(SELECT COUNT(*) FROM dead_letters WHERE resolved_at IS NULL), "
    "(SELECT COUNT(*) FROM (SELECT 1 FROM effects GROUP BY consumer, event_id, kind, key "
    "HAVING COUNT(*) > 1) AS doubled)"};

// Checks of every service (RunChecks); each answers ids of what is wrong.
inline constexpr Query kDoubledEffects{
    "runtime.doubled_effects",
    "SELECT consumer, event_id, kind, key FROM effects GROUP BY consumer, event_id, kind, key "
    "HAVING COUNT(*) > 1 ORDER BY consumer, event_id, kind, key LIMIT 1000"};
inline constexpr Query kSequenceGaps{
    "runtime.sequence_gaps",
    "SELECT h.subject FROM stream_heads h WHERE h.last_sequence <> (SELECT COUNT(*) FROM outbox o "
    "WHERE o.dead_letter = 0 AND o.aggregateid = h.subject) OR h.last_sequence <> (SELECT "
    "COALESCE(MAX(o.sequence), 0) FROM outbox o WHERE o.dead_letter = 0 AND o.aggregateid = "
    "h.subject) ORDER BY h.subject LIMIT 1000"};
inline constexpr Query kAnswersWithoutAudit{
    "runtime.answers_without_audit",
    "SELECT institution_id, request_id FROM request_keys EXCEPT "
    "SELECT institution_id, correlation_id FROM audit_rows ORDER BY 1, 2 LIMIT 1000"};
inline constexpr Query kEffectsWithoutInbox{
    "runtime.effects_without_inbox",
    "SELECT DISTINCT e.consumer, e.event_id FROM effects e WHERE NOT EXISTS (SELECT 1 FROM inbox i "
    "WHERE i.consumer = e.consumer AND i.event_id = e.event_id) ORDER BY e.consumer, e.event_id "
    "LIMIT 1000"};

inline constexpr Query kOpenDeadLetters{
    "runtime.open_dead_letters",
    "SELECT consumer, event_id, reason FROM dead_letters WHERE resolved_at IS NULL "
    "ORDER BY consumer, event_id LIMIT 1000"};

// Policy packs.
inline constexpr Query kKeptVersions{"runtime.kept_policy_versions",
                                     "SELECT region, version FROM policy_documents"};
inline constexpr Query kKeptDocuments{
    "runtime.kept_policy_documents",
    "SELECT region, version, text FROM policy_documents ORDER BY region, version"};
inline constexpr Query kKeepDocument{
    "runtime.keep_policy_document",
    "INSERT INTO policy_documents (region, version, text) VALUES ($1, $2, $3) "
    "ON CONFLICT (region, version) DO NOTHING"};
inline constexpr Query kSaveAnnounced{
    "runtime.save_announced_pack",
    "INSERT INTO announced_packs (pack_id, pack_version, digest, district_code, valid_from, "
    "valid_to) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (pack_id, pack_version, digest) "
    "DO UPDATE SET district_code = excluded.district_code, valid_from = excluded.valid_from, "
    "valid_to = excluded.valid_to"};
inline constexpr Query kAnnouncedPacks{
    "runtime.announced_packs",
    "SELECT pack_id, pack_version, digest, district_code FROM announced_packs "
    "ORDER BY pack_id, pack_version, digest"};

inline constexpr Query kOverdueTimers{"runtime.overdue_timers",
                                      "SELECT COUNT(*) FROM timers WHERE due_at <= $1"};

}  // namespace yilian::runtime::queries
