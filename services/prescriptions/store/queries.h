#pragma once

#include "libs/storage/transaction.h"
#include "services/prescriptions/store/copy_queries.h"

// SQL of the service's own records; that of the copies of other services' facts: copy_queries.h.
namespace yilian::prescriptions::store {

using storage::Query;

#define YILIAN_RX_COLUMNS                                                                         \
    "prescription_id, number, state, resident_id, institution_id, prescriber_id, kind, is_long, " \
    "content, content_sha256, authored_on, parent_id, instance_no, instances, due_on, "           \
    "age_at_issue_days, issued_at, valid_until, signer_id, signature_algorithm, signed_at, "      \
    "signature, highest_level, double_signed, was_dispensed, dispensed_by, case_key, list_id, "   \
    "reason_code, insurance_rx_no, insurance_trace_code, pack_id, pack_version, "                 \
    "rule_set_version, catalogue, effective_at, dispensed_at, original_resident_id, changes, "    \
    "changed_at"

inline constexpr Query kById{"prescription_by_id",
                             "SELECT " YILIAN_RX_COLUMNS
                             " FROM prescriptions WHERE prescription_id = $1"};
inline constexpr Query kOfResident{
    "prescriptions_of_resident",
    "SELECT " YILIAN_RX_COLUMNS
    " FROM prescriptions WHERE resident_id = $1 ORDER BY prescription_id"};
inline constexpr Query kOfParent{
    "prescriptions_of_parent",
    "SELECT " YILIAN_RX_COLUMNS
    " FROM prescriptions WHERE parent_id = $1 AND parent_id <> '' ORDER BY instance_no"};
inline constexpr Query kPageOfResident{
    "prescription_page_of_resident",
    "SELECT " YILIAN_RX_COLUMNS
    " FROM prescriptions WHERE resident_id = $1 AND prescription_id > $2"
    " AND ($3 = '' OR $3 LIKE '%|' || state || '|%') ORDER BY prescription_id LIMIT $4"};
inline constexpr Query kPageOfInstitution{
    "prescription_page_of_institution",
    "SELECT " YILIAN_RX_COLUMNS
    " FROM prescriptions WHERE institution_id = $1 AND prescription_id > $2"
    " AND ($3 = '' OR $3 LIKE '%|' || state || '|%') ORDER BY prescription_id LIMIT $4"};
inline constexpr Query kSave{
    "save_prescription",
    "INSERT INTO prescriptions (" YILIAN_RX_COLUMNS
    ") VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22,$23,"
    "$24,$25,$26,$27,$28,$29,$30,$31,$32,$33,$34,$35,$36,$37,$38,$39,$40) "
    "ON CONFLICT (prescription_id) DO UPDATE SET state=$3, resident_id=$4, kind=$7, is_long=$8, "
    "content=$9, content_sha256=$10, authored_on=$11, instances=$14, age_at_issue_days=$16, "
    "issued_at=$17, valid_until=$18, signer_id=$19, signature_algorithm=$20, signed_at=$21, "
    "signature=$22, highest_level=$23, double_signed=$24, was_dispensed=$25, dispensed_by=$26, "
    "case_key=$27, list_id=$28, reason_code=$29, insurance_rx_no=$30, insurance_trace_code=$31, "
    "pack_id=$32, pack_version=$33, rule_set_version=$34, catalogue=$35, effective_at=$36, "
    "dispensed_at=$37, original_resident_id=$38, changes=$39, changed_at=$40 "
    "WHERE prescriptions.changes = $41"};

inline constexpr Query kLines{
    "prescription_lines",
    "SELECT line_no, generic_code, days, quantity_milli, external_purchase, state, "
    "dispensed_milli, first_dispensed_on, covered_until, non_dispense_reason "
    "FROM prescription_lines WHERE prescription_id = $1 ORDER BY line_no"};
inline constexpr Query kSaveLine{
    "save_prescription_line",
    "INSERT INTO prescription_lines (prescription_id, line_no, generic_code, days, "
    "quantity_milli, external_purchase, state, dispensed_milli, first_dispensed_on, "
    "covered_until, non_dispense_reason) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) "
    "ON CONFLICT (prescription_id, line_no) DO UPDATE SET generic_code=$3, days=$4, "
    "quantity_milli=$5, external_purchase=$6, state=$7, dispensed_milli=$8, "
    "first_dispensed_on=$9, covered_until=$10, non_dispense_reason=$11"};
inline constexpr Query kDropLinesAfter{
    "drop_prescription_lines",
    "DELETE FROM prescription_lines WHERE prescription_id = $1 AND line_no > $2"};
// What a resident has at home: lines dispensed that last beyond a day.
inline constexpr Query kCovered{
    "covered_of_resident",
    "SELECT l.generic_code, max(l.covered_until) FROM prescription_lines l JOIN prescriptions p "
    "ON p.prescription_id = l.prescription_id WHERE p.resident_id IN " YILIAN_PERSON
    " AND l.covered_until >= $2 "
    "AND p.prescription_id <> $3 GROUP BY l.generic_code ORDER BY l.generic_code"};

inline constexpr Query kReviews{
    "reviews_of_prescription",
    "SELECT record FROM reviews WHERE prescription_id = $1 ORDER BY review_no"};
inline constexpr Query kAddReview{
    "add_review",
    "INSERT INTO reviews (prescription_id, review_no, stage, result, content_sha256, record) "
    "SELECT $1, coalesce(max(review_no), 0) + 1, $2, $3, $4, $5 FROM reviews "
    "WHERE prescription_id = $1"};

inline constexpr Query kActiveClaim{
    "active_claim",
    "SELECT claim_id, dispenser_institution_id, secret_sha256, leased_until FROM claims "
    "WHERE prescription_id = $1 AND state = 'ACTIVE'"};
inline constexpr Query kClaimExists{"claim_exists", "SELECT 1 FROM claims WHERE claim_id = $1"};
inline constexpr Query kSaveClaim{
    "save_claim",
    "INSERT INTO claims (claim_id, prescription_id, dispenser_institution_id, secret_sha256, "
    "leased_until, state) VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (claim_id) DO UPDATE SET "
    "leased_until=$5, state=$6"};

inline constexpr Query kDispenses{
    "dispenses_of_prescription",
    "SELECT dispense_id, prescription_id, line_no, dispenser_institution_id, quantity_milli, "
    "days_supplied, trace_codes, substitute_of, product_code, dispenser_id, checked_by, at, "
    "reversed_at FROM dispenses WHERE prescription_id = $1 ORDER BY at, dispense_id"};
inline constexpr Query kDispenseExists{"dispense_exists",
                                       "SELECT 1 FROM dispenses WHERE dispense_id = $1"};
inline constexpr Query kAddDispense{
    "add_dispense",
    "INSERT INTO dispenses (dispense_id, prescription_id, line_no, dispenser_institution_id, "
    "quantity_milli, days_supplied, trace_codes, substitute_of, product_code, dispenser_id, "
    "checked_by, at, reversed_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,NULL)"};
inline constexpr Query kReverseDispense{
    "reverse_dispense", "UPDATE dispenses SET reversed_at = $2 WHERE dispense_id = $1"};

inline constexpr Query kTraceCode{
    "trace_code", "SELECT state, last_dispense_id FROM trace_codes WHERE code = $1"};
inline constexpr Query kSaveTraceCode{
    "save_trace_code",
    "INSERT INTO trace_codes (code, product_code, state, last_dispense_id, institution_id) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (code) DO UPDATE SET product_code=$2, state=$3, "
    "last_dispense_id=$4, institution_id=$5"};

inline constexpr Query kEligibility{
    "long_eligibility",
    "SELECT resident_id, disease_code, eligible, evidence_visit_id, evidence_on, limit_days, "
    "binding_limit, strict, valid_until, reassess_reason, assessed_by, institution_id, changes "
    "FROM long_eligibilities WHERE resident_id = $1 AND disease_code = $2"};
// The one that counts for the person: recorded on the latest evidence, ended before in force.
inline constexpr Query kEligibilityOfPerson{
    "long_eligibility_of_person",
    "SELECT resident_id, disease_code, eligible, evidence_visit_id, evidence_on, limit_days, "
    "binding_limit, strict, valid_until, reassess_reason, assessed_by, institution_id, changes "
    "FROM long_eligibilities WHERE resident_id IN " YILIAN_PERSON
    " AND disease_code = $2 ORDER BY COALESCE(evidence_on, '') DESC, eligible, resident_id LIMIT "
    "1"};
inline constexpr Query kEligibilitiesOfResident{
    "long_eligibilities_of_resident",
    "SELECT resident_id, disease_code, eligible, evidence_visit_id, evidence_on, limit_days, "
    "binding_limit, strict, valid_until, reassess_reason, assessed_by, institution_id, changes "
    "FROM long_eligibilities WHERE resident_id IN " YILIAN_PERSON
    " ORDER BY disease_code, COALESCE(evidence_on, '') DESC, eligible, resident_id"};
inline constexpr Query kSaveEligibility{
    "save_long_eligibility",
    "INSERT INTO long_eligibilities (resident_id, disease_code, eligible, evidence_visit_id, "
    "evidence_on, limit_days, binding_limit, strict, valid_until, reassess_reason, assessed_by, "
    "institution_id, changes) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) "
    "ON CONFLICT (resident_id, disease_code) DO UPDATE SET eligible=$3, evidence_visit_id=$4, "
    "evidence_on=$5, limit_days=$6, binding_limit=$7, strict=$8, valid_until=$9, "
    "reassess_reason=$10, assessed_by=$11, institution_id=$12, changes=$13 "
    "WHERE long_eligibilities.changes = $13 - 1"};

inline constexpr Query kAddJournal{
    "add_prescription_journal",
    "INSERT INTO prescription_journal (prescription_id, changes, action, from_state, to_state, "
    "actor_id, institution_id, at, reason_code, pack_version, correlation_id) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)"};
inline constexpr Query kNextNumber{
    "next_prescription_number",
    "INSERT INTO number_sequences (day, shard, last) VALUES ($1, $2, 1) ON CONFLICT (day, shard) "
    "DO UPDATE SET last = number_sequences.last + 1 RETURNING last"};

// Drug catalogue.
inline constexpr Query kCatalogueOn{
    "catalogue_on",
    "SELECT catalogue_id, version FROM drug_catalogues WHERE effective_from <= $1 "
    "ORDER BY effective_from DESC LIMIT 1"};
inline constexpr Query kCatalogue{
    "catalogue",
    "SELECT effective_from, source FROM drug_catalogues WHERE catalogue_id = $1 AND version = $2"};
inline constexpr Query kCatalogueFrom{
    "catalogue_from",
    "SELECT catalogue_id, version FROM drug_catalogues WHERE effective_from = $1"};
inline constexpr Query kAddCatalogue{
    "add_catalogue",
    "INSERT INTO drug_catalogues (catalogue_id, version, effective_from, source) "
    "VALUES ($1,$2,$3,$4)"};
inline constexpr Query kDropEmptyCatalogues{
    "drop_empty_catalogues",
    "DELETE FROM drug_catalogues WHERE NOT EXISTS (SELECT 1 FROM drugs d WHERE "
    "d.catalogue_id = drug_catalogues.catalogue_id AND d.version = drug_catalogues.version)"};
inline constexpr Query kCataloguePage{
    "catalogue_page",
    "SELECT c.catalogue_id, c.version, c.effective_from, c.source, (SELECT count(*) FROM drugs d "
    "WHERE d.catalogue_id = c.catalogue_id AND d.version = c.version) FROM drug_catalogues c "
    "WHERE c.effective_from > $1 ORDER BY c.effective_from LIMIT $2"};
inline constexpr Query kDrug{
    "drug",
    "SELECT drug FROM drugs WHERE catalogue_id = $1 AND version = $2 AND generic_code = $3"};
inline constexpr Query kDrugsOfCatalogue{
    "drugs_of_catalogue",
    "SELECT generic_code, drug FROM drugs WHERE catalogue_id = $1 AND version = $2 "
    "ORDER BY generic_code"};
inline constexpr Query kAddDrug{
    "add_drug",
    "INSERT INTO drugs (catalogue_id, version, generic_code, drug, batch_id) "
    "VALUES ($1,$2,$3,$4,$5)"};
inline constexpr Query kBatchInUse{
    "drug_batch_in_use",
    "SELECT p.prescription_id FROM prescriptions p WHERE p.catalogue IN (SELECT DISTINCT "
    "catalogue_id || '@' || version FROM drugs WHERE batch_id = $1) LIMIT 1"};
inline constexpr Query kDropBatch{"drop_drug_batch", "DELETE FROM drugs WHERE batch_id = $1"};
inline constexpr Query kBatch{"import_batch",
                              "SELECT undone, institution_id FROM import_batches WHERE batch_id = $1"};
inline constexpr Query kAddBatch{
    "add_import_batch",
    "INSERT INTO import_batches (batch_id, institution_id, imported_at, undone) "
    "VALUES ($1,$2,$3,0) ON CONFLICT (batch_id) DO NOTHING"};
inline constexpr Query kUndoBatch{"undo_import_batch",
                                  "UPDATE import_batches SET undone = 1 WHERE batch_id = $1"};

// Figures of GetCounts.
inline constexpr Query kCountDispensed{
    "count_dispensed", "SELECT count(*) FROM prescriptions WHERE dispensed_at IS NOT NULL"};
inline constexpr Query kCountLong{
    "count_long",
    "SELECT count(*) FROM prescriptions WHERE is_long = 1 AND effective_at IS NOT NULL "
    "AND parent_id = ''"};
inline constexpr Query kCountStates{
    "count_states", "SELECT state, count(*) FROM prescriptions GROUP BY state ORDER BY state"};

}  // namespace yilian::prescriptions::store
