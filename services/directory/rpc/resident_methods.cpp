#include <algorithm>
#include <functional>
#include <utility>

#include "libs/runtime/work.h"
#include "services/directory/app/residents.h"
#include "services/directory/rpc/access.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/methods.h"

namespace yilian::directory::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;
using runtime::work_of;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ResidentService/" + std::string(name);
}

// Methods on a living resident and who may call them (the proto's access options).
struct ResidentAction {
    const char* name;
    std::vector<const char*> roles;
};
const std::vector<ResidentAction>& resident_actions() {
    static const std::vector<ResidentAction> kActions{
        {"ChangeResident", {"doctor", "nurse", "registrar", "team_lead"}},
        {"MoveResident", {"doctor", "nurse", "registrar", "team_lead"}},
        {"RecordAllergy", {"doctor", "nurse", "pharmacist"}},
        {"RecordDeath", {"doctor", "registrar"}},
        {"RecordSpecialGroup", {"doctor", "nurse", "pharmacist"}}};
    return kActions;
}

v1::Resident answer(storage::Transaction& tx, const std::string& resident_id,
                    const rpc::Caller& caller) {
    auto stored = store::resident(tx, resident_id);
    v1::Resident r = std::move(stored->record);
    r.set_etag(runtime::make_etag(stored->changes));
    if (r.state() != v1::RESIDENT_STATE_ALIVE) return r;
    for (const ResidentAction& action : resident_actions()) {
        if (std::ranges::any_of(action.roles,
                                [&](const char* role) { return caller.has_role(role); })) {
            r.add_allowed_actions(action.name);
        }
    }
    return r;
}

// One document is one person: two registrations of a document must meet. The digest, not the
// number, is the key.
std::string document_key(const Env& env, const v1::ResidentIdentity& identity) {
    return "document/" +
           env.personal->digest_of(identity.document_kind(), identity.document_number());
}

Violations validate_register(const v1::RegisterResidentRequest& r) {
    return rpc::Validator()
        .optional_id("resident_id", r.resident_id())
        .present("identity", r.has_identity())
        .nested("identity", [&](rpc::Validator& v) { check(v, r.identity()); })
        .optional_enumerated("sex", r.sex())
        .date("birth_date", r.birth_date())
        .expect(birth_date_fits(r.identity(), r.birth_date()), "birth_date", "FIELD_MISMATCH")
        .optional_enumerated("insurance", r.insurance())
        .id("insured_region", r.insured_region())
        .optional_id("home_institution_id", r.home_institution_id())
        .optional_id("grid_unit_code", r.grid_unit_code())
        .optional_id("aid_class", r.aid_class())
        .done();
}

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
    app::Writing writing;
    const auto registered = app::register_resident(work, *env.personal, std::move(what), writing);
    if (!registered.ok()) return registered.refusal();
    context.audit("resident/" + registered->resident_id, registered->resident_id);
    v1::RegisterResidentResponse response;
    response.set_resident_id(registered->resident_id);
    response.set_already_registered(registered->already_registered);
    *response.mutable_resident() = answer(context.tx, registered->resident_id, context.caller);
    return response;
}

void bind_register(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RegisterResidentRequest, v1::RegisterResidentResponse>(
        method("RegisterResident"),
        {.validate = validate_register,
         .lock_keys =
             [env](const v1::RegisterResidentRequest& r) {
                 std::vector<std::string> keys{document_key(env, r.identity())};
                 if (!r.resident_id().empty()) keys.push_back("resident/" + r.resident_id());
                 return keys;
             },
         .run = [env](CommandContext& c, const auto& r) { return run_register(c, env, r); }});
}

// A method that changes one resident by `change(Work&, Req)`; `scoped` for the staff of
// institutions that care for the resident.
template <class Req>
void bind_change(runtime::Binder& binder, const Env& env, std::string_view name,
                 std::string_view actor_kind, bool scoped,
                 std::function<void(rpc::Validator&, const Req&)> more,
                 std::function<Outcome<Allowed>(runtime::Work&, const Req&)> change,
                 std::function<std::vector<std::string>(const Req&)> more_keys = nullptr) {
    binder.command<Req, v1::Resident>(
        method(name), {.validate =
                           [more](const Req& r) {
                               rpc::Validator v;
                               v.id("resident_id", r.resident_id()).etag("etag", r.etag());
                               more(v, r);
                               return v.done();
                           },
                       .lock_keys =
                           [more_keys](const Req& r) {
                               std::vector<std::string> keys{"resident/" + r.resident_id()};
                               if (more_keys) {
                                   for (std::string& key : more_keys(r))
                                       keys.push_back(std::move(key));
                               }
                               return keys;
                           },
                       .run = [env, scoped, kind = std::string(actor_kind), change](
                                  CommandContext& context, const Req& r) -> Outcome<v1::Resident> {
                           context.audit("resident/" + r.resident_id(), r.resident_id());
                           if (scoped) {
                               if (auto refusal = refuse_change(context, r.resident_id()))
                                   return *refusal;
                           }
                           runtime::Work work = work_of(context, env.district, kind);
                           const auto changed = change(work, r);
                           if (!changed.ok()) return changed.refusal();
                           return answer(context.tx, r.resident_id(), context.caller);
                       }});
}

void check_change(rpc::Validator& v, const v1::ChangeResidentRequest& r) {
    v.count("update_mask", r.update_mask_size(), 1, 10)
        .optional_enumerated("sex", r.sex())
        .optional_date("birth_date", r.birth_date())
        .optional_enumerated("insurance", r.insurance())
        .optional_id("insured_region", r.insured_region())
        .optional_id("home_institution_id", r.home_institution_id())
        .optional_id("grid_unit_code", r.grid_unit_code())
        .optional_id("aid_class", r.aid_class())
        .optional_date("effective_on", r.effective_on());
    for (const std::string& path : r.update_mask()) {
        v.expect(app::is_resident_field(path), "update_mask", "FIELD_ENUM");
        if (path == "identity") {
            v.nested("identity", [&](rpc::Validator& inner) { check(inner, r.identity()); });
        }
        if (path == "birth_date") v.required("birth_date", r.birth_date());
        if (path == "insured_region") v.required("insured_region", r.insured_region());
    }
}

app::ResidentChange change_of(const v1::ChangeResidentRequest& r) {
    app::ResidentChange change;
    change.wanted.set_resident_id(r.resident_id());
    change.wanted.set_sex(r.sex());
    change.wanted.set_birth_date(r.birth_date());
    change.wanted.set_insurance(r.insurance());
    change.wanted.set_insured_region(r.insured_region());
    change.wanted.set_home_institution_id(r.home_institution_id());
    change.wanted.set_grid_unit_code(r.grid_unit_code());
    change.wanted.set_aid_class(r.aid_class());
    change.wanted.set_effective_on(r.effective_on());
    change.fields.assign(r.update_mask().begin(), r.update_mask().end());
    change.identity = r.identity();
    return change;
}

void bind_changes(runtime::Binder& binder, const Env& env) {
    bind_change<v1::ChangeResidentRequest>(
        binder, env, "ChangeResident", "REGISTRAR", true, check_change,
        [env](runtime::Work& work, const v1::ChangeResidentRequest& r) {
            return app::change_resident(work, *env.personal, r.etag(), change_of(r));
        },
        [env](const v1::ChangeResidentRequest& r) {
            return r.has_identity() ? std::vector{document_key(env, r.identity())}
                                    : std::vector<std::string>{};
        });
    // Any hospital may have to record a death.
    bind_change<v1::RecordDeathRequest>(
        binder, env, "RecordDeath", "REGISTRAR", false,
        [](rpc::Validator& v, const v1::RecordDeathRequest& r) { v.date("on", r.on()); },
        [](runtime::Work& work, const v1::RecordDeathRequest& r) {
            return app::record_death(work, r.resident_id(), r.etag(),
                                     *calendar::CivilDate::parse(r.on()));
        });
    bind_change<v1::MoveResidentRequest>(
        binder, env, "MoveResident", "REGISTRAR", true,
        [](rpc::Validator& v, const v1::MoveResidentRequest& r) {
            v.optional_id("to_institution_id", r.to_institution_id())
                .expect(r.outside() == r.to_institution_id().empty(), "to_institution_id",
                        "FIELD_REQUIRED")
                .date("on", r.on());
        },
        [](runtime::Work& work, const v1::MoveResidentRequest& r) {
            return app::move_resident(work, r.resident_id(), r.etag(), r.to_institution_id(),
                                      r.outside(), *calendar::CivilDate::parse(r.on()));
        });
}

template <class Req>
Outcome<Allowed> record_code(runtime::Work& work, const Req& r, v1::HealthCodeKind kind,
                             const std::string& code) {
    v1::HealthCode what;
    what.set_kind(kind);
    what.set_code(code);
    what.set_from(r.on());
    return app::record_health_code(work, r.resident_id(), r.etag(), what, r.ended());
}

void bind_health_codes(runtime::Binder& binder, const Env& env) {
    bind_change<v1::RecordAllergyRequest>(
        binder, env, "RecordAllergy", "CLINICIAN", true,
        [](rpc::Validator& v, const v1::RecordAllergyRequest& r) {
            v.id("allergy_code", r.allergy_code()).optional_date("on", r.on());
        },
        [](runtime::Work& work, const v1::RecordAllergyRequest& r) {
            return record_code(work, r, v1::HEALTH_CODE_KIND_ALLERGY, r.allergy_code());
        });
    bind_change<v1::RecordSpecialGroupRequest>(
        binder, env, "RecordSpecialGroup", "CLINICIAN", true,
        [](rpc::Validator& v, const v1::RecordSpecialGroupRequest& r) {
            check_special_group(v, "special_group", r.special_group());
            v.optional_date("on", r.on());
        },
        [](runtime::Work& work, const v1::RecordSpecialGroupRequest& r) {
            return record_code(work, r, v1::HEALTH_CODE_KIND_SPECIAL_GROUP, r.special_group());
        });
}

Outcome<v1::Resident> run_get(QueryContext& context, const Env& env,
                              const v1::GetResidentRequest& r) {
    const auto stored = store::resident(context.tx, r.resident_id());
    if (!stored) return Reason("RESIDENT_NOT_FOUND");
    const bool break_glass = !r.break_glass_reason().empty();
    const bool keeps_register = context.caller.has_role("registrar");
    if (!break_glass && !keeps_register && !may_read(context, env.district, stored->record)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({r.resident_id(), r.purpose().empty() ? "TREATMENT" : r.purpose(), "resident",
                    break_glass});
    return answer(context.tx, r.resident_id(), context.caller);
}

// At the desk of any institution: who carries a document is a resident of the district.
Outcome<v1::FindResidentResponse> run_find(QueryContext& context, const Env& env,
                                           const v1::FindResidentRequest& r) {
    const auto id = store::resident_of_document(context.tx, *env.personal, r.document_kind(),
                                                r.document_number());
    if (!id) return Reason("RESIDENT_NOT_FOUND");
    context.access({*id, "REGISTRATION", "resident_index", false});
    v1::FindResidentResponse response;
    response.set_resident_id(*id);
    return response;
}

void bind_reads(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetResidentRequest, v1::Resident>(
        method("GetResident"),
        {.validate =
             [](const v1::GetResidentRequest& r) {
                 rpc::Validator v;
                 v.id("resident_id", r.resident_id())
                     .text("break_glass_reason", r.break_glass_reason(), 0, 200);
                 if (!r.purpose().empty()) {
                     v.one_of("purpose", r.purpose(),
                              {"TREATMENT", "REGISTRATION", "PAYMENT", "AUDIT"});
                 }
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_get(c, env, r); }});
    binder.query<v1::FindResidentRequest, v1::FindResidentResponse>(
        method("FindResident"),
        {.validate =
             [](const v1::FindResidentRequest& r) {
                 rpc::Validator v;
                 check_document(v, r.document_kind(), r.document_number());
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_find(c, env, r); }});
}

}  // namespace

void bind_residents(runtime::Binder& binder, const Env& env) {
    bind_register(binder, env);
    bind_changes(binder, env);
    bind_health_codes(binder, env);
    bind_reads(binder, env);
}

}  // namespace yilian::directory::rpc_edge
