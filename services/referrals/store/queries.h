#pragma once

#include "libs/storage/transaction.h"

// All SQL of the service but that of its checks and of its copies (copy_queries.h).
namespace yilian::referrals::store {

using storage::Query;

#define YILIAN_REFERRAL_COLUMNS                                                                 \
    "referral_id, number, changes, state, state_since, reason_code, resident_id, "              \
    "original_resident_id, chain_id, content, sender_institution_id, receiver_institution_id, " \
    "direction, kind, priority, contract_id, team_id, consortium_id, advice_action_id, "        \
    "enrolment_id, main_diagnosis_code, beyond_county, criteria, advice, items_requested, "     \
    "info_due_at, hold_id, booked_start_at, promise_due_at, review_escalated, "                 \
    "waiting_escalated, submitted_at, accepted_at, arrived_at, completed_at, closed_at, "       \
    "encounter_ref, inpatient, admitted_at, reply, record_late, next_referral_id, pack_id, "    \
    "pack_version, care_started_at, care_ended_at, reply_late"
inline constexpr Query kReferral{
    "referral_by_id", "SELECT " YILIAN_REFERRAL_COLUMNS " FROM referrals WHERE referral_id = $1"};
inline constexpr Query kResidentOfReferral{
    "resident_of_referral", "SELECT resident_id FROM referrals WHERE referral_id = $1"};
inline constexpr Query kOpenOfResident{
    "open_referrals_of_resident",
    "SELECT referral_id FROM referrals WHERE resident_id = $1 AND state NOT IN ('CLOSED', "
    "'CANCELLED', 'WITHDRAWN', 'EXPIRED', 'DISCARDED') ORDER BY referral_id"};
inline constexpr Query kOpenMergedFrom{
    "open_referrals_merged_from",
    "SELECT referral_id FROM referrals WHERE original_resident_id = $1 AND original_resident_id <> "
    "'' AND resident_id = $2 "
    "ORDER BY referral_id"};
inline constexpr Query kReferralOfAction{
    "referral_of_action",
    "SELECT referral_id FROM referrals WHERE advice_action_id = $1 AND advice_action_id <> '' "
    "ORDER BY referral_id LIMIT 1"};
inline constexpr Query kReferralOfEnrolment{
    "referral_of_enrolment",
    "SELECT referral_id FROM referrals WHERE enrolment_id = $1 AND enrolment_id <> '' AND state "
    "NOT IN ('CLOSED', "
    "'CANCELLED', 'WITHDRAWN', 'EXPIRED', 'DISCARDED') ORDER BY referral_id LIMIT 1"};
// A lock of the unit on PostgreSQL, taken after those that the unit began with, so that the order
// is the same for everybody; SQLite has one writer anyway.
inline constexpr Query kLockKey{
    "lock_key", "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS taken",
    "SELECT 1 WHERE $1 <> ''"};
// A rejected one is back with its sender and asks nobody; sending it again is checked in its turn.
inline constexpr Query kDuplicateOpen{
    "duplicate_open_referral",
    "SELECT referral_id FROM referrals WHERE resident_id = $1 AND main_diagnosis_code = $2 "
    "AND receiver_institution_id = $3 AND referral_id <> $4 AND state NOT IN ('DRAFT', 'REJECTED', "
    "'CLOSED', 'CANCELLED', 'WITHDRAWN', 'EXPIRED', 'DISCARDED') ORDER BY referral_id LIMIT 1"};
inline constexpr Query kWaiting{
    "waiting_referrals",
    "SELECT referral_id, direction, priority, contract_id, accepted_at, submitted_at, "
    "promise_due_at, resident_id FROM referrals WHERE state = 'WAITING_LIST' AND "
    "receiver_institution_id = $1 "
    "AND kind = $2"};
inline constexpr Query kSaveReferral{
    "save_referral",
    "INSERT INTO referrals (" YILIAN_REFERRAL_COLUMNS
    ") VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$"
    "26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40,$41,$42,$43,$44,$45,$46,$47) "
    "ON CONFLICT (referral_id) DO UPDATE SET number=$2, changes=$3, state=$4, state_since=$5, "
    "reason_code=$6, resident_id=$7, original_resident_id=$8, chain_id=$9, content=$10, "
    "sender_institution_id=$11, receiver_institution_id=$12, direction=$13, kind=$14, "
    "priority=$15, contract_id=$16, team_id=$17, consortium_id=$18, advice_action_id=$19, "
    "enrolment_id=$20, main_diagnosis_code=$21, beyond_county=$22, criteria=$23, advice=$24, "
    "items_requested=$25, info_due_at=$26, hold_id=$27, booked_start_at=$28, "
    "promise_due_at=$29, review_escalated=$30, waiting_escalated=$31, submitted_at=$32, "
    "accepted_at=$33, arrived_at=$34, completed_at=$35, closed_at=$36, encounter_ref=$37, "
    "inpatient=$38, admitted_at=$39, reply=$40, record_late=$41, next_referral_id=$42, "
    "pack_id=$43, pack_version=$44, care_started_at=$45, care_ended_at=$46, reply_late=$47 WHERE "
    "referrals.changes = $3 - 1"};
inline constexpr Query kNextNumber{
    "next_referral_number",
    "INSERT INTO referral_numbers (day, last) VALUES ($1, 1) ON CONFLICT (day) DO UPDATE SET "
    "last = referral_numbers.last + 1 RETURNING last"};

// A page of referrals of an institution ("" = all) and a resident ("" = all) on one side ("" =
// both) in states ("" = all, else "|DRAFT|BOOKED|"), behind a referral.
inline constexpr Query kReferralPage{
    "referral_page",
    "SELECT r.referral_id FROM referrals r WHERE r.referral_id > $5 AND ($2 = '' OR "
    "r.resident_id = $2) AND ($4 = '' OR $4 LIKE '%|' || r.state || '|%') AND ($1 = '' OR EXISTS "
    "(SELECT 1 FROM referral_parties p WHERE p.referral_id = r.referral_id "
    "AND p.institution_id = $1 AND ($3 = '' OR p.side = $3))) ORDER BY r.referral_id LIMIT $6"};

#define YILIAN_TASK_COLUMNS                                                \
    "task_id, referral_id, position, hop, down, receiver_institution_id, " \
    "receiver_department_code, outcome, reviewer_id, opened_at, due_at, decided_at"
inline constexpr Query kTasks{"referral_tasks",
                              "SELECT " YILIAN_TASK_COLUMNS
                              " FROM referral_tasks WHERE referral_id = $1 ORDER BY position"};
inline constexpr Query kSaveTask{
    "save_referral_task",
    "INSERT INTO referral_tasks (" YILIAN_TASK_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (task_id) DO UPDATE SET "
    "referral_id=$2, position=$3, hop=$4, down=$5, receiver_institution_id=$6, "
    "receiver_department_code=$7, outcome=$8, reviewer_id=$9, opened_at=$10, due_at=$11, "
    "decided_at=$12"};

inline constexpr Query kAddEvent{
    "add_referral_event",
    "INSERT INTO referral_events (referral_id, version, action, from_state, to_state, actor_id, "
    "actor_institution_id, at, reason_code, pack_version, correlation_id) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"};
inline constexpr Query kHistory{
    "referral_history",
    "SELECT version, action, from_state, to_state, actor_id, actor_institution_id, at, "
    "reason_code, pack_version, correlation_id FROM referral_events WHERE referral_id = $1 "
    "AND version > $2 ORDER BY version LIMIT $3"};

inline constexpr Query kDocuments{
    "referral_documents",
    "SELECT document FROM referral_documents WHERE referral_id = $1 ORDER BY document_id"};
inline constexpr Query kDocumentHash{
    "referral_document_hash",
    "SELECT sha256, referral_id FROM referral_documents WHERE document_id = $1"};
inline constexpr Query kAddDocument{
    "add_referral_document",
    "INSERT INTO referral_documents (document_id, referral_id, sha256, document) "
    "VALUES ($1,$2,$3,$4)"};

inline constexpr Query kAddParty{
    "add_referral_party",
    "INSERT INTO referral_parties (referral_id, institution_id, side) VALUES ($1,$2,$3) "
    "ON CONFLICT (referral_id, institution_id, side) DO NOTHING"};
inline constexpr Query kIsParty{
    "is_referral_party",
    "SELECT 1 FROM referral_parties WHERE referral_id = $1 AND institution_id = $2 LIMIT 1"};

#define YILIAN_DOWN_COLUMNS                                                                 \
    "referral_id, from_institution_id, to_institution_id, consortium_id, disease_codes, "   \
    "drug_codes, plan_document_id, first_follow_up_on, override_reason_code, proposed_at, " \
    "accepted_at, arrived_at, admitted_at"
inline constexpr Query kDownLeg{
    "down_leg", "SELECT " YILIAN_DOWN_COLUMNS " FROM down_legs WHERE referral_id = $1"};
inline constexpr Query kSaveDownLeg{
    "save_down_leg",
    "INSERT INTO down_legs (" YILIAN_DOWN_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (referral_id) DO UPDATE "
    "SET from_institution_id=$2, to_institution_id=$3, consortium_id=$4, disease_codes=$5, "
    "drug_codes=$6, plan_document_id=$7, first_follow_up_on=$8, override_reason_code=$9, "
    "proposed_at=$10, accepted_at=$11, arrived_at=$12, admitted_at=$13"};
#define YILIAN_FOLLOW_UP_COLUMNS                                                               \
    "order_id, referral_id, team_id, due_on, disease_codes, plan_document_id, done_visit_id, " \
    "done_at, voided"
inline constexpr Query kFollowUp{"follow_up_order",
                                 "SELECT " YILIAN_FOLLOW_UP_COLUMNS
                                 " FROM follow_up_orders WHERE referral_id = $1"};
inline constexpr Query kSaveFollowUp{
    "save_follow_up_order",
    "INSERT INTO follow_up_orders (" YILIAN_FOLLOW_UP_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (order_id) DO UPDATE SET "
    "referral_id=$2, team_id=$3, due_on=$4, disease_codes=$5, plan_document_id=$6, "
    "done_visit_id=$7, done_at=$8, voided=$9"};
inline constexpr Query kFollowUpOfVisit{
    "follow_up_of_visit",
    "SELECT referral_id FROM follow_up_orders WHERE done_visit_id = $1 AND done_visit_id <> '' "
    "ORDER BY referral_id"};

#define YILIAN_EVIDENCE_COLUMNS                                                              \
    "evidence_id, referral_id, position, down, chain_id, resident_id, from_institution_id, " \
    "to_institution_id, consortium_id, direction, main_diagnosis_code, beyond_county, "      \
    "emergency, valid, invalid_reason, supersedes_evidence_id, submitted_at, accepted_at, "  \
    "arrived_at, admitted_at, issued_at, signature, key_id"
inline constexpr Query kAddEvidence{"add_evidence",
                                    "INSERT INTO evidence (" YILIAN_EVIDENCE_COLUMNS
                                    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,"
                                    "$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23)"};
inline constexpr Query kEvidence{
    "evidence_by_id", "SELECT " YILIAN_EVIDENCE_COLUMNS " FROM evidence WHERE evidence_id = $1"};
inline constexpr Query kEvidenceOfReferral{
    "evidence_of_referral",
    "SELECT " YILIAN_EVIDENCE_COLUMNS " FROM evidence WHERE referral_id = $1 ORDER BY position"};
inline constexpr Query kAllEvidence{
    "all_evidence", "SELECT " YILIAN_EVIDENCE_COLUMNS " FROM evidence ORDER BY evidence_id"};
inline constexpr Query kAddKey{
    "add_evidence_key",
    "INSERT INTO evidence_keys (key_id, public_pem) VALUES ($1,$2) ON CONFLICT (key_id) DO "
    "NOTHING"};
inline constexpr Query kKeys{"evidence_keys", "SELECT key_id, public_pem FROM evidence_keys"};

inline constexpr Query kOffer{"service_offer",
                              "SELECT offer, changes FROM service_offers WHERE offer_id = $1"};
inline constexpr Query kOffersOf{
    "service_offers_of",
    "SELECT offer, changes FROM service_offers WHERE institution_id = $1 ORDER BY offer_id"};
inline constexpr Query kOfferPage{
    "service_offer_page",
    "SELECT offer, changes FROM service_offers WHERE ($1 = '' OR institution_id = $1) "
    "AND institution_id || '/' || offer_id > $2 ORDER BY institution_id, offer_id LIMIT $3"};
inline constexpr Query kSaveOffer{
    "save_service_offer",
    "INSERT INTO service_offers (offer_id, institution_id, offer, changes) VALUES ($1,$2,$3,$4) "
    "ON CONFLICT (offer_id) DO UPDATE SET offer=$3, changes=$4 "
    "WHERE service_offers.changes = $4 - 1"};

inline constexpr Query kPool{"pool_by_id", "SELECT pool, changes FROM pools WHERE pool_id = $1"};
inline constexpr Query kSavePool{
    "save_pool",
    "INSERT INTO pools (pool_id, owner_institution_id, resource_kind, specialty_code, pool, "
    "changes) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (pool_id) DO UPDATE SET resource_kind=$3, "
    "specialty_code=$4, pool=$5, changes=$6 WHERE pools.changes = $6 - 1"};

#define YILIAN_SLOT_COLUMNS                                                                   \
    "slot_id, group_id, pool_id, owner_institution_id, resource_kind, specialty_code, "       \
    "start_at, end_at, quota_class, quota_rank, opened, capacity, used, consumed, overbook, " \
    "blocked, released_from, changes"
inline constexpr Query kSlot{"slot_by_id",
                             "SELECT " YILIAN_SLOT_COLUMNS " FROM slots WHERE slot_id = $1"};
inline constexpr Query kGroup{"slots_of_group",
                              "SELECT " YILIAN_SLOT_COLUMNS
                              " FROM slots WHERE group_id = $1 ORDER BY quota_rank"};
// Spans of a pool that touch a stretch of time.
inline constexpr Query kSpans{
    "spans_of_pool",
    "SELECT DISTINCT start_at, end_at FROM slots WHERE pool_id = $1 AND start_at < $3 "
    "AND end_at > $2"};
inline constexpr Query kKnownSlot{
    "known_slot", "SELECT slot_id FROM slots WHERE slot_id IN ($1, $2, $3, $4) LIMIT 1"};
// Slots with a free place, behind a position of "start/rank/id".
inline constexpr Query kFreeSlots{
    "free_slots",
    "SELECT " YILIAN_SLOT_COLUMNS
    " FROM slots WHERE ($1 = '' OR pool_id = $1) AND ($2 = '' OR owner_institution_id = $2) "
    "AND resource_kind = $3 AND ($4 = '' OR specialty_code = $4) AND start_at >= $5 "
    "AND start_at < $6 AND blocked = 0 AND capacity > 0 AND used + consumed < capacity + overbook "
    "AND (start_at > $7 OR (start_at = $7 AND (quota_rank > $8 OR (quota_rank = $8 "
    "AND slot_id > $9)))) ORDER BY start_at, quota_rank, slot_id LIMIT $10"};
inline constexpr Query kSaveSlot{
    "save_slot",
    "INSERT INTO slots (" YILIAN_SLOT_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) ON CONFLICT "
    "(slot_id) DO UPDATE SET group_id=$2, pool_id=$3, owner_institution_id=$4, "
    "resource_kind=$5, specialty_code=$6, start_at=$7, end_at=$8, quota_class=$9, "
    "quota_rank=$10, opened=$11, capacity=$12, used=$13, consumed=$14, overbook=$15, "
    "blocked=$16, released_from=$17, changes=$18 WHERE slots.changes = $18 - 1"};

#define YILIAN_HOLD_COLUMNS                                                                    \
    "hold_id, slot_id, pool_id, owner_institution_id, quota_class, referral_id, resident_id, " \
    "institution_id, state, start_at, expires_at, request_id, changes"
inline constexpr Query kHold{"hold_by_id",
                             "SELECT " YILIAN_HOLD_COLUMNS " FROM holds WHERE hold_id = $1"};
inline constexpr Query kSaveHold{
    "save_hold",
    "INSERT INTO holds (" YILIAN_HOLD_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (hold_id) DO UPDATE SET "
    "slot_id=$2, pool_id=$3, owner_institution_id=$4, quota_class=$5, referral_id=$6, "
    "resident_id=$7, institution_id=$8, state=$9, start_at=$10, expires_at=$11, "
    "request_id=$12, changes=$13 WHERE holds.changes = $13 - 1"};

// Figures of GetCounts.
inline constexpr Query kCountCreated{"count_created", "SELECT count(*) FROM referrals"};
inline constexpr Query kCountState{"count_state",
                                   "SELECT count(*) FROM referrals WHERE state = $1"};
inline constexpr Query kCountDirection{
    "count_direction", "SELECT count(*) FROM referrals WHERE direction = $1 AND number <> ''"};
inline constexpr Query kCountDown{"count_down", "SELECT count(*) FROM down_legs"};
inline constexpr Query kCountFollowedUp{
    "count_followed_up",
    "SELECT count(*) FROM follow_up_orders WHERE done_visit_id <> '' AND voided = 0"};
inline constexpr Query kFlowUp{
    "flow_up",
    "SELECT sender_institution_id, receiver_institution_id, count(*) FROM referrals "
    "WHERE number <> '' AND direction <> 'DOWN' GROUP BY sender_institution_id, "
    "receiver_institution_id ORDER BY 1, 2"};
inline constexpr Query kFlowDown{
    "flow_down",
    "SELECT from_institution_id, to_institution_id, count(*) FROM down_legs "
    "GROUP BY from_institution_id, to_institution_id ORDER BY 1, 2"};
inline constexpr Query kHoldsByState{
    "holds_by_state", "SELECT state, count(*) FROM holds GROUP BY state ORDER BY state"};
inline constexpr Query kEvidenceByValidity{
    "evidence_by_validity", "SELECT valid, count(*) FROM evidence GROUP BY valid ORDER BY valid"};

}  // namespace yilian::referrals::store
