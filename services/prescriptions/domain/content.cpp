#include "services/prescriptions/domain/content.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/policy/keys/prescriptions.h"

namespace yilian::prescriptions::domain {
namespace {

void missing_of_line(const LineContent& line, std::size_t index, std::vector<std::string>& out) {
    const std::string at = "lines[" + std::to_string(index) + "].";
    const auto need = [&](bool there, const char* field) {
        if (!there) out.push_back(at + field);
    };
    need(!line.generic_code.empty(), "generic_code");
    need(line.item_class != ItemClass::kUnspecified, "item_class");
    need(line.dose_milli > 0, "dose_milli");
    need(!line.dose_unit.empty(), "dose_unit");
    need(!line.frequency_code.empty(), "frequency_code");
    need(!line.route_code.empty(), "route_code");
    need(line.days > 0, "days");
    need(line.quantity_milli > 0, "quantity_milli");
    need(!line.pack_unit.empty(), "pack_unit");
}

}  // namespace

Outcome<Allowed> may_prescribe(const Prescriber& prescriber, Kind kind) {
    const std::string_view right = kind == Kind::kNarcotic1 ? kNarcoticRight : kPrescribeRight;
    if (!prescriber.works_here || !contains(prescriber.rights, right)) {
        return Refusal{"PRESCRIBER_NO_RIGHT", {{"right", std::string(right)}}};
    }
    return Allowed{};
}

Outcome<Allowed> kind_enabled(const policy::Pack& pack, Kind kind) {
    bool enabled = true;
    switch (kind) {
        case Kind::kLong:
            enabled = pack.get(policy::kRxLongEnabled);
            break;
        case Kind::kExtended:
            enabled = pack.get(policy::kRxExtendedEnabled);
            break;
        case Kind::kShared:
            enabled = pack.get(policy::kRxSharedEnabled);
            break;
        case Kind::kRepeat:
            enabled = pack.get(policy::kRxRepeatEnabled);
            break;
        case Kind::kUnspecified:
        case Kind::kHealth:
            enabled = false;
            break;  // health prescriptions have no lines
        case Kind::kNormal:
        case Kind::kEmergency:
        case Kind::kPaediatric:
        case Kind::kTcmPieces:
        case Kind::kTcmGranule:
        case Kind::kPreparation:
        case Kind::kNarcotic1:
            break;
    }
    if (enabled) return Allowed{};
    return Refusal{"KIND_DISABLED", {{"kind", std::string(name_of(kind))}}};
}

Outcome<Allowed> may_extend(const Content& content, std::string_view resident_id,
                            const std::optional<ReferralPlan>& plan, std::string_view contract_id) {
    if (content.kind != Kind::kExtended) return Allowed{};
    if (content.referral_id.empty() || !plan || plan->resident_id != resident_id ||
        !plan->planned || !plan->returned) {
        return Refusal{"REFERRAL_PLAN_MISSING", {}};
    }
    if (contract_id.empty() ||
        (!content.contract_id.empty() && content.contract_id != contract_id)) {
        return Refusal{"NOT_CONTRACTED", {}};
    }
    return Allowed{};
}

std::vector<std::string> missing_fields(const Content& content) {
    std::vector<std::string> out;
    if (content.diagnoses.empty()) out.emplace_back("diagnoses");
    for (std::size_t i = 0; i < content.diagnoses.size(); ++i) {
        if (content.diagnoses[i].code.empty()) {
            out.push_back("diagnoses[" + std::to_string(i) + "].code");
        }
    }
    const bool long_kind = content.kind == Kind::kLong || content.kind == Kind::kExtended;
    if (content.kind == Kind::kLong && content.disease_codes.empty()) {
        out.emplace_back("disease_codes");
    }
    if (content.lines.empty()) out.emplace_back("lines");
    for (std::size_t i = 0; i < content.lines.size(); ++i) {
        missing_of_line(content.lines[i], i, out);
    }
    if (content.kind == Kind::kRepeat && content.repeat_of.empty()) out.emplace_back("repeat_of");
    if (content.validity_days && content.validity_reason_code.empty()) {
        out.emplace_back("validity_reason_code");
    }
    // Several pick-ups are for long prescriptions, each of at least a day of every line.
    const auto short_line = std::ranges::any_of(
        content.lines, [&](const LineContent& l) { return l.days < content.instance_count; });
    if (content.instance_count > 1 && (!long_kind || short_line)) {
        out.emplace_back("instance_count");
    }
    return out;
}

Outcome<Allowed> may_be_signed(const policy::Pack& pack, const Content& content) {
    if (const auto missing = missing_fields(content); !missing.empty()) {
        std::string fields;
        for (const std::string& field : missing) {
            if (!fields.empty()) fields += ',';
            fields += field;
        }
        return Refusal{"CONTENT_INCOMPLETE", {{"fields", fields}}};
    }
    const auto pieces = std::ranges::count_if(
        content.lines, [](const LineContent& l) { return l.item_class == ItemClass::kPieces; });
    const auto others = static_cast<std::int64_t>(content.lines.size()) - pieces;
    const std::int64_t most = pack.get(policy::kRxLinesMax);
    if (others > most) {
        return Refusal{"TOO_MANY_LINES",
                       {{"lines", std::to_string(others)}, {"limit", std::to_string(most)}}};
    }
    if (pack.get(policy::kRxPiecesSeparate) && pieces > 0 && others > 0) {
        return Refusal{"PIECES_NOT_SEPARATE", {}};
    }
    return Allowed{};
}

bool needs_long_rules(const policy::Pack& pack, Kind kind, std::int32_t days) {
    return kind == Kind::kLong ||
           (kind == Kind::kExtended && days > pack.get(policy::kRxQuantityNormalDays));
}

Outcome<Allowed> may_sign_by(const Signature& signature, std::string_view caller_id,
                             const Prescription& prescription, CivilDate today) {
    const bool known = signature.algorithm == "ECDSA_P256" || signature.algorithm == "ED25519" ||
                       signature.algorithm == "SM2";
    if (!known || signature.value.empty() || signature.signer_id != caller_id ||
        signature.signer_id != prescription.prescriber_id) {
        return Refusal{"SIGNATURE_INVALID", {}};
    }
    const CivilDate signed_on = calendar::local_date(signature.signed_at);
    if (signed_on != prescription.authored_on || signed_on != today) {
        return Refusal{
            "SIGNED_DATE_MISMATCH",
            {{"signed_on", signed_on.text()}, {"authored_on", prescription.authored_on.text()}}};
    }
    return Allowed{};
}

}  // namespace yilian::prescriptions::domain
