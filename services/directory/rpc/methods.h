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
    runtime::PolicyPacks* packs;
};

// Each binds all methods of one proto service, together those of the directory.
void bind_institutions(runtime::Binder& binder, const Env& env);
void bind_practitioners(runtime::Binder& binder, const Env& env);
void bind_residents(runtime::Binder& binder, const Env& env);
void bind_contract_commands(runtime::Binder& binder, const Env& env);
void bind_contract_queries(runtime::Binder& binder, const Env& env);
void bind_teams(runtime::Binder& binder, const Env& env);
void bind_money_and_points(runtime::Binder& binder, const Env& env);
void bind_imports(runtime::Binder& binder, const Env& env);
void bind_policies(runtime::Binder& binder, const Env& env);

}  // namespace yilian::directory::rpc_edge
