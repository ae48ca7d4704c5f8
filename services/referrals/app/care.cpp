#include "services/referrals/app/care.h"

#include <chrono>
#include <utility>

#include "services/referrals/app/drafts.h"
#include "services/referrals/app/evidence.h"
#include "services/referrals/app/slots.h"
#include "services/referrals/app/submit.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Referral;
using domain::State;

struct Step {
    Rules rules;
    Referral referral;
};
Outcome<Step> begin(Work& work, std::string_view referral_id, std::string_view etag,
                    Action action) {
    auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load_for(work, referral_id, etag, action, *rules);
    if (!loaded.ok()) return loaded.refusal();
    return Step{std::move(rules).value(), std::move(loaded).value()};
}

void tell_arrival(Work& work, const Referral& r, std::string_view institution_id, Instant at,
                  const Rules& rules) {
    work.append(store::desk_event(store::DeskEvent::kArrived, work.event_context(rules), r,
                                  institution_id, at, ""));
}

// Row 44.
Referral arrive_at_base(Work& work, Referral r, Instant arrived, std::optional<Instant> admitted_at,
                        const Rules& rules) {
    r.down->arrived_at = arrived;
    r.down->admitted_at = admitted_at.value_or(arrived);
    move(work, r, Action::kArrive, State::kBaseAccepted, "", rules);
    tell_arrival(work, r, r.down->to_institution_id, arrived, rules);
    issue_evidence(work, r, Leg::kDown, rules);
    return r;
}

// A booking whose day has not come, or a missed one whose day is over, is not due; the state is
// right all the same.
bool not_due(Work& work, const Referral& r, Instant arrived, const Rules& rules) {
    if (arrived > work.now) return true;
    if (r.state != State::kBooked && r.state != State::kNoShow) return false;
    const auto roles = domain::roles_of(r, work.actor.institution_id);
    return roles.contains(domain::Role::kReceiver) &&
           !domain::check_action(r, Action::kArrive, roles, rules.guard_facts(work.now)).ok();
}

std::string missing_in(const v1::ReplyLetter& reply) {
    std::string missing;
    const auto need = [&](bool there, std::string_view field) {
        if (there) return;
        if (!missing.empty()) missing += ',';
        missing += field;
    };
    need(reply.diagnosis_codes_size() > 0, "diagnosis_codes");
    need(!reply.treatment().empty(), "treatment");
    need(!reply.plan().empty() || !reply.plan_document_id().empty(), "plan");
    need(!reply.signed_by().empty(), "signed_by");
    need(reply.has_signed_at(), "signed_at");
    return missing;
}

bool signature_holds(Work& work, const Referral& r, const v1::ReplyLetter& reply) {
    const Instant signed_at = store::instant_of(reply.signed_at());
    return signed_at <= work.now && (!r.arrived_at || signed_at >= *r.arrived_at) &&
           store::practitioner_works_at(work.tx, reply.signed_by(), work.actor.institution_id,
                                        work.today);
}

}  // namespace

Outcome<Referral> record_arrival(Work& work, std::string_view referral_id, std::string_view etag,
                                 std::optional<Instant> arrived_at,
                                 std::optional<Instant> admitted_at) {
    const Instant arrived = arrived_at.value_or(work.now);
    const auto rules_now = work.rules();
    if (!rules_now.ok()) return rules_now.refusal();
    const auto found = store::referral(work.tx, referral_id);
    if (found && not_due(work, *found, arrived, *rules_now)) return Reason("BOOKING_NOT_DUE");
    auto step = begin(work, referral_id, etag, Action::kArrive);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (r.state == State::kBaseAccepted) {
        return arrive_at_base(work, std::move(r), arrived, admitted_at, rules);
    }
    if (r.state == State::kBooked) {
        consume_hold(work, r.hold_id, rules);
        r.hold_id = "";
    }
    r.arrived_at = arrived;
    move(work, r, Action::kArrive, State::kArrived, "", rules);
    tell_arrival(work, r, r.receiver_institution_id(), arrived, rules);
    return r;
}

Outcome<Referral> upload_record(Work& work, std::string_view referral_id, std::string_view etag,
                                const std::vector<v1::Document>& documents) {
    auto step = begin(work, referral_id, etag, Action::kUpload);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    std::vector<v1::Document> fresh;
    for (const v1::Document& document : documents) {
        const Metadata which{{"document_id", document.document_id()}};
        if (document.size_bytes() > kDocumentBytesMax) return Refusal{"DOCUMENT_TOO_LARGE", which};
        const auto known = store::document_key(work.tx, document.document_id());
        if (!known) {
            fresh.push_back(document);
        } else if (known->sha256 != document.sha256() || known->referral_id != referral_id) {
            return Refusal{"DOCUMENT_HASH_MISMATCH", which};
        }
    }
    std::vector<std::string> ids;
    for (v1::Document& document : fresh) {
        if (!document.has_uploaded_at()) {
            store::set_time(document.mutable_uploaded_at(), work.now);
        }
        store::add_document(work.tx, referral_id, document);
    }
    for (const v1::Document& document : documents) ids.push_back(document.document_id());
    const bool late = work.now > *r.arrived_at + std::chrono::minutes(rules.record_upload_min);
    r.record_late = r.record_late || late;
    move(work, r, Action::kUpload, State::kArrived, "", rules);
    work.append(store::record_uploaded(work.event_context(rules), r, ids, late));
    return r;
}

Outcome<Referral> start_care(Work& work, std::string_view referral_id, std::string_view etag,
                             const CareStart& start) {
    auto step = begin(work, referral_id, etag, Action::kStartCare);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (start.admitted_at && *start.admitted_at > work.now) {
        return Refusal{"FIELD_INVALID", {{"field", "admitted_at"}}};
    }
    r.encounter_ref = start.encounter_ref;
    r.inpatient = start.inpatient;
    r.admitted_at = start.admitted_at;
    r.care_started_at = work.now;
    move(work, r, Action::kStartCare, State::kInCare, "", rules);
    work.append(store::care_started(work.event_context(rules), r));
    issue_evidence(work, r, Leg::kUp, rules);
    return r;
}

Outcome<Referral> refer_on(Work& work, std::string_view referral_id, std::string_view etag,
                           std::string_view next_referral_id, v1::ReferralContent content) {
    auto step = begin(work, referral_id, etag, Action::kReferOn);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    Referral next;
    next.referral_id = work.id_or_new(next_referral_id);
    next.resident_id = r.resident_id;
    next.chain_id = r.chain_id;
    next.sender_institution_id = work.actor.institution_id;
    if (content.sender_practitioner_id().empty()) {
        content.set_sender_practitioner_id(work.actor.id);
    }
    store::set_content(next, content);
    const auto parties = parties_of(work.tx, next, next.content.receiver_institution_id,
                                    next.content.main_diagnosis(), work.today, rules);
    if (domain::matching_offer(parties.offers, next.content, next.content.receiver_department_code,
                               parties.diseases, work.today) == nullptr) {
        return Reason("RECEIVER_NOT_OFFERING");
    }
    if (auto scope = domain::check_scope(parties, rules.submit); !scope.ok()) {
        return scope.refusal();
    }
    if (store::referral(work.tx, next.referral_id)) {
        return Refusal{"ALREADY_EXISTS", {{"referral_id", next.referral_id}}};
    }
    open(work, next, rules);
    r.next_referral_id = next.referral_id;
    move(work, r, Action::kReferOn, State::kInCare, "", rules);
    const auto context = work.event_context(rules);
    work.append(store::draft_event(store::DraftEvent::kDrafted, context, next));
    work.append(store::referred_on(context, r));
    return next;
}

Outcome<Referral> complete_referral(Work& work, std::string_view referral_id, std::string_view etag,
                                    const v1::ReplyLetter& reply, std::optional<Instant> ended_at) {
    auto step = begin(work, referral_id, etag, Action::kComplete);
    if (!step.ok()) return step.refusal();
    auto [rules, r] = std::move(step).value();
    if (const std::string missing = missing_in(reply); !missing.empty()) {
        return Refusal{"REPLY_LETTER_INCOMPLETE", {{"fields", missing}}};
    }
    if (!signature_holds(work, r, reply)) return Reason("SIGNATURE_INVALID");
    const Instant ended = ended_at.value_or(work.now);
    if (ended > work.now || (r.care_started_at && ended < *r.care_started_at)) {
        return Refusal{"FIELD_INVALID", {{"field", "ended_at"}}};
    }
    r.care_ended_at = ended;
    r.reply_late = work.now > ended + std::chrono::hours(rules.reply_letter_h);
    r.reply = reply.SerializeAsString();
    r.completed_at = work.now;
    move(work, r, Action::kComplete, State::kCompleted, "", rules);
    work.append(store::completed(work.event_context(rules), r));
    return r;
}

}  // namespace yilian::referrals::app
