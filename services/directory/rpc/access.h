#pragma once

#include <optional>
#include <string>

#include "libs/rpc/caller.h"
#include "libs/runtime/command.h"
#include "services/directory/store/rows.h"

// Who may see and change what, beyond the method table (security.md 3).
namespace yilian::directory::rpc_edge {

// The caller's institution cares for the resident: home institution, or party of a contract that
// covers the day.
[[nodiscard]] bool cares_for(storage::Transaction& tx, const rpc::Caller& caller,
                             const v1::Resident& resident, calendar::CivilDate day);

// interop.md 8: who cares for the resident reads the record; services and auditors do; everybody
// with a role does where the pack opens records to the person.
[[nodiscard]] bool may_read(const runtime::QueryContext& context, const std::string& district,
                            const v1::Resident& resident);

// A change of the register by clinical staff of an institution that does not care for the resident
// is refused with AUTH_RECORD_ACCESS_DENIED; registrars keep the register for everybody. Nothing
// for an unknown resident: the use case answers that.
[[nodiscard]] std::optional<Refusal> refuse_change(runtime::CommandContext& context,
                                                   const std::string& resident_id);

}  // namespace yilian::directory::rpc_edge
