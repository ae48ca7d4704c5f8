#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "services/billing/domain/capitation.h"

// From the facts of other services to the enrolment versions of billing.md 3.1. Pure: the same
// facts in any order of arrival give the same versions.
namespace yilian::billing {

// A family-doctor contract as directory tells it.
struct ContractFacts {
    std::string contract_id;
    std::string resident_id;  // as signed
    std::string institution_id;
    CivilDate valid_from{};
    CivilDate ends_on{};  // first day not covered
    bool voided = false;
};

// A consortium of the contract's institution on the days [from, to).
struct MembershipSpan {
    std::string consortium_id;
    CivilDate from{};
    std::optional<CivilDate> to{};
};

struct InsuranceFrom {
    CivilDate from{};  // the earliest one also holds before
    std::string insurance;
};

struct ResidentFacts {
    std::string resident_id;  // the surviving one of a merge
    int sex = 0;
    CivilDate birth_date{};
    std::vector<InsuranceFrom> insurances{};  // by day
    std::optional<CivilDate> gone_on{};       // first day after death or departure
};

// An enrolment of a chronic disease of the registries.
struct ChronicSpan {
    CivilDate confirmed_on{};
    std::optional<CivilDate> closed_on{};  // first day without
};

// What is to be known of one contract: pieces without overlap, each of one consortium, insurance
// and chronic flag, in the order of their days. Ids: the contract's id for the first piece,
// followed by
// ':' and the first day for the others; a contract of a merged resident carries '~' and the
// surviving id. `version` and `recorded_at` are left open. Days outside every consortium and
// insurances that no capitation pays (other than EMP and RES) are not covered.
[[nodiscard]] std::vector<EnrolmentVersion> timeline(const ContractFacts& contract,
                                                     const ResidentFacts& resident,
                                                     std::span<const MembershipSpan> memberships,
                                                     std::span<const ChronicSpan> chronic);

// The same facts, whatever version and recording.
[[nodiscard]] bool same_content(const EnrolmentVersion& a, const EnrolmentVersion& b);

}  // namespace yilian::billing
