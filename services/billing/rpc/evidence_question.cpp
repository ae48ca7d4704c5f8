#include "services/billing/rpc/evidence_question.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "libs/ident/codes.h"
#include "libs/rpc/client.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/list_rows.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::billing::rpc_edge {

namespace ref = referrals::v1;

struct EvidenceQuestion::Reading {
    EvidenceAsk stay;  // nothing named when nothing is to be asked
    Deadline deadline;
    runtime::Prepared then;
};

namespace {

constexpr std::chrono::milliseconds kPatience{300};

ReferralKind kind_of(ref::Direction direction) {
    if (direction == ref::DIRECTION_DOWN) return ReferralKind::kDown;
    const bool up = direction == ref::DIRECTION_UP || direction == ref::DIRECTION_EMERGENCY;
    return up ? ReferralKind::kUp : ReferralKind::kNone;
}

std::optional<Instant> time_of(bool has, const google::protobuf::Timestamp& at) {
    return has ? std::optional(store::instant_of(at)) : std::nullopt;
}

Evidence evidence_of(const ref::ReferralEvidence& m) {
    Evidence e;
    e.evidence_id = m.evidence_id();
    e.referral_id = m.referral_id();
    e.chain_id = m.chain_id();
    e.resident_id = m.resident_id();
    e.from_institution_id = m.from_institution_id();
    e.to_institution_id = m.to_institution_id();
    e.direction = kind_of(m.direction());
    e.beyond_county = m.beyond_county();
    e.valid = m.valid();
    e.arrived_at = time_of(m.has_arrived_at(), m.arrived_at());
    e.admitted_at = time_of(m.has_admitted_at(), m.admitted_at());
    e.issued_at = store::instant_of(m.issued_at());
    return e;
}

ref::VerifyEvidenceRequest request_of(const EvidenceAsk& stay, bool by_referral) {
    ref::VerifyEvidenceRequest request;
    (by_referral ? *request.mutable_referral_id() : *request.mutable_evidence_id()) = stay.named;
    request.set_resident_id(stay.resident_id);
    request.set_institution_id(stay.institution_id);
    store::set_instant(request.mutable_admitted_at(), stay.admitted_at);
    return request;
}

// A list may name the evidence or its referral: what is not known as the one is asked as the other.
void call_referrals(rpc::Client& referrals, const EvidenceAsk& stay, Deadline deadline,
                    const runtime::Prepared& then, bool by_referral) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    rpc::CallOptions options;
    options.timeout = std::max(left, std::chrono::milliseconds(1));
    referrals.call_raw("yilian.referrals.v1.ReferralService/VerifyEvidence",
                       request_of(stay, by_referral), options,
                       [&referrals, stay, deadline, then,
                        by_referral](const rpc::CallResult<std::string>& result) {
                           ref::VerifyEvidenceResponse response;
                           if (result.ok() && response.ParseFromString(result.value()) &&
                               !response.evidence().evidence_id().empty()) {
                               return then(std::any(evidence_of(response.evidence())));
                           }
                           const bool unknown =
                               !result.ok() && result.error().reason == "EVIDENCE_NOT_FOUND";
                           if (!unknown || by_referral) return then(std::any());
                           call_referrals(referrals, stay, deadline, then, true);
                       });
}

}  // namespace

void EvidenceQuestion::read(std::shared_ptr<Reading> reading,
                            std::function<void(storage::Transaction&, Reading&)> find) const {
    rpc::Client* referrals = peers_.find("referrals");
    if (referrals == nullptr) return reading->then(std::any());
    const absl::Status queued = store_.submit_read(
        [reading, find = std::move(find)](storage::Transaction& tx) {
            find(tx, *reading);
            EvidenceAsk& stay = reading->stay;
            if (!stay.named.empty() && store::evidence_held(tx, stay.named)) stay.named.clear();
        },
        [reading, referrals](const absl::Status& status) {
            if (!status.ok() || reading->stay.named.empty()) return reading->then(std::any());
            call_referrals(
                *referrals, reading->stay,
                std::min(reading->deadline, Deadline(std::chrono::steady_clock::now() + kPatience)),
                reading->then, false);
        },
        reading->deadline);
    if (!queued.ok()) reading->then(std::any());
}

void EvidenceQuestion::ask(const EvidenceAsk& stay, Deadline deadline,
                           runtime::Prepared then) const {
    // What cannot be asked is a finding of the list, not a question.
    const bool askable =
        ident::is_id(stay.named) && !stay.resident_id.empty() && stay.admitted_at != Instant{};
    if (!askable) return then(std::any());
    read(std::make_shared<Reading>(Reading{stay, deadline, std::move(then)}),
         [](storage::Transaction&, Reading&) {});
}

void EvidenceQuestion::ask_for_list(const std::string& institution_id, const std::string& list_id,
                                    Deadline deadline, runtime::Prepared then) const {
    read(std::make_shared<Reading>(Reading{{}, deadline, std::move(then)}),
         [institution_id, list_id](storage::Transaction& tx, Reading& reading) {
             const auto row = store::list_in_force(tx, institution_id, list_id);
             if (!row) return;
             reading.stay = {row->evidence_ref, institution_id, row->resident_id, row->admitted_at};
         });
}

std::optional<Evidence> told_of(const std::any& prepared) {
    const auto* told = std::any_cast<Evidence>(&prepared);
    return told == nullptr ? std::nullopt : std::optional(*told);
}

}  // namespace yilian::billing::rpc_edge
