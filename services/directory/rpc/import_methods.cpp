#include <functional>
#include <utility>

#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/app/residents.h"
#include "services/directory/app/undo.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"
#include "yilian/directory/v1/import_service.pb.h"

namespace yilian::directory::rpc_edge {
namespace {

using app::Registered;
using app::Writing;
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

// The field that a refusal is about, where it names one.
std::string field_of(const Refusal& refusal) {
    for (const auto& [key, value] : refusal.metadata) {
        if (key == "field") return value;
    }
    return "";
}

void count(common::v1::ImportReport& report, int row, const Outcome<Registered>& result) {
    if (!result.ok()) {
        report.set_refused_count(report.refused_count() + 1);
        add_refusal(report, row, field_of(result.refusal()), result.refusal().reason);
    } else if (*result == Registered::kUnchanged) {
        report.set_unchanged_count(report.unchanged_count() + 1);
    } else {
        report.set_accepted_count(report.accepted_count() + 1);
    }
}

// What one import method does with a row.
template <class Row>
struct RowRules {
    std::function<void(rpc::Validator&, const Row&)> check;
    std::function<std::vector<std::string>(const Row&)> lock_keys;
    std::function<Outcome<Registered>(runtime::Work&, const Row&, Writing&)> put;
};

// A batch belongs to the institution that began it, and one that was undone stays so.
std::optional<Refusal> refuse_batch(CommandContext& context, const std::string& batch_id) {
    const auto batch = context.tx.select_one(store::kBatch, batch_id);
    if (!batch) return std::nullopt;
    if (batch->text(0) != context.caller.institution_id) {
        return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    }
    if (batch->flag(1)) return Refusal{"BATCH_ALREADY_UNDONE"};
    return std::nullopt;
}

// Each row by itself, so that a bad one never costs the good ones.
template <class Req, class Row>
Outcome<common::v1::ImportReport> run_import(CommandContext& context, const Env& env,
                                             const RowRules<Row>& rules, const Req& r) {
    context.audit("batch/" + r.batch_id());
    if (r.rows_size() > kRowsMax) {
        return Refusal{"LIMIT_ROWS", {{"max", std::to_string(kRowsMax)}}};
    }
    if (auto refusal = refuse_batch(context, r.batch_id())) return *refusal;
    common::v1::ImportReport report;
    report.set_batch_id(r.batch_id());
    report.set_row_count(r.rows_size());
    report.set_dry_run(r.dry_run());
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    Writing writing{.batch_id = r.batch_id(), .must_be_new = true, .dry_run = r.dry_run()};
    if (!r.dry_run()) {
        context.tx.run(store::kAddBatch, r.batch_id(), context.caller.institution_id, context.now);
    }
    for (int i = 0; i < r.rows_size(); ++i) {
        rpc::Validator v;
        rules.check(v, r.rows(i));
        const Violations violations = v.done();
        for (const FieldViolation& violation : violations) {
            add_refusal(report, i, violation.field, violation.reason);
        }
        if (violations.empty()) {
            count(report, i, rules.put(work, r.rows(i), writing));
        } else {
            report.set_refused_count(report.refused_count() + 1);
        }
    }
    return report;
}

template <class Req, class Row>
void bind_import(runtime::Binder& binder, const Env& env, std::string_view name,
                 RowRules<Row> rules) {
    binder.command<Req, common::v1::ImportReport>(
        method(name), {.validate =
                           [](const Req& r) {
                               return rpc::Validator()
                                   .id("batch_id", r.batch_id())
                                   .expect(!r.rows().empty(), "rows", "FIELD_REQUIRED")
                                   .done();
                           },
                       .lock_keys =
                           [rules](const Req& r) {
                               std::vector<std::string> keys{"batch/" + r.batch_id()};
                               for (const Row& row : r.rows()) {
                                   for (std::string& key : rules.lock_keys(row))
                                       keys.push_back(std::move(key));
                               }
                               return keys;
                           },
                       .run = [env, rules](CommandContext& c,
                                           const Req& r) { return run_import(c, env, rules, r); }});
}

void check_resident(rpc::Validator& v, const v1::ResidentRow& row) {
    v.optional_id("resident_id", row.resident_id())
        .nested("identity", [&](rpc::Validator& inner) { check(inner, row.identity()); })
        .optional_enumerated("sex", row.sex())
        .date("birth_date", row.birth_date())
        .expect(birth_date_fits(row.identity(), row.birth_date()), "birth_date", "FIELD_MISMATCH")
        .optional_enumerated("insurance", row.insurance())
        .id("insured_region", row.insured_region())
        .optional_id("home_institution_id", row.home_institution_id())
        .optional_id("grid_unit_code", row.grid_unit_code())
        .optional_id("aid_class", row.aid_class())
        .count("allergy_codes", row.allergy_codes_size(), 0, 30)
        .each("allergy_codes", row.allergy_codes(),
              [](rpc::Validator& inner, const std::string& code) { inner.id("", code); })
        .count("special_groups", row.special_groups_size(), 0, 30)
        .each("special_groups", row.special_groups(),
              [](rpc::Validator& inner, const std::string& code) {
                  check_special_group(inner, "", code);
              });
}

void add_code(v1::Resident& r, const runtime::Work& work, v1::HealthCodeKind kind,
              const std::string& code) {
    v1::HealthCode* c = r.add_health_codes();
    c->set_kind(kind);
    c->set_code(code);
    c->set_from(work.today.text());
    c->set_recorded_by(work.actor.id);
    c->set_recorded_on(work.today.text());
}

Outcome<Registered> put_resident(runtime::Work& work, const Env& env, const v1::ResidentRow& row,
                                 Writing& writing) {
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
    for (const std::string& code : row.allergy_codes()) {
        add_code(r, work, v1::HEALTH_CODE_KIND_ALLERGY, code);
    }
    for (const std::string& code : row.special_groups()) {
        add_code(r, work, v1::HEALTH_CODE_KIND_SPECIAL_GROUP, code);
    }
    const auto result = app::register_resident(work, *env.personal, std::move(what), writing);
    if (!result.ok()) return result.refusal();
    if (!result->already_registered) return Registered::kNew;
    if (!row.resident_id().empty() && result->resident_id != row.resident_id()) {
        return Reason("ALREADY_REGISTERED");
    }
    return Registered::kUnchanged;
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

void check_team(rpc::Validator& v, const v1::TeamRow& row) {
    v.id("team_id", row.team_id())
        .id("institution_id", row.institution_id())
        .id("leader_id", row.leader_id())
        .optional_id("name_code", row.name_code())
        .optional_id("model", row.model())
        .count("members", row.members_size(), 1, 50)
        .each("members", row.members(),
              [](rpc::Validator& inner, const v1::TeamMember& m) { check(inner, m); });
}

void bind_places(runtime::Binder& binder, const Env& env) {
    bind_import<v1::BatchImportInstitutionsRequest, v1::Institution>(
        binder, env, "BatchImportInstitutions",
        {[](rpc::Validator& v, const v1::Institution& row) { check(v, row); },
         [](const v1::Institution& row) {
             return std::vector{"institution/" + row.institution_id()};
         },
         [](runtime::Work& work, const v1::Institution& row, Writing& writing) {
             return app::register_institution(work, row, writing);
         }});
    bind_import<v1::BatchImportMembershipsRequest, v1::Membership>(
        binder, env, "BatchImportMemberships",
        {[](rpc::Validator& v, const v1::Membership& row) { check(v, row); },
         [](const v1::Membership& row) {
             return std::vector{"institution/" + row.institution_id(),
                                "consortium/" + row.consortium_id()};
         },
         [](runtime::Work& work, const v1::Membership& row, Writing& writing) {
             return app::set_membership(work, row, writing);
         }});
}

void bind_people(runtime::Binder& binder, const Env& env) {
    bind_import<v1::BatchImportPractitionersRequest, v1::Practitioner>(
        binder, env, "BatchImportPractitioners",
        {[](rpc::Validator& v, const v1::Practitioner& row) { check(v, row); },
         [](const v1::Practitioner& row) {
             return std::vector{"practitioner/" + row.practitioner_id()};
         },
         [env](runtime::Work& work, const v1::Practitioner& row, Writing& writing) {
             return app::register_practitioner(work, *env.personal, row, writing);
         }});
    bind_import<v1::BatchImportResidentsRequest, v1::ResidentRow>(
        binder, env, "BatchImportResidents",
        {check_resident,
         [env](const v1::ResidentRow& row) {
             std::vector<std::string> keys{
                 "document/" + env.personal->digest_of(row.identity().document_kind(),
                                                       row.identity().document_number())};
             if (!row.resident_id().empty()) keys.push_back("resident/" + row.resident_id());
             return keys;
         },
         [env](runtime::Work& work, const v1::ResidentRow& row, Writing& writing) {
             return put_resident(work, env, row, writing);
         }});
    bind_import<v1::BatchImportTeamsRequest, v1::TeamRow>(
        binder, env, "BatchImportTeams",
        {check_team, [](const v1::TeamRow& row) { return std::vector{"team/" + row.team_id()}; },
         [env](runtime::Work& work, const v1::TeamRow& row, Writing& writing) {
             return app::register_team(work, *env.personal, team_of(row), writing);
         }});
}

}  // namespace

void bind_imports(runtime::Binder& binder, const Env& env) {
    bind_places(binder, env);
    bind_people(binder, env);
    binder.command<v1::UndoImportRequest, common::v1::UndoReport>(
        method("UndoImport"),
        {.validate =
             [](const v1::UndoImportRequest& r) {
                 return rpc::Validator().id("batch_id", r.batch_id()).done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"batch/" + r.batch_id()}; },
         .run =
             [env](CommandContext& c, const v1::UndoImportRequest& r) {
                 c.audit("batch/" + r.batch_id());
                 runtime::Work work = work_of(c, env.district, "REGISTRAR");
                 return app::undo_import(work, r.batch_id());
             }});
}

}  // namespace yilian::directory::rpc_edge
