#pragma once

#include <memory>
#include <string>

#include "libs/runtime/app.h"
#include "services/directory/store/rows.h"

namespace yilian::directory::rpc_edge {

// What the methods share; lives as long as the service.
struct Env {
    std::string district;
    std::shared_ptr<const store::PersonalData> personal;
};

void bind_institutions(runtime::Binder& binder, const Env& env);
void bind_residents(runtime::Binder& binder, const Env& env);
void bind_contracts(runtime::Binder& binder, const Env& env);
void bind_imports(runtime::Binder& binder, const Env& env);
void bind_policies(runtime::Binder& binder, const Env& env);

}  // namespace yilian::directory::rpc_edge
