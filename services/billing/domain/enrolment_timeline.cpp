#include "services/billing/domain/enrolment_timeline.h"

#include <algorithm>
#include <set>

namespace yilian::billing {
namespace {

const MembershipSpan* membership_on(std::span<const MembershipSpan> all, CivilDate day) {
    const MembershipSpan* found = nullptr;
    for (const MembershipSpan& m : all) {
        if (m.from > day || (m.to && *m.to <= day)) continue;
        // Of several the one that began last, then the smaller id.
        if (found == nullptr || m.from > found->from ||
            (m.from == found->from && m.consortium_id < found->consortium_id)) {
            found = &m;
        }
    }
    return found;
}

std::string insurance_on(const ResidentFacts& resident, CivilDate day) {
    std::string insurance;
    for (const InsuranceFrom& i : resident.insurances) {
        if (insurance.empty() || i.from <= day) insurance = i.insurance;
    }
    return insurance;
}

// First confirmed_on of the enrolments still open on the day.
std::optional<CivilDate> chronic_on(std::span<const ChronicSpan> chronic, CivilDate day) {
    std::optional<CivilDate> first;
    for (const ChronicSpan& c : chronic) {
        if (c.closed_on && *c.closed_on <= day) continue;
        if (!first || c.confirmed_on < *first) first = c.confirmed_on;
    }
    return first;
}

std::set<CivilDate> cut_days(const ContractFacts& contract, CivilDate end,
                             const ResidentFacts& resident,
                             std::span<const MembershipSpan> memberships,
                             std::span<const ChronicSpan> chronic) {
    std::set<CivilDate> days{contract.valid_from};
    for (const MembershipSpan& m : memberships) {
        days.insert(m.from);
        if (m.to) days.insert(*m.to);
    }
    for (const InsuranceFrom& i : resident.insurances) days.insert(i.from);
    for (const ChronicSpan& c : chronic) {
        if (c.closed_on) days.insert(*c.closed_on);
    }
    std::erase_if(days, [&](CivilDate d) { return d < contract.valid_from || d >= end; });
    return days;
}

bool continues(const EnrolmentVersion& before, const EnrolmentVersion& next) {
    return before.valid_to == next.valid_from && before.consortium_id == next.consortium_id &&
           before.insurance == next.insurance && before.chronic_from == next.chronic_from;
}

}  // namespace

std::vector<EnrolmentVersion> timeline(const ContractFacts& contract, const ResidentFacts& resident,
                                       std::span<const MembershipSpan> memberships,
                                       std::span<const ChronicSpan> chronic) {
    std::vector<EnrolmentVersion> pieces;
    const CivilDate end =
        resident.gone_on ? std::min(*resident.gone_on, contract.ends_on) : contract.ends_on;
    if (contract.voided || end <= contract.valid_from) return pieces;
    const std::set<CivilDate> days = cut_days(contract, end, resident, memberships, chronic);
    for (auto day = days.begin(); day != days.end(); ++day) {
        const auto next = std::next(day);
        const MembershipSpan* member = membership_on(memberships, *day);
        const std::string insurance = insurance_on(resident, *day);
        if (member == nullptr || (insurance != "EMP" && insurance != "RES")) continue;
        EnrolmentVersion piece;
        piece.resident_id = resident.resident_id;
        piece.consortium_id = member->consortium_id;
        piece.insurance = insurance;
        piece.sex = resident.sex;
        piece.birth_date = resident.birth_date;
        piece.chronic_from = chronic_on(chronic, *day);
        piece.valid_from = *day;
        piece.valid_to = next == days.end() ? end : *next;
        if (!pieces.empty() && continues(pieces.back(), piece)) {
            pieces.back().valid_to = piece.valid_to;
            continue;
        }
        piece.enrolment_id = contract.contract_id;
        if (contract.resident_id != resident.resident_id) {
            piece.enrolment_id += '~' + resident.resident_id;
        }
        if (!pieces.empty()) piece.enrolment_id += ':' + piece.valid_from.text();
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

bool same_content(const EnrolmentVersion& a, const EnrolmentVersion& b) {
    return a.enrolment_id == b.enrolment_id && a.resident_id == b.resident_id &&
           a.consortium_id == b.consortium_id && a.insurance == b.insurance && a.sex == b.sex &&
           a.birth_date == b.birth_date && a.chronic_from == b.chronic_from &&
           a.valid_from == b.valid_from && a.valid_to == b.valid_to && a.cancelled == b.cancelled;
}

}  // namespace yilian::billing
