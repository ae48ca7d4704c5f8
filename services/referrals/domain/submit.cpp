#include "services/referrals/domain/submit.h"

#include <algorithm>

namespace yilian::referrals::domain {
namespace {

constexpr std::int32_t kLevelOne = 1;

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) out += ',';
        out += word;
    }
    return out;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

// An item is there when a measurement, a document or the list of drugs carries it.
bool has_item(const Content& content, std::string_view item) {
    return content.facts.contains(item) || contains(content.document_ids, item) ||
           (item == "drugs" && !content.drug_codes.empty());
}

Outcome<Allowed> check_consent(const Content& content) {
    if (content.consent_method == ConsentMethod::kNone || !content.consent_given_at) {
        return Reason("CONSENT_MISSING");
    }
    return Allowed{};
}

}  // namespace

bool Institution::is_base() const { return institution_class != "hospital" || level == kLevelOne; }

bool Institution::is_village() const {
    return institution_class == "village_clinic" || institution_class == "station" ||
           institution_class == "service_point";
}

bool Offer::in_force(calendar::CivilDate on) const {
    return on >= valid_from && (!valid_to || on <= *valid_to);
}

bool Offer::takes(Kind kind, const std::vector<std::string>& diseases,
                  std::string_view department) const {
    const auto known = [&](const std::string& disease) { return contains(disease_codes, disease); };
    return std::ranges::find(kinds, kind) != kinds.end() &&
           (disease_codes.empty() || std::ranges::any_of(diseases, known)) &&
           (department_code.empty() || department.empty() || department_code == department);
}

const Offer* matching_offer(const std::vector<Offer>& offers, const Content& content,
                            std::string_view department, const std::vector<std::string>& diseases,
                            calendar::CivilDate on) {
    for (const Offer& offer : offers) {
        if (offer.in_force(on) && offer.takes(content.kind, diseases, department)) return &offer;
    }
    return nullptr;
}

Outcome<Allowed> check_enabled(const Content& content, const SubmitPolicy& policy) {
    if (content.direction != Direction::kNone &&
        !contains(policy.directions_enabled, name_of(content.direction))) {
        return Refusal{"DIRECTION_DISABLED",
                       {{"direction", std::string(name_of(content.direction))}}};
    }
    if (content.kind != Kind::kNone && !contains(policy.kinds_enabled, name_of(content.kind))) {
        return Refusal{"KIND_DISABLED", {{"kind", std::string(name_of(content.kind))}}};
    }
    return Allowed{};
}

std::vector<std::string> missing_data(const Content& content, const Offer* offer) {
    std::vector<std::string> missing;
    const auto need = [&](bool there, std::string_view field) {
        if (!there) missing.emplace_back(field);
    };
    need(content.direction != Direction::kNone, "direction");
    need(!content.receiver_institution_id.empty(), "receiver_institution_id");
    // An emergency waits for no paper (invariant 8).
    if (content.direction == Direction::kEmergency) return missing;
    need(content.kind != Kind::kNone, "kind");
    need(!content.main_diagnosis().empty(), "diagnoses");
    if (content.direction == Direction::kDown) return missing;
    need(content.priority != Priority::kNone, "priority");
    need(!content.sender_department_code.empty(), "sender_department_code");
    need(!content.sender_practitioner_id.empty(), "sender_practitioner_id");
    need(!content.reason_code.empty(), "reason_code");
    need(content.has_chief_complaint, "chief_complaint");
    need(content.has_present_illness, "present_illness");
    need(content.has_past_history, "past_history");
    need(!content.facts.empty(), "measurements");
    need(!content.beyond_county || !content.beyond_county_reason_code.empty(),
         "beyond_county_reason_code");
    if (offer != nullptr) {
        for (const std::string& item : offer->required_items) {
            need(has_item(content, item), item);
        }
    }
    return missing;
}

Outcome<Allowed> check_level(Direction direction, const Parties& parties,
                             const SubmitPolicy& policy) {
    if (!policy.two_level) return Allowed{};
    if (parties.sender && parties.receiver) {
        const bool from_base = parties.sender->is_base();
        const bool to_base = parties.receiver->is_base();
        const bool down = direction == Direction::kDown;
        if (from_base != to_base && from_base != down) return Allowed{};
    }
    return Refusal{"LEVEL_NOT_ALLOWED", {{"levels_mode", "two_level"}}};
}

Outcome<Allowed> check_scope(const Parties& parties, const SubmitPolicy& policy) {
    const bool known = parties.sender && parties.receiver;
    const bool together = policy.scope != "consortium" || !parties.consortium_id.empty();
    if (known && together) return Allowed{};
    return Refusal{"OUT_OF_SCOPE", {{"scope", policy.scope}}};
}

Outcome<Allowed> check_submit(const Referral& referral, const Parties& parties,
                              const SubmitPolicy& policy, calendar::CivilDate on) {
    const Content& content = referral.content;
    const Offer* offer = matching_offer(parties.offers, content, content.receiver_department_code,
                                        parties.diseases, on);
    if (const auto missing = missing_data(content, offer); !missing.empty()) {
        return Refusal{"DATA_INCOMPLETE", {{"fields", joined(missing)}}};
    }
    if (auto consent = check_consent(content); !consent.ok()) return consent;
    if (offer == nullptr || content.receiver_institution_id == referral.sender_institution_id) {
        return Reason("RECEIVER_NOT_OFFERING");
    }
    if (auto level = check_level(content.direction, parties, policy); !level.ok()) return level;
    if (auto scope = check_scope(parties, policy); !scope.ok()) return scope;
    if (parties.duplicate_open) return Reason("DUPLICATE_OPEN_REFERRAL");
    return Allowed{};
}

bool accepts_by_itself(const Content& content, const Offer* offer,
                       const std::optional<Criteria>& criteria) {
    if (offer == nullptr || !offer->auto_accept || !criteria || !criteria->any_met()) return false;
    return content.direction != Direction::kAdviceOnly && missing_data(content, offer).empty();
}

Outcome<Allowed> check_grade(const Parties& parties, const Content& content,
                             const SubmitPolicy& policy, calendar::CivilDate on) {
    if (!policy.technical_grade_enabled) return Allowed{};
    for (const Offer& offer : parties.offers) {
        if (!offer.in_force(on) ||
            !offer.takes(content.kind, parties.diseases, content.receiver_department_code)) {
            continue;
        }
        for (const auto& [disease, grade] : offer.grades) {
            if (grade > 0 && contains(parties.diseases, disease)) return Allowed{};
        }
    }
    return Refusal{"TECHNICAL_GRADE_INSUFFICIENT", {{"disease_code", parties.disease}}};
}

Outcome<Allowed> check_redirect(const Referral& referral, std::string_view to_institution_id,
                                const SubmitPolicy& policy) {
    const Task* task = referral.last_task();
    if (task == nullptr || task->hop >= policy.max_hops) {
        return Refusal{"HOP_LIMIT_REACHED", {{"max_hops", std::to_string(policy.max_hops)}}};
    }
    if (to_institution_id == referral.receiver_institution_id() ||
        to_institution_id == referral.sender_institution_id) {
        return Reason("REDIRECT_TO_SELF");
    }
    return Allowed{};
}

Outcome<Allowed> check_resubmission(const Referral& before, const Content& after,
                                    std::string_view stored_after) {
    const bool converted =
        before.content.direction == Direction::kAdviceOnly && after.direction == Direction::kUp;
    const bool other_receiver =
        after.receiver_institution_id != before.content.receiver_institution_id;
    if (converted || other_receiver || stored_after != before.stored_content) return Allowed{};
    return Reason("NOTHING_CHANGED");
}

}  // namespace yilian::referrals::domain
