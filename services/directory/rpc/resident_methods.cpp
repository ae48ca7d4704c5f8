#include <algorithm>

#include "libs/policy/keys.h"
#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/event_codec.h"
#include "services/directory/store/queries.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;
using runtime::work_of;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ResidentService/" + std::string(name);
}

v1::Resident answer(storage::Transaction& tx, const std::string& resident_id) {
    auto stored = store::resident(tx, resident_id);
    stored->record.set_etag(runtime::make_etag(stored->changes));
    if (stored->record.state() == v1::RESIDENT_STATE_ALIVE) {
        for (const char* action : {"ChangeResident", "MoveResident", "RecordAllergy",
                                   "RecordDeath", "RecordSpecialGroup"}) {
            stored->record.add_allowed_actions(action);
        }
    }
    return std::move(stored->record);
}

std::vector<std::string> resident_key(const std::string& id) { return {"resident/" + id}; }

Outcome<v1::RegisterResidentResponse> run_register(CommandContext& context, const Env& env,
                                                   const v1::RegisterResidentRequest& r) {
    app::NewResident what;
    what.identity = r.identity();
    what.resident.set_resident_id(r.resident_id());
    what.resident.set_sex(r.sex());
    what.resident.set_birth_date(r.birth_date());
    what.resident.set_insurance(r.insurance());
    what.resident.set_insured_region(r.insured_region());
    what.resident.set_home_institution_id(r.home_institution_id());
    what.resident.set_grid_unit_code(r.grid_unit_code());
    what.resident.set_aid_class(r.aid_class());
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    const auto registered = app::register_resident(work, *env.personal, std::move(what), "");
    if (!registered.ok()) return registered.refusal();
    context.audit("resident/" + registered->resident_id, registered->resident_id);
    v1::RegisterResidentResponse response;
    response.set_resident_id(registered->resident_id);
    response.set_already_registered(registered->already_registered);
    *response.mutable_resident() = answer(context.tx, registered->resident_id);
    return response;
}

// The fields of ChangeResident by their update_mask path.
bool set_field(v1::Resident& to, const v1::ChangeResidentRequest& r, const std::string& path) {
    if (path == "sex") to.set_sex(r.sex());
    else if (path == "birth_date") to.set_birth_date(r.birth_date());
    else if (path == "insurance") to.set_insurance(r.insurance());
    else if (path == "insured_region") to.set_insured_region(r.insured_region());
    else if (path == "home_institution_id") to.set_home_institution_id(r.home_institution_id());
    else if (path == "grid_unit_code") to.set_grid_unit_code(r.grid_unit_code());
    else if (path == "aid_class") to.set_aid_class(r.aid_class());
    else return path == "identity";
    return true;
}

Outcome<v1::Resident> run_change(CommandContext& context, const Env& env,
                                 const v1::ChangeResidentRequest& r) {
    auto stored = store::resident(context.tx, r.resident_id());
    if (!stored) return Reason("RESIDENT_NOT_FOUND");
    if (auto refusal = runtime::check_etag(r.etag(), stored->changes)) return *refusal;
    if (stored->record.state() == v1::RESIDENT_STATE_DECEASED) return Reason("RESIDENT_DECEASED");
    std::vector<std::string> fields;
    for (const std::string& path : r.update_mask()) {
        (void)set_field(stored->record, r, path);
        if (path == "identity") {
            const auto known =
                store::resident_of_document(context.tx, *env.personal,
                                            r.identity().document_kind(),
                                            r.identity().document_number());
            if (known && *known != r.resident_id()) return Reason("ID_REUSED");
            store::save_identity(context.tx, *env.personal, r.resident_id(), r.identity());
        } else {
            fields.push_back(path);
        }
    }
    runtime::Work work = work_of(context, env.district, "REGISTRAR");
    stored->record.set_effective_on(r.effective_on().empty() ? work.today.text()
                                                             : r.effective_on());
    store::save(context.tx, *stored);
    std::ranges::sort(fields);
    work.append(store::resident_changed(work.event_context(), stored->record, fields));
    context.audit("resident/" + r.resident_id(), r.resident_id());
    return answer(context.tx, r.resident_id());
}

template <class Req>
Outcome<v1::Resident> run_health_code(CommandContext& context, const Env& env, const Req& r,
                                      v1::HealthCodeKind kind, const std::string& code) {
    v1::HealthCode what;
    what.set_kind(kind);
    what.set_code(code);
    what.set_from(r.on());
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto recorded =
        app::record_health_code(work, r.resident_id(), r.etag(), what, r.ended());
    if (!recorded.ok()) return recorded.refusal();
    context.audit("resident/" + r.resident_id(), r.resident_id());
    return answer(context.tx, r.resident_id());
}

void bind_changes(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RegisterResidentRequest, v1::RegisterResidentResponse>(
        method("RegisterResident"),
        {.validate =
             [](const v1::RegisterResidentRequest& r) {
                 return rpc::Validator()
                     .optional_id("resident_id", r.resident_id())
                     .present("identity", r.has_identity())
                     .nested("identity", [&](rpc::Validator& v) { check(v, r.identity()); })
                     .date("birth_date", r.birth_date())
                     .id("insured_region", r.insured_region())
                     .optional_id("home_institution_id", r.home_institution_id())
                     .optional_id("grid_unit_code", r.grid_unit_code())
                     .optional_id("aid_class", r.aid_class())
                     .done();
             },
         // One document is one person: two registrations of a document must meet. The digest, not
         // the number, is the key.
         .lock_keys =
             [env](const v1::RegisterResidentRequest& r) {
                 return std::vector{"document/" +
                                    env.personal->digests.of(r.identity().document_kind(),
                                                             r.identity().document_number())};
             },
         .run = [env](CommandContext& c, const auto& r) { return run_register(c, env, r); }});
    binder.command<v1::ChangeResidentRequest, v1::Resident>(
        method("ChangeResident"),
        {.validate =
             [](const v1::ChangeResidentRequest& r) {
                 rpc::Validator v;
                 v.id("resident_id", r.resident_id())
                     .etag("etag", r.etag())
                     .count("update_mask", r.update_mask_size(), 1, 10)
                     .optional_date("birth_date", r.birth_date())
                     .optional_date("effective_on", r.effective_on());
                 v1::Resident scratch;
                 for (const std::string& path : r.update_mask()) {
                     v.expect(set_field(scratch, r, path), "update_mask", "FIELD_ENUM");
                     if (path == "identity") {
                         v.nested("identity",
                                  [&](rpc::Validator& inner) { check(inner, r.identity()); });
                     }
                 }
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return resident_key(r.resident_id()); },
         .run = [env](CommandContext& c, const auto& r) { return run_change(c, env, r); }});
    binder.command<v1::RecordDeathRequest, v1::Resident>(
        method("RecordDeath"),
        {.validate =
             [](const v1::RecordDeathRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .etag("etag", r.etag())
                     .date("on", r.on())
                     .done();
             },
         .lock_keys = [](const auto& r) { return resident_key(r.resident_id()); },
         .run = [env](CommandContext& c,
                      const v1::RecordDeathRequest& r) -> Outcome<v1::Resident> {
             runtime::Work work = work_of(c, env.district, "REGISTRAR");
             const auto done = app::record_death(work, r.resident_id(), r.etag(), r.on());
             if (!done.ok()) return done.refusal();
             c.audit("resident/" + r.resident_id(), r.resident_id());
             return answer(c.tx, r.resident_id());
         }});
    binder.command<v1::MoveResidentRequest, v1::Resident>(
        method("MoveResident"),
        {.validate =
             [](const v1::MoveResidentRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .etag("etag", r.etag())
                     .optional_id("to_institution_id", r.to_institution_id())
                     .expect(r.outside() == r.to_institution_id().empty(), "to_institution_id",
                             "FIELD_REQUIRED")
                     .date("on", r.on())
                     .done();
             },
         .lock_keys = [](const auto& r) { return resident_key(r.resident_id()); },
         .run = [env](CommandContext& c,
                      const v1::MoveResidentRequest& r) -> Outcome<v1::Resident> {
             runtime::Work work = work_of(c, env.district, "REGISTRAR");
             const auto done = app::move_resident(work, r.resident_id(), r.etag(),
                                                  r.to_institution_id(), r.outside(), r.on());
             if (!done.ok()) return done.refusal();
             c.audit("resident/" + r.resident_id(), r.resident_id());
             return answer(c.tx, r.resident_id());
         }});
}

void bind_health_codes(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RecordAllergyRequest, v1::Resident>(
        method("RecordAllergy"),
        {.validate =
             [](const v1::RecordAllergyRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .etag("etag", r.etag())
                     .id("allergy_code", r.allergy_code())
                     .optional_date("on", r.on())
                     .done();
             },
         .lock_keys = [](const auto& r) { return resident_key(r.resident_id()); },
         .run = [env](CommandContext& c, const auto& r) {
             return run_health_code(c, env, r, v1::HEALTH_CODE_KIND_ALLERGY, r.allergy_code());
         }});
    binder.command<v1::RecordSpecialGroupRequest, v1::Resident>(
        method("RecordSpecialGroup"),
        {.validate =
             [](const v1::RecordSpecialGroupRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .etag("etag", r.etag())
                     .id("special_group", r.special_group())
                     .optional_date("on", r.on())
                     .done();
             },
         .lock_keys = [](const auto& r) { return resident_key(r.resident_id()); },
         .run = [env](CommandContext& c, const auto& r) {
             return run_health_code(c, env, r, v1::HEALTH_CODE_KIND_SPECIAL_GROUP,
                                    r.special_group());
         }});
}

// interop.md 8: consent (here: the home institution or a contract), the contract's team, or open to
// the person; break-glass with a reason always, and reviewed.
bool may_read(QueryContext& context, const Env& env, const v1::Resident& resident) {
    const std::string& institution = context.caller.institution_id;
    if (context.caller.has_role("service") || context.caller.has_role("auditor")) return true;
    if (resident.home_institution_id() == institution) return true;
    const auto today = calendar::local_date(context.now);
    for (const domain::Contract& c : store::contracts_of(context.tx, resident.resident_id())) {
        if (c.institution_id == institution && c.covers(today)) return true;
    }
    const auto pack = context.policies.at(env.district, today);
    return pack.ok() && (*pack)->get(policy::kDirectoryRecordAccessMode) == "open_to_person";
}

void bind_reads(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetResidentRequest, v1::Resident>(
        method("GetResident"),
        {.validate =
             [](const v1::GetResidentRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .text("purpose", r.purpose(), 0, 64)
                     .text("break_glass_reason", r.break_glass_reason(), 0, 200)
                     .done();
             },
         .run = [env](QueryContext& c, const v1::GetResidentRequest& r) -> Outcome<v1::Resident> {
             const auto stored = store::resident(c.tx, r.resident_id());
             if (!stored) return Reason("RESIDENT_NOT_FOUND");
             const bool break_glass = !r.break_glass_reason().empty();
             if (!break_glass && !may_read(c, env, stored->record)) {
                 return Reason("AUTH_RECORD_ACCESS_DENIED");
             }
             c.access({r.resident_id(), r.purpose().empty() ? "TREATMENT" : r.purpose(),
                       "resident", break_glass});
             return answer(c.tx, r.resident_id());
         }});
    binder.query<v1::FindResidentRequest, v1::FindResidentResponse>(
        method("FindResident"),
        {.validate =
             [](const v1::FindResidentRequest& r) {
                 return rpc::Validator()
                     .id("document_kind", r.document_kind())
                     .text("document_number", r.document_number(), 1, 40)
                     .done();
             },
         .run = [env](QueryContext& c,
                      const v1::FindResidentRequest& r) -> Outcome<v1::FindResidentResponse> {
             const auto id = store::resident_of_document(c.tx, *env.personal, r.document_kind(),
                                                         r.document_number());
             if (!id) return Reason("RESIDENT_NOT_FOUND");
             c.access({*id, "TREATMENT", "resident_index", false});
             v1::FindResidentResponse response;
             response.set_resident_id(*id);
             return response;
         }});
}

}  // namespace

void bind_residents(runtime::Binder& binder, const Env& env) {
    bind_changes(binder, env);
    bind_health_codes(binder, env);
    bind_reads(binder, env);
}

}  // namespace yilian::directory::rpc_edge
