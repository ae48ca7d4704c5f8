#include "libs/outbox/consumer.h"
#include "libs/runtime/work.h"
#include "services/registries/app/care_actions.h"
#include "services/registries/app/enrol.h"
#include "services/registries/consume/handlers.h"
#include "yilian/prescriptions/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"

namespace yilian::registries::consume {
namespace {

using outbox::ConsumeContext;
using runtime::Wiring;
using runtime::Work;

// Registers a handler that works on the unit of the event.
template <class Msg>
void on(Wiring& w, const std::string& district, std::function<void(Work&, const Msg&)> handle) {
    w.on_event<Msg>([&ids = w.ids, &policies = w.policies, district, f = std::move(handle)](
                        ConsumeContext& c, const Msg& m) {
        Work work = runtime::work_of(c, ids, policies, district);
        f(work, m);
    });
}

// The advice became a draft; the draft came to care, or to nothing.
void bind_advice(Wiring& w, const std::string& district) {
    using namespace referrals::v1;
    on<ReferralDrafted>(w, district, [](Work& work, const ReferralDrafted& m) {
        if (!m.advice_action_id().empty()) {
            app::link_advice(work, m.advice_action_id(), m.referral_id());
        }
    });
    on<ReferralDiscarded>(w, district, [](Work& work, const ReferralDiscarded& m) {
        if (!m.advice_action_id().empty()) app::unlink_advice(work, m.advice_action_id());
    });
    on<ReferralCareStarted>(w, district, [](Work& work, const ReferralCareStarted& m) {
        if (!m.advice_action_id().empty()) {
            app::advice_done(work, m.advice_action_id(), m.referral_id());
        }
    });
    on<ReferralRejected>(w, district, [](Work& work, const ReferralRejected& m) {
        app::advice_ended(work, m.resident_id(), m.referral_id(), "REJECTED");
    });
    on<ReferralWithdrawn>(w, district, [](Work& work, const ReferralWithdrawn& m) {
        app::advice_ended(work, m.resident_id(), m.referral_id(), "WITHDRAWN");
    });
    on<ReferralClosed>(w, district, [](Work& work, const ReferralClosed& m) {
        app::advice_ended(work, m.resident_id(), m.referral_id(), "CLOSED");
    });
}

void bind_return(Wiring& w, const std::string& district) {
    using namespace referrals::v1;
    on<ReferralCompleted>(w, district, [](Work& work, const ReferralCompleted& m) {
        app::keep_confirmation(work, m.resident_id(), m.referral_id(),
                               {m.diagnosis_codes().begin(), m.diagnosis_codes().end()});
    });
    on<DownReferralAccepted>(w, district, [](Work& work, const DownReferralAccepted& m) {
        const auto due_on = calendar::CivilDate::parse(m.first_followup_due());
        if (!due_on.ok()) throw outbox::PoisonEvent("FOLLOW_UP_DATE_INVALID");
        work.actor.institution_id = m.to_institution_id();
        app::open_follow_up(work, m.resident_id(), m.referral_id(), m.team_id(),
                            {m.disease_codes().begin(), m.disease_codes().end()}, *due_on);
    });
}

}  // namespace

void bind_care(Wiring& wiring, const std::string& district) {
    bind_advice(wiring, district);
    bind_return(wiring, district);
    on<prescriptions::v1::LongPrescriptionAssessed>(
        wiring, district, [](Work& work, const prescriptions::v1::LongPrescriptionAssessed& m) {
            app::reassessed(work, m.resident_id(), m.disease_code(), m.evidence_visit_id());
        });
}

}  // namespace yilian::registries::consume
