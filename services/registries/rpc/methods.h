#pragma once

#include <string>

#include "libs/runtime/app.h"
#include "libs/runtime/work.h"

namespace yilian::registries::rpc_edge {

// A unit of work of a command, acting for its caller.
[[nodiscard]] inline runtime::Work work_of(runtime::CommandContext& context,
                                           const std::string& district) {
    return runtime::work_of(context, district,
                            context.caller.has_role("registrar") ? "REGISTRAR" : "CLINICIAN");
}
[[nodiscard]] inline std::string method(std::string_view name) {
    return "yilian.registries.v1.RegistryService/" + std::string(name);
}

// Together they bind every method of RegistryService.
void bind_enrolments(runtime::Binder& binder, const std::string& district);
void bind_imports(runtime::Binder& binder, const std::string& district);
void bind_visits(runtime::Binder& binder, const std::string& district);
void bind_worklists(runtime::Binder& binder, const std::string& district);

}  // namespace yilian::registries::rpc_edge
