#pragma once

#include <string>

#include "libs/runtime/command.h"

// Who may see a resident's records, beyond the method table (security.md 3, interop.md 8).
namespace yilian::registries::rpc_edge {

// Services and auditors; the home institution, that of a contract that covers today, those that
// care under an enrolment; everybody with a role where the pack opens records to the person.
[[nodiscard]] bool may_read(const runtime::QueryContext& context, const std::string& district,
                            const std::string& resident_id);

}  // namespace yilian::registries::rpc_edge
