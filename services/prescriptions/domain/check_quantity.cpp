#include <optional>
#include <string>

#include "libs/policy/keys/prescriptions.h"
#include "services/prescriptions/domain/check.h"
#include "services/prescriptions/domain/content.h"

// How many days a line may last: by kind, by class of the drug, by label, and by the rules of long
// prescriptions (prescriptions.md 5 and 5.1).
namespace yilian::prescriptions::domain {
namespace {

struct DaysLimit {
    std::int64_t days = 0;
    bool reason_helps = false;  // a noted reason makes the finding a warning
    std::string_view rule = "QUANTITY";
};

// The stricter one; of equal ones the one that no reason helps against.
void lower(std::optional<DaysLimit>& limit, const DaysLimit& other) {
    if (!limit || other.days < limit->days || (other.days == limit->days && !other.reason_helps)) {
        limit = other;
    }
}

bool is_injection(std::string_view form) { return form.starts_with("INJ"); }
bool is_slow_release(std::string_view form) { return form.starts_with("SR_"); }

std::optional<DaysLimit> controlled_limit(const policy::Pack& pack, const Drug& drug) {
    const std::string& klass = drug.long_excluded_class;
    if (klass == "psychotropic_2") {
        return DaysLimit{pack.get(policy::kRxControlledPsychotropic2Days), true, "CONTROLLED"};
    }
    if (klass == "toxic") return DaysLimit{pack.get(policy::kRxToxicDays), false, "CONTROLLED"};
    if (klass != "narcotic" && klass != "psychotropic_1") return std::nullopt;
    if (contains(drug.ingredient_codes, "METHYLPHENIDATE")) {
        return DaysLimit{pack.get(policy::kRxControlledMethylphenidateDays), false, "CONTROLLED"};
    }
    if (is_injection(drug.form_code)) {
        return DaysLimit{pack.get(policy::kRxControlledInjectionDoses), false, "CONTROLLED"};
    }
    return DaysLimit{is_slow_release(drug.form_code)
                         ? pack.get(policy::kRxControlledSlowReleaseDays)
                         : pack.get(policy::kRxControlledOtherDays),
                     false, "CONTROLLED"};
}

std::optional<DaysLimit> kind_limit(const policy::Pack& pack, const CheckInput& input,
                                    const LineContent& line) {
    if (input.content.kind == Kind::kEmergency) {
        return DaysLimit{pack.get(policy::kRxQuantityEmergencyDays), false};
    }
    // What the rules of long prescriptions decide is not measured again.
    if (needs_long_rules(pack, input.content.kind, line.days)) return std::nullopt;
    if (input.content.kind == Kind::kNarcotic1) return std::nullopt;
    return DaysLimit{pack.get(policy::kRxQuantityNormalDays), true};
}

}  // namespace

void check_quantity(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out) {
    for (const LineContent& line : input.content.lines) {
        const auto found = input.drugs.find(line.generic_code);
        std::optional<DaysLimit> limit = kind_limit(pack, input, line);
        if (found != input.drugs.end()) {
            const Drug& drug = found->second;
            if (const auto controlled = controlled_limit(pack, drug)) lower(limit, *controlled);
            const bool first_class = drug.long_excluded_class == "narcotic" ||
                                     drug.long_excluded_class == "psychotropic_1";
            if (first_class && input.content.kind != Kind::kNarcotic1) {
                out.push_back(
                    {"CONTROLLED", {line.line_no}, Level::kBlock, "KIND_NARCOTIC_NEEDED", {}});
            }
            if (drug.max_days && line.days > *drug.max_days) {
                out.push_back({"LABEL_DAYS",
                               {line.line_no},
                               Level::kDoubleSign,
                               "DAYS_ABOVE_LABEL",
                               {"days=" + std::to_string(line.days),
                                "limit=" + std::to_string(*drug.max_days)}});
            }
        }
        if (!limit || line.days <= limit->days) continue;
        const bool warned = limit->reason_helps && !line.longer_reason_code.empty();
        out.push_back(
            {std::string(limit->rule),
             {line.line_no},
             warned ? Level::kWarn : Level::kBlock,
             "DAYS_ABOVE_LIMIT",
             {"days=" + std::to_string(line.days), "limit=" + std::to_string(limit->days)}});
    }
    if (input.long_refusal) {
        Finding finding{"LONG", {}, Level::kBlock, input.long_refusal->reason.text(), {}};
        for (const auto& [name, text] : input.long_refusal->metadata) {
            finding.values.push_back(name + "=" + text);
        }
        out.push_back(std::move(finding));
    }
}

}  // namespace yilian::prescriptions::domain
