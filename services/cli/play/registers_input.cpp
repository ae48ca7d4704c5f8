#include <algorithm>
#include <map>
#include <optional>

#include "fmt/format.h"
#include "libs/tabular/output.h"
#include "services/cli/exit_code.h"
#include "services/cli/play/registers.h"
#include "services/cli/register_files.h"

// A district from an operator's own CSV files.
namespace yilian::cli::play {
namespace {

namespace dir = directory::v1;

[[noreturn]] void refuse(const std::string& why) {
    throw CommandFailed(kExitParameters, "INPUT_NOT_PLAYABLE: " + why);
}

int level_of(common::v1::InstitutionLevel level) {
    switch (level) {
        case common::v1::INSTITUTION_LEVEL_L2:
            return 2;
        case common::v1::INSTITUTION_LEVEL_L3:
        case common::v1::INSTITUTION_LEVEL_L3A:
        case common::v1::INSTITUTION_LEVEL_L3B:
            return 3;
        default:
            return 1;
    }
}

using Places = std::map<std::string, std::size_t>;

Places add_institutions(District& d, const Registers& registers) {
    Places places;
    for (const dir::Institution& row : registers.institutions) {
        places[row.institution_id()] = d.institutions.size();
        d.institutions.push_back({row.institution_id(), row.name(), row.class_(),
                                  level_of(row.level()), row.parent_institution_id()});
    }
    for (const dir::Membership& row : registers.memberships) {
        if (row.role() == dir::MEMBERSHIP_ROLE_LEAD) d.consortium = row.consortium_id();
    }
    if (d.consortium.empty()) refuse("memberships.csv names no LEAD");
    if (d.hospitals().empty()) refuse("institutions.csv has no hospital");
    return places;
}

void add_people(District& d, const Registers& registers) {
    for (const dir::Practitioner& row : registers.practitioners) {
        Practitioner p{row.practitioner_id(),
                       "",
                       row.institution_ids(0),
                       row.title(),
                       {row.rights().begin(), row.rights().end()},
                       ""};
        std::sort(p.rights.begin(), p.rights.end());
        d.practitioners.push_back(std::move(p));
    }
    for (const dir::TeamRow& row : registers.teams) {
        Team team{row.team_id(), row.institution_id(), {row.leader_id()}, {""}};
        d.teams.push_back(std::move(team));
    }
    if (d.teams.empty()) refuse("teams.csv is empty");
}

bool has_right(const District& d, const std::string& institution, const std::string& right) {
    return std::any_of(d.practitioners.begin(), d.practitioners.end(), [&](const Practitioner& p) {
        return p.institution == institution &&
               std::find(p.rights.begin(), p.rights.end(), right) != p.rights.end();
    });
}

// The play needs people who may do what a hospital or a centre does.
void check_people(const District& d) {
    for (const Institution& institution : d.institutions) {
        if (institution.hospital()) {
            if (!has_right(d, institution.id, "PRESCRIBE")) {
                refuse("nobody at " + institution.id + " has the right PRESCRIBE");
            }
            continue;
        }
        if (!institution.parent.empty()) continue;
        for (const char* right : {"PRESCRIBE", "REVIEW_PRESCRIPTION", "DISPENSE"}) {
            if (!has_right(d, institution.id, right)) {
                refuse(fmt::format("nobody at {} has the right {}", institution.id, right));
            }
        }
    }
}

std::optional<std::size_t> team_at(const District& d, const std::string& institution) {
    for (std::size_t i = 0; i < d.teams.size(); ++i) {
        if (d.teams[i].institution == institution) return i;
    }
    return std::nullopt;
}

// Where drugs of a centre's residents may be fetched nearby; the centre itself without one.
std::size_t station_of(const District& d, std::size_t home) {
    for (std::size_t i = 0; i < d.institutions.size(); ++i) {
        if (d.institutions[i].parent == d.institutions[home].id &&
            has_right(d, d.institutions[i].id, "DISPENSE")) {
            return i;
        }
    }
    return home;
}

void add_residents(District& d, const Registers& registers, const Places& places) {
    std::map<std::string, std::size_t> stations;
    for (const dir::ResidentRow& row : registers.residents) {
        Resident r;
        r.id = row.resident_id();
        r.sex = row.sex() == common::v1::SEX_MALE ? 1 : 2;
        r.birth = *CivilDate::parse(row.birth_date());
        r.insurance = row.insurance() == common::v1::INSURANCE_EMP ? "EMP" : "RES";
        r.aid_class = row.aid_class().empty() ? "NONE" : row.aid_class();
        const auto home = places.find(row.home_institution_id());
        if (home == places.end()) {
            refuse("residents.csv: a home_institution_id is not in institutions.csv");
        }
        r.home = home->second;
        const auto team = team_at(d, home->first);
        if (!team) refuse("no team at " + home->first);
        r.team = *team;
        if (!stations.contains(home->first)) stations[home->first] = station_of(d, r.home);
        r.station = stations.at(home->first);
        r.penicillin_allergy = std::find(row.allergy_codes().begin(), row.allergy_codes().end(),
                                         "PENICILLIN") != row.allergy_codes().end();
        d.residents.push_back(std::move(r));
    }
    if (d.residents.empty()) refuse("residents.csv is empty");
}

void add_contracts(District& d, const FileRows<ContractRow>& contracts) {
    std::map<std::string, std::size_t> residents;
    std::map<std::string, std::size_t> teams;
    for (std::size_t i = 0; i < d.residents.size(); ++i) residents[d.residents[i].id] = i;
    for (std::size_t i = 0; i < d.teams.size(); ++i) teams[d.teams[i].id] = i;
    for (const ContractRow& row : contracts.rows) {
        const auto resident = residents.find(row.resident_id);
        const auto team = teams.find(row.team_id);
        if (resident == residents.end() || team == teams.end()) {
            refuse("contracts.csv names a resident or team that is not there");
        }
        d.residents[resident->second].contracted = true;
        d.residents[resident->second].team = team->second;
    }
}

void add_diseases(District& d, const Registers& registers) {
    std::map<std::string, std::size_t> residents;
    for (std::size_t i = 0; i < d.residents.size(); ++i) residents[d.residents[i].id] = i;
    for (const auto& row : registers.enrolments) {
        const auto found = residents.find(row.resident_id());
        if (found == residents.end()) refuse("enrolments.csv names an unknown resident");
        Resident& r = d.residents[found->second];
        r.hypertension = r.hypertension || row.disease_code() == d.rules.hypertension;
        r.diabetes = r.diabetes || row.disease_code() == d.rules.diabetes;
    }
}

// The good rows all the same; bad ones end the command, told in OUT/input.errors.csv.
void refuse_bad_rows(tabular::ErrorReport& errors, const std::string& out) {
    if (errors.empty()) return;
    const std::string path = out + "/input.errors.csv";
    tabular::OutputSet outputs;
    const auto file = outputs.create(path);
    if (!file || !errors.write(**file) || !outputs.commit()) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
    }
    refuse(fmt::format("{} bad fields, see {}", errors.size(), path));
}

}  // namespace

InputDistrict read_input(const std::string& folder, const std::string& out,
                         const PlayOptions& options, const policy::Pack& pack,
                         const calendar::WorkingDays& days) {
    tabular::ErrorReport errors(out);
    const auto path = [&](const char* name) { return folder + "/" + name; };
    Registers registers;
    registers.institutions =
        read_institutions(path("institutions.csv"), options.district, errors).rows;
    registers.memberships = read_memberships(path("memberships.csv"), errors).rows;
    registers.practitioners = read_practitioners(path("practitioners.csv"), errors).rows;
    registers.teams = read_teams(path("teams.csv"), errors).rows;
    registers.residents = read_residents(path("residents.csv"), errors).rows;
    registers.enrolments = read_enrolments(path("enrolments.csv"), errors).rows;
    const auto contracts = read_contracts(path("contracts.csv"), errors);
    refuse_bad_rows(errors, out);
    District d;
    d.options = options;
    d.options.residents = static_cast<int>(registers.residents.size());
    d.rules = rules_of(pack);
    d.synthetic = false;
    const Places places = add_institutions(d, registers);
    add_people(d, registers);
    check_people(d);
    add_residents(d, registers, places);
    add_contracts(d, contracts);
    add_diseases(d, registers);
    complete_district(d, days);
    return {std::move(d), std::move(registers)};
}

}  // namespace yilian::cli::play
