#include "services/directory/consume/handlers.h"

#include <utility>

#include "libs/outbox/consumer.h"
#include "libs/runtime/work.h"
#include "services/directory/app/evidence.h"
#include "services/directory/app/fee_split.h"
#include "services/directory/store/queries.h"
#include "services/directory/store/rows.h"
#include "yilian/billing/v1/events.pb.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::directory::consume {
namespace {

using calendar::CivilDate;
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

// A fact that counts for the contract and, by `rule_id`, for points.
struct Fact {
    std::string ref;
    std::string resident_id;
    std::string item_code;
    std::string rule_id;
    std::string done_by;
    CivilDate done_on;
};

void record(ConsumeContext& c, const Env& env, Fact fact) {
    runtime::Work work = env.work(c);
    app::record_evidence(work, {.event_id = c.event.id,
                                .ref = std::move(fact.ref),
                                .resident_id = std::move(fact.resident_id),
                                .item_code = std::move(fact.item_code),
                                .rule_id = std::move(fact.rule_id),
                                .done_by = std::move(fact.done_by),
                                .done_on = fact.done_on,
                                .known_at = c.event.time});
}

void take_back(ConsumeContext& c, const Env& env, const std::string& resident_id,
               const std::string& ref) {
    runtime::Work work = env.work(c);
    app::void_evidence(work, resident_id, ref, c.event.id);
}

std::string dispense_ref(const std::string& dispense_id, std::int32_t line_no) {
    return dispense_id + "/" + std::to_string(line_no);
}

void bind_visits(Wiring& w, const Env& env) {
    w.on_event<registries::v1::VisitRecorded>([env](ConsumeContext& c, const auto& m) {
        record(c, env,
               {m.visit_id(), m.resident_id(), "CHRONIC_VISIT", "chronic_visit", m.performer_id(),
                date_of(m.visit_on())});
    });
    w.on_event<registries::v1::VisitClassified>([env](ConsumeContext& c, const auto& m) {
        if (m.class_() != registries::v1::CONTROL_CLASS_SATISFIED) return;
        record(c, env,
               {m.visit_id(), m.resident_id(), "", "goal_reached", "", date_of(m.visit_on())});
    });
    w.on_event<registries::v1::VisitVoided>([env](ConsumeContext& c, const auto& m) {
        take_back(c, env, m.resident_id(), m.visit_id());
    });
}

void bind_registries(Wiring& w, const Env& env) {
    w.on_event<registries::v1::ResidentEnrolled>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSaveEnrolmentCopy, m.enrolment_id(), m.resident_id(), m.disease_code(),
                 m.confirmed_on(), c.event.id);
        c.effect("enrolment_copy", m.enrolment_id());
    });
    w.on_event<registries::v1::ScreeningResult>([env](ConsumeContext& c, const auto& m) {
        record(c, env,
               {m.case_id(), m.resident_id(), "SCREENING", "screening", "",
                calendar::local_date(c.event.time)});
    });
    w.on_event<registries::v1::ScreeningDiagnosed>([env](ConsumeContext& c, const auto& m) {
        record(c, env,
               {m.case_id(), m.resident_id(), "SCREENING_DIAGNOSIS", "", "",
                calendar::local_date(c.event.time)});
    });
    w.on_event<registries::v1::PeerReviewScored>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kSavePeerScore, m.review_id(), m.performer_id(), m.month(),
                 std::int64_t{m.score_e2()}, c.event.id);
        c.effect("peer_score_copy", m.review_id());
    });
}

void bind_referrals(Wiring& w, const Env& env) {
    w.on_event<referrals::v1::ReferralCompleted>([env](ConsumeContext& c, const auto& m) {
        record(c, env,
               {m.referral_id(), m.resident_id(), "REFERRAL", "", "",
                calendar::local_date(c.event.time)});
    });
    // Rests on the visit, so that voiding the visit takes it back.
    w.on_event<referrals::v1::ReferralFollowedUp>([env](ConsumeContext& c, const auto& m) {
        record(
            c, env,
            {m.visit_id(), m.resident_id(), "REFERRAL_FOLLOW_UP", "", "", date_of(m.visit_date())});
    });
}

void bind_prescriptions(Wiring& w, const Env& env) {
    w.on_event<prescriptions::v1::LineDispensed>([env](ConsumeContext& c, const auto& m) {
        record(c, env,
               {dispense_ref(m.dispense_id(), m.line_no()), m.resident_id(), "DISPENSING", "", "",
                date_of(m.dispensed_on())});
    });
    w.on_event<prescriptions::v1::DispenseReversed>([env](ConsumeContext& c, const auto& m) {
        take_back(c, env, m.resident_id(), dispense_ref(m.dispense_id(), m.line_no()));
    });
    w.on_event<prescriptions::v1::HealthPrescriptionMarked>(
        [env](ConsumeContext& c, const auto& m) {
            record(c, env,
                   {m.prescription_id(), m.resident_id(), "HEALTH_PRESCRIPTION",
                    "health_prescription", "", calendar::local_date(c.event.time)});
        });
}

// The contract fee of a party that is a team; else of the contract's team.
std::string team_of(ConsumeContext& c, const billing::v1::SplitBooked& m) {
    if (store::team(c.tx, m.party())) return m.party();
    const auto contract = store::contract(c.tx, m.contract_id());
    return contract ? contract->team_id : m.party();
}

void bind_billing(Wiring& w, const Env& env) {
    w.on_event<billing::v1::SplitBooked>([env](ConsumeContext& c, const auto& m) {
        if (m.split() != billing::v1::SPLIT_CONTRACT_FEE) return;
        runtime::Work work = env.work(c);
        // Up to the day before: what arrives on the day itself may come before or after this.
        const auto split = app::compute_fee_split(
            work, {team_of(c, m), m.period(), m.amount_fen(), c.event.id,
                   calendar::start_of_day(calendar::local_date(c.event.time))});
        if (!split.ok()) throw outbox::PoisonEvent(split.refusal().reason.text());
        if (split->team_fen() != m.part_fen()) throw outbox::PoisonEvent("FEE_SPLIT_DIFFERS");
    });
    w.on_event<billing::v1::PeriodClosed>([](ConsumeContext& c, const auto& m) {
        c.tx.run(store::kClosePeriod, m.period(), c.event.id);
        c.effect("closed_period", m.period());
    });
}

template <class Msg>
void bind_access(Wiring& w) {
    w.on_event<Msg>([](ConsumeContext& c, const Msg& m) {
        const std::int64_t at = m.at().seconds() * 1000 + m.at().nanos() / 1'000'000;
        c.tx.run(store::kAddAccess, c.event.id, events::service_of(c.event.type), m.resident_id(),
                 m.reader_id(), m.institution_id(), m.purpose(), m.scope(), m.break_glass(), at);
        c.effect("access_copy", c.event.id);
    });
}

void bind_projections(Wiring& w) {
    using outbox::ProjectionTable;
    w.projection({"accesses",
                  {ProjectionTable::of("access_copies", "event_id")},
                  {"yilian.billing.access.recorded.v1", "yilian.prescriptions.access.recorded.v1",
                   "yilian.referrals.access.recorded.v1", "yilian.registries.access.recorded.v1"}});
    w.projection({"closed_periods",
                  {ProjectionTable::of("closed_periods", "period")},
                  {"yilian.billing.period.closed.v1"}});
    w.projection({"enrolments",
                  {ProjectionTable::of("enrolment_copies", "enrolment_id")},
                  {"yilian.registries.enrolment.confirmed.v1"}});
    w.projection({"peer_scores",
                  {ProjectionTable::of("peer_score_copies", "review_id")},
                  {"yilian.registries.peer_review.scored.v1"}});
}

}  // namespace

void bind(Wiring& wiring, const std::string& district) {
    const Env env{wiring.ids, wiring.policies, district};
    bind_visits(wiring, env);
    bind_registries(wiring, env);
    bind_referrals(wiring, env);
    bind_prescriptions(wiring, env);
    bind_billing(wiring, env);
    bind_access<billing::v1::AccessRecorded>(wiring);
    bind_access<prescriptions::v1::AccessRecorded>(wiring);
    bind_access<referrals::v1::AccessRecorded>(wiring);
    bind_access<registries::v1::AccessRecorded>(wiring);
    bind_projections(wiring);
}

}  // namespace yilian::directory::consume
