#pragma once

#include <string>

#include "libs/runtime/app.h"
#include "services/registries/app/work.h"

namespace yilian::registries::rpc_edge {

// A unit of work of a command, acting for its caller.
[[nodiscard]] app::Work work_of(runtime::CommandContext& context, const std::string& district);

// Binds every method of RegistryService.
void bind_enrolments(runtime::Binder& binder, const std::string& district);
void bind_visits(runtime::Binder& binder, const std::string& district);

}  // namespace yilian::registries::rpc_edge
