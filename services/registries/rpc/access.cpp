#include "services/registries/rpc/access.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/policy/keys/directory.h"
#include "libs/policy/store.h"
#include "services/registries/store/rows.h"

namespace yilian::registries::rpc_edge {
namespace {

bool cares(storage::Transaction& tx, const std::string& institution_id,
           const std::string& resident_id, calendar::CivilDate today) {
    const auto resident = store::resident(tx, resident_id);
    if (resident && resident->home_institution_id == institution_id) return true;
    const auto team = store::team_in_charge(tx, resident_id, today);
    if (team && team->institution_id == institution_id) return true;
    return std::ranges::any_of(
        store::enrolments_of(tx, resident_id), [&](const domain::Enrolment& e) {
            return e.institution_id == institution_id || e.moved_to == institution_id;
        });
}

}  // namespace

bool may_read(const runtime::QueryContext& context, const std::string& district,
              const std::string& resident_id) {
    if (context.caller.has_role("service") || context.caller.has_role("auditor")) return true;
    const auto today = calendar::local_date(context.now);
    if (cares(context.tx, context.caller.institution_id, resident_id, today)) return true;
    const auto pack = context.policies.at(district, today);
    return pack.ok() && (*pack)->get(policy::kDirectoryRecordAccessMode) == "open_to_person";
}

}  // namespace yilian::registries::rpc_edge
