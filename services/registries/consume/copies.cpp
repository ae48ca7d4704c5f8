#include "libs/outbox/consumer.h"
#include "libs/runtime/policy_packs.h"
#include "libs/runtime/work.h"
#include "services/registries/app/enrol.h"
#include "services/registries/consume/handlers.h"
#include "services/registries/store/queries.h"
#include "services/registries/store/rows.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"

// Rows are upserted from the event alone, so that they can be made again; what follows for the
// service's own records is left out while they are.
namespace yilian::registries::consume {
namespace {

using calendar::CivilDate;
using domain::Enrolment;
using domain::EnrolmentAction;
using outbox::ConsumeContext;
using runtime::Wiring;

// What the handlers share; lives as long as the wiring.
struct Env {
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;

    runtime::Work work(ConsumeContext& context) const {
        return runtime::work_of(context, ids, policies, district);
    }
};

CivilDate date_of(const std::string& text) {
    const auto date = CivilDate::parse(text);
    if (!date.ok()) throw outbox::PoisonEvent("DATE_INVALID");
    return *date;
}

// A fact that cannot be followed now is tried again by an operator.
template <class T>
void must(const Outcome<T>& outcome) {
    if (!outcome.ok()) throw outbox::PoisonEvent(outcome.refusal().reason.text());
}

storage::Value text_or_null(const std::string& text) {
    return text.empty() ? storage::Value() : storage::Value(text);
}

template <class Msg>
void save_resident(ConsumeContext& c, const Msg& m) {
    (void)date_of(m.birth_date());
    c.tx.run(store::kSaveResident, m.resident_id(), std::int64_t{m.sex()}, m.birth_date(),
             m.home_institution_id());
    c.effect("resident_copy", m.resident_id());
}

// A resident's death ends every open enrolment (row 17).
void die(ConsumeContext& c, const Env& env, const directory::v1::ResidentDeceased& m) {
    const CivilDate on = date_of(m.on());
    c.tx.run(store::kResidentDied, m.resident_id(), m.on());
    c.effect("resident_copy", m.resident_id());
    if (c.rebuilding) return;
    runtime::Work work = env.work(c);
    for (Enrolment& e : store::enrolments_of(c.tx, m.resident_id())) {
        if (e.open()) must(app::close(work, std::move(e), EnrolmentAction::kDie, "DIED", on));
    }
}

// Row 12; enrolments that are cared for at the new place already stay.
void move(ConsumeContext& c, const Env& env, const directory::v1::ResidentMoved& m) {
    const CivilDate on = date_of(m.on());
    c.tx.run(store::kResidentMoved, m.resident_id(), m.to_institution_id());
    c.effect("resident_copy", m.resident_id());
    if (c.rebuilding) return;
    runtime::Work work = env.work(c);
    for (Enrolment& e : store::enrolments_of(c.tx, m.resident_id())) {
        const bool moves = domain::kEnrolmentLifecycle.legal(e.state, EnrolmentAction::kMove) &&
                           (m.outside() || e.institution_id != m.to_institution_id());
        if (moves) {
            must(app::move(work, std::move(e), m.outside() ? "" : m.to_institution_id(), on));
        }
    }
}

void bind_residents(Wiring& w, const Env& env) {
    w.on_event<directory::v1::ResidentRegistered>(
        [](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<directory::v1::ResidentChanged>(
        [](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<directory::v1::ResidentDeceased>(
        [env](ConsumeContext& c, const auto& m) { die(c, env, m); });
    w.on_event<directory::v1::ResidentMoved>(
        [env](ConsumeContext& c, const auto& m) { move(c, env, m); });
    w.on_event<directory::v1::ResidentMerged>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kResidentMerged, m.from(), m.to(), c.event.time);
        c.effect("resident_merged", m.from());
    });
    w.on_event<directory::v1::ResidentSplit>([](ConsumeContext& c, const auto& m) {
        for (const std::string& id : m.to()) {
            c.tx.run(store::kResidentSplit, id, c.event.time);
            c.effect("resident_split", id);
        }
    });
}

template <class Msg>
void save_contract(ConsumeContext& c, const Msg& m, const char* state) {
    c.tx.run(store::kSaveContract, m.contract_id(), m.resident_id(), m.team_id(),
             m.institution_id(), m.valid_from(), m.valid_to(), state, c.event.id);
    c.effect("contract_copy", m.contract_id());
}

template <class Msg>
void change_contract(ConsumeContext& c, const Msg& m, const char* state) {
    c.tx.run(store::kChangeContract, m.contract_id(), state, m.valid_to(), c.event.id);
    c.effect("contract_copy", m.contract_id());
}

void bind_contracts(Wiring& w, const Env& env) {
    w.on_event<directory::v1::ContractActivated>([env](ConsumeContext& c, const auto& m) {
        save_contract(c, m, "ACTIVE");
        if (c.rebuilding) return;
        runtime::Work work = env.work(c);
        app::follow_contract(work, m.resident_id(), m.team_id(), m.institution_id());
    });
    w.on_event<directory::v1::ContractVoided>(
        [](ConsumeContext& c, const auto& m) { save_contract(c, m, "VOID"); });
    w.on_event<directory::v1::ContractRenewalDue>(
        [](ConsumeContext& c, const auto& m) { change_contract(c, m, "DUE_FOR_RENEWAL"); });
    w.on_event<directory::v1::ContractRenewed>(
        [](ConsumeContext& c, const auto& m) { change_contract(c, m, "RENEWED"); });
    w.on_event<directory::v1::ContractTeamChanged>(
        [](ConsumeContext& c, const auto& m) { change_contract(c, m, "CHANGED"); });
    w.on_event<directory::v1::ContractEnded>(
        [](ConsumeContext& c, const auto& m) { change_contract(c, m, "ENDED"); });
}

template <class Msg>
void save_practitioner(ConsumeContext& c, const Msg& m) {
    (void)date_of(m.valid_from());
    const std::vector<std::string> places(m.institution_ids().begin(), m.institution_ids().end());
    const std::vector<std::string> rights(m.rights().begin(), m.rights().end());
    c.tx.run(store::kSavePractitioner, m.practitioner_id(), store::join(places), m.title(),
             store::join(rights), m.valid_from(), text_or_null(m.valid_to()), c.event.id);
    c.effect("practitioner_copy", m.practitioner_id());
}

template <class Msg>
void save_institution(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSaveInstitution, m.institution_id(), m.class_(), std::int64_t{m.level()},
             m.parent_institution_id(), c.event.id);
    c.effect("institution_copy", m.institution_id());
}

template <class Msg>
void save_team(ConsumeContext& c, const Msg& m, bool dissolved) {
    c.tx.run(store::kSaveTeam, m.team_id(), m.institution_id(), m.leader_id(), dissolved,
             c.event.id);
    c.effect("team_copy", m.team_id());
}

void bind_places(Wiring& w) {
    w.on_event<directory::v1::PractitionerRegistered>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<directory::v1::PractitionerRightsChanged>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<directory::v1::InstitutionRegistered>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<directory::v1::InstitutionChanged>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<directory::v1::TeamCreated>(
        [](ConsumeContext& c, const auto& m) { save_team(c, m, false); });
    w.on_event<directory::v1::TeamMembersChanged>(
        [](ConsumeContext& c, const auto& m) { save_team(c, m, false); });
    w.on_event<directory::v1::TeamDissolved>(
        [](ConsumeContext& c, const auto& m) { save_team(c, m, true); });
}

void bind_drugs_and_stays(Wiring& w) {
    w.on_event<prescriptions::v1::LineDispensed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveDispense, m.dispense_id(), std::int64_t{m.line_no()}, m.resident_id(),
                 m.generic_code(), m.dispensed_on(), std::int64_t{m.days_supplied()}, c.event.id);
        c.effect("dispense_copy", m.dispense_id() + "/" + std::to_string(m.line_no()));
    });
    w.on_event<prescriptions::v1::DispenseReversed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kReverseDispense, m.dispense_id(), std::int64_t{m.line_no()}, c.event.id);
        c.effect("dispense_copy", m.dispense_id() + "/" + std::to_string(m.line_no()));
    });
    w.on_event<prescriptions::v1::RefillGapObserved>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveRefillGap, m.resident_id(), m.disease_code(), m.covered_until(),
                 m.next_dispensed_on(), std::int64_t{m.gap_days()}, c.event.id);
        c.effect("refill_gap_copy", m.resident_id() + "/" + m.disease_code());
    });
    w.on_event<billing::v1::SettlementListAccepted>([](ConsumeContext& c, const auto& m) {
        if (m.treatment_type() != billing::v1::TREATMENT_TYPE_INPATIENT) return;
        c.tx.run(store::kSaveStay, m.list_id(), m.institution_id(), std::int64_t{m.version()},
                 m.resident_id(), m.admission_date(), m.discharge_date(), c.event.id);
        c.effect("stay_copy", m.case_key());
    });
    w.on_event<billing::v1::SettlementListWithdrawn>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kWithdrawStay, m.list_id(), m.institution_id(), std::int64_t{m.version()},
                 c.event.id);
        c.effect("stay_copy", m.case_key());
    });
    w.on_event<billing::v1::PeriodClosed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kClosePeriod, m.period(), c.event.id);
        c.effect("closed_period", m.period());
    });
}

std::string directory_type(const char* name) {
    return "yilian.directory." + std::string(name) + ".v1";
}

void bind_projections(Wiring& w) {
    using outbox::ProjectionTable;
    w.projection({"residents",
                  {ProjectionTable::of("resident_copies", "resident_id")},
                  {directory_type("resident.registered"), directory_type("resident.changed"),
                   directory_type("resident.deceased"), directory_type("resident.moved"),
                   directory_type("resident.merged"), directory_type("resident.split")}});
    w.projection({"contracts",
                  {ProjectionTable::of("contract_copies", "contract_id")},
                  {directory_type("contract.activated"), directory_type("contract.voided"),
                   directory_type("contract.renewal_fell_due"), directory_type("contract.renewed"),
                   directory_type("contract.team_changed"), directory_type("contract.ended")}});
    w.projection({"practitioners",
                  {ProjectionTable::of("practitioner_copies", "practitioner_id")},
                  {directory_type("practitioner.registered"),
                   directory_type("practitioner.rights_changed")}});
    w.projection({"institutions",
                  {ProjectionTable::of("institution_copies", "institution_id"),
                   ProjectionTable::of("team_copies", "team_id")},
                  {directory_type("institution.registered"), directory_type("institution.changed"),
                   directory_type("team.created"), directory_type("team.members_changed"),
                   directory_type("team.dissolved")}});
    w.projection(
        {"stays",
         {ProjectionTable::of("stay_copies", "institution_id, list_id"),
          ProjectionTable::of("closed_periods", "period")},
         {"yilian.billing.settlement_list.accepted.v1",
          "yilian.billing.settlement_list.withdrawn.v1", "yilian.billing.period.closed.v1"}});
    w.projection(
        {"drugs",
         {ProjectionTable::of("dispense_copies", "dispense_id, line_no"),
          ProjectionTable::of("refill_gap_copies", "resident_id, disease_code, covered_until")},
         {"yilian.prescriptions.line.dispensed.v1", "yilian.prescriptions.dispense.reversed.v1",
          "yilian.prescriptions.refill_gap.observed.v1"}});
}

}  // namespace

void bind_copies(Wiring& wiring, const std::string& district) {
    const Env env{wiring.ids, wiring.policies, district};
    bind_residents(wiring, env);
    bind_contracts(wiring, env);
    bind_places(wiring);
    bind_drugs_and_stays(wiring);
    runtime::follow_policy_packs(wiring);
    bind_projections(wiring);
}

}  // namespace yilian::registries::consume
