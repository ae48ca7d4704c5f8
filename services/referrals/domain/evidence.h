#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "services/referrals/domain/referral.h"

// Evidence of a referral for billing (referrals.md 8).
namespace yilian::referrals::domain {

struct EvidencePolicy {
    std::int32_t emergency_backdate_h = 0;
    std::int32_t arrival_within_days = 0;
};

// One leg of a referral, as it would be or was issued. Immutable once it has an id.
struct Evidence {
    std::string evidence_id;  // "" = a judgement that was not issued
    std::string referral_id;
    std::string chain_id;
    std::string resident_id;
    std::string from_institution_id;
    std::string to_institution_id;
    std::string consortium_id;
    Direction direction = Direction::kNone;
    std::string main_diagnosis_code;
    bool beyond_county = false;
    bool emergency = false;
    bool valid = false;
    std::string invalid_reason;
    std::string supersedes_evidence_id;
    std::optional<Instant> submitted_at;
    std::optional<Instant> accepted_at;
    std::optional<Instant> arrived_at;
    std::optional<Instant> admitted_at;
    std::optional<Instant> issued_at;
    std::string signature;
    std::string key_id;

    // What a signature covers: every field but id, issue and signature in a fixed form.
    [[nodiscard]] std::string judged_text() const;
    // The whole signed text.
    [[nodiscard]] std::string signed_text() const;
    // Two judgements are the same when nothing that billing reads differs.
    [[nodiscard]] bool same_judgement(const Evidence& other) const {
        return judged_text() == other.judged_text();
    }
};

// First condition of section 8 that fails, in its order; "" when all hold. `ended`: cancelled,
// withdrawn or expired; death after arrival does not count.
[[nodiscard]] std::string invalid_reason(const Evidence& facts, bool ended,
                                         const EvidencePolicy& policy);

// The way up (or sideways, emergency) judged as things stand.
[[nodiscard]] Evidence judge_up(const Referral& referral, const EvidencePolicy& policy);
// The way down. The referral has one.
[[nodiscard]] Evidence judge_down(const Referral& referral, const EvidencePolicy& policy);

// One stay held against the evidence: is it the referred stay, or the one it was sent from?
struct Stay {
    std::string resident_id;
    std::string institution_id;
    Instant admitted_at{};
};
struct Verification {
    bool valid = false;
    std::string invalid_reason;  // of the evidence, or OTHER_RESIDENT, OTHER_INSTITUTION
    EvidenceSide side = EvidenceSide::kNone;
};
[[nodiscard]] Verification verify(const Evidence& evidence, const Stay& stay, bool ended,
                                  const EvidencePolicy& policy);

// Cancelled, withdrawn or expired in the sense of condition 6.
[[nodiscard]] bool ended_without_care(const Referral& referral);

}  // namespace yilian::referrals::domain
