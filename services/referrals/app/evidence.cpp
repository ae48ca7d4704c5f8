#include "services/referrals/app/evidence.h"

#include <utility>

#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/queries.h"

namespace yilian::referrals::app {
namespace {

using domain::Evidence;
using domain::Referral;

Evidence judge(const Referral& referral, Leg leg, const domain::EvidencePolicy& policy) {
    return leg == Leg::kUp ? domain::judge_up(referral, policy)
                           : domain::judge_down(referral, policy);
}

const Evidence* newest(const std::vector<store::StoredEvidence>& issued, Leg leg) {
    for (auto stored = issued.rbegin(); stored != issued.rend(); ++stored) {
        if (stored->down == (leg == Leg::kDown)) return &stored->evidence;
    }
    return nullptr;
}

void issue(Work& work, Evidence evidence, const std::vector<store::StoredEvidence>& issued, Leg leg,
           const Rules& rules) {
    const Evidence* before = newest(issued, leg);
    evidence.evidence_id = work.env.ids.next_ulid();
    evidence.supersedes_evidence_id = before == nullptr ? "" : before->evidence_id;
    evidence.issued_at = work.now;
    evidence.key_id = work.env.signer.key_id();
    evidence.signature = work.env.signer.sign(evidence.signed_text());
    work.tx.post(store::kAddKey, work.env.signer.key_id(), work.env.signer.public_pem());
    store::add_evidence(work.tx, {evidence, leg == Leg::kDown},
                        static_cast<std::int64_t>(issued.size()));
    work.append(store::evidence_issued(work.event_context(rules), evidence));
    work.touch("evidence", evidence.evidence_id);
}

}  // namespace

void issue_evidence(Work& work, const Referral& referral, Leg leg, const Rules& rules) {
    issue(work, judge(referral, leg, rules.evidence),
          store::evidence_of(work.tx, referral.referral_id), leg, rules);
}

void reissue_evidence(Work& work, const Referral& referral, const Rules& rules) {
    for (const Leg leg : {Leg::kUp, Leg::kDown}) {
        const auto issued = store::evidence_of(work.tx, referral.referral_id);
        const Evidence* before = newest(issued, leg);
        if (before == nullptr) continue;
        Evidence now = judge(referral, leg, rules.evidence);
        if (!now.same_judgement(*before)) issue(work, std::move(now), issued, leg, rules);
    }
}

Evidence newest_evidence(const Referral& referral, const std::vector<store::StoredEvidence>& issued,
                         Leg leg, const domain::EvidencePolicy& policy) {
    const Evidence* found = newest(issued, leg);
    return found == nullptr ? judge(referral, leg, policy) : *found;
}

}  // namespace yilian::referrals::app
