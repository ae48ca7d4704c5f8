#include "services/referrals/consume/handlers.h"

#include <algorithm>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/outbox/consumer.h"
#include "libs/runtime/policy_packs.h"
#include "services/referrals/app/down.h"
#include "services/referrals/app/drafts.h"
#include "services/referrals/app/evidence.h"
#include "services/referrals/app/review.h"
#include "services/referrals/consume/copies.h"
#include "services/referrals/store/copy_queries.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::referrals::consume {
namespace {

using app::EnvPtr;
using domain::Referral;
using outbox::ConsumeContext;
using runtime::Wiring;

app::Work work_of(ConsumeContext& context, const app::Env& env) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            env,
            {"system", "", "SYSTEM"},
            context.event.correlation_id,
            [&context](const events::EventDraft& draft) { (void)context.append(draft); },
            [&context](std::string_view kind, std::string_view key) { context.effect(kind, key); }};
}

app::Rules rules_of(const app::Work& work) {
    auto rules = work.rules();
    if (!rules.ok()) throw outbox::PoisonEvent(rules.refusal().reason.text());
    return std::move(rules).value();
}

void rekey(app::Work& work, Referral r, std::string_view resident_id,
           std::string_view original_resident_id, std::string_view why, const app::Rules& rules) {
    r.resident_id = resident_id;
    r.original_resident_id = original_resident_id;
    work.actor.institution_id = r.sender_institution_id;
    app::touch_up(work, r, why, rules);
    app::reissue_evidence(work, r, rules);
}

void bind_residents(Wiring& w, const EnvPtr& env) {
    w.on_event<directory::v1::ResidentDeceased>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kResidentDied, m.resident_id(), m.on(), c.event.id);
        c.effect("resident_copy", m.resident_id());
        if (c.rebuilding) return;
        app::Work work = work_of(c, *env);
        const auto open = store::open_referrals_of(c.tx, m.resident_id());
        if (open.empty()) return;
        const app::Rules rules = rules_of(work);
        for (const std::string& id : open) {
            auto r = store::referral(c.tx, id);
            work.actor.institution_id = r->sender_institution_id;
            app::end_by_death(work, *std::move(r), rules);
        }
    });
    w.on_event<directory::v1::ResidentMerged>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, *env);
        const app::Rules rules = rules_of(work);
        for (const std::string& id : store::open_referrals_of(c.tx, m.from())) {
            auto r = store::referral(c.tx, id);
            rekey(work, *std::move(r), m.to(), m.from(), "ResidentMerged", rules);
        }
    });
    w.on_event<directory::v1::ResidentSplit>([env](ConsumeContext& c, const auto& m) {
        app::Work work = work_of(c, *env);
        const app::Rules rules = rules_of(work);
        for (const std::string& to : m.to()) {
            for (const std::string& id : store::ids(c.tx, store::kOpenMergedFrom, to, m.from())) {
                auto r = store::referral(c.tx, id);
                rekey(work, *std::move(r), to, "", "ResidentSplit", rules);
            }
        }
    });
}

void bind_advice(Wiring& w, const EnvPtr& env) {
    w.on_event<registries::v1::ReferralAdvised>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveAdvice, m.action_id(), m.enrolment_id(), m.resident_id(), m.team_id(),
                 m.institution_id(), m.disease_code(), registries::v1::Urgency_Name(m.urgency()),
                 store::join(store::strings(m.criteria())), m.follow_by(), c.event.id);
        c.effect("advice_copy", m.action_id());
        if (c.rebuilding) return;
        app::Work work = work_of(c, *env);
        app::draft_on_advice(work,
                             {.action_id = m.action_id(),
                              .enrolment_id = m.enrolment_id(),
                              .resident_id = m.resident_id(),
                              .team_id = m.team_id(),
                              .institution_id = m.institution_id(),
                              .urgent = m.urgency() != registries::v1::URGENCY_ROUTINE},
                             "referral/action/" + m.action_id(), c.event.time, rules_of(work));
    });
    w.on_event<registries::v1::ConfirmationRequested>([env](ConsumeContext& c, const auto& m) {
        if (m.via() != registries::v1::CONFIRMATION_VIA_REFERRAL) return;
        app::Work work = work_of(c, *env);
        app::draft_on_advice(work,
                             {.enrolment_id = m.enrolment_id(),
                              .resident_id = m.resident_id(),
                              .team_id = m.team_id(),
                              .institution_id = m.institution_id()},
                             "referral/confirmation/" + c.event.id, c.event.time, rules_of(work));
    });
}

void bind_visits(Wiring& w, const EnvPtr& env) {
    w.on_event<registries::v1::VisitRecorded>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveVisit, m.visit_id(), m.resident_id(), m.visit_on(), m.institution_id(),
                 m.referral_id(), c.event.id);
        c.effect("visit_copy", m.visit_id());
        if (c.rebuilding || m.referral_id().empty()) return;
        const auto visit_on = calendar::CivilDate::parse(m.visit_on());
        if (!visit_on.ok()) throw outbox::PoisonEvent("VISIT_DATE_INVALID");
        app::Work work = work_of(c, *env);
        app::follow_up_by_visit(work, m.referral_id(), m.resident_id(), m.visit_id(), *visit_on,
                                rules_of(work));
    });
    w.on_event<registries::v1::VisitVoided>([env](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kVoidVisit, m.visit_id(), c.event.id);
        c.effect("visit_copy", m.visit_id());
        if (c.rebuilding) return;
        app::Work work = work_of(c, *env);
        app::visit_voided(work, m.visit_id(), rules_of(work));
    });
}

template <class Msg>
std::string type_of() {
    return Msg::descriptor()->options().GetExtension(common::v1::event).type();
}

}  // namespace

void bind(Wiring& w, const EnvPtr& env) {
    bind_copies(w);
    bind_residents(w, env);
    bind_advice(w, env);
    bind_visits(w, env);
    runtime::follow_policy_packs(w);
    bind_projections(w);
    w.projection({.name = "visits",
                  .tables = {outbox::ProjectionTable::of("visit_copies", "visit_id")},
                  .types = {type_of<registries::v1::VisitRecorded>(),
                            type_of<registries::v1::VisitVoided>()}});
    w.projection({.name = "advice",
                  .tables = {outbox::ProjectionTable::of("advice_copies", "action_id")},
                  .types = {type_of<registries::v1::ReferralAdvised>()}});
}

}  // namespace yilian::referrals::consume
