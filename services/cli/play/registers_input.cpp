#include <algorithm>
#include <map>
#include <optional>
#include <set>

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

// Rows of one register as they are read, with what is wrong with them.
struct Sheet {
    tabular::ErrorReport& errors;
    const std::string file;
    std::vector<std::uint64_t> numbers;

    void bad(std::size_t index, const char* column, Reason reason, const std::string& value) {
        errors.add(file, numbers[index], column, reason, value);
    }
};

// Keeps the rows that `good` accepts, and their numbers.
template <class Row, class Good>
void keep(std::vector<Row>& rows, std::vector<std::uint64_t>& numbers, Good good) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!good(i)) continue;
        if (kept != i) rows[kept] = std::move(rows[i]);
        numbers[kept++] = numbers[i];
    }
    rows.resize(kept);
    numbers.resize(kept);
}

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
    std::map<std::string, std::string> roles;
    for (const dir::TeamRow& row : registers.teams) {
        Team team{row.team_id(), row.institution_id(), {row.leader_id()}, {""}};
        for (const dir::TeamMember& member : row.members()) {
            roles.emplace(member.practitioner_id(), member.role());
        }
        d.teams.push_back(std::move(team));
    }
    for (const dir::Practitioner& row : registers.practitioners) {
        Practitioner p{row.practitioner_id(),
                       "",
                       row.institution_ids(0),
                       row.title(),
                       {row.rights().begin(), row.rights().end()},
                       roles[row.practitioner_id()]};
        std::sort(p.rights.begin(), p.rights.end());
        d.practitioners.push_back(std::move(p));
    }
}

bool can(const District& d, const std::string& institution, const std::string& right) {
    return std::any_of(d.practitioners.begin(), d.practitioners.end(), [&](const Practitioner& p) {
        return p.institution == institution && p.has_right(right);
    });
}

// The play needs people who may do what a hospital does, and what a resident's home does.
void check_people(const District& d, const std::set<std::string>& homes) {
    for (const Institution& institution : d.institutions) {
        if (institution.hospital() && !can(d, institution.id, "PRESCRIBE")) {
            refuse("nobody at " + institution.id + " has the right PRESCRIBE");
        }
    }
    for (const std::string& home : homes) {
        for (const char* right :
             {"CONFIRM_ENROLMENT", "PRESCRIBE", "REVIEW_PRESCRIPTION", "DISPENSE"}) {
            if (!can(d, home, right)) {
                refuse(fmt::format("nobody at {} has the right {}", home, right));
            }
        }
    }
}

Resident resident_of(const dir::ResidentRow& row, std::size_t home) {
    Resident r;
    r.id = row.resident_id();
    r.sex = row.sex() == common::v1::SEX_MALE ? 1 : 2;
    r.birth = *CivilDate::parse(row.birth_date());
    r.insurance = row.insurance() == common::v1::INSURANCE_EMP ? "EMP" : "RES";
    r.aid_class = row.aid_class().empty() ? "NONE" : row.aid_class();
    r.home = home;
    r.penicillin_allergy = std::find(row.allergy_codes().begin(), row.allergy_codes().end(),
                                     "PENICILLIN") != row.allergy_codes().end();
    return r;
}

// Where each resident stands in the district.
Places add_residents(District& d, Registers& registers, const Places& places, Sheet sheet) {
    std::set<std::string> homes;
    for (const Team& team : d.teams) homes.insert(team.institution);
    std::set<std::string> used;
    Places residents;
    keep(registers.residents, registers.numbers.at("residents"), [&](std::size_t i) {
        const dir::ResidentRow& row = registers.residents[i];
        const std::string& home = row.home_institution_id();
        if (!places.contains(home)) {
            sheet.bad(i, "home_institution_id", "REFERENCE_NOT_FOUND", home);
            return false;
        }
        if (!homes.contains(home)) {
            sheet.bad(i, "home_institution_id", "TEAM_MISSING", home);
            return false;
        }
        if (!residents.emplace(row.resident_id(), d.residents.size()).second) {
            sheet.bad(i, "resident_id", "ROW_DUPLICATE_KEY", row.resident_id());
            return false;
        }
        d.residents.push_back(resident_of(row, places.at(home)));
        used.insert(home);
        return true;
    });
    if (d.residents.empty()) refuse("residents.csv has no good row");
    check_people(d, used);
    return residents;
}

void add_contracts(District& d, const FileRows<ContractRow>& contracts, const Places& residents,
                   tabular::ErrorReport& errors) {
    Sheet sheet{errors, contracts.file, contracts.numbers};
    Places teams;
    for (std::size_t i = 0; i < d.teams.size(); ++i) teams[d.teams[i].id] = i;
    for (std::size_t i = 0; i < contracts.rows.size(); ++i) {
        const ContractRow& row = contracts.rows[i];
        const auto resident = residents.find(row.resident_id);
        const auto team = teams.find(row.team_id);
        if (resident == residents.end()) {
            sheet.bad(i, "resident_id", "REFERENCE_NOT_FOUND", row.resident_id);
        } else if (team == teams.end()) {
            sheet.bad(i, "team_id", "REFERENCE_NOT_FOUND", row.team_id);
        } else if (d.residents[resident->second].contracted) {
            sheet.bad(i, "resident_id", "ROW_DUPLICATE_KEY", row.resident_id);
        } else {
            d.residents[resident->second].contracted = true;
            d.residents[resident->second].team = team->second;
        }
    }
}

// A diagnosis that is confirmed in the time of the play is confirmed by the play.
void add_diseases(District& d, Registers& registers, const Places& residents, Sheet sheet) {
    keep(registers.enrolments, registers.numbers.at("enrolments"), [&](std::size_t i) {
        const auto& row = registers.enrolments[i];
        const auto found = residents.find(row.resident_id());
        if (found == residents.end()) {
            sheet.bad(i, "resident_id", "REFERENCE_NOT_FOUND", row.resident_id());
            return false;
        }
        Resident& r = d.residents[found->second];
        const CivilDate on = *CivilDate::parse(row.confirmed_on());
        const auto later = on < d.options.first_day ? std::nullopt : std::optional(on);
        if (row.disease_code() == d.rules.hypertension) {
            r.hypertension = true;
            r.hypertension_on = later;
        } else if (row.disease_code() == d.rules.diabetes) {
            r.diabetes = true;
            r.diabetes_on = later;
        } else {
            sheet.bad(i, "disease_code", "DISEASE_NOT_IN_REGISTRY", row.disease_code());
            return false;
        }
        return true;
    });
}

void write_errors(tabular::ErrorReport& errors, const std::string& out) {
    if (errors.empty()) return;
    const std::string path = out + "/input.errors.csv";
    tabular::OutputSet outputs;
    const auto file = outputs.create(path);
    if (!file || !errors.write(**file) || !outputs.commit()) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
    }
}

}  // namespace

InputDistrict read_input(const std::string& folder, const std::string& out,
                         const PlayOptions& options, const policy::Pack& pack,
                         const calendar::WorkingDays& days) {
    tabular::ErrorReport errors(out);
    Registers registers;
    const auto path = [&](const std::string& name) { return folder + "/" + name + ".csv"; };
    const auto take = [&](const char* name, auto& into, auto read) {
        into = std::move(read.rows);
        registers.numbers[name] = std::move(read.numbers);
    };
    take("institutions", registers.institutions,
         read_institutions(path("institutions"), options.district, errors));
    take("memberships", registers.memberships, read_memberships(path("memberships"), errors));
    take("practitioners", registers.practitioners,
         read_practitioners(path("practitioners"), errors));
    take("teams", registers.teams, read_teams(path("teams"), errors));
    take("residents", registers.residents, read_residents(path("residents"), errors));
    take("enrolments", registers.enrolments, read_enrolments(path("enrolments"), errors));
    const auto contracts = read_contracts(path("contracts"), errors);
    const auto sheet = [&](const char* name) {
        return Sheet{errors, path(name), registers.numbers.at(name)};
    };
    District d;
    d.options = options;
    d.rules = rules_of(pack);
    const Places places = add_institutions(d, registers);
    add_people(d, registers);
    const Places residents = add_residents(d, registers, places, sheet("residents"));
    add_contracts(d, contracts, residents, errors);
    add_diseases(d, registers, residents, sheet("enrolments"));
    d.options.residents = static_cast<int>(d.residents.size());
    const std::uint64_t bad = errors.size();
    write_errors(errors, out);
    complete_district(d, days);
    return {std::move(d), std::move(registers), bad};
}

}  // namespace yilian::cli::play
