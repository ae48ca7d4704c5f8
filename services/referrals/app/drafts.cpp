#include "services/referrals/app/drafts.h"

#include <utility>

#include "services/referrals/app/evidence.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Referral;
using domain::State;

void fill_in_sender(Work& work, v1::ReferralContent& content) {
    if (content.sender_practitioner_id().empty()) content.set_sender_practitioner_id(work.actor.id);
}

void publish_draft(Work& work, Referral& referral, const Rules& rules) {
    open(work, referral, rules);
    work.append(
        store::draft_event(store::DraftEvent::kDrafted, work.event_context(rules), referral));
}

}  // namespace

Outcome<Allowed> check_resident(Work& work, std::string_view resident_id, bool emergency) {
    const auto resident = store::resident(work.tx, resident_id);
    if (!resident && !emergency) return Reason("RESIDENT_NOT_FOUND");
    if (resident && resident->deceased_on) return Reason("RESIDENT_DECEASED");
    return Allowed{};
}

Outcome<Referral> create_referral(Work& work, const NewReferral& request) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    Referral r;
    v1::ReferralContent content = request.content;
    fill_in_sender(work, content);
    store::set_content(r, content);
    if (auto known = check_resident(work, request.resident_id, r.emergency()); !known.ok()) {
        return known.refusal();
    }
    if (auto on = domain::check_enabled(r.content, rules->submit); !on.ok()) return on.refusal();
    r.referral_id = work.id_or_new(request.referral_id);
    if (!request.referral_id.empty() && store::referral(work.tx, r.referral_id)) {
        return Refusal{"ALREADY_EXISTS", {{"referral_id", r.referral_id}}};
    }
    r.resident_id = request.resident_id;
    r.chain_id = request.chain_id.empty() ? r.referral_id : request.chain_id;
    r.sender_institution_id = work.actor.institution_id;
    r.advice_action_id = request.advice_action_id;
    publish_draft(work, r, *rules);
    return r;
}

Outcome<Referral> update_draft(Work& work, std::string_view referral_id, std::string_view etag,
                               v1::ReferralContent content) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto found = load_for(work, referral_id, etag, Action::kUpdate, *rules);
    if (!found.ok()) return found;
    Referral r = std::move(found).value();
    fill_in_sender(work, content);
    store::set_content(r, content);
    if (auto on = domain::check_enabled(r.content, rules->submit); !on.ok()) return on.refusal();
    move(work, r, Action::kUpdate, State::kDraft, "", *rules);
    return r;
}

Outcome<Referral> discard_draft(Work& work, std::string_view referral_id, std::string_view etag) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto found = load_for(work, referral_id, etag, Action::kDiscard, *rules);
    if (!found.ok()) return found;
    Referral r = std::move(found).value();
    move(work, r, Action::kDiscard, State::kDiscarded, "DISCARDED", *rules);
    work.append(store::draft_event(store::DraftEvent::kDiscarded, work.event_context(*rules), r));
    return r;
}

void draft_on_advice(Work& work, const Advice& advice, std::string_view cause, Instant caused_at,
                     const Rules& rules) {
    const auto resident = store::resident(work.tx, advice.resident_id);
    // Facts of other topics come in any order: a resident who is not known yet will be.
    if (resident && resident->deceased_on) return;
    const bool there =
        advice.action_id.empty()
            ? !store::ids(work.tx, store::kReferralOfEnrolment, advice.enrolment_id, "").empty()
            : !store::ids(work.tx, store::kReferralOfAction, advice.action_id, "").empty();
    if (there) return;
    Referral r;
    r.referral_id = derived_ulid(cause, caused_at);
    r.chain_id = r.referral_id;
    r.resident_id = advice.resident_id;
    r.advice_action_id = advice.action_id;
    r.enrolment_id = advice.enrolment_id;
    r.sender_institution_id = advice.institution_id.empty()
                                  ? store::team_institution(work.tx, advice.team_id)
                                  : advice.institution_id;
    v1::ReferralContent content;
    content.set_direction(v1::DIRECTION_UP);
    content.set_kind(v1::REFERRAL_KIND_OUTPATIENT);
    content.set_priority(advice.urgent ? v1::PRIORITY_URGENT : v1::PRIORITY_ROUTINE);
    store::set_content(r, content);
    work.actor.institution_id = r.sender_institution_id;
    publish_draft(work, r, rules);
}

void draft_for_case(Work& work, std::string_view referral_id, std::string_view resident_id,
                    const Rules& rules) {
    Referral r;
    r.referral_id = referral_id;
    r.chain_id = r.referral_id;
    r.resident_id = resident_id;
    r.sender_institution_id = work.actor.institution_id;
    v1::ReferralContent content;
    content.set_direction(v1::DIRECTION_EMERGENCY);
    content.set_kind(v1::REFERRAL_KIND_INPATIENT);
    content.set_priority(v1::PRIORITY_EMERGENCY);
    fill_in_sender(work, content);
    store::set_content(r, content);
    publish_draft(work, r, rules);
}

void name_patient(Work& work, std::string_view referral_id, std::string_view temporary_id,
                  std::string_view resident_id, const Rules& rules) {
    auto r = store::referral(work.tx, referral_id);
    if (!r || r->resident_id != temporary_id) return;
    r->original_resident_id = temporary_id;
    r->resident_id = resident_id;
    touch_up(work, *r, "PatientIdentified", rules);
    reissue_evidence(work, *r, rules);
}

}  // namespace yilian::referrals::app
