#include "services/registries/store/rows.h"

#include <algorithm>

#include "services/registries/store/queries.h"
#include "services/registries/store/visit_codec.h"

namespace yilian::registries::store {
namespace {

using domain::CivilDate;
using storage::Row;
using storage::Transaction;
using storage::Value;

std::optional<CivilDate> opt_date(const Row& row, std::size_t column) {
    const auto text = row.opt_text(column);
    if (!text || text->empty()) return std::nullopt;
    return *CivilDate::parse(*text);
}

Value date_value(const std::optional<CivilDate>& date) {
    return date ? Value(date->text()) : Value();
}

// Units that lock the resident and units that lock a record of it may meet: the later one runs
// again on what the earlier one left.
void expect_saved(std::int64_t rows) {
    if (rows == 0) {
        throw storage::StorageError(storage::StorageError::Kind::kConflict,
                                    "record changed meanwhile");
    }
}

VisitClass class_of(const Row& row) {
    return {row.text(0),
            row.text(1),
            *domain::control_class_of(row.text(2)),
            row.flag(3),
            row.flag(4),
            static_cast<std::int32_t>(row.i64(5)),
            row.opt_text(6).value_or(""),
            row.text(7),
            split(row.text(8))};
}

}  // namespace

std::string join(const std::vector<std::string>& codes) {
    std::string out;
    for (const std::string& code : codes) {
        if (!out.empty()) out += '|';
        out += code;
    }
    return out;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto bar = text.find('|');
        out.emplace_back(text.substr(0, bar));
        text = bar == std::string_view::npos ? std::string_view() : text.substr(bar + 1);
    }
    return out;
}

domain::Enrolment enrolment_of(const Row& row) {
    domain::Enrolment e;
    e.enrolment_id = row.text(0);
    e.resident_id = row.text(1);
    e.disease_code = row.text(2);
    e.team_id = row.text(3);
    e.institution_id = row.text(4);
    e.state = *domain::enrolment_state_of(row.text(5));
    e.candidate_on = opt_date(row, 6);
    e.confirmed_on = opt_date(row, 7);
    e.enrolled_on = opt_date(row, 8);
    e.confirmed_by = row.opt_text(9).value_or("");
    e.confirmation_ref = row.opt_text(10).value_or("");
    e.confirmation_via = row.opt_text(11).value_or("");
    e.standing.control_class = *domain::control_class_of(row.text(12));
    e.standing.unsatisfied_run = static_cast<std::int32_t>(row.i64(13));
    e.standing.on_goal = row.flag(14);
    e.standing.last_visit_on = opt_date(row, 15);
    e.standing.last_visit_id = row.opt_text(16).value_or("");
    e.standing.next_due_on = opt_date(row, 17);
    e.standing.class_visit_on = opt_date(row, 18);
    e.standing.class_visit_id = row.opt_text(19).value_or("");
    e.standing.rule_set_version = row.text(20);
    e.suspended_until = opt_date(row, 21);
    e.moved_to = row.text(22);
    e.reason_code = row.text(23);
    e.pack_id = row.text(24);
    e.pack_version = static_cast<std::int32_t>(row.i64(25));
    e.batch_id = row.text(26);
    e.changes = row.i64(27);
    e.changed_at = row.instant(28);
    return e;
}

std::optional<domain::Enrolment> enrolment(Transaction& tx, std::string_view enrolment_id) {
    const auto row = tx.select_one(kEnrolmentById, enrolment_id);
    if (!row) return std::nullopt;
    return enrolment_of(*row);
}

std::vector<domain::Enrolment> enrolments_of(Transaction& tx, std::string_view resident_id) {
    std::vector<domain::Enrolment> out;
    for (const Row& row : tx.select(kEnrolmentsOfResident, resident_id)) {
        out.push_back(enrolment_of(row));
    }
    return out;
}

void save(Transaction& tx, const domain::Enrolment& e) {
    const domain::Standing& s = e.standing;
    expect_saved(tx.run(kSaveEnrolment, e.enrolment_id, e.resident_id, e.disease_code, e.team_id,
                        e.institution_id, domain::name_of(e.state), date_value(e.candidate_on),
                        date_value(e.confirmed_on), date_value(e.enrolled_on), e.confirmed_by,
                        e.confirmation_ref, e.confirmation_via, domain::name_of(s.control_class),
                        std::int64_t{s.unsatisfied_run}, s.on_goal, date_value(s.last_visit_on),
                        s.last_visit_id, date_value(s.next_due_on), date_value(s.class_visit_on),
                        s.class_visit_id, s.rule_set_version, date_value(e.suspended_until),
                        e.moved_to, e.reason_code, e.pack_id, std::int64_t{e.pack_version},
                        e.batch_id, e.changes, e.changed_at));
}

void add_journal(Transaction& tx, const domain::Enrolment& after, const JournalLine& line) {
    tx.run(kAddJournal, after.enrolment_id, after.changes, line.action, line.from_state,
           line.to_state, line.actor_id, line.institution_id, line.at, after.reason_code,
           std::int64_t{after.pack_version}, line.correlation_id);
}

StoredVisit visit_of(const Row& row) {
    StoredVisit v;
    v.visit.visit_id = row.text(0);
    v.visit.resident_id = row.text(1);
    v.visit.institution_id = row.text(2);
    v.visit.team_id = row.text(3);
    v.visit.performer_id = row.text(4);
    v.recorded_at = row.instant(6);
    v.data = row.bytes(7);
    v1::VisitData data;
    YILIAN_INVARIANT(data.ParseFromString(v.data), "registries: stored visit does not parse");
    read_data(data, v.visit);
    v.visit.referral_id = row.text(8);
    v.voided = row.flag(9);
    v.void_reason_code = row.text(10);
    v.changes = row.i64(11);
    return v;
}

std::optional<StoredVisit> visit(Transaction& tx, std::string_view visit_id) {
    const auto row = tx.select_one(kVisitById, visit_id);
    if (!row) return std::nullopt;
    return visit_of(*row);
}

std::vector<StoredVisit> visits_of(Transaction& tx, std::string_view resident_id) {
    std::vector<StoredVisit> out;
    for (const Row& row : tx.select(kVisitsOfResident, resident_id)) out.push_back(visit_of(row));
    return out;
}

void add(Transaction& tx, const StoredVisit& v) {
    tx.run(kAddVisit, v.visit.visit_id, v.visit.resident_id, v.visit.institution_id,
           v.visit.team_id, v.visit.performer_id, v.visit.visit_on.text(), v.recorded_at,
           storage::Blob{v.data}, v.visit.referral_id);
}

domain::CareAction care_action_of(const Row& row) {
    domain::CareAction a;
    a.action_id = row.text(0);
    a.enrolment_id = row.text(1);
    a.resident_id = row.text(2);
    a.team_id = row.text(3);
    a.disease_code = row.text(4);
    a.referral_id = row.text(5);
    a.visit_id = row.text(6);
    a.kind = *domain::action_kind_of(row.text(7));
    a.opened_on = *CivilDate::parse(row.text(8));
    a.due_on = *CivilDate::parse(row.text(9));
    a.state = *domain::care_action_state_of(row.text(10));
    a.done_ref = row.text(11);
    a.changes = row.i64(12);
    return a;
}

std::optional<domain::CareAction> care_action(Transaction& tx, std::string_view action_id) {
    const auto row = tx.select_one(kActionById, action_id);
    if (!row) return std::nullopt;
    return care_action_of(*row);
}

std::vector<domain::CareAction> care_actions_of(Transaction& tx, std::string_view resident_id) {
    std::vector<domain::CareAction> out;
    for (const Row& row : tx.select(kActionsOfResident, resident_id)) {
        out.push_back(care_action_of(row));
    }
    return out;
}

void save(Transaction& tx, const domain::CareAction& a) {
    expect_saved(tx.run(kSaveAction, a.action_id, a.enrolment_id, a.resident_id, a.team_id,
                        a.disease_code, a.referral_id, a.visit_id, domain::name_of(a.kind),
                        a.opened_on.text(), a.due_on.text(), domain::name_of(a.state), a.done_ref,
                        a.changes));
}

std::vector<VisitClass> classes_of(Transaction& tx, std::string_view visit_id) {
    std::vector<VisitClass> out;
    for (const Row& row : tx.select(kClassesOfVisit, visit_id)) out.push_back(class_of(row));
    return out;
}

std::map<std::string, VisitClass> classes_of_enrolment(Transaction& tx,
                                                       std::string_view enrolment_id) {
    std::map<std::string, VisitClass> out;
    for (const Row& row : tx.select(kClassesOfEnrolment, enrolment_id)) {
        out.emplace(row.text(9), class_of(row));
    }
    return out;
}

void save_class(Transaction& tx, const domain::Visit& v, const VisitClass& row) {
    tx.run(kSaveClass, v.visit_id, row.enrolment_id, row.disease_code, v.visit_on.text(),
           domain::name_of(row.control_class), row.danger, row.on_goal,
           std::int64_t{row.unsatisfied_run},
           row.next_due_on.empty() ? Value() : Value(row.next_due_on), row.rule_set_version,
           join(row.missing));
}

std::optional<ResidentCopy> resident(Transaction& tx, std::string_view resident_id) {
    const auto row = tx.select_one(kResident, resident_id);
    if (!row) return std::nullopt;
    return ResidentCopy{row->i64(0), *CivilDate::parse(row->text(1)), row->text(2),
                        opt_date(*row, 3), row->text(4)};
}

bool PractitionerCopy::works_at(std::string_view institution_id, CivilDate on) const {
    return on >= valid_from && (!valid_to || on <= *valid_to) &&
           std::ranges::find(institution_ids, institution_id) != institution_ids.end();
}

std::optional<PractitionerCopy> practitioner(Transaction& tx, std::string_view practitioner_id) {
    const auto row = tx.select_one(kPractitioner, practitioner_id);
    if (!row) return std::nullopt;
    return PractitionerCopy{split(row->text(0)), row->text(1), split(row->text(2)),
                            *CivilDate::parse(row->text(3)), opt_date(*row, 4)};
}

std::optional<TeamInCharge> team_in_charge(Transaction& tx, std::string_view resident_id,
                                           CivilDate on) {
    const auto row = tx.select_one(kContractOn, resident_id, on.text());
    if (!row) return std::nullopt;
    return TeamInCharge{row->text(0), row->text(1), row->text(2)};
}

std::optional<std::string> institution_of_team(Transaction& tx, std::string_view team_id) {
    const auto row = tx.select_one(kTeam, team_id);
    if (!row || row->flag(1)) return std::nullopt;
    return row->text(0);
}

bool institution_known(Transaction& tx, std::string_view institution_id) {
    return tx.select_one(kInstitutionKnown, institution_id).has_value();
}

}  // namespace yilian::registries::store
