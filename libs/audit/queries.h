#pragma once

#include "libs/storage/transaction.h"

namespace yilian::audit::queries {

using storage::Query;

inline constexpr Query kAppend{
    "audit.append",
    "INSERT INTO audit_rows (id, at, actor, institution_id, client_id, action, subject, "
    "resident_id, outcome, reason, purpose, correlation_id, traceparent) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};
// In the order of audit_from(): position, id, record, seal.
inline constexpr Query kUnsealed{
    "audit.unsealed",
    "SELECT position, id, at, actor, institution_id, client_id, action, subject, resident_id, "
    "outcome, reason, purpose, correlation_id, traceparent, seal_sequence, row_hash, chain_hash "
    "FROM audit_rows WHERE seal_sequence IS NULL ORDER BY position LIMIT $1"};
inline constexpr Query kSealedAfter{
    "audit.sealed_after",
    "SELECT position, id, at, actor, institution_id, client_id, action, subject, resident_id, "
    "outcome, reason, purpose, correlation_id, traceparent, seal_sequence, row_hash, chain_hash "
    "FROM audit_rows WHERE seal_sequence > $1 ORDER BY seal_sequence LIMIT $2"};
inline constexpr Query kOfResident{
    "audit.of_resident",
    "SELECT position, id, at, actor, institution_id, client_id, action, subject, resident_id, "
    "outcome, reason, purpose, correlation_id, traceparent, seal_sequence, row_hash, chain_hash "
    "FROM audit_rows WHERE resident_id = $1 AND resident_id <> '' "
    "ORDER BY position DESC LIMIT $2"};
inline constexpr Query kHead{
    "audit.head",
    "SELECT seal_sequence, chain_hash FROM audit_rows WHERE seal_sequence IS NOT NULL "
    "ORDER BY seal_sequence DESC LIMIT 1"};
inline constexpr Query kSeal{
    "audit.seal",
    "UPDATE audit_rows SET seal_sequence = $2, row_hash = $3, chain_hash = $4 "
    "WHERE position = $1"};
inline constexpr Query kOldestUnsealed{
    "audit.oldest_unsealed",
    "SELECT count(*), min(at) FROM audit_rows WHERE seal_sequence IS NULL"};
inline constexpr Query kLastAnchor{
    "audit.last_anchor",
    "SELECT sequence, chain_hash, at, key_id, signature FROM audit_anchors "
    "ORDER BY sequence DESC LIMIT 1"};
inline constexpr Query kAnchors{
    "audit.anchors",
    "SELECT sequence, chain_hash, at, key_id, signature FROM audit_anchors ORDER BY sequence"};
inline constexpr Query kAppendAnchor{
    "audit.append_anchor",
    "INSERT INTO audit_anchors (sequence, chain_hash, at, key_id, signature) "
    "VALUES ($1, $2, $3, $4, $5)"};

}  // namespace yilian::audit::queries
