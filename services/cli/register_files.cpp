#include "services/cli/register_files.h"

#include <functional>
#include <string_view>
#include <utility>

#include "libs/tabular/reader.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;
using tabular::Column;
using tabular::Type;

// Reads all good rows of a file.
template <class R>
FileRows<R> read_rows(const std::string& file, const FileFormat<R>& format,
                      tabular::ErrorReport& errors) {
    auto opened = tabular::Reader::open(file, {format.columns, false}, errors);
    if (!opened) refuse_file(opened.refusal());
    tabular::Reader reader = std::move(opened).value();
    FileRows<R> out{file, {}, {}};
    while (true) {
        const auto more = reader.next();
        if (!more) refuse_file(more.refusal());
        if (!*more) return out;
        R row;
        if (!format.take(reader, row)) continue;
        out.rows.push_back(std::move(row));
        out.numbers.push_back(reader.row().number());
    }
}

std::string text(const tabular::Reader& reader, std::size_t column) {
    return std::string(reader.row().text(column));
}

template <class Repeated>
void add_items(const tabular::Reader& reader, std::size_t column, Repeated* into) {
    std::vector<std::string_view> items;
    reader.row().items(column, items);
    for (const std::string_view item : items) into->Add(std::string(item));
}

common::v1::InstitutionLevel level_of(std::size_t choice) {
    constexpr common::v1::InstitutionLevel kLevels[] = {
        common::v1::INSTITUTION_LEVEL_L1, common::v1::INSTITUTION_LEVEL_L2,
        common::v1::INSTITUTION_LEVEL_L3, common::v1::INSTITUTION_LEVEL_L3A,
        common::v1::INSTITUTION_LEVEL_L3B};
    return kLevels[choice];
}

// "practitioner:ROLE"; false when there is no colon.
bool add_member(std::string_view item, dir::TeamRow& team) {
    const auto colon = item.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == item.size()) return false;
    dir::TeamMember* member = team.add_members();
    member->set_practitioner_id(std::string(item.substr(0, colon)));
    member->set_role(std::string(item.substr(colon + 1)));
    return true;
}

}  // namespace

void refuse_file(const Refusal& refusal) {
    std::string text = refusal.reason.text() + ":";
    for (const auto& [key, value] : refusal.metadata) text += " " + key + "=" + value;
    throw CommandFailed(kExitUnreadable, text);
}

FileFormat<dir::Institution> institution_format(const std::string& district) {
    enum : std::size_t { kId, kName, kClass, kLevel, kParent, kFrom, kTo, kOn };
    return {
        {Column::of("institution_id", Type::kId), Column::of("name", Type::kText),
         Column::of("class", Type::kId), Column::one_of("level", {"L1", "L2", "L3", "L3A", "L3B"}),
         Column::of("parent_institution_id", Type::kId).may_be_absent(),
         Column::of("agreement_from", Type::kDate).may_be_absent(),
         Column::of("agreement_to", Type::kDate).may_be_absent(),
         Column::of("effective_on", Type::kDate).may_be_absent()},
        {kId},
        [district](tabular::Reader& reader, dir::Institution& row) {
            row.set_institution_id(text(reader, kId));
            row.set_name(text(reader, kName));
            row.set_class_(text(reader, kClass));
            row.set_level(level_of(reader.row().choice(kLevel)));
            row.set_district_code(district);
            row.set_parent_institution_id(text(reader, kParent));
            row.set_agreement_from(text(reader, kFrom));
            row.set_agreement_to(text(reader, kTo));
            row.set_effective_on(text(reader, kOn));
            return true;
        }};
}

FileFormat<dir::Membership> membership_format() {
    enum : std::size_t { kConsortium, kInstitution, kRole, kFrom, kTo };
    return {{Column::of("consortium_id", Type::kId), Column::of("institution_id", Type::kId),
             Column::one_of("role", {"LEAD", "MEMBER"}), Column::of("from", Type::kDate),
             Column::of("to", Type::kDate).may_be_absent()},
            {kConsortium, kInstitution, kFrom},
            [](tabular::Reader& reader, dir::Membership& row) {
                row.set_consortium_id(text(reader, kConsortium));
                row.set_institution_id(text(reader, kInstitution));
                row.set_role(reader.row().choice(kRole) == 0 ? dir::MEMBERSHIP_ROLE_LEAD
                                                             : dir::MEMBERSHIP_ROLE_MEMBER);
                row.set_from(text(reader, kFrom));
                row.set_to(text(reader, kTo));
                return true;
            }};
}

FileFormat<dir::Practitioner> practitioner_format() {
    enum : std::size_t { kId, kName, kSites, kTitle, kRights, kFrom, kTo };
    return {
        {Column::of("practitioner_id", Type::kId), Column::of("name", Type::kText).personal(),
         Column::of("institution_ids", Type::kList), Column::of("title", Type::kId),
         Column::of("rights", Type::kList).may_be_empty(), Column::of("valid_from", Type::kDate),
         Column::of("valid_to", Type::kDate).may_be_absent()},
        {kId},
        [](tabular::Reader& reader, dir::Practitioner& row) {
            row.set_practitioner_id(text(reader, kId));
            row.set_name(text(reader, kName));
            add_items(reader, kSites, row.mutable_institution_ids());
            row.set_title(text(reader, kTitle));
            add_items(reader, kRights, row.mutable_rights());
            row.set_valid_from(text(reader, kFrom));
            row.set_valid_to(text(reader, kTo));
            return true;
        }};
}

FileFormat<dir::TeamRow> team_format() {
    enum : std::size_t { kId, kInstitution, kLeader, kMembers, kName, kModel, kGrid, kGold };
    return {{Column::of("team_id", Type::kId), Column::of("institution_id", Type::kId),
             Column::of("leader_id", Type::kId), Column::of("members", Type::kList),
             Column::of("name_code", Type::kId).may_be_absent(),
             Column::of("model", Type::kId).may_be_absent(),
             Column::of("grid_unit_codes", Type::kList).may_be_absent(),
             Column::flag("gold").may_be_absent()},
            {kId},
            [](tabular::Reader& reader, dir::TeamRow& row) {
                row.set_team_id(text(reader, kId));
                row.set_institution_id(text(reader, kInstitution));
                row.set_leader_id(text(reader, kLeader));
                row.set_name_code(text(reader, kName));
                row.set_model(text(reader, kModel));
                add_items(reader, kGrid, row.mutable_grid_unit_codes());
                if (!reader.row().empty(kGold)) row.set_gold(reader.row().choice(kGold) == 1);
                std::vector<std::string_view> items;
                reader.row().items(kMembers, items);
                for (const std::string_view item : items) {
                    if (add_member(item, row)) continue;
                    reader.reject(kMembers, "FIELD_FORMAT");
                    return false;
                }
                return true;
            }};
}

FileFormat<dir::ResidentRow> resident_format() {
    enum : std::size_t {
        kId,
        kKind,
        kNumber,
        kName,
        kSex,
        kBirth,
        kInsurance,
        kRegion,
        kPhone,
        kAddress,
        kHome,
        kGrid,
        kAid,
        kAllergies,
        kGroups,
    };
    return {{Column::of("resident_id", Type::kId), Column::of("document_kind", Type::kId),
             Column::of("document_number", Type::kText).personal(),
             Column::of("name", Type::kText).personal(),
             Column::one_of("sex", {"1", "2"}).personal(), Column::of("birth_date", Type::kDate),
             Column::one_of("insurance", {"EMP", "RES", "OTHER"}),
             Column::of("insured_region", Type::kId),
             Column::of("phone", Type::kText).personal().may_be_absent(),
             Column::of("address", Type::kText).personal().may_be_absent(),
             Column::of("home_institution_id", Type::kId).may_be_absent(),
             Column::of("grid_unit_code", Type::kId).may_be_absent(),
             Column::of("aid_class", Type::kId).may_be_absent(),
             Column::of("allergy_codes", Type::kList).may_be_absent(),
             Column::of("special_groups", Type::kList).may_be_absent()},
            {kId},
            [](tabular::Reader& reader, dir::ResidentRow& row) {
                row.set_resident_id(text(reader, kId));
                row.mutable_identity()->set_document_kind(text(reader, kKind));
                row.mutable_identity()->set_document_number(text(reader, kNumber));
                row.mutable_identity()->set_name(text(reader, kName));
                row.mutable_identity()->set_phone(text(reader, kPhone));
                row.mutable_identity()->set_address(text(reader, kAddress));
                row.set_sex(reader.row().choice(kSex) == 0 ? common::v1::SEX_MALE
                                                           : common::v1::SEX_FEMALE);
                row.set_birth_date(text(reader, kBirth));
                row.set_insurance(
                    static_cast<common::v1::Insurance>(reader.row().choice(kInsurance) + 1));
                row.set_insured_region(text(reader, kRegion));
                row.set_home_institution_id(text(reader, kHome));
                row.set_grid_unit_code(text(reader, kGrid));
                row.set_aid_class(text(reader, kAid));
                add_items(reader, kAllergies, row.mutable_allergy_codes());
                add_items(reader, kGroups, row.mutable_special_groups());
                return true;
            }};
}

FileFormat<reg::EnrolmentRow> enrolment_format() {
    enum : std::size_t { kId, kResident, kDisease, kInstitution, kOn, kSource, kTeam };
    return {{Column::of("enrolment_id", Type::kId), Column::of("resident_id", Type::kId),
             Column::of("disease_code", Type::kId), Column::of("institution_id", Type::kId),
             Column::of("confirmed_on", Type::kDate), Column::of("source", Type::kText),
             Column::of("team_id", Type::kId).may_be_absent()},
            {kId},
            [](tabular::Reader& reader, reg::EnrolmentRow& row) {
                row.set_enrolment_id(text(reader, kId));
                row.set_resident_id(text(reader, kResident));
                row.set_disease_code(text(reader, kDisease));
                row.set_institution_id(text(reader, kInstitution));
                row.set_confirmed_on(text(reader, kOn));
                row.set_source(text(reader, kSource));
                row.set_team_id(text(reader, kTeam));
                return true;
            }};
}

FileRows<dir::Institution> read_institutions(const std::string& file, const std::string& district,
                                             tabular::ErrorReport& errors) {
    return read_rows(file, institution_format(district), errors);
}
FileRows<dir::Membership> read_memberships(const std::string& file, tabular::ErrorReport& errors) {
    return read_rows(file, membership_format(), errors);
}
FileRows<dir::Practitioner> read_practitioners(const std::string& file,
                                               tabular::ErrorReport& errors) {
    return read_rows(file, practitioner_format(), errors);
}
FileRows<dir::TeamRow> read_teams(const std::string& file, tabular::ErrorReport& errors) {
    return read_rows(file, team_format(), errors);
}
FileRows<dir::ResidentRow> read_residents(const std::string& file, tabular::ErrorReport& errors) {
    return read_rows(file, resident_format(), errors);
}
FileRows<reg::EnrolmentRow> read_enrolments(const std::string& file, tabular::ErrorReport& errors) {
    return read_rows(file, enrolment_format(), errors);
}

FileRows<ContractRow> read_contracts(const std::string& file, tabular::ErrorReport& errors) {
    enum : std::size_t { kResident, kTeam };
    return read_rows<ContractRow>(
        file,
        {{Column::of("resident_id", Type::kId), Column::of("team_id", Type::kId)},
         {kResident},
         [](tabular::Reader& reader, ContractRow& row) {
             row.resident_id = text(reader, kResident);
             row.team_id = text(reader, kTeam);
             return true;
         }},
        errors);
}

}  // namespace yilian::cli
