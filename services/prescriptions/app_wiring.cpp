#include "services/prescriptions/app_wiring.h"

#include <memory>
#include <stdexcept>

#include "services/prescriptions/app/checks.h"
#include "services/prescriptions/app/keys.h"
#include "services/prescriptions/app/timers.h"
#include "services/prescriptions/consume/handlers.h"
#include "services/prescriptions/rpc/methods.h"

namespace yilian::prescriptions {

std::span<const EmbeddedFile> migration_files();

namespace {

template <class T>
T or_fail(absl::StatusOr<T> value) {
    if (!value.ok()) throw std::invalid_argument(std::string(value.status().message()));
    return *std::move(value);
}

app::SignerKeys signer_keys(const config::ServiceConfig& config) {
    const auto dir = config.settings.find("signer_keys_dir");
    return dir == config.settings.end() ? app::SignerKeys{}
                                        : or_fail(app::SignerKeys::load(dir->second));
}

std::shared_ptr<void> wire(runtime::Wiring& wiring) {
    const std::string& district = wiring.config.district;
    auto env = std::make_shared<const rpc_edge::Env>(
        rpc_edge::Env{district, wiring.store, wiring.clock, wiring.policies, wiring.peers,
                      signer_keys(wiring.config), or_fail(app::ClaimSecrets::load(wiring.config))});
    rpc_edge::bind_prescribing(wiring.binder, env);
    rpc_edge::bind_dispensing(wiring.binder, env);
    rpc_edge::bind_long(wiring.binder, env);
    rpc_edge::bind_reads(wiring.binder, env);
    rpc_edge::bind_catalogue(wiring.binder, env);
    consume::bind(wiring, district);
    app::bind_timers(wiring, district);
    for (runtime::Check& check : app::checks()) wiring.check(std::move(check));
    wiring.counts(app::counts);
    return nullptr;
}

}  // namespace

runtime::ServiceDefinition definition() {
    return {.name = "prescriptions",
            .migrations = {{"prescriptions", migration_files()}},
            .wire = wire,
            .optional_settings = {"signer_keys_dir"}};
}

}  // namespace yilian::prescriptions
