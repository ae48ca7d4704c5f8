#include "services/registries/consume/handlers.h"

#include "libs/calendar/local_time.h"
#include "libs/outbox/consumer.h"
#include "services/registries/app/care_actions.h"
#include "services/registries/app/enrol.h"
#include "services/registries/app/work.h"
#include "services/registries/store/queries.h"
#include "services/registries/store/rows.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::registries::consume {
namespace {

using outbox::ConsumeContext;
using runtime::Wiring;

// What the handlers share; lives as long as the wiring.
struct Env {
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
};

app::Work work_of(ConsumeContext& context, const Env& env, std::string institution_id = "") {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            env.ids,
            env.policies,
            env.district,
            {"system", std::move(institution_id), "SYSTEM"},
            context.event.correlation_id,
            [&context](const events::EventDraft& draft) { (void)context.append(draft); },
            [&context](std::string_view kind, std::string_view key) {
                context.effect(kind, key);
            }};
}

// A resident's death ends every open enrolment (row 17).
void close_all(app::Work& work, const std::string& resident_id) {
    for (domain::Enrolment& e : store::enrolments_of(work.tx, resident_id)) {
        if (e.open()) {
            (void)app::close(work, std::move(e), domain::EnrolmentAction::kDie, "DIED");
        }
    }
}

void save_resident(ConsumeContext& c, const std::string& id, common::v1::Sex sex,
                   const std::string& birth_date, const std::string& home) {
    c.tx.run(store::kSaveResident, id, std::int64_t{sex}, birth_date, home, c.event.id);
    c.effect("resident_copy", id);
}

void bind_residents(Wiring& w, const Env& env) {
    w.on_event<directory::v1::ResidentRegistered>([](ConsumeContext& c, const auto& m) {
        save_resident(c, m.resident_id(), m.sex(), m.birth_date(), m.home_institution_id());
    });
    w.on_event<directory::v1::ResidentChanged>([](ConsumeContext& c, const auto& m) {
        save_resident(c, m.resident_id(), m.sex(), m.birth_date(), m.home_institution_id());
    });
    w.on_event<directory::v1::ResidentDeceased>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kResidentDied, m.resident_id(), m.on(), c.event.id);
        c.effect("resident_copy", m.resident_id());
        app::Work work = work_of(c, env);
        close_all(work, m.resident_id());
    });
    w.on_event<directory::v1::ResidentMoved>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kResidentMoved, m.resident_id(), m.to_institution_id(), c.event.id);
        c.effect("resident_copy", m.resident_id());
        app::Work work = work_of(c, env);
        for (domain::Enrolment& e : store::enrolments_of(c.tx, m.resident_id())) {
            if (domain::kEnrolmentLifecycle.legal(e.state, domain::EnrolmentAction::kMove)) {
                (void)app::move(work, std::move(e), m.to_institution_id());
            }
        }
    });
}

void save_contract(ConsumeContext& c, const std::string& contract_id,
                   const std::string& resident_id, const std::string& team_id,
                   const std::string& institution_id, const std::string& valid_from,
                   const std::string& valid_to, const char* state) {
    c.tx.run(store::kSaveContract, contract_id, resident_id, team_id, institution_id, valid_from,
             valid_to, state, c.event.id);
    c.effect("contract_copy", contract_id);
}

void bind_contracts(Wiring& w) {
    w.on_event<directory::v1::ContractActivated>([](ConsumeContext& c, const auto& m) {
        save_contract(c, m.contract_id(), m.resident_id(), m.team_id(), m.institution_id(),
                      m.valid_from(), m.valid_to(), "ACTIVE");
    });
    w.on_event<directory::v1::ContractVoided>([](ConsumeContext& c, const auto& m) {
        save_contract(c, m.contract_id(), m.resident_id(), m.team_id(), m.institution_id(),
                      m.valid_from(), m.valid_to(), "VOID");
    });
    w.on_event<directory::v1::ContractEnded>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kEndContract, m.contract_id(), m.effective_on(), c.event.id);
        c.effect("contract_copy", m.contract_id());
    });
    w.on_event<directory::v1::ContractTeamChanged>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kEndContract, m.contract_id(), m.effective_on(), c.event.id);
        c.effect("contract_copy", m.contract_id());
    });
}

template <class Msg>
void save_practitioner(ConsumeContext& c, const Msg& m) {
    const std::vector<std::string> places(m.institution_ids().begin(), m.institution_ids().end());
    const std::vector<std::string> rights(m.rights().begin(), m.rights().end());
    c.tx.run(store::kSavePractitioner, m.practitioner_id(), store::join(places),
             m.title(), store::join(rights), m.valid_from(),
             m.valid_to().empty() ? storage::Value() : storage::Value(m.valid_to()), c.event.id);
    c.effect("practitioner_copy", m.practitioner_id());
}

void bind_practitioners(Wiring& w) {
    w.on_event<directory::v1::PractitionerRegistered>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
    w.on_event<directory::v1::PractitionerRightsChanged>(
        [](ConsumeContext& c, const auto& m) { save_practitioner(c, m); });
}

void bind_referrals(Wiring& w, const Env& env) {
    w.on_event<referrals::v1::ReferralDrafted>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        if (!m.advice_action_id().empty()) {
            app::link_advice(work, m.advice_action_id(), m.referral_id());
        }
    });
    w.on_event<referrals::v1::ReferralDiscarded>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        if (!m.advice_action_id().empty()) app::unlink_advice(work, m.advice_action_id());
    });
    w.on_event<referrals::v1::ReferralCareStarted>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        if (!m.advice_action_id().empty()) {
            app::advice_done(work, m.advice_action_id(), m.referral_id());
        }
    });
    w.on_event<referrals::v1::ReferralRejected>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        app::advice_ended(work, m.resident_id(), m.referral_id(), "REJECTED");
    });
    w.on_event<referrals::v1::ReferralWithdrawn>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        app::advice_ended(work, m.resident_id(), m.referral_id(), "WITHDRAWN");
    });
    w.on_event<referrals::v1::ReferralClosed>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, env);
        app::advice_ended(work, m.resident_id(), m.referral_id(), "CLOSED");
    });
    w.on_event<referrals::v1::DownReferralAccepted>([env](ConsumeContext& c, const auto& m) {
        const auto due_on = calendar::CivilDate::parse(m.first_followup_due());
        if (!due_on.ok()) throw outbox::PoisonEvent("FOLLOW_UP_DATE_INVALID");
        app::Work work = work_of(c, env, m.to_institution_id());
        app::open_follow_up(work, m.resident_id(), m.referral_id(), m.team_id(),
                            {m.disease_codes().begin(), m.disease_codes().end()}, *due_on);
    });
}

void bind_others(Wiring& w, const Env& env) {
    w.on_event<prescriptions::v1::LongPrescriptionAssessed>([env](ConsumeContext& c,
                                                                  const auto& m) {
        app::Work work = work_of(c, env);
        app::reassessed(work, m.resident_id(), m.disease_code(), m.evidence_visit_id());
    });
    w.on_event<billing::v1::SettlementListAccepted>([](ConsumeContext& c, const auto& m) {
        if (m.treatment_type() != billing::v1::TREATMENT_TYPE_INPATIENT) return;
        c.tx.run(store::kSaveStay, m.list_id(), std::int64_t{m.version()}, m.resident_id(),
                 m.institution_id(), m.admission_date(), m.discharge_date(), c.event.id);
        c.effect("stay_copy", m.list_id());
    });
    w.on_event<billing::v1::SettlementListWithdrawn>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kWithdrawStay, m.list_id(), c.event.id);
        c.effect("stay_copy", m.list_id());
    });
}

}  // namespace

void bind(Wiring& wiring, const std::string& district) {
    const Env env{wiring.ids, wiring.policies, district};
    bind_residents(wiring, env);
    bind_contracts(wiring);
    bind_practitioners(wiring);
    bind_referrals(wiring, env);
    bind_others(wiring, env);
}

}  // namespace yilian::registries::consume
