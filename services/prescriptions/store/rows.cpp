#include "services/prescriptions/store/rows.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/queries.h"
#include "services/prescriptions/store/values.h"

namespace yilian::prescriptions::store {
namespace {

using storage::Row;
using storage::Transaction;
using storage::Value;

std::int32_t i32(const Row& row, std::size_t column) {
    return static_cast<std::int32_t>(row.i64(column));
}

domain::Line line_of(const Row& row) {
    domain::Line l;
    l.line_no = i32(row, 0);
    l.generic_code = row.text(1);
    l.days = i32(row, 2);
    l.quantity_milli = row.i64(3);
    l.external_purchase = row.flag(4);
    l.state = *domain::line_state_of(row.text(5));
    l.dispensed_milli = row.i64(6);
    l.first_dispensed_on = opt_date(row, 7);
    l.covered_until = opt_date(row, 8);
    l.non_dispense_reason = row.text(9);
    return l;
}

void read_content(domain::Prescription& p, const Row& row) {
    p.content_bytes = row.bytes(8);
    v1::PrescriptionContent message;
    YILIAN_INVARIANT(message.ParseFromString(p.content_bytes),
                     "prescriptions: stored content does not parse");
    p.content = content_of(message);
    p.content_sha256 = row.text(9);
    p.authored_on = *domain::CivilDate::parse(row.text(10));
}

void read_signature(domain::Prescription& p, const Row& row) {
    if (row.null(18)) return;
    p.signature =
        domain::Signature{row.text(18), row.text(19), row.instant(20), row.opt_bytes(21).value()};
}

Eligibility eligibility_of(const Row& row) {
    Eligibility e;
    e.resident_id = row.text(0);
    e.disease_code = row.text(1);
    e.eligible = row.flag(2);
    e.evidence_visit_id = row.text(3);
    e.evidence_on = opt_date(row, 4);
    e.limit_days = i32(row, 5);
    e.binding_limit =
        domain::limit_source_of(row.text(6)).value_or(domain::LimitSource::kUnspecified);
    e.strict = row.flag(7);
    e.valid_until = opt_date(row, 8);
    e.reassess_reason = row.text(9);
    e.assessed_by = row.text(10);
    e.institution_id = row.text(11);
    e.changes = row.i64(12);
    return e;
}

[[noreturn]] void changed_meanwhile(const char* what) {
    throw storage::StorageError(storage::StorageError::Kind::kConflict, what);
}

int shard_of(std::string_view resident_id) {
    return crypto::sha256(resident_id)[0] % kNumberShards;
}

}  // namespace

domain::Prescription prescription_of(Transaction& tx, const Row& row) {
    domain::Prescription p;
    p.prescription_id = row.text(0);
    p.number = row.text(1);
    p.state = *domain::kLifecycle.state_named(row.text(2));
    p.loaded_state = p.state;
    p.resident_id = row.text(3);
    p.institution_id = row.text(4);
    p.prescriber_id = row.text(5);
    p.is_long = row.flag(7);
    read_content(p, row);
    p.parent_id = row.text(11);
    p.instance_no = i32(row, 12);
    p.instances = i32(row, 13);
    p.due_on = opt_date(row, 14);
    p.age_at_issue_days = i32(row, 15);
    p.issued_at = row.opt_instant(16);
    p.valid_until = row.opt_instant(17);
    read_signature(p, row);
    p.highest_level = *domain::level_of(row.text(22));
    p.double_signed = row.flag(23);
    p.was_dispensed = row.flag(24);
    p.dispensed_by = row.text(25);
    p.case_key = row.text(26);
    p.list_id = row.text(27);
    p.reason_code = row.text(28);
    p.insurance_rx_no = row.text(29);
    p.insurance_trace_code = row.text(30);
    p.pack_id = row.text(31);
    p.pack_version = i32(row, 32);
    p.rule_set_version = row.text(33);
    p.catalogue = row.text(34);
    p.effective_at = row.opt_instant(35);
    p.dispensed_at = row.opt_instant(36);
    p.original_resident_id = row.text(37);
    p.changes = row.i64(38);
    p.loaded_changes = p.changes;
    p.changed_at = row.instant(39);
    for (const Row& line : tx.select(kLines, p.prescription_id)) p.lines.push_back(line_of(line));
    if (const auto claim = tx.select_one(kActiveClaim, p.prescription_id)) {
        p.claim = domain::Claim{claim->text(0), p.prescription_id, claim->text(1),
                                claim->text(2), claim->instant(3), domain::ClaimState::kActive};
    }
    return p;
}

std::optional<domain::Prescription> prescription(Transaction& tx, std::string_view id) {
    const auto row = tx.select_one(kById, id);
    if (!row) return std::nullopt;
    return prescription_of(tx, *row);
}

std::vector<domain::Prescription> prescriptions_of(Transaction& tx, std::string_view resident_id) {
    std::vector<domain::Prescription> out;
    for (const Row& row : tx.select(kOfResident, resident_id)) {
        out.push_back(prescription_of(tx, row));
    }
    return out;
}

std::vector<domain::Prescription> instances_of(Transaction& tx, std::string_view parent_id) {
    std::vector<domain::Prescription> out;
    for (const Row& row : tx.select(kOfParent, parent_id)) out.push_back(prescription_of(tx, row));
    return out;
}

void save(Transaction& tx, domain::Prescription& p) {
    const auto& s = p.signature;
    const std::int64_t saved = tx.run(
        kSave, p.prescription_id, p.number, domain::kLifecycle.name(p.state), p.resident_id,
        p.institution_id, p.prescriber_id, domain::name_of(p.content.kind), p.is_long,
        storage::Blob{p.content_bytes}, p.content_sha256, p.authored_on.text(), p.parent_id,
        p.instance_no, p.instances, date_value(p.due_on), p.age_at_issue_days,
        instant_value(p.issued_at), instant_value(p.valid_until), s ? Value(s->signer_id) : Value(),
        s ? Value(s->algorithm) : Value(), s ? Value(s->signed_at) : Value(),
        s ? Value(storage::Blob{s->value}) : Value(), domain::name_of(p.highest_level),
        p.double_signed, p.was_dispensed, p.dispensed_by, p.case_key, p.list_id, p.reason_code,
        p.insurance_rx_no, p.insurance_trace_code, p.pack_id, p.pack_version, p.rule_set_version,
        p.catalogue, instant_value(p.effective_at), instant_value(p.dispensed_at),
        p.original_resident_id, p.changes, p.changed_at, p.loaded_changes);
    if (saved == 0) changed_meanwhile("prescription changed meanwhile");
    p.loaded_changes = p.changes;
    p.loaded_state = p.state;
    for (const domain::Line& l : p.lines) {
        tx.post(kSaveLine, p.prescription_id, l.line_no, l.generic_code, l.days, l.quantity_milli,
                l.external_purchase, domain::name_of(l.state), l.dispensed_milli,
                date_value(l.first_dispensed_on), date_value(l.covered_until),
                l.non_dispense_reason);
    }
    if (p.state == domain::State::kDraft || p.state == domain::State::kReturned) {
        tx.post(kDropLinesAfter, p.prescription_id, static_cast<std::int64_t>(p.lines.size()));
    }
}

void add_journal(Transaction& tx, const domain::Prescription& after, const JournalLine& line) {
    tx.post(kAddJournal, after.prescription_id, after.changes, line.action, line.from_state,
            line.to_state, line.actor_id, line.institution_id, line.at, after.reason_code,
            after.pack_version, line.correlation_id);
}

std::vector<v1::ReviewRecord> reviews(Transaction& tx, std::string_view prescription_id) {
    std::vector<v1::ReviewRecord> out;
    for (const Row& row : tx.select(kReviews, prescription_id)) {
        YILIAN_INVARIANT(out.emplace_back().ParseFromString(row.bytes(0)),
                         "prescriptions: stored review does not parse");
    }
    return out;
}

void add_review(Transaction& tx, std::string_view prescription_id, const v1::ReviewRecord& record) {
    tx.run(kAddReview, prescription_id,
           domain::name_of(static_cast<domain::ReviewStage>(record.stage())),
           domain::name_of(static_cast<domain::ReviewResult>(record.result())),
           record.content_sha256(), storage::Blob{record.SerializeAsString()});
}

void save(Transaction& tx, const domain::Claim& claim) {
    tx.run(kSaveClaim, claim.claim_id, claim.prescription_id, claim.dispenser_institution_id,
           claim.secret_sha256, claim.leased_until, domain::name_of(claim.state));
}

bool claim_exists(Transaction& tx, std::string_view claim_id) {
    return tx.select_one(kClaimExists, claim_id).has_value();
}

std::vector<domain::Dispense> dispenses(Transaction& tx, std::string_view prescription_id) {
    std::vector<domain::Dispense> out;
    for (const Row& row : tx.select(kDispenses, prescription_id)) {
        domain::Dispense d;
        d.dispense_id = row.text(0);
        d.prescription_id = row.text(1);
        d.line_no = i32(row, 2);
        d.dispenser_institution_id = row.text(3);
        d.quantity_milli = row.i64(4);
        d.days_supplied = i32(row, 5);
        d.trace_codes = split(row.text(6));
        d.substitute_of = row.text(7);
        d.product_code = row.text(8);
        d.dispenser_id = row.text(9);
        d.checked_by = row.text(10);
        d.at = row.instant(11);
        d.reversed_at = row.opt_instant(12);
        out.push_back(std::move(d));
    }
    return out;
}

bool dispense_exists(Transaction& tx, std::string_view dispense_id) {
    return tx.select_one(kDispenseExists, dispense_id).has_value();
}

void add(Transaction& tx, const domain::Dispense& d) {
    tx.run(kAddDispense, d.dispense_id, d.prescription_id, d.line_no, d.dispenser_institution_id,
           d.quantity_milli, d.days_supplied, join(d.trace_codes), d.substitute_of, d.product_code,
           d.dispenser_id, d.checked_by, d.at);
    set_trace_codes(tx, d, true);
}

void reverse(Transaction& tx, const domain::Dispense& d, Instant at) {
    tx.run(kReverseDispense, d.dispense_id, at);
    set_trace_codes(tx, d, false);
}

std::optional<TraceCode> trace_code(Transaction& tx, std::string_view code) {
    const auto row = tx.select_one(kTraceCode, code);
    if (!row) return std::nullopt;
    return TraceCode{row->text(0) == "DISPENSED", row->text(1)};
}

void set_trace_codes(Transaction& tx, const domain::Dispense& d, bool dispensed) {
    for (const std::string& code : d.trace_codes) {
        tx.run(kSaveTraceCode, code, d.product_code, dispensed ? "DISPENSED" : "RETURNED",
               d.dispense_id, d.dispenser_institution_id);
    }
}

std::optional<Eligibility> eligibility(Transaction& tx, std::string_view resident_id,
                                       std::string_view disease_code) {
    const auto row = tx.select_one(kEligibility, resident_id, disease_code);
    if (!row) return std::nullopt;
    return eligibility_of(*row);
}

std::optional<Eligibility> eligibility_of_person(Transaction& tx, std::string_view resident_id,
                                                 std::string_view disease_code) {
    const auto row = tx.select_one(kEligibilityOfPerson, resident_id, disease_code);
    if (!row) return std::nullopt;
    return eligibility_of(*row);
}

std::vector<Eligibility> eligibilities(Transaction& tx, std::string_view resident_id) {
    std::vector<Eligibility> out = all_eligibilities(tx, resident_id);
    const auto later = std::ranges::unique(out, {}, &Eligibility::disease_code);
    out.erase(later.begin(), later.end());
    return out;
}

std::vector<Eligibility> all_eligibilities(Transaction& tx, std::string_view resident_id) {
    std::vector<Eligibility> out;
    for (const Row& row : tx.select(kEligibilitiesOfResident, resident_id)) {
        out.push_back(eligibility_of(row));
    }
    return out;
}

void save(Transaction& tx, const Eligibility& e) {
    const std::int64_t saved = tx.run(
        kSaveEligibility, e.resident_id, e.disease_code, e.eligible, e.evidence_visit_id,
        date_value(e.evidence_on), e.limit_days, domain::name_of(e.binding_limit), e.strict,
        date_value(e.valid_until), e.reassess_reason, e.assessed_by, e.institution_id, e.changes);
    if (saved == 0) changed_meanwhile("eligibility changed meanwhile");
}

std::string number_key(std::string_view resident_id) {
    return "number/" + std::to_string(shard_of(resident_id));
}

std::string next_number(Transaction& tx, std::string_view district, domain::CivilDate today,
                        std::string_view resident_id) {
    // Instances of long prescriptions are planned by units that do not know the resident
    // beforehand; they share a sequence of their own.
    const int shard = resident_id.empty() ? kNumberShards : shard_of(resident_id);
    const auto row = tx.select_one(kNextNumber, today.text(), shard);
    const std::int64_t sequence = row->i64(0) * (kNumberShards + 1) + shard;
    YILIAN_INVARIANT(sequence < 100'000'000, "prescriptions: numbers of the day used up");
    return fmt::format("{}{:02}{:02}{:02}{:08}", district, today.year() % 100, today.month(),
                       today.day(), sequence);
}

std::string catalogue_on(Transaction& tx, domain::CivilDate day) {
    const auto row = tx.select_one(kCatalogueOn, day.text());
    return row ? row->text(0) + "@" + row->text(1) : "";
}

std::optional<v1::DrugRow> drug_row(Transaction& tx, std::string_view catalogue,
                                    std::string_view generic_code) {
    const auto at = catalogue.find('@');
    if (at == std::string_view::npos) return std::nullopt;
    const auto row =
        tx.select_one(kDrug, catalogue.substr(0, at), catalogue.substr(at + 1), generic_code);
    if (!row) return std::nullopt;
    v1::DrugRow message;
    YILIAN_INVARIANT(message.ParseFromString(row->bytes(0)),
                     "prescriptions: stored drug does not parse");
    return message;
}

std::optional<domain::Drug> drug(Transaction& tx, std::string_view catalogue,
                                 std::string_view generic_code) {
    const auto row = drug_row(tx, catalogue, generic_code);
    if (!row) return std::nullopt;
    return drug_of(*row);
}

std::vector<CoveredDrug> covered(Transaction& tx, std::string_view resident_id,
                                 domain::CivilDate on, std::string_view without_prescription) {
    std::vector<CoveredDrug> out;
    for (const Row& row : tx.select(kCovered, resident_id, on.text(), without_prescription)) {
        out.push_back({row.text(0), *domain::CivilDate::parse(row.text(1))});
    }
    return out;
}

}  // namespace yilian::prescriptions::store
