#include "services/prescriptions/domain/circulation.h"

#include <algorithm>

#include "libs/policy/keys/prescriptions.h"
#include "services/prescriptions/domain/long_rules.h"

namespace yilian::prescriptions::domain {
namespace {

constexpr std::int64_t kUnit = 1000;  // one pack unit in thousandths

bool all(std::span<const Line> lines, LineState state) {
    return std::ranges::all_of(lines, [&](const Line& l) { return l.state == state; });
}

// Part `no` (from 0) of `days` cut into `count` parts, longer first.
std::int32_t part_of(std::int32_t days, std::int32_t count, std::int32_t no) {
    return days / count + (no < days % count ? 1 : 0);
}

// What of a quantity belongs to the first `days` of its `whole` days.
std::int64_t quantity_until(std::int64_t quantity_milli, std::int32_t days, std::int32_t whole) {
    if (days >= whole) return quantity_milli;
    // Fewer packs than days cannot be cut into packs without an empty pick-up.
    const bool whole_packs = quantity_milli % kUnit == 0 && quantity_milli / kUnit >= whole;
    const std::int64_t unit = whole_packs ? kUnit : 1;
    const std::int64_t units = quantity_milli / unit;
    return (units * days + whole - 1) / whole * unit;
}

bool same_consortium(const Institution& a, const Institution& b) {
    return std::ranges::any_of(a.consortia,
                               [&](const std::string& id) { return contains(b.consortia, id); });
}

// The institution itself, the one that manages it, or one that it manages.
bool same_house(const Institution& a, const Institution& b) {
    return a.institution_id == b.institution_id || a.parent_id == b.institution_id ||
           b.parent_id == a.institution_id || (!a.parent_id.empty() && a.parent_id == b.parent_id);
}

bool is_base(std::string_view institution_class) {
    return institution_class == "station" || institution_class == "village_clinic" ||
           institution_class == "centre_village_clinic" || institution_class == "centre" ||
           institution_class == "township_hospital";
}

bool is_village_clinic(std::string_view institution_class) {
    return institution_class == "village_clinic" || institution_class == "centre_village_clinic";
}

// 云药房: what a village clinic hands out where the district has the scheme.
Outcome<Allowed> cloud_pharmacy(const policy::Pack& pack, const DispenserQuestion& q) {
    const Institution& clinic = *q.dispenser;
    const policy::Words& qualified = pack.get(policy::kRxCloudPharmacyQualifiedClasses);
    if (!contains(qualified, clinic.institution_class)) {
        return Refusal{"DISPENSER_NOT_ALLOWED", {{"class", clinic.institution_class}}};
    }
    const policy::Words& families = pack.get(policy::kRxCloudPharmacyDiseases);
    for (const Drug& drug : q.drugs) {
        const bool listed = std::ranges::any_of(drug.disease_codes, [&](const std::string& code) {
            return contains(families, long_family_of(code));
        });
        if (!listed) return Refusal{"DISPENSER_NOT_ALLOWED", {{"drug", drug.generic_code}}};
    }
    return Allowed{};
}

bool kind_allows(const policy::Pack& pack, const DispenserQuestion& q) {
    const Institution& from = q.prescriber;
    const Institution& to = *q.dispenser;
    if (same_house(from, to)) return true;
    const bool member = same_consortium(from, to);
    switch (q.kind) {
        case Kind::kExtended:
            return member && is_base(to.institution_class);
        case Kind::kShared:
            return member;
        case Kind::kTcmPieces:
        case Kind::kTcmGranule:
            if (member && pack.get(policy::kRxTcmSharedPharmacyEnabled)) return true;
            break;
        case Kind::kPreparation:
            return member && pack.get(policy::kRxPreparationMemberUseEnabled);
        case Kind::kNarcotic1:
            return false;
        case Kind::kUnspecified:
        case Kind::kNormal:
        case Kind::kEmergency:
        case Kind::kPaediatric:
        case Kind::kLong:
        case Kind::kRepeat:
        case Kind::kHealth:
            break;
    }
    // Outflow 外流: pharmacies that the insurance has an agreement with.
    return to.institution_class == "pharmacy" && to.agreement_in_force &&
           pack.get(policy::kRxOutflowEnabled);
}

}  // namespace

State header_of(std::span<const Line> lines, bool claimed, bool was_dispensed) {
    std::int64_t given = 0;
    bool open = false;
    for (const Line& l : lines) {
        given += l.dispensed_milli;
        open = open || !is_final(l.state);
    }
    if (open) {
        if (given > 0) return State::kPartlyDispensed;
        return claimed ? State::kClaimed : State::kEffective;
    }
    if (given > 0) return State::kDispensed;
    if (was_dispensed) return State::kReversed;
    if (all(lines, LineState::kCancelled)) return State::kCancelled;
    if (all(lines, LineState::kExpired)) return State::kExpired;
    return State::kNotDispensed;
}

void lines_to_dispenser(Prescription& prescription) {
    for (Line& l : prescription.lines) {
        if (l.state == LineState::kToBeDispensed) l.state = LineState::kWithDispenser;
    }
}

void lines_back(Prescription& prescription) {
    for (Line& l : prescription.lines) {
        if (!is_final(l.state)) l.state = LineState::kToBeDispensed;
    }
}

void end_open_lines(Prescription& prescription, LineState to) {
    for (Line& l : prescription.lines) {
        if (!is_final(l.state)) l.state = to;
    }
}

std::int32_t days_supplied(const Line& line, std::int64_t quantity_milli) {
    if (line.quantity_milli <= 0) return 0;
    const auto until = [&](std::int64_t quantity) {
        return static_cast<std::int32_t>(quantity * line.days / line.quantity_milli);
    };
    return until(line.dispensed_milli + quantity_milli) - until(line.dispensed_milli);
}

Outcome<Booked> dispense(Line& line, std::int64_t quantity_milli, CivilDate on) {
    if (quantity_milli > line.open_milli()) {
        return Refusal{"QUANTITY_EXCEEDS_LINE",
                       {{"line_no", std::to_string(line.line_no)},
                        {"open_milli", std::to_string(line.open_milli())}}};
    }
    Booked booked;
    booked.days_supplied = days_supplied(line, quantity_milli);
    line.dispensed_milli += quantity_milli;
    if (!line.first_dispensed_on) line.first_dispensed_on = on;
    const auto total = static_cast<int>(line.dispensed_milli * line.days / line.quantity_milli);
    line.covered_until = line.first_dispensed_on->plus_days(std::max(total, 1) - 1);
    line.state = line.open_milli() == 0 ? LineState::kFully : LineState::kPartly;
    booked.covered_until = *line.covered_until;
    return booked;
}

void take_back(Line& line, std::int64_t quantity_milli) {
    line.dispensed_milli -= quantity_milli;
    YILIAN_INVARIANT(line.dispensed_milli >= 0, "prescriptions: more comes back than was given");
    line.state = LineState::kNotDispensed;
    line.non_dispense_reason = "NOT_REQUIRED";
    const auto total = static_cast<int>(line.dispensed_milli * line.days / line.quantity_milli);
    if (total == 0) {
        line.covered_until.reset();
        line.first_dispensed_on.reset();
    } else {
        line.covered_until = line.first_dispensed_on->plus_days(total - 1);
    }
}

bool is_non_dispense_reason(std::string_view code) {
    constexpr std::string_view kCodes[] = {
        "NOT_REQUIRED", "UNSUITABLE", "OWING_NOTE",  "CANCELLED",     "DIED",      "ILLEGAL",
        "OUT_OF_SCOPE", "EXPIRED",    "NOT_ALLOWED", "NOT_COLLECTED", "BOUGHT_OTC"};
    return std::ranges::find(kCodes, code) != std::end(kCodes);
}

bool is_cancel_reason(std::string_view code) {
    constexpr std::string_view kCodes[] = {"PRESCRIBING_ERROR",
                                           "CONTRAINDICATION",
                                           "CHANGE_OF_TREATMENT",
                                           "CLINICAL_GROUNDS",
                                           "PATIENT_REQUEST",
                                           "PHARMACIST_REQUEST",
                                           "DIED",
                                           "PATIENT_LEFT"};
    return std::ranges::find(kCodes, code) != std::end(kCodes);
}

bool is_review_reason(std::string_view code) {
    constexpr std::string_view kCodes[] = {"ILLEGAL",     "FORM",
                                           "INDICATION",  "DOSE",
                                           "ROUTE",       "DUPLICATE",
                                           "INTERACTION", "ALLERGY",
                                           "DURATION",    "CONTRAINDICATION",
                                           "SKIN_TEST",   "INCOMPATIBILITY",
                                           "ECONOMIC",    "SHORTAGE",
                                           "OTHER"};
    return std::ranges::find(kCodes, code) != std::end(kCodes);
}

std::vector<PlannedInstance> plan_instances(const policy::Pack& pack, std::span<const Line> lines,
                                            std::int32_t count, CivilDate start) {
    const auto lead = static_cast<int>(pack.get(policy::kRxLongInstanceLeadDays));
    std::vector<PlannedInstance> out;
    std::vector<std::int32_t> days_before(lines.size(), 0);
    CivilDate due_on = start;
    for (std::int32_t no = 0; no < count; ++no) {
        PlannedInstance instance;
        instance.instance_no = no + 1;
        instance.due_on = due_on;
        instance.effective_on = no == 0 ? start : std::max(start, due_on.plus_days(-lead));
        std::int32_t longest = 0;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const Line& l = lines[i];
            const std::int32_t days = part_of(l.days, count, no);
            const std::int32_t until = days_before[i] + days;
            instance.days.push_back(days);
            instance.quantity_milli.push_back(
                quantity_until(l.quantity_milli, until, l.days) -
                quantity_until(l.quantity_milli, days_before[i], l.days));
            days_before[i] = until;
            longest = std::max(longest, days);
        }
        out.push_back(std::move(instance));
        due_on = due_on.plus_days(longest);
    }
    return out;
}

Outcome<Allowed> may_dispense(const policy::Pack& pack, const DispenserQuestion& q) {
    if (!q.dispenser) return Refusal{"REGION_NOT_ALLOWED", {}};
    if (pack.get(policy::kRxCloudPharmacyEnabled) &&
        is_village_clinic(q.dispenser->institution_class) &&
        q.dispenser->institution_id != q.prescriber.institution_id) {
        if (auto allowed = cloud_pharmacy(pack, q); !allowed.ok()) return allowed;
        if (same_consortium(q.prescriber, *q.dispenser)) return Allowed{};
    }
    if (kind_allows(pack, q)) return Allowed{};
    return Refusal{
        "DISPENSER_NOT_ALLOWED",
        {{"kind", std::string(name_of(q.kind))}, {"class", q.dispenser->institution_class}}};
}

}  // namespace yilian::prescriptions::domain
