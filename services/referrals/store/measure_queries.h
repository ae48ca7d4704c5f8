#pragma once

#include "libs/storage/transaction.h"

// SQL of the measures; $1 and $2 are the period, $3 an institution or "" for all.
namespace yilian::referrals::store {

using storage::Query;

inline constexpr Query kJourneyLines{
    "journey_lines",
    "SELECT r.referral_id, r.sender_institution_id, r.receiver_institution_id, r.direction, "
    "r.priority, r.contract_id, r.criteria, e.action, e.to_state, e.at, e.reason_code "
    "FROM referrals r JOIN referral_events e ON e.referral_id = r.referral_id "
    "WHERE r.submitted_at >= $1 AND r.submitted_at < $2 AND ($3 = '' OR "
    "r.sender_institution_id = $3 OR r.receiver_institution_id = $3) "
    "ORDER BY r.referral_id, e.version"};
inline constexpr Query kQuotaUse{
    "quota_use",
    "SELECT owner_institution_id, quota_class, CAST(sum(capacity) AS BIGINT), "
    "CAST(sum(used + consumed) AS BIGINT) FROM slots "
    "WHERE start_at >= $1 AND start_at < $2 AND ($3 = '' OR owner_institution_id = $3) "
    "GROUP BY owner_institution_id, quota_class, quota_rank "
    "ORDER BY owner_institution_id, quota_rank"};
inline constexpr Query kExpiredHolds{
    "expired_holds",
    "SELECT count(*) FROM holds WHERE state = 'EXPIRED' AND start_at >= $1 AND start_at < $2 "
    "AND ($3 = '' OR owner_institution_id = $3)"};

}  // namespace yilian::referrals::store
