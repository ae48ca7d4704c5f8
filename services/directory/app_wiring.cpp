#include "services/directory/app_wiring.h"

#include <memory>
#include <stdexcept>

#include "services/directory/app/checks.h"
#include "services/directory/app/contracts.h"
#include "services/directory/consume/handlers.h"
#include "services/directory/rpc/methods.h"

namespace yilian::directory {

std::span<const EmbeddedFile> migration_files();

namespace {

std::string secret(const config::ServiceConfig& config, const std::string& name) {
    const auto file = config.secrets.find(name);
    if (file == config.secrets.end()) throw std::runtime_error("secret is not configured: " + name);
    auto text = config::read_secret(file->second, config.profile);
    if (!text.ok()) throw std::runtime_error("secret cannot be read: " + name);
    return *std::move(text);
}

std::shared_ptr<const store::PersonalData> personal_data(const config::ServiceConfig& config) {
    auto ring = crypto::KeyRing::parse(secret(config, "identity_key"));
    if (!ring.ok()) throw std::runtime_error("secret identity_key is no key ring");
    return std::make_shared<store::PersonalData>(*std::move(ring), secret(config, "digest_key"));
}

void bind_methods(runtime::Binder& binder, const rpc_edge::Env& env) {
    rpc_edge::bind_institutions(binder, env);
    rpc_edge::bind_practitioners(binder, env);
    rpc_edge::bind_residents(binder, env);
    rpc_edge::bind_contract_commands(binder, env);
    rpc_edge::bind_contract_queries(binder, env);
    rpc_edge::bind_teams(binder, env);
    rpc_edge::bind_money_and_points(binder, env);
    rpc_edge::bind_imports(binder, env);
    rpc_edge::bind_policies(binder, env);
}

}  // namespace

runtime::ServiceDefinition definition() {
    return {.name = "directory",
            .migrations = {{"directory", migration_files()}},
            .wire = [](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                const std::string& district = wiring.config.district;
                bind_methods(wiring.binder, {district, personal_data(wiring.config), &wiring.packs});
                consume::bind(wiring, district);
                app::bind_contract_timers(wiring, district);
                for (runtime::Check& check : app::checks()) wiring.check(std::move(check));
                wiring.counts(app::counts);
                return nullptr;
            }};
}

}  // namespace yilian::directory
