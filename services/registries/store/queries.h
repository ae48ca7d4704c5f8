#pragma once

#include "libs/storage/transaction.h"

// All SQL of the service.
namespace yilian::registries::store {

using storage::Query;

#define YILIAN_ENROLMENT_COLUMNS                                                              \
    "enrolment_id, resident_id, disease_code, team_id, institution_id, state, candidate_on, " \
    "confirmed_on, enrolled_on, confirmed_by, confirmation_ref, confirmation_via, "           \
    "control_class, unsatisfied_run, on_goal, last_visit_on, last_visit_id, next_due_on, "    \
    "class_visit_on, class_visit_id, rule_set_version, suspended_until, moved_to, "           \
    "reason_code, pack_id, pack_version, batch_id, changes, changed_at"

inline constexpr Query kEnrolmentById{"enrolment_by_id",
                                      "SELECT " YILIAN_ENROLMENT_COLUMNS
                                      " FROM enrolments WHERE enrolment_id = $1"};
inline constexpr Query kEnrolmentsOfResident{
    "enrolments_of_resident",
    "SELECT " YILIAN_ENROLMENT_COLUMNS
    " FROM enrolments WHERE resident_id = $1 ORDER BY disease_code, enrolment_id"};
inline constexpr Query kEnrolmentsOfBatch{
    "enrolments_of_batch", "SELECT " YILIAN_ENROLMENT_COLUMNS
                           " FROM enrolments WHERE batch_id = $1 ORDER BY enrolment_id"};
inline constexpr Query kEnrolmentsDueOfTeam{
    "enrolments_due_of_team",
    "SELECT " YILIAN_ENROLMENT_COLUMNS
    " FROM enrolments WHERE team_id = $1 AND state = 'ACTIVE' AND next_due_on <= $2"
    " AND next_due_on || '/' || enrolment_id > $3 ORDER BY next_due_on, enrolment_id LIMIT $4"};
inline constexpr Query kEnrolmentsDueOfInstitution{
    "enrolments_due_of_institution",
    "SELECT " YILIAN_ENROLMENT_COLUMNS
    " FROM enrolments WHERE institution_id = $1 AND state = 'ACTIVE' AND next_due_on <= $2"
    " AND next_due_on || '/' || enrolment_id > $3 ORDER BY next_due_on, enrolment_id LIMIT $4"};
inline constexpr Query kSaveEnrolment{
    "save_enrolment",
    "INSERT INTO enrolments (" YILIAN_ENROLMENT_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,"
    "$24,$25,$26,$27,$28,$29) ON CONFLICT (enrolment_id) DO UPDATE SET team_id=$4, "
    "institution_id=$5, state=$6, candidate_on=$7, confirmed_on=$8, enrolled_on=$9, "
    "confirmed_by=$10, confirmation_ref=$11, confirmation_via=$12, control_class=$13, "
    "unsatisfied_run=$14, on_goal=$15, last_visit_on=$16, last_visit_id=$17, next_due_on=$18, "
    "class_visit_on=$19, class_visit_id=$20, rule_set_version=$21, suspended_until=$22, "
    "moved_to=$23, reason_code=$24, pack_id=$25, pack_version=$26, changes=$28, changed_at=$29 "
    "WHERE enrolments.changes = $28 - 1"};
inline constexpr Query kAddJournal{
    "add_enrolment_journal",
    "INSERT INTO enrolment_journal (enrolment_id, changes, action, from_state, to_state, actor_id, "
    "institution_id, at, reason_code, pack_version, correlation_id) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"};

inline constexpr Query kVisitById{
    "visit_by_id",
    "SELECT visit_id, resident_id, institution_id, team_id, performer_id, visit_on, recorded_at, "
    "data, referral_id, voided, void_reason_code, changes FROM visits WHERE visit_id = $1"};
inline constexpr Query kVisitsOfResident{
    "visits_of_resident",
    "SELECT visit_id, resident_id, institution_id, team_id, performer_id, visit_on, recorded_at, "
    "data, referral_id, voided, void_reason_code, changes FROM visits WHERE resident_id = $1 "
    "AND voided = 0 ORDER BY visit_on, visit_id"};
inline constexpr Query kVisitPage{
    "visit_page",
    "SELECT visit_id, resident_id, institution_id, team_id, performer_id, visit_on, recorded_at, "
    "data, referral_id, voided, void_reason_code, changes FROM visits WHERE resident_id = $1 "
    "AND ($2 = '' OR visit_on || '/' || visit_id < $2) ORDER BY visit_on DESC, visit_id DESC "
    "LIMIT $3"};
inline constexpr Query kAddVisit{
    "add_visit",
    "INSERT INTO visits (visit_id, resident_id, institution_id, team_id, performer_id, visit_on, "
    "recorded_at, data, referral_id, voided, void_reason_code, changes) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,'',1)"};
inline constexpr Query kVoidVisit{
    "void_visit",
    "UPDATE visits SET voided = 1, void_reason_code = $2, changes = changes + 1 "
    "WHERE visit_id = $1"};
inline constexpr Query kSaveClass{
    "save_visit_class",
    "INSERT INTO visit_classes (visit_id, enrolment_id, disease_code, visit_on, control_class, "
    "danger, on_goal, unsatisfied_run, next_due_on, rule_set_version, missing) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) ON CONFLICT (visit_id, enrolment_id) DO UPDATE "
    "SET "
    "control_class=$5, danger=$6, on_goal=$7, unsatisfied_run=$8, next_due_on=$9, "
    "rule_set_version=$10, missing=$11"};
inline constexpr Query kClassesOfVisit{
    "classes_of_visit",
    "SELECT enrolment_id, disease_code, control_class, danger, on_goal, unsatisfied_run, "
    "next_due_on, rule_set_version, missing FROM visit_classes WHERE visit_id = $1 "
    "ORDER BY disease_code, enrolment_id"};
inline constexpr Query kClassesOfEnrolment{
    "classes_of_enrolment",
    "SELECT enrolment_id, disease_code, control_class, danger, on_goal, unsatisfied_run, "
    "next_due_on, rule_set_version, missing, visit_id FROM visit_classes WHERE enrolment_id = $1"};
inline constexpr Query kDeleteClass{
    "delete_visit_class", "DELETE FROM visit_classes WHERE visit_id = $1 AND enrolment_id = $2"};

#define YILIAN_ACTION_COLUMNS                                                              \
    "action_id, enrolment_id, resident_id, team_id, disease_code, referral_id, visit_id, " \
    "kind, opened_on, due_on, state, done_ref, changes"
inline constexpr Query kActionById{
    "care_action_by_id", "SELECT " YILIAN_ACTION_COLUMNS " FROM care_actions WHERE action_id = $1"};
inline constexpr Query kActionsOfResident{
    "care_actions_of_resident",
    "SELECT " YILIAN_ACTION_COLUMNS
    " FROM care_actions WHERE resident_id = $1 ORDER BY due_on, action_id"};
inline constexpr Query kActionsOfTeam{
    "care_actions_of_team",
    "SELECT " YILIAN_ACTION_COLUMNS
    " FROM care_actions WHERE ($1 = '' OR team_id = $1) AND ($2 = '' OR resident_id = $2) "
    "AND due_on || '/' || action_id > $3 ORDER BY due_on, action_id LIMIT $4"};
inline constexpr Query kSaveAction{
    "save_care_action",
    "INSERT INTO care_actions (" YILIAN_ACTION_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) ON CONFLICT (action_id) DO UPDATE SET "
    "team_id=$4, referral_id=$6, due_on=$10, state=$11, done_ref=$12, changes=$13 "
    "WHERE care_actions.changes = $13 - 1"};

inline constexpr Query kResident{
    "resident_copy",
    "SELECT sex, birth_date, home_institution_id, deceased_on, CASE WHEN merged_at > split_at THEN "
    "merged_into ELSE '' END FROM resident_copies WHERE resident_id = $1"};
inline constexpr Query kSaveResident{
    "save_resident_copy",
    "INSERT INTO resident_copies (resident_id, sex, birth_date, home_institution_id, deceased_on, "
    "merged_into, merged_at, split_at) VALUES ($1,$2,$3,$4,NULL,'',0,0) ON CONFLICT (resident_id) "
    "DO UPDATE SET sex=$2, birth_date=$3, home_institution_id=$4"};
inline constexpr Query kResidentDied{
    "resident_copy_died", "UPDATE resident_copies SET deceased_on = $2 WHERE resident_id = $1"};
inline constexpr Query kResidentMoved{
    "resident_copy_moved",
    "UPDATE resident_copies SET home_institution_id = $2 WHERE resident_id = $1"};
inline constexpr Query kResidentMerged{
    "resident_copy_merged",
    "UPDATE resident_copies SET merged_into = $2, merged_at = $3 WHERE resident_id = $1 AND "
    "merged_at < $3"};
inline constexpr Query kResidentSplit{
    "resident_copy_split",
    "UPDATE resident_copies SET split_at = $2 WHERE resident_id = $1 AND split_at < $2"};

inline constexpr Query kPractitioner{
    "practitioner_copy",
    "SELECT institution_ids, title, rights, valid_from, valid_to FROM practitioner_copies "
    "WHERE practitioner_id = $1"};
inline constexpr Query kSavePractitioner{
    "save_practitioner_copy",
    "INSERT INTO practitioner_copies (practitioner_id, institution_ids, title, rights, valid_from, "
    "valid_to, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (practitioner_id) DO UPDATE "
    "SET "
    "institution_ids=$2, title=$3, rights=$4, valid_from=$5, valid_to=$6, caused_by=$7"};

inline constexpr Query kInstitutionKnown{
    "institution_copy", "SELECT class FROM institution_copies WHERE institution_id = $1"};
inline constexpr Query kSaveInstitution{
    "save_institution_copy",
    "INSERT INTO institution_copies (institution_id, class, level, parent_institution_id, "
    "caused_by) VALUES ($1,$2,$3,$4,$5) ON CONFLICT (institution_id) DO UPDATE SET class=$2, "
    "level=$3, parent_institution_id=$4, caused_by=$5"};
inline constexpr Query kTeam{
    "team_copy", "SELECT institution_id, dissolved FROM team_copies WHERE team_id = $1"};
inline constexpr Query kSaveTeam{
    "save_team_copy",
    "INSERT INTO team_copies (team_id, institution_id, leader_id, dissolved, caused_by) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (team_id) DO UPDATE SET leader_id=$3, dissolved=$4, "
    "caused_by=$5"};

// What was renewed, changed or ended holds to its last day.
inline constexpr Query kContractOn{
    "contract_copy_on",
    "SELECT contract_id, team_id, institution_id FROM contract_copies WHERE resident_id = $1 "
    "AND state <> 'VOID' AND valid_from <= $2 AND valid_to >= $2 ORDER BY valid_from DESC, "
    "contract_id LIMIT 1"};
inline constexpr Query kSaveContract{
    "save_contract_copy",
    "INSERT INTO contract_copies (contract_id, resident_id, team_id, institution_id, valid_from, "
    "valid_to, state, caused_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT (contract_id) DO "
    "UPDATE SET team_id=$3, institution_id=$4, valid_from=$5, valid_to=$6, state=$7, caused_by=$8"};
inline constexpr Query kChangeContract{
    "change_contract_copy",
    "UPDATE contract_copies SET state = $2, valid_to = $3, caused_by = $4 WHERE contract_id = $1"};

inline constexpr Query kSaveStay{
    "save_stay_copy",
    "INSERT INTO stay_copies (list_id, institution_id, version, resident_id, admission_date, "
    "discharge_date, withdrawn, caused_by) VALUES ($1,$2,$3,$4,$5,$6,0,$7) ON CONFLICT "
    "(institution_id, list_id) DO UPDATE SET version=$3, resident_id=$4, admission_date=$5, "
    "discharge_date=$6, withdrawn=0, caused_by=$7 WHERE stay_copies.version <= $3"};
inline constexpr Query kWithdrawStay{
    "withdraw_stay_copy",
    "UPDATE stay_copies SET withdrawn = 1, caused_by = $4 WHERE list_id = $1 AND "
    "institution_id = $2 AND version <= $3"};

inline constexpr Query kSaveDispense{
    "save_dispense_copy",
    "INSERT INTO dispense_copies (dispense_id, line_no, resident_id, generic_code, dispensed_on, "
    "days_supplied, reversed, caused_by) VALUES ($1,$2,$3,$4,$5,$6,0,$7) ON CONFLICT "
    "(dispense_id, line_no) DO UPDATE SET generic_code=$4, dispensed_on=$5, days_supplied=$6, "
    "caused_by=$7"};
inline constexpr Query kReverseDispense{
    "reverse_dispense_copy",
    "UPDATE dispense_copies SET reversed = 1, caused_by = $3 WHERE dispense_id = $1 AND "
    "line_no = $2"};
inline constexpr Query kSaveRefillGap{
    "save_refill_gap_copy",
    "INSERT INTO refill_gap_copies (resident_id, disease_code, covered_until, next_dispensed_on, "
    "gap_days, caused_by) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (resident_id, disease_code, "
    "covered_until) DO UPDATE SET next_dispensed_on=$4, gap_days=$5, caused_by=$6"};

inline constexpr Query kClosePeriod{"close_period",
                                    "INSERT INTO closed_periods (period, caused_by) VALUES ($1,$2) "
                                    "ON CONFLICT (period) DO NOTHING"};
inline constexpr Query kPeriodClosed{"period_closed",
                                     "SELECT 1 FROM closed_periods WHERE period = $1"};
inline constexpr Query kBatch{
    "import_batch", "SELECT undone, institution_id FROM import_batches WHERE batch_id = $1"};
inline constexpr Query kAddBatch{
    "add_import_batch",
    "INSERT INTO import_batches (batch_id, institution_id, imported_at, undone) "
    "VALUES ($1,$2,$3,0) ON CONFLICT (batch_id) DO NOTHING"};
inline constexpr Query kUndoBatch{"undo_import_batch",
                                  "UPDATE import_batches SET undone = 1 WHERE batch_id = $1"};

// Figures of GetCounts.
inline constexpr Query kCountVisits{"count_visits", "SELECT count(*) FROM visits WHERE voided = 0"};
inline constexpr Query kCountAdvice{
    "count_advice", "SELECT count(*) FROM care_actions WHERE kind IN ('REFER_UP', 'URGENT_REFER')"};
inline constexpr Query kCountEnrolled{
    "count_enrolled",
    "SELECT disease_code, count(*) FROM enrolments WHERE confirmed_on IS NOT NULL "
    "AND state <> 'CLOSED' GROUP BY disease_code ORDER BY disease_code"};
inline constexpr Query kControlByMonth{
    "control_by_month",
    "SELECT m.month, c.disease_code, sum(CASE WHEN c.control_class = 'SATISFIED' THEN 1 ELSE 0 "
    "END), count(*) FROM (SELECT DISTINCT substr(visit_on, 1, 7) AS month FROM visit_classes) m "
    "JOIN visit_classes c ON substr(c.visit_on, 1, 7) <= m.month AND c.control_class <> 'NONE' "
    "AND NOT EXISTS (SELECT 1 FROM visit_classes n WHERE n.enrolment_id = c.enrolment_id "
    "AND n.control_class <> 'NONE' AND substr(n.visit_on, 1, 7) <= m.month "
    "AND n.visit_on || '/' || n.visit_id > c.visit_on || '/' || c.visit_id) "
    "GROUP BY m.month, c.disease_code ORDER BY m.month, c.disease_code"};

// Checks: every row is a violation.
inline constexpr Query kCheckTwoOpen{
    "check_two_open",
    "SELECT min(enrolment_id) FROM enrolments WHERE state <> 'CLOSED' "
    "GROUP BY resident_id, disease_code HAVING count(*) > 1 ORDER BY 1"};
inline constexpr Query kCheckStanding{
    "check_standing",
    "SELECT e.enrolment_id FROM enrolments e JOIN visit_classes c ON c.visit_id = e.class_visit_id "
    "AND c.enrolment_id = e.enrolment_id WHERE c.unsatisfied_run <> e.unsatisfied_run "
    "OR c.control_class <> e.control_class ORDER BY 1"};
inline constexpr Query kCheckDue{
    "check_due",
    "SELECT enrolment_id FROM enrolments WHERE next_due_on < class_visit_on ORDER BY 1"};
inline constexpr Query kCheckDanger{
    "check_danger",
    "SELECT c.visit_id FROM visit_classes c JOIN visits v ON v.visit_id = c.visit_id WHERE "
    "c.danger = 1 AND v.voided = 0 AND 1 <> (SELECT count(*) FROM care_actions a WHERE a.visit_id "
    "= c.visit_id AND a.enrolment_id = c.enrolment_id AND a.kind = 'URGENT_REFER') ORDER BY 1"};
inline constexpr Query kCheckClosedDue{
    "check_closed_due",
    "SELECT enrolment_id FROM enrolments WHERE state = 'CLOSED' AND next_due_on IS NOT NULL "
    "ORDER BY 1"};
inline constexpr Query kCheckJournal{
    "check_journal",
    "SELECT e.enrolment_id FROM enrolments e WHERE e.changes <> (SELECT count(*) FROM "
    "enrolment_journal j WHERE j.enrolment_id = e.enrolment_id) OR NOT EXISTS (SELECT 1 FROM "
    "enrolment_journal j WHERE j.enrolment_id = e.enrolment_id AND j.changes = e.changes AND "
    "j.to_state = e.state) ORDER BY 1"};
inline constexpr Query kCheckOpenActions{
    "check_open_actions",
    "SELECT a.action_id FROM care_actions a JOIN enrolments e ON e.enrolment_id = a.enrolment_id "
    "WHERE e.state = 'CLOSED' AND a.state IN ('OPEN', 'OVERDUE') ORDER BY 1"};

}  // namespace yilian::registries::store
