#include "services/prescriptions/consume/handlers.h"

#include "libs/calendar/local_time.h"
#include "libs/outbox/consumer.h"
#include "libs/runtime/policy_packs.h"
#include "libs/runtime/work.h"
#include "services/prescriptions/app/endings.h"
#include "services/prescriptions/app/long_assessment.h"
#include "services/prescriptions/store/copy_queries.h"
#include "services/prescriptions/store/values.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::prescriptions::consume {
namespace {

using outbox::ConsumeContext;
using runtime::Wiring;

// What the handlers share; lives as long as the wiring.
struct Env {
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
};

runtime::Work work_of(ConsumeContext& context, const Env& env) {
    return runtime::work_of(context, env.ids, env.policies, env.district);
}

template <class Repeated>
std::string joined(const Repeated& values) {
    return store::join({values.begin(), values.end()});
}

// An instant of the event itself, never of this service's clock.
std::string day_of(const google::protobuf::Timestamp& at) {
    return calendar::local_date(instant_from_ms(at.seconds() * 1000)).text();
}

template <class Msg>
void save_resident(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSaveResident, m.resident_id(), std::int64_t{m.sex()}, m.birth_date(),
             m.home_institution_id(), c.event.id);
    c.effect("resident_copy", m.resident_id());
}

void save_merge(ConsumeContext& c, const std::string& from, const std::string& into) {
    c.tx.run(store::kSaveMerge, from, into, c.event.id);
    c.effect("resident_merge", from);
}

void bind_residents(Wiring& w, const Env& env) {
    w.on_event<directory::v1::ResidentRegistered>(
        [](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<directory::v1::ResidentChanged>(
        [](ConsumeContext& c, const auto& m) { save_resident(c, m); });
    w.on_event<directory::v1::ResidentHealthCodesRecorded>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveHealthCodes, m.resident_id(), joined(m.allergy_codes()),
                 joined(m.special_groups()), c.event.id);
        c.effect("health_code_copy", m.resident_id());
    });
    w.on_event<directory::v1::ResidentDeceased>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kResidentDied, m.resident_id(), m.on(), c.event.id);
        c.effect("resident_copy", m.resident_id());
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::resident_died(work, m.resident_id());
    });
    w.on_event<directory::v1::ResidentMerged>([env](ConsumeContext& c, const auto& m) {
        save_merge(c, m.from(), m.to());
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::rekey_resident(work, m.from(), m.to());
    });
    w.on_event<directory::v1::ResidentSplit>([env](ConsumeContext& c, const auto& m) {
        // Each id stands for itself again.
        for (const std::string& id : m.to()) save_merge(c, id, "");
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::split_resident(work, m.from(), {m.to().begin(), m.to().end()});
    });
}

template <class Msg>
void save_institution(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSaveInstitution, m.institution_id(), m.class_(), m.parent_institution_id(),
             m.agreement_from(), m.agreement_to(), c.event.id);
    c.effect("institution_copy", m.institution_id());
}

template <class Msg>
void save_practitioner(ConsumeContext& c, const Msg& m) {
    c.tx.run(store::kSavePractitioner, m.practitioner_id(), joined(m.institution_ids()), m.title(),
             joined(m.rights()), m.valid_from(), m.valid_to(), c.event.id);
    c.effect("practitioner_copy", m.practitioner_id());
}

void bind_institutions(Wiring& w) {
    w.on_event<directory::v1::InstitutionRegistered>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<directory::v1::InstitutionChanged>(
        [](ConsumeContext& c, const auto& m) { save_institution(c, m); });
    w.on_event<directory::v1::ConsortiumMembershipChanged>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveMembership, m.institution_id(), m.consortium_id(), m.from(), m.to(),
                 c.event.id);
        c.effect("membership_copy", m.institution_id() + "/" + m.consortium_id());
    });
    w.on_event<directory::v1::PractitionerRegistered>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<directory::v1::PractitionerRightsChanged>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
}

template <class Msg>
void save_contract(ConsumeContext& c, const Msg& m, const char* state) {
    c.tx.run(store::kSaveContract, m.contract_id(), m.resident_id(), m.institution_id(),
             m.valid_from(), m.valid_to(), state, c.event.id);
    c.effect("contract_copy", m.contract_id());
}

// The last day of a contract is the one before what follows holds.
template <class Msg>
void end_contract(ConsumeContext& c, const Msg& m, const std::string& last_day) {
    c.tx.run(store::kEndContract, m.contract_id(), last_day, c.event.id);
    c.effect("contract_copy", m.contract_id());
}

void bind_contracts(Wiring& w) {
    w.on_event<directory::v1::ContractActivated>(
        [](ConsumeContext& c, const auto& m) { save_contract(c, m, "ACTIVE"); });
    w.on_event<directory::v1::ContractVoided>(
        [](ConsumeContext& c, const auto& m) { save_contract(c, m, "VOID"); });
    w.on_event<directory::v1::ContractEnded>(
        [](ConsumeContext& c, const auto& m) { end_contract(c, m, m.effective_on()); });
    w.on_event<directory::v1::ContractTeamChanged>(
        [](ConsumeContext& c, const auto& m) { end_contract(c, m, m.effective_on()); });
    // The old contract runs to its end, the new one comes by its own activation.
    w.on_event<directory::v1::ContractRenewed>([](ConsumeContext&, const auto&) {});
}

void save_plan(ConsumeContext& c, const std::string& referral_id, const std::string& resident_id,
               const std::string& drug_codes) {
    c.tx.run(store::kSavePlan, referral_id, resident_id, drug_codes, c.event.id);
    c.effect("referral_plan", referral_id);
}

void bind_referrals(Wiring& w, const Env& env) {
    w.on_event<referrals::v1::ReferralCompleted>([](ConsumeContext& c, const auto& m) {
        if (!m.plan_document_id().empty() || m.drug_codes_size() > 0) {
            save_plan(c, m.referral_id(), m.resident_id(), joined(m.drug_codes()));
        }
        c.tx.run(store::kEndReferralStay, "referral/" + m.referral_id(),
                 calendar::local_date(c.event.time).text(), c.event.id);
        c.effect("stay_copy", "referral/" + m.referral_id());
    });
    w.on_event<referrals::v1::DownReferralProposed>([](ConsumeContext& c, const auto& m) {
        save_plan(c, m.referral_id(), m.resident_id(), joined(m.drug_codes()));
    });
    w.on_event<referrals::v1::DownReferralAccepted>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveReturn, m.referral_id(), m.resident_id(), c.event.id);
        c.effect("referral_return", m.referral_id());
    });
    w.on_event<referrals::v1::ReferralCareStarted>([env](ConsumeContext& c, const auto& m) {
        if (!m.inpatient()) return;
        const std::string admitted = m.has_admitted_at()
                                         ? day_of(m.admitted_at())
                                         : calendar::local_date(c.event.time).text();
        c.tx.run(store::kSaveReferralStay, "referral/" + m.referral_id(), m.resident_id(), admitted,
                 c.event.id);
        c.effect("stay_copy", "referral/" + m.referral_id());
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::stay_ends_eligibility(work, m.resident_id(), std::nullopt);
    });
}

void bind_registries(Wiring& w, const Env& env) {
    w.on_event<registries::v1::VisitClassified>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveControl, m.visit_id(), m.disease_code(), m.resident_id(),
                 m.enrolment_id(), m.visit_on(), std::int64_t{m.class_()}, c.event.id);
        c.effect("control_copy", m.visit_id() + "/" + m.disease_code());
    });
    w.on_event<registries::v1::VisitVoided>([](ConsumeContext& c, const auto& m) {
        for (const std::string& disease : m.disease_codes()) {
            c.tx.run(store::kVoidControl, m.visit_id(), disease, m.resident_id(), c.event.id);
            c.effect("control_copy", m.visit_id() + "/" + disease);
        }
    });
    w.on_event<registries::v1::EnrolmentClosed>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kEndEnrolment, m.enrolment_id(), m.resident_id(), c.event.id);
        c.effect("enrolment_end", m.enrolment_id());
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::end_eligibility(work, m.resident_id(), m.disease_code(), "ENROLMENT_CLOSED");
    });
}

void bind_billing(Wiring& w, const Env& env) {
    w.on_event<billing::v1::SettlementListAccepted>([env](ConsumeContext& c, const auto& m) {
        if (m.treatment_type() != billing::v1::TREATMENT_TYPE_INPATIENT) return;
        c.tx.run(store::kSaveStay, "list/" + m.case_key(), m.resident_id(), m.admission_date(),
                 m.discharge_date(), m.version(), c.event.id);
        c.effect("stay_copy", "list/" + m.case_key());
        if (c.rebuilding) return;
        const auto discharged = calendar::CivilDate::parse(m.discharge_date());
        runtime::Work work = work_of(c, env);
        app::stay_ends_eligibility(work, m.resident_id(),
                                   discharged.ok() ? std::optional(*discharged) : std::nullopt);
    });
    w.on_event<billing::v1::BenefitComputed>([env](ConsumeContext& c, const auto& m) {
        if (m.prescription_id().empty()) return;
        c.tx.run(store::kSaveSettlement, m.case_key(), m.prescription_id(), m.list_id(),
                 c.event.id);
        c.effect("settlement_copy", m.case_key());
        if (c.rebuilding) return;
        runtime::Work work = work_of(c, env);
        app::settlement_known(work, m.prescription_id());
    });
    w.on_event<billing::v1::SettlementListWithdrawn>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kWithdrawStay, "list/" + m.case_key(), c.event.id);
        c.effect("stay_copy", "list/" + m.case_key());
        c.tx.run(store::kWithdrawSettlement, m.case_key(), c.event.id);
        c.effect("settlement_copy", m.case_key());
    });
}

outbox::ProjectionTable table(std::string_view name, std::string_view key) {
    return outbox::ProjectionTable::of(name, key);
}

void bind_projections(Wiring& w) {
    w.projection(
        {"residents",
         {table("resident_copies", "resident_id"), table("health_code_copies", "resident_id"),
          table("resident_merges", "resident_id")},
         {"yilian.directory.resident.registered.v1", "yilian.directory.resident.changed.v1",
          "yilian.directory.resident.deceased.v1",
          "yilian.directory.resident.health_codes_recorded.v1",
          "yilian.directory.resident.merged.v1", "yilian.directory.resident.split.v1"}});
    w.projection(
        {"institutions",
         {table("institution_copies", "institution_id"),
          table("membership_copies", "institution_id, consortium_id, valid_from"),
          table("practitioner_copies", "practitioner_id")},
         {"yilian.directory.institution.registered.v1", "yilian.directory.institution.changed.v1",
          "yilian.directory.consortium_membership.changed.v1",
          "yilian.directory.practitioner.registered.v1",
          "yilian.directory.practitioner.rights_changed.v1"}});
    w.projection(
        {"contracts",
         {table("contract_copies", "contract_id")},
         {"yilian.directory.contract.activated.v1", "yilian.directory.contract.voided.v1",
          "yilian.directory.contract.ended.v1", "yilian.directory.contract.team_changed.v1"}});
    w.projection({"control",
                  {table("control_copies", "visit_id, disease_code"),
                   table("enrolment_ends", "enrolment_id")},
                  {"yilian.registries.visit.classified.v1", "yilian.registries.visit.voided.v1",
                   "yilian.registries.enrolment.closed.v1"}});
    w.projection(
        {"plans_and_stays",
         {table("referral_plans", "referral_id"), table("stay_copies", "stay_key"),
          table("settlement_copies", "case_key")},
         {"yilian.referrals.referral.completed.v1", "yilian.referrals.down_referral.proposed.v1",
          "yilian.referrals.down_referral.accepted.v1", "yilian.referrals.referral.care_started.v1",
          "yilian.billing.settlement_list.accepted.v1", "yilian.billing.benefit.computed.v1",
          "yilian.billing.settlement_list.withdrawn.v1"}});
}

}  // namespace

void bind(Wiring& wiring, const std::string& district) {
    const Env env{wiring.ids, wiring.policies, district};
    bind_residents(wiring, env);
    bind_institutions(wiring);
    runtime::follow_policy_packs(wiring);
    bind_contracts(wiring);
    bind_referrals(wiring, env);
    bind_registries(wiring, env);
    bind_billing(wiring, env);
    bind_projections(wiring);
}

}  // namespace yilian::prescriptions::consume
