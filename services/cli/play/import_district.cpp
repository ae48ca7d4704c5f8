#include "services/cli/play/import_district.h"

#include <algorithm>
#include <functional>

#include "fmt/format.h"
#include "services/cli/play/demo_data.h"
#include "services/cli/play/import_parts.h"
#include "services/cli/play/lanes.h"
#include "yilian/directory/v1/import_service.pb.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::cli::play {
namespace {

namespace dir = directory::v1;
namespace reg = registries::v1;

constexpr std::size_t kRows = 500;
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

// Sends `count` rows in batches; `fill` adds row i to the request. A refused row is a failure.
template <class Req>
void import_rows(Stage& stage, const std::string& service, const std::string& method,
                 const std::string& name, std::size_t count, std::size_t threads,
                 const std::function<void(Req&, std::size_t)>& fill) {
    std::vector<Lane> lanes;
    for (std::size_t first = 0; first < count; first += kRows) {
        lanes.emplace_back([&stage, &service, &method, &name, &fill, first, count] {
            Req request;
            request.set_batch_id(name);
            for (std::size_t i = first; i < std::min(first + kRows, count); ++i) fill(request, i);
            const Command command{service, method, registrar(stage),
                                  fmt::format("import/{}/{}", name, first)};
            const auto report = stage.command<common::v1::ImportReport>(command, request);
            if (!report) return;
            for (const auto& refusal : report->refusals()) {
                stage.fail(command,
                           fmt::format("row {} {} {}",
                                       first + static_cast<std::size_t>(refusal.row_index()),
                                       refusal.field(), refusal.reason()));
            }
        });
    }
    run_lanes(lanes, threads);
}

std::string directory_method(const char* name) {
    return std::string("yilian.directory.v1.ImportService/") + name;
}

void import_places(Stage& stage) {
    const District& d = stage.district;
    // Parents stand before their children; one lane keeps it so.
    import_rows<dir::BatchImportInstitutionsRequest>(
        stage, "directory", directory_method("BatchImportInstitutions"), "institutions",
        d.institutions.size(), 1, [&](auto& request, std::size_t i) {
            const Institution& from = d.institutions[i];
            dir::Institution* row = request.add_rows();
            row->set_institution_id(from.id);
            row->set_name(from.name);
            row->set_class_(from.kind);
            row->set_level(level_of(from.level));
            row->set_district_code(d.options.district);
            row->set_parent_institution_id(from.parent);
            row->set_agreement_from(kAgreementFrom);
            row->set_effective_on(kAgreementFrom);
        });
    import_rows<dir::BatchImportMembershipsRequest>(
        stage, "directory", directory_method("BatchImportMemberships"), "memberships",
        d.institutions.size(), 1, [&](auto& request, std::size_t i) {
            dir::Membership* row = request.add_rows();
            row->set_consortium_id(d.consortium);
            row->set_institution_id(d.institutions[i].id);
            row->set_role(i == 0 ? dir::MEMBERSHIP_ROLE_LEAD : dir::MEMBERSHIP_ROLE_MEMBER);
            row->set_from(kAgreementFrom);
        });
}

void import_people(Stage& stage) {
    const District& d = stage.district;
    import_rows<dir::BatchImportPractitionersRequest>(
        stage, "directory", directory_method("BatchImportPractitioners"), "practitioners",
        d.practitioners.size(), 1, [&](auto& request, std::size_t i) {
            const Practitioner& from = d.practitioners[i];
            dir::Practitioner* row = request.add_rows();
            row->set_practitioner_id(from.id);
            row->set_name(from.name);
            row->add_institution_ids(from.institution);
            row->set_title(from.title);
            for (const std::string& right : from.rights) row->add_rights(right);
            row->set_valid_from(kAgreementFrom);
        });
    import_rows<dir::BatchImportTeamsRequest>(
        stage, "directory", directory_method("BatchImportTeams"), "teams", d.teams.size(), 1,
        [&](auto& request, std::size_t i) {
            const Team& from = d.teams[i];
            dir::TeamRow* row = request.add_rows();
            row->set_team_id(from.id);
            row->set_institution_id(from.institution);
            row->set_name_code("team-" + std::to_string(i + 1));
            row->set_leader_id(from.members.front());
            for (std::size_t m = 0; m < from.members.size(); ++m) {
                dir::TeamMember* member = row->add_members();
                member->set_practitioner_id(from.members[m]);
                member->set_role(from.roles[m]);
                member->set_from(kAgreementFrom);
            }
        });
}

void import_residents(Stage& stage, std::size_t threads) {
    const District& d = stage.district;
    import_rows<dir::BatchImportResidentsRequest>(
        stage, "directory", directory_method("BatchImportResidents"), "residents",
        d.residents.size(), threads, [&](auto& request, std::size_t i) {
            const Resident& from = d.residents[i];
            dir::ResidentRow* row = request.add_rows();
            row->set_resident_id(from.id);
            row->mutable_identity()->set_document_kind("ID_CARD");
            row->mutable_identity()->set_document_number(from.document_number);
            row->mutable_identity()->set_name(from.name);
            row->mutable_identity()->set_phone(from.phone);
            row->set_sex(from.sex == 1 ? common::v1::SEX_MALE : common::v1::SEX_FEMALE);
            row->set_birth_date(from.birth.text());
            row->set_insurance(from.insurance == "EMP" ? common::v1::INSURANCE_EMP
                                                       : common::v1::INSURANCE_RES);
            row->set_insured_region(d.options.district);
            row->set_home_institution_id(d.institutions[from.home].id);
            row->set_aid_class(from.aid_class);
            if (from.penicillin_allergy) row->add_allergy_codes("PENICILLIN");
        });
}

// Diseases that were known before the play, by resident and registry code.
void import_enrolments(Stage& stage, const std::vector<Story>& stories, std::size_t threads) {
    const District& d = stage.district;
    struct Row {
        std::size_t resident;
        std::string disease;
    };
    std::vector<Row> rows;
    for (std::size_t i = 0; i < d.residents.size(); ++i) {
        const Resident& r = d.residents[i];
        if (r.hypertension && !d.rules.hypertension.empty() &&
            stories[i].enrol_day_hypertension < 0) {
            rows.push_back({i, d.rules.hypertension});
        }
        if (r.diabetes && !d.rules.diabetes.empty() && stories[i].enrol_day_diabetes < 0) {
            rows.push_back({i, d.rules.diabetes});
        }
    }
    import_rows<reg::ImportEnrolmentsRequest>(
        stage, "registries", "yilian.registries.v1.RegistryService/ImportEnrolments", "enrolments",
        rows.size(), threads, [&](auto& request, std::size_t i) {
            const Resident& r = d.residents[rows[i].resident];
            reg::EnrolmentRow* row = request.add_rows();
            row->set_enrolment_id(stage.ids.ulid(
                stage.now(), fmt::format("enrolment/{}/{}", rows[i].resident, rows[i].disease)));
            row->set_resident_id(r.id);
            row->set_disease_code(rows[i].disease);
            row->set_institution_id(d.institutions[r.home].id);
            row->set_team_id(d.teams[r.team].id);
            row->set_confirmed_on("2025-06-30");
            row->set_source("synthetic register of 2025");
        });
}

}  // namespace

Actor registrar(const Stage& stage) {
    return {"HC-" + stage.district.options.district, "registrar", Duty::kRegistrar};
}

void import_district(Stage& stage, Pipeline& pipeline, const policy::Pack& pack,
                     const std::vector<Story>& stories, std::size_t threads) {
    if (stage.plays("directory")) {
        import_places(stage);
        import_people(stage);
        import_residents(stage, threads);
    }
    pipeline.wait_until_quiet();
    if (stage.plays("registries")) import_enrolments(stage, stories, threads);
    if (stage.plays("referrals")) publish_places(stage, threads);
    if (stage.plays("prescriptions")) import_drugs(stage);
    if (stage.plays("billing")) create_pools(stage, pack);
    pipeline.wait_until_quiet();
}

}  // namespace yilian::cli::play
