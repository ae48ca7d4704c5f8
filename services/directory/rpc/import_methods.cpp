#include <functional>

#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/import_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::work_of;

constexpr int kRowsMax = 500;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ImportService/" + std::string(name);
}

void add_refusal(common::v1::ImportReport& report, int row, std::string field, Reason reason) {
    common::v1::RowRefusal* refused = report.add_refusals();
    refused->set_row_index(row);
    refused->set_field(std::move(field));
    refused->set_reason(reason.text());
}

// One import method: checks each row by itself, so that a bad one never costs the good ones, and
// registers the good ones. `put(Work&, row)` answers Registered.
template <class Req, class Row>
void bind_import(runtime::Binder& binder, const Env& env, std::string_view name,
                 std::function<void(rpc::Validator&, const Row&)> check_row,
                 std::function<std::string(const Row&)> lock_key,
                 std::function<Outcome<app::Registered>(runtime::Work&, const Row&,
                                                        const std::string& batch_id)> put) {
    binder.command<Req, common::v1::ImportReport>(
        method(name),
        {.validate =
             [](const Req& r) {
                 return rpc::Validator()
                     .id("batch_id", r.batch_id())
                     .count("rows", r.rows_size(), 1, kRowsMax)
                     .done();
             },
         .lock_keys =
             [lock_key](const Req& r) {
                 std::vector<std::string> keys{"batch/" + r.batch_id()};
                 for (const Row& row : r.rows()) keys.push_back(lock_key(row));
                 return keys;
             },
         .run = [env, check_row, put, kind = std::string(name)](
                    CommandContext& context, const Req& r) -> Outcome<common::v1::ImportReport> {
             common::v1::ImportReport report;
             report.set_batch_id(r.batch_id());
             report.set_row_count(r.rows_size());
             report.set_dry_run(r.dry_run());
             runtime::Work work = work_of(context, env.district, "REGISTRAR");
             if (!r.dry_run()) {
                 context.tx.run(store::kAddBatch, r.batch_id(), kind,
                                context.caller.institution_id, context.now);
             }
             for (int i = 0; i < r.rows_size(); ++i) {
                 rpc::Validator v;
                 check_row(v, r.rows(i));
                 const Violations violations = v.done();
                 for (const FieldViolation& violation : violations) {
                     add_refusal(report, i, violation.field, violation.reason);
                 }
                 if (!violations.empty()) {
                     report.set_refused_count(report.refused_count() + 1);
                     continue;
                 }
                 if (r.dry_run()) {
                     report.set_accepted_count(report.accepted_count() + 1);
                     continue;
                 }
                 const auto result = put(work, r.rows(i), r.batch_id());
                 if (!result.ok()) {
                     report.set_refused_count(report.refused_count() + 1);
                     add_refusal(report, i, "", result.refusal().reason);
                 } else if (*result == app::Registered::kUnchanged) {
                     report.set_unchanged_count(report.unchanged_count() + 1);
                 } else {
                     report.set_accepted_count(report.accepted_count() + 1);
                 }
             }
             context.audit("batch/" + r.batch_id());
             return report;
         }});
}

void check_resident(rpc::Validator& v, const v1::ResidentRow& row) {
    v.optional_id("resident_id", row.resident_id())
        .nested("identity", [&](rpc::Validator& inner) { check(inner, row.identity()); })
        .date("birth_date", row.birth_date())
        .id("insured_region", row.insured_region())
        .optional_id("home_institution_id", row.home_institution_id())
        .optional_id("grid_unit_code", row.grid_unit_code())
        .optional_id("aid_class", row.aid_class())
        .count("allergy_codes", row.allergy_codes_size(), 0, 30)
        .count("special_groups", row.special_groups_size(), 0, 30);
}

Outcome<app::Registered> put_resident(runtime::Work& work, const Env& env,
                                      const v1::ResidentRow& row, const std::string& batch_id) {
    app::NewResident what;
    what.identity = row.identity();
    v1::Resident& r = what.resident;
    r.set_resident_id(row.resident_id());
    r.set_sex(row.sex());
    r.set_birth_date(row.birth_date());
    r.set_insurance(row.insurance());
    r.set_insured_region(row.insured_region());
    r.set_home_institution_id(row.home_institution_id());
    r.set_grid_unit_code(row.grid_unit_code());
    r.set_aid_class(row.aid_class());
    const auto add = [&](v1::HealthCodeKind kind, const std::string& code) {
        v1::HealthCode* c = r.add_health_codes();
        c->set_kind(kind);
        c->set_code(code);
        c->set_from(work.today.text());
        c->set_recorded_by(work.actor.id);
        c->set_recorded_on(work.today.text());
    };
    for (const std::string& code : row.allergy_codes()) add(v1::HEALTH_CODE_KIND_ALLERGY, code);
    for (const std::string& code : row.special_groups()) {
        add(v1::HEALTH_CODE_KIND_SPECIAL_GROUP, code);
    }
    const auto result = app::register_resident(work, *env.personal, std::move(what), batch_id);
    if (!result.ok()) return result.refusal();
    return result->already_registered ? app::Registered::kUnchanged : app::Registered::kNew;
}

v1::Team team_of(const v1::TeamRow& row) {
    v1::Team team;
    team.set_team_id(row.team_id());
    team.set_institution_id(row.institution_id());
    team.set_name_code(row.name_code());
    team.set_model(row.model());
    team.set_leader_id(row.leader_id());
    *team.mutable_members() = row.members();
    *team.mutable_grid_unit_codes() = row.grid_unit_codes();
    team.set_gold(row.gold());
    return team;
}

}  // namespace

void bind_imports(runtime::Binder& binder, const Env& env) {
    bind_import<v1::BatchImportInstitutionsRequest, v1::Institution>(
        binder, env, "BatchImportInstitutions",
        [](rpc::Validator& v, const v1::Institution& row) { check(v, row); },
        [](const v1::Institution& row) { return "institution/" + row.institution_id(); },
        [](runtime::Work& work, const v1::Institution& row, const std::string& batch_id) {
            return app::register_institution(work, row, batch_id, false);
        });
    bind_import<v1::BatchImportMembershipsRequest, v1::Membership>(
        binder, env, "BatchImportMemberships",
        [](rpc::Validator& v, const v1::Membership& row) { check(v, row); },
        [](const v1::Membership& row) { return "institution/" + row.institution_id(); },
        [](runtime::Work& work, const v1::Membership& row, const std::string& batch_id) {
            return app::set_membership(work, row, batch_id);
        });
    bind_import<v1::BatchImportPractitionersRequest, v1::Practitioner>(
        binder, env, "BatchImportPractitioners",
        [](rpc::Validator& v, const v1::Practitioner& row) { check(v, row); },
        [](const v1::Practitioner& row) { return "practitioner/" + row.practitioner_id(); },
        [env](runtime::Work& work, const v1::Practitioner& row, const std::string& batch_id) {
            return app::register_practitioner(work, *env.personal, row, batch_id, false);
        });
    bind_import<v1::BatchImportResidentsRequest, v1::ResidentRow>(
        binder, env, "BatchImportResidents", check_resident,
        [env](const v1::ResidentRow& row) {
            return "document/" + env.personal->digests.of(row.identity().document_kind(),
                                                          row.identity().document_number());
        },
        [env](runtime::Work& work, const v1::ResidentRow& row, const std::string& batch_id) {
            return put_resident(work, env, row, batch_id);
        });
    bind_import<v1::BatchImportTeamsRequest, v1::TeamRow>(
        binder, env, "BatchImportTeams",
        [](rpc::Validator& v, const v1::TeamRow& row) {
            v.id("team_id", row.team_id())
                .id("institution_id", row.institution_id())
                .id("leader_id", row.leader_id())
                .count("members", row.members_size(), 1, 50)
                .each("members", row.members(),
                      [](rpc::Validator& inner, const v1::TeamMember& m) { check(inner, m); });
        },
        [](const v1::TeamRow& row) { return "team/" + row.team_id(); },
        [env](runtime::Work& work, const v1::TeamRow& row, const std::string& batch_id) {
            return app::register_team(work, *env.personal, team_of(row), batch_id, false);
        });
}

}  // namespace yilian::directory::rpc_edge
