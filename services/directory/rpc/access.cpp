#include "services/directory/rpc/access.h"

#include "libs/calendar/local_time.h"
#include "libs/policy/keys.h"
#include "libs/policy/store.h"

namespace yilian::directory::rpc_edge {

bool cares_for(storage::Transaction& tx, const rpc::Caller& caller, const v1::Resident& resident,
               calendar::CivilDate day) {
    if (resident.home_institution_id() == caller.institution_id) return true;
    for (const domain::Contract& c : store::contracts_of(tx, resident.resident_id())) {
        if (c.institution_id == caller.institution_id && c.covers(day)) return true;
    }
    return false;
}

bool may_read(const runtime::QueryContext& context, const std::string& district,
              const v1::Resident& resident) {
    if (context.caller.has_role("service") || context.caller.has_role("auditor")) return true;
    const auto today = calendar::local_date(context.now);
    if (cares_for(context.tx, context.caller, resident, today)) return true;
    const auto pack = context.policies.at(district, today);
    return pack.ok() && (*pack)->get(policy::kDirectoryRecordAccessMode) == "open_to_person";
}

std::optional<Refusal> refuse_change(runtime::CommandContext& context,
                                     const std::string& resident_id) {
    if (context.caller.has_role("registrar")) return std::nullopt;
    const auto resident = store::resident(context.tx, resident_id);
    if (!resident || cares_for(context.tx, context.caller, resident->record,
                               calendar::local_date(context.now))) {
        return std::nullopt;
    }
    return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
}

}  // namespace yilian::directory::rpc_edge
