#pragma once

#include "libs/storage/transaction.h"

// SQL of the green channels.
namespace yilian::referrals::store {

using storage::Query;

inline constexpr Query kCapability{
    "channel_capability",
    "SELECT stored, changes FROM channel_capabilities WHERE institution_id = $1 AND channel = $2"};
inline constexpr Query kCapabilities{
    "channel_capabilities",
    "SELECT stored FROM channel_capabilities WHERE channel = $1 AND capability <> '' "
    "ORDER BY institution_id"};
inline constexpr Query kSaveCapability{
    "save_channel_capability",
    "INSERT INTO channel_capabilities (institution_id, channel, capability, stored, changes) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (institution_id, channel) DO UPDATE SET capability=$3, "
    "stored=$4, changes=$5 WHERE channel_capabilities.changes = $5 - 1"};
// Hospitals that are in a consortium with the institution on the day.
inline constexpr Query kHospitalsAround{
    "hospitals_around",
    "SELECT DISTINCT b.institution_id FROM membership_copies a JOIN membership_copies b "
    "ON b.consortium_id = a.consortium_id JOIN institution_copies i "
    "ON i.institution_id = b.institution_id WHERE a.institution_id = $1 AND i.class = 'hospital' "
    "AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to >= $2) AND b.valid_from <= $2 "
    "AND (b.valid_to IS NULL OR b.valid_to >= $2) ORDER BY b.institution_id"};

#define YILIAN_CASE_COLUMNS                                                                   \
    "case_id, channel, key_id, resident_id, sender_institution_id, sender_kind, state, "      \
    "candidates, at_candidate, exhausted, receiver_institution_id, escalations, alerted_at, " \
    "acknowledge_by, acknowledged_at, complete_by, completed_at, referral_id, reason_code, "  \
    "order_flagged, changes"
inline constexpr Query kCase{
    "channel_case", "SELECT " YILIAN_CASE_COLUMNS " FROM channel_cases WHERE case_id = $1"};
inline constexpr Query kSaveCase{
    "save_channel_case",
    "INSERT INTO channel_cases (" YILIAN_CASE_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21) "
    "ON CONFLICT (case_id) DO UPDATE SET channel=$2, key_id=$3, resident_id=$4, "
    "sender_institution_id=$5, sender_kind=$6, state=$7, candidates=$8, at_candidate=$9, "
    "exhausted=$10, receiver_institution_id=$11, escalations=$12, alerted_at=$13, "
    "acknowledge_by=$14, acknowledged_at=$15, complete_by=$16, completed_at=$17, "
    "referral_id=$18, reason_code=$19, order_flagged=$20, changes=$21 "
    "WHERE channel_cases.changes = $21 - 1"};
inline constexpr Query kAddCaseParty{
    "add_channel_party",
    "INSERT INTO channel_parties (case_id, institution_id) VALUES ($1,$2) "
    "ON CONFLICT (institution_id, case_id) DO NOTHING"};
inline constexpr Query kIsCaseParty{
    "is_channel_party", "SELECT 1 FROM channel_parties WHERE case_id = $1 AND institution_id = $2"};
inline constexpr Query kCasePage{
    "channel_case_page",
    "SELECT c.case_id FROM channel_cases c WHERE c.case_id > $4 AND ($2 = '' OR c.channel = $2) "
    "AND ($3 = '' OR $3 LIKE '%|' || c.state || '|%') AND ($1 = '' OR EXISTS (SELECT 1 FROM "
    "channel_parties p WHERE p.case_id = c.case_id AND p.institution_id = $1)) "
    "ORDER BY c.case_id LIMIT $5"};
inline constexpr Query kTimePoints{
    "channel_time_points",
    "SELECT time_point_id, code, at, source, recorded_by, recorded_at, corrects, reason "
    "FROM channel_time_points WHERE case_id = $1 ORDER BY at, recorded_at, time_point_id"};
inline constexpr Query kAddTimePoint{
    "add_channel_time_point",
    "INSERT INTO channel_time_points (time_point_id, case_id, code, at, source, recorded_by, "
    "recorded_at, corrects, reason) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)"};

}  // namespace yilian::referrals::store
