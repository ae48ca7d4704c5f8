#include "services/referrals/domain/evidence.h"

#include <chrono>
#include <initializer_list>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

std::string text_of(const std::optional<Instant>& at) { return at ? calendar::rfc3339(*at) : ""; }

// Fields never hold '\n': ids and codes only.
std::string lines(std::initializer_list<std::string_view> fields) {
    std::string out;
    for (const std::string_view field : fields) {
        out += field;
        out += '\n';
    }
    return out;
}

}  // namespace

std::string Evidence::judged_text() const {
    return lines({"yilian.referral_evidence.v1", referral_id, chain_id, resident_id,
                  from_institution_id, to_institution_id, consortium_id, name_of(direction),
                  main_diagnosis_code, beyond_county ? "beyond_county" : "",
                  emergency ? "emergency" : "", valid ? "valid" : "invalid", invalid_reason,
                  text_of(submitted_at), text_of(accepted_at), text_of(arrived_at),
                  text_of(admitted_at)});
}

std::string Evidence::signed_text() const {
    return judged_text() + lines({evidence_id, supersedes_evidence_id, text_of(issued_at)});
}

std::string invalid_reason(const Evidence& facts, bool ended, const EvidencePolicy& policy) {
    if (facts.consortium_id.empty()) return "NOT_SAME_CONSORTIUM";
    if (facts.admitted_at && facts.submitted_at) {
        if (!facts.emergency && *facts.submitted_at >= *facts.admitted_at) {
            return "SUBMITTED_AFTER_ADMISSION";
        }
        if (facts.emergency && *facts.submitted_at - *facts.admitted_at >
                                   std::chrono::hours(policy.emergency_backdate_h)) {
            return "EMERGENCY_BACKDATE_EXCEEDED";
        }
    }
    if (!facts.accepted_at) return "NOT_ACCEPTED";
    if (!facts.arrived_at) return "NOT_ARRIVED";
    const int days = calendar::days_between(calendar::local_date(*facts.accepted_at),
                                            calendar::local_date(*facts.arrived_at));
    if (days > policy.arrival_within_days) return "ARRIVAL_TOO_LATE";
    if (facts.direction == Direction::kNone || facts.main_diagnosis_code.empty() ||
        !facts.submitted_at) {
        return "DATA_MISSING";
    }
    return ended ? "ENDED" : "";
}

bool ended_without_care(const Referral& referral) {
    switch (referral.state) {
        case State::kWithdrawn:
        case State::kExpired:
            return true;
        case State::kCancelled:
            return !(referral.reason_code == "DIED" && referral.arrived_at);
        default:
            return false;
    }
}

Evidence judge_up(const Referral& referral, const EvidencePolicy& policy) {
    Evidence e;
    e.referral_id = referral.referral_id;
    e.chain_id = referral.chain_id;
    e.resident_id = referral.resident_id;
    e.from_institution_id = referral.sender_institution_id;
    e.to_institution_id = referral.receiver_institution_id();
    e.consortium_id = referral.consortium_id;
    e.direction = referral.content.direction;
    e.main_diagnosis_code = referral.main_diagnosis_code;
    e.beyond_county = referral.beyond_county;
    e.emergency = referral.emergency();
    e.submitted_at = referral.submitted_at;
    e.accepted_at = referral.accepted_at;
    e.arrived_at = referral.arrived_at;
    e.admitted_at = referral.admitted_at;
    e.invalid_reason = invalid_reason(e, ended_without_care(referral), policy);
    e.valid = e.invalid_reason.empty();
    return e;
}

Evidence judge_down(const Referral& referral, const EvidencePolicy& policy) {
    const DownLeg& down = *referral.down;
    Evidence e;
    e.referral_id = referral.referral_id;
    e.chain_id = referral.chain_id;
    e.resident_id = referral.resident_id;
    e.from_institution_id = down.from_institution_id;
    e.to_institution_id = down.to_institution_id;
    e.consortium_id = down.consortium_id;
    e.direction = Direction::kDown;
    e.main_diagnosis_code = referral.main_diagnosis_code;
    e.submitted_at = down.proposed_at;
    e.accepted_at = down.accepted_at;
    e.arrived_at = down.arrived_at;
    e.admitted_at = down.admitted_at;
    const bool ended = ended_without_care(referral) && !down.arrived_at;
    e.invalid_reason = invalid_reason(e, ended, policy);
    e.valid = e.invalid_reason.empty();
    return e;
}

Verification verify(const Evidence& evidence, const Stay& stay, bool ended,
                    const EvidencePolicy& policy) {
    Verification v;
    if (evidence.resident_id != stay.resident_id) {
        v.invalid_reason = "OTHER_RESIDENT";
        return v;
    }
    if (stay.institution_id == evidence.to_institution_id) {
        v.side = EvidenceSide::kReceiver;
        // The stay's own admission decides, not the one that was reported at the start of care.
        Evidence of_stay = evidence;
        of_stay.admitted_at = stay.admitted_at;
        v.invalid_reason = invalid_reason(of_stay, ended, policy);
    } else if (stay.institution_id == evidence.from_institution_id) {
        v.side = EvidenceSide::kSender;
        v.invalid_reason = evidence.invalid_reason;
    } else {
        v.invalid_reason = "OTHER_INSTITUTION";
        return v;
    }
    v.valid = v.invalid_reason.empty();
    return v;
}

}  // namespace yilian::referrals::domain
