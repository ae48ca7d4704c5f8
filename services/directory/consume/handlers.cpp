#include "services/directory/consume/handlers.h"

#include <utility>

#include "libs/outbox/consumer.h"
#include "libs/runtime/work.h"
#include "services/directory/app/evidence.h"
#include "services/directory/store/queries.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::directory::consume {
namespace {

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

calendar::CivilDate date_of(const std::string& text) {
    const auto date = calendar::CivilDate::parse(text);
    if (!date.ok()) throw outbox::PoisonEvent("DATE_INVALID");
    return *date;
}

void bind_registries(Wiring& w, const Env& env) {
    w.on_event<registries::v1::VisitRecorded>([env](ConsumeContext& c, const auto& m) {
        runtime::Work work = env.work(c);
        app::record_evidence(work, {.event_id = c.event.id,
                                    .ref = m.visit_id(),
                                    .resident_id = m.resident_id(),
                                    .item_code = "CHRONIC_VISIT",
                                    .rule_id = "chronic_visit",
                                    .done_by = m.performer_id(),
                                    .done_on = date_of(m.visit_on())});
    });
    w.on_event<registries::v1::VisitClassified>([env](ConsumeContext& c, const auto& m) {
        if (m.class_() != registries::v1::CONTROL_CLASS_SATISFIED) return;
        runtime::Work work = env.work(c);
        app::record_evidence(work, {.event_id = c.event.id,
                                    .ref = m.visit_id(),
                                    .resident_id = m.resident_id(),
                                    .item_code = "",
                                    .rule_id = "goal_reached",
                                    .done_by = "",
                                    .done_on = date_of(m.visit_on())});
    });
    w.on_event<registries::v1::VisitVoided>([env](ConsumeContext& c, const auto& m) {
        runtime::Work work = env.work(c);
        app::void_evidence(work, m.resident_id(), m.visit_id(), c.event.id);
    });
}

void bind_referrals(Wiring& w, const Env& env) {
    w.on_event<referrals::v1::ReferralFollowedUp>([env](ConsumeContext& c, const auto& m) {
        runtime::Work work = env.work(c);
        app::record_evidence(work, {.event_id = c.event.id,
                                    .ref = m.referral_id(),
                                    .resident_id = m.resident_id(),
                                    .item_code = "REFERRAL_FOLLOW_UP",
                                    .rule_id = "",
                                    .done_by = "",
                                    .done_on = date_of(m.visit_date())});
    });
}

void bind_billing(Wiring& w, const Env& env) {
    w.on_event<billing::v1::SplitBooked>([env](ConsumeContext& c, const auto& m) {
        if (m.split() != billing::v1::SPLIT_CONTRACT_FEE) return;
        runtime::Work work = env.work(c);
        const auto split =
            app::compute_fee_split(work, m.party(), m.period(), m.amount_fen(), c.event.id);
        if (!split.ok()) throw outbox::PoisonEvent(split.refusal().reason.text());
    });
    w.on_event<billing::v1::PeriodClosed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kClosePeriod, m.period(), c.event.id);
        c.effect("closed_period", m.period());
    });
}

}  // namespace

void bind(Wiring& wiring, const std::string& district) {
    const Env env{wiring.ids, wiring.policies, district};
    bind_registries(wiring, env);
    bind_referrals(wiring, env);
    bind_billing(wiring, env);
}

}  // namespace yilian::directory::consume
