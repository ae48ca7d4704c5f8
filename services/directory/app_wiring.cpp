#include "services/directory/app_wiring.h"

#include <memory>
#include <stdexcept>

#include "services/directory/app/contracts.h"
#include "services/directory/consume/handlers.h"
#include "services/directory/rpc/methods.h"
#include "services/directory/store/queries.h"

namespace yilian::directory {

std::span<const EmbeddedFile> migration_files();

namespace {

using storage::Row;
using storage::Transaction;

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

runtime::Check rows_check(std::string id, std::string what, const storage::Query& query) {
    return {std::move(id), std::move(what), [&query](Transaction& tx) {
                std::vector<std::string> found;
                for (const Row& row : tx.select(query)) found.push_back(row.text(0));
                return found;
            }};
}

void bind_checks(runtime::Wiring& wiring) {
    wiring.check(rows_check("DIR-C01", "a resident has at most one contract in force",
                            store::kCheckTwoInForce));
    wiring.check(rows_check("DIR-C02", "every resident has an identity", store::kCheckIdentity));
    wiring.check(rows_check("DIR-C03", "every contract belongs to a team of its institution",
                            store::kCheckTeam));
    wiring.check(rows_check("DIR-C04", "every change of a contract is in its journal",
                            store::kCheckJournal));
    wiring.counts([](Transaction& tx) {
        return runtime::Counts{
            {"residents", tx.select_one(store::kCountResidents)->i64(0)},
            {"contracts_active", tx.select_one(store::kCountActive)->i64(0)}};
    });
}

}  // namespace

runtime::ServiceDefinition definition() {
    return {.name = "directory",
            .migrations = {{"directory", migration_files()}},
            .wire = [](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                const rpc_edge::Env env{wiring.config.district, personal_data(wiring.config)};
                rpc_edge::bind_institutions(wiring.binder, env);
                rpc_edge::bind_residents(wiring.binder, env);
                rpc_edge::bind_contracts(wiring.binder, env);
                rpc_edge::bind_imports(wiring.binder, env);
                rpc_edge::bind_policies(wiring.binder, env);
                consume::bind(wiring, env.district);
                app::bind_contract_timers(wiring, env.district);
                bind_checks(wiring);
                return nullptr;
            }};
}

}  // namespace yilian::directory
