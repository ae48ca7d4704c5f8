#include "services/cli/play/registers.h"

#include "fmt/format.h"
#include "libs/calendar/local_time.h"
#include "services/cli/play/rng.h"

namespace yilian::cli::play {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;

constexpr const char* kAgreementFrom = "2025-01-01";

common::v1::InstitutionLevel level_of(int level) {
    switch (level) {
        case 2:
            return common::v1::INSTITUTION_LEVEL_L2;
        case 3:
            return common::v1::INSTITUTION_LEVEL_L3;
        default:
            return common::v1::INSTITUTION_LEVEL_L1;
    }
}

dir::Institution row_of(const Institution& from, const std::string& district) {
    dir::Institution row;
    row.set_institution_id(from.id);
    row.set_name(from.name);
    row.set_class_(from.kind);
    row.set_level(level_of(from.level));
    row.set_district_code(district);
    row.set_parent_institution_id(from.parent);
    row.set_agreement_from(kAgreementFrom);
    row.set_effective_on(kAgreementFrom);
    return row;
}

dir::Practitioner row_of(const Practitioner& from) {
    dir::Practitioner row;
    row.set_practitioner_id(from.id);
    row.set_name(from.name);
    row.add_institution_ids(from.institution);
    row.set_title(from.title);
    for (const std::string& right : from.rights) row.add_rights(right);
    row.set_valid_from(kAgreementFrom);
    return row;
}

dir::TeamRow row_of(const Team& from, std::size_t number) {
    dir::TeamRow row;
    row.set_team_id(from.id);
    row.set_institution_id(from.institution);
    row.set_name_code(fmt::format("team-{}", number + 1));
    row.set_leader_id(from.members.front());
    for (std::size_t m = 0; m < from.members.size(); ++m) {
        dir::TeamMember* member = row.add_members();
        member->set_practitioner_id(from.members[m]);
        member->set_role(from.roles[m]);
    }
    return row;
}

dir::ResidentRow row_of(const Resident& from, const District& d) {
    dir::ResidentRow row;
    row.set_resident_id(from.id);
    row.mutable_identity()->set_document_kind("ID_CARD");
    row.mutable_identity()->set_document_number(from.document_number);
    row.mutable_identity()->set_name(from.name);
    row.mutable_identity()->set_phone(from.phone);
    row.set_sex(from.sex == 1 ? common::v1::SEX_MALE : common::v1::SEX_FEMALE);
    row.set_birth_date(from.birth.text());
    row.set_insurance(from.insurance == "EMP" ? common::v1::INSURANCE_EMP
                                              : common::v1::INSURANCE_RES);
    row.set_insured_region(d.options.district);
    row.set_home_institution_id(d.institutions[from.home].id);
    row.set_aid_class(from.aid_class);
    if (from.penicillin_allergy) row.add_allergy_codes("PENICILLIN");
    return row;
}

reg::EnrolmentRow enrolment_of(const District& d, std::size_t index, const std::string& disease,
                               const std::optional<CivilDate>& on) {
    const Resident& r = d.residents[index];
    reg::EnrolmentRow row;
    row.set_enrolment_id(SeedIds(d.options.seed)
                             .ulid(calendar::start_of_day(d.options.first_day),
                                   fmt::format("enrolment/{}/{}", index, disease)));
    row.set_resident_id(r.id);
    row.set_disease_code(disease);
    row.set_institution_id(d.institutions[r.home].id);
    row.set_team_id(d.teams[r.team].id);
    row.set_confirmed_on(on ? on->text() : "2025-06-30");
    row.set_source("synthetic register");
    return row;
}

}  // namespace

Registers registers_of(const District& d) {
    Registers out;
    for (std::size_t i = 0; i < d.institutions.size(); ++i) {
        out.institutions.push_back(row_of(d.institutions[i], d.options.district));
        dir::Membership membership;
        membership.set_consortium_id(d.consortium);
        membership.set_institution_id(d.institutions[i].id);
        membership.set_role(i == 0 ? dir::MEMBERSHIP_ROLE_LEAD : dir::MEMBERSHIP_ROLE_MEMBER);
        membership.set_from(kAgreementFrom);
        out.memberships.push_back(membership);
    }
    for (const Practitioner& p : d.practitioners) out.practitioners.push_back(row_of(p));
    for (std::size_t i = 0; i < d.teams.size(); ++i) out.teams.push_back(row_of(d.teams[i], i));
    for (const Resident& r : d.residents) out.residents.push_back(row_of(r, d));
    for (std::size_t i = 0; i < d.residents.size(); ++i) {
        const Resident& r = d.residents[i];
        if (r.hypertension && !d.rules.hypertension.empty()) {
            out.enrolments.push_back(enrolment_of(d, i, d.rules.hypertension, r.hypertension_on));
        }
        if (r.diabetes && !d.rules.diabetes.empty()) {
            out.enrolments.push_back(enrolment_of(d, i, d.rules.diabetes, r.diabetes_on));
        }
    }
    return out;
}

}  // namespace yilian::cli::play
