#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "services/referrals/app/evidence.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using app::Leg;
using domain::Evidence;
using domain::Referral;
using runtime::QueryContext;

Outcome<domain::EvidencePolicy> policy_of(QueryContext& context, const app::Env& env) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    return rules->evidence;
}

// Those who pay and audit see every evidence, institutions that of their referrals.
bool sees_evidence(const rpc::Caller& caller) {
    return caller.has_role("agency_clerk") || sees_all(caller);
}

// The referral and, when one was asked for, a certain evidence of it.
struct Found {
    Referral referral;
    std::optional<store::StoredEvidence> asked;
};
Outcome<Found> find(QueryContext& context, std::string evidence_id, std::string referral_id) {
    Found found;
    if (!evidence_id.empty()) {
        found.asked = store::evidence(context.tx, evidence_id);
        if (!found.asked) return Reason("EVIDENCE_NOT_FOUND");
        if (!referral_id.empty() && referral_id != found.asked->evidence.referral_id) {
            return Reason("EVIDENCE_NOT_FOUND");
        }
        referral_id = found.asked->evidence.referral_id;
    }
    auto referral = store::referral(context.tx, referral_id);
    if (!referral || !referral->submitted_at) return Reason("EVIDENCE_NOT_FOUND");
    if (!sees_evidence(context.caller) &&
        !store::is_party(context.tx, referral_id, context.caller.institution_id)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({referral->resident_id, "Evidence", "referral/" + referral_id});
    found.referral = *std::move(referral);
    return found;
}

// The leg that tells of this referral as a whole: the way down once it has evidence of its own, or
// when there is nothing else.
Leg main_leg(const Referral& r, const std::vector<store::StoredEvidence>& issued) {
    if (r.content.direction == domain::Direction::kDown) return Leg::kDown;
    return !issued.empty() && issued.back().down ? Leg::kDown : Leg::kUp;
}

Outcome<v1::ReferralEvidence> run_get(QueryContext& context, const app::Env& env,
                                      const v1::GetEvidenceRequest& request) {
    const auto policy = policy_of(context, env);
    if (!policy.ok()) return policy.refusal();
    const auto found = find(context, request.evidence_id(), request.referral_id());
    if (!found.ok()) return found.refusal();
    if (found->asked) return store::to_message(found->asked->evidence);
    const auto issued = store::evidence_of(context.tx, request.referral_id());
    return store::to_message(
        app::newest_evidence(found->referral, issued, main_leg(found->referral, issued), *policy));
}

struct Judged {
    Evidence evidence;
    domain::Verification verification;
};

// Of several legs the one that the stay is the referred one of; then any that knows its
// institution.
Judged best_of(const Referral& r, const std::vector<Evidence>& legs, const domain::Stay& stay,
               const domain::EvidencePolicy& policy) {
    const auto rank = [](const domain::Verification& v) {
        const int side = v.side == domain::EvidenceSide::kReceiver ? 2
                         : v.side == domain::EvidenceSide::kSender ? 1
                                                                   : 0;
        return side + (v.valid ? 3 : 0);
    };
    std::optional<Judged> best;
    for (const Evidence& leg : legs) {
        auto verification = domain::verify(leg, stay, domain::ended_without_care(r), policy);
        if (!best || rank(verification) > rank(best->verification)) {
            best = Judged{leg, std::move(verification)};
        }
    }
    return *best;
}

Outcome<v1::VerifyEvidenceResponse> run_verify(QueryContext& context, const app::Env& env,
                                               const v1::VerifyEvidenceRequest& request) {
    const auto policy = policy_of(context, env);
    if (!policy.ok()) return policy.refusal();
    const auto found = find(context, request.evidence_id(), request.referral_id());
    if (!found.ok()) return found.refusal();
    const Referral& r = found->referral;
    std::vector<Evidence> legs;
    if (found->asked) {
        legs.push_back(found->asked->evidence);
    } else {
        const auto issued = store::evidence_of(context.tx, r.referral_id);
        if (r.content.direction != domain::Direction::kDown) {
            legs.push_back(app::newest_evidence(r, issued, Leg::kUp, *policy));
        }
        if (r.down) legs.push_back(app::newest_evidence(r, issued, Leg::kDown, *policy));
    }
    const domain::Stay stay{request.resident_id(), request.institution_id(),
                            store::instant_of(request.admitted_at())};
    const Judged judged = best_of(r, legs, stay, *policy);
    v1::VerifyEvidenceResponse response;
    response.set_valid(judged.verification.valid);
    response.set_invalid_reason(judged.verification.invalid_reason);
    response.set_side(store::to_proto<v1::EvidenceSide>(judged.verification.side));
    response.set_direction(store::to_proto<v1::Direction>(judged.evidence.direction));
    response.set_chain_id(judged.evidence.chain_id);
    response.set_beyond_county(judged.evidence.beyond_county);
    *response.mutable_evidence() = store::to_message(judged.evidence);
    return response;
}

}  // namespace

void bind_evidence_queries(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.query<v1::GetEvidenceRequest, v1::ReferralEvidence>(
        referral_method("GetEvidence"),
        {.validate =
             [](const v1::GetEvidenceRequest& r) {
                 return rpc::Validator()
                     .optional_id("referral_id", r.referral_id())
                     .optional_id("evidence_id", r.evidence_id())
                     .expect(!r.referral_id().empty() || !r.evidence_id().empty(), "referral_id",
                             "FIELD_REQUIRED")
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_get(c, *env, r); }});
    binder.query<v1::VerifyEvidenceRequest, v1::VerifyEvidenceResponse>(
        referral_method("VerifyEvidence"),
        {.validate =
             [](const v1::VerifyEvidenceRequest& r) {
                 return rpc::Validator()
                     .optional_id("evidence_id", r.evidence_id())
                     .optional_id("referral_id", r.referral_id())
                     .expect(!r.referral_id().empty() || !r.evidence_id().empty(), "referral_id",
                             "FIELD_REQUIRED")
                     .id("resident_id", r.resident_id())
                     .id("institution_id", r.institution_id())
                     .timestamp("admitted_at", r.has_admitted_at(), r.admitted_at())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_verify(c, *env, r); }});
}

}  // namespace yilian::referrals::rpc_edge
