#include "services/referrals/store/referral_rows.h"

#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::store {
namespace {

using domain::Referral;
using domain::State;
using storage::Blob;
using storage::Row;
using storage::Transaction;

void read_what_was_asked(const Row& row, Referral& r) {
    r.referral_id = row.text(0);
    r.number = row.text(1);
    r.changes = row.i64(2);
    r.state = *domain::kLifecycle.state_named(row.text(3));
    r.state_since = row.instant(4);
    r.reason_code = row.text(5);
    r.resident_id = row.text(6);
    r.original_resident_id = row.text(7);
    r.chain_id = row.text(8);
    r.stored_content = row.bytes(9);
    r.content = content_of(parsed<v1::ReferralContent>(r.stored_content));
    r.sender_institution_id = row.text(10);
    r.contract_id = row.text(15);
    r.team_id = row.text(16);
    r.consortium_id = row.text(17);
    r.advice_action_id = row.text(18);
    r.enrolment_id = row.text(19);
    r.main_diagnosis_code = row.text(20);
    r.beyond_county = row.flag(21);
    r.criteria = row.bytes(22);
}

void read_what_became_of_it(const Row& row, Referral& r) {
    r.advice = row.text(23);
    r.items_requested = split(row.text(24));
    r.info_due_at = row.opt_instant(25);
    r.hold_id = row.text(26);
    r.booked_start_at = row.opt_instant(27);
    r.promise_due_at = row.opt_instant(28);
    r.review_escalated = row.flag(29);
    r.waiting_escalated = row.flag(30);
    r.submitted_at = row.opt_instant(31);
    r.accepted_at = row.opt_instant(32);
    r.arrived_at = row.opt_instant(33);
    r.completed_at = row.opt_instant(34);
    r.closed_at = row.opt_instant(35);
    r.encounter_ref = row.text(36);
    r.inpatient = row.flag(37);
    r.admitted_at = row.opt_instant(38);
    r.reply = row.bytes(39);
    r.record_late = row.flag(40);
    r.next_referral_id = row.text(41);
    r.pack_id = row.text(42);
    r.pack_version = static_cast<std::int32_t>(row.i64(43));
    r.care_started_at = row.opt_instant(44);
    r.care_ended_at = row.opt_instant(45);
    r.reply_late = row.flag(46);
}

domain::Task task_of(const Row& row) {
    return {.task_id = row.text(0),
            .hop = static_cast<std::int32_t>(row.i64(3)),
            .down = row.flag(4),
            .receiver_institution_id = row.text(5),
            .receiver_department_code = row.text(6),
            .outcome = domain::named<domain::TaskOutcome>(row.text(7)),
            .reviewer_id = row.text(8),
            .opened_at = row.instant(9),
            .due_at = row.opt_instant(10),
            .decided_at = row.opt_instant(11)};
}

domain::DownLeg down_of(const Row& row) {
    return {.from_institution_id = row.text(1),
            .to_institution_id = row.text(2),
            .consortium_id = row.text(3),
            .disease_codes = split(row.text(4)),
            .drug_codes = split(row.text(5)),
            .plan_document_id = row.text(6),
            .first_follow_up_on = opt_date(row, 7),
            .override_reason_code = row.text(8),
            .proposed_at = row.instant(9),
            .accepted_at = row.opt_instant(10),
            .arrived_at = row.opt_instant(11),
            .admitted_at = row.opt_instant(12)};
}

domain::FollowUp follow_up_of(const Row& row) {
    return {.order_id = row.text(0),
            .team_id = row.text(2),
            .due_on = *date_of(row.text(3)),
            .disease_codes = split(row.text(4)),
            .plan_document_id = row.text(5),
            .done_visit_id = row.text(6),
            .done_at = row.opt_instant(7),
            .voided = row.flag(8)};
}

void save_legs(Transaction& tx, const Referral& r) {
    if (r.down) {
        const domain::DownLeg& d = *r.down;
        tx.post(kSaveDownLeg, r.referral_id, d.from_institution_id, d.to_institution_id,
                d.consortium_id, join(d.disease_codes), join(d.drug_codes), d.plan_document_id,
                date_value(d.first_follow_up_on), d.override_reason_code, d.proposed_at,
                d.accepted_at, d.arrived_at, d.admitted_at);
    }
    if (r.follow_up) {
        const domain::FollowUp& f = *r.follow_up;
        tx.post(kSaveFollowUp, f.order_id, r.referral_id, f.team_id, f.due_on.text(),
                join(f.disease_codes), f.plan_document_id, f.done_visit_id, f.done_at, f.voided);
    }
}

constexpr std::string_view name_of(Side side) {
    return side == Side::kSender ? "SENDER" : "RECEIVER";
}

}  // namespace

std::optional<Referral> referral(Transaction& tx, std::string_view referral_id) {
    const auto row = tx.select_one(kReferral, referral_id);
    if (!row) return std::nullopt;
    Referral r;
    read_what_was_asked(*row, r);
    read_what_became_of_it(*row, r);
    for (const Row& task : tx.select(kTasks, referral_id)) r.tasks.push_back(task_of(task));
    if (const auto down = tx.select_one(kDownLeg, referral_id)) r.down = down_of(*down);
    if (const auto order = tx.select_one(kFollowUp, referral_id)) {
        r.follow_up = follow_up_of(*order);
    }
    return r;
}

void one_at_a_time(Transaction& tx, std::string_view key) { (void)tx.select(kLockKey, key); }

void save(Transaction& tx, const Referral& r) {
    const domain::Content& c = r.content;
    expect_saved(tx.run(
        kSaveReferral, r.referral_id, r.number, r.changes, domain::name_of(r.state), r.state_since,
        r.reason_code, r.resident_id, r.original_resident_id, r.chain_id, Blob{r.stored_content},
        r.sender_institution_id, r.receiver_institution_id(), domain::name_of(c.direction),
        domain::name_of(c.kind), domain::name_of(c.priority), r.contract_id, r.team_id,
        r.consortium_id, r.advice_action_id, r.enrolment_id, r.main_diagnosis_code, r.beyond_county,
        Blob{r.criteria}, r.advice, join(r.items_requested), r.info_due_at, r.hold_id,
        r.booked_start_at, r.promise_due_at, r.review_escalated, r.waiting_escalated,
        r.submitted_at, r.accepted_at, r.arrived_at, r.completed_at, r.closed_at, r.encounter_ref,
        r.inpatient, r.admitted_at, Blob{r.reply}, r.record_late, r.next_referral_id, r.pack_id,
        std::int64_t{r.pack_version}, r.care_started_at, r.care_ended_at, r.reply_late));
    save_legs(tx, r);
}

void save(Transaction& tx, const Referral& r, const domain::Task& task) {
    std::int64_t position = 0;
    for (const domain::Task& each : r.tasks) {
        if (each.task_id == task.task_id) break;
        ++position;
    }
    // Not posted: the order of closing one task and opening the next matters to the constraint.
    tx.run(kSaveTask, task.task_id, r.referral_id, position, std::int64_t{task.hop}, task.down,
           task.receiver_institution_id, task.receiver_department_code,
           domain::name_of(task.outcome), task.reviewer_id, task.opened_at, task.due_at,
           task.decided_at);
}

void add_history(Transaction& tx, const Referral& after, const HistoryLine& line) {
    tx.post(kAddEvent, after.referral_id, after.changes, line.action, line.from_state,
            line.to_state, line.actor_id, line.institution_id, line.at, after.reason_code,
            std::int64_t{after.pack_version}, line.correlation_id);
}

void add_party(Transaction& tx, std::string_view referral_id, std::string_view institution_id,
               Side side) {
    if (institution_id.empty()) return;
    tx.post(kAddParty, referral_id, institution_id, name_of(side));
}

bool is_party(Transaction& tx, std::string_view referral_id, std::string_view institution_id) {
    return tx.select_one(kIsParty, referral_id, institution_id).has_value();
}

std::vector<v1::Document> documents(Transaction& tx, std::string_view referral_id) {
    std::vector<v1::Document> found;
    for (const Row& row : tx.select(kDocuments, referral_id)) {
        found.push_back(parsed<v1::Document>(row.bytes(0)));
    }
    return found;
}

std::optional<DocumentKey> document_key(Transaction& tx, std::string_view document_id) {
    const auto row = tx.select_one(kDocumentHash, document_id);
    if (!row) return std::nullopt;
    return DocumentKey{row->text(0), row->text(1)};
}

void add_document(Transaction& tx, std::string_view referral_id, const v1::Document& document) {
    tx.post(kAddDocument, document.document_id(), referral_id, document.sha256(),
            Blob{document.SerializeAsString()});
}

StoredEvidence evidence_row(const Row& row) {
    domain::Evidence e;
    e.evidence_id = row.text(0);
    e.referral_id = row.text(1);
    e.chain_id = row.text(4);
    e.resident_id = row.text(5);
    e.from_institution_id = row.text(6);
    e.to_institution_id = row.text(7);
    e.consortium_id = row.text(8);
    e.direction = domain::named<domain::Direction>(row.text(9));
    e.main_diagnosis_code = row.text(10);
    e.beyond_county = row.flag(11);
    e.emergency = row.flag(12);
    e.valid = row.flag(13);
    e.invalid_reason = row.text(14);
    e.supersedes_evidence_id = row.text(15);
    e.submitted_at = row.opt_instant(16);
    e.accepted_at = row.opt_instant(17);
    e.arrived_at = row.opt_instant(18);
    e.admitted_at = row.opt_instant(19);
    e.issued_at = row.opt_instant(20);
    e.signature = row.bytes(21);
    e.key_id = row.text(22);
    return {std::move(e), row.flag(3)};
}

std::optional<StoredEvidence> evidence(Transaction& tx, std::string_view evidence_id) {
    const auto row = tx.select_one(kEvidence, evidence_id);
    if (!row) return std::nullopt;
    return evidence_row(*row);
}

std::vector<StoredEvidence> evidence_of(Transaction& tx, std::string_view referral_id) {
    std::vector<StoredEvidence> found;
    for (const Row& row : tx.select(kEvidenceOfReferral, referral_id)) {
        found.push_back(evidence_row(row));
    }
    return found;
}

void add_evidence(Transaction& tx, const StoredEvidence& stored, std::int64_t position) {
    const domain::Evidence& e = stored.evidence;
    tx.run(kAddEvidence, e.evidence_id, e.referral_id, position, stored.down, e.chain_id,
           e.resident_id, e.from_institution_id, e.to_institution_id, e.consortium_id,
           domain::name_of(e.direction), e.main_diagnosis_code, e.beyond_county, e.emergency,
           e.valid, e.invalid_reason, e.supersedes_evidence_id, e.submitted_at, e.accepted_at,
           e.arrived_at, e.admitted_at, e.issued_at, Blob{e.signature}, e.key_id);
}

std::string next_number(Transaction& tx, std::string_view district, calendar::CivilDate on) {
    const std::int64_t sequence = tx.select_one(kNextNumber, on.text())->i64(0);
    YILIAN_INVARIANT(sequence <= 999'999, "referrals: a day's numbers are used up");
    const std::string day = on.text();
    std::string digits = std::to_string(sequence);
    digits.insert(0, 6 - digits.size(), '0');
    return std::string(district) + day.substr(2, 2) + day.substr(5, 2) + day.substr(8, 2) + digits;
}

std::vector<std::string> ids(Transaction& tx, const storage::Query& query, std::string_view a,
                             std::string_view b) {
    std::vector<std::string> found;
    const storage::Rows rows = b.empty() ? tx.select(query, a) : tx.select(query, a, b);
    for (const Row& row : rows) found.push_back(row.text(0));
    return found;
}

std::vector<std::string> open_referrals_of(Transaction& tx, std::string_view resident_id) {
    return ids(tx, kOpenOfResident, resident_id, "");
}

}  // namespace yilian::referrals::store
