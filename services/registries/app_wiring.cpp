#include "services/registries/app_wiring.h"

#include <memory>

#include "services/registries/app/checks.h"
#include "services/registries/app/timers.h"
#include "services/registries/consume/handlers.h"
#include "services/registries/rpc/methods.h"

namespace yilian::registries {

std::span<const EmbeddedFile> migration_files();

runtime::ServiceDefinition definition() {
    return {.name = "registries",
            .migrations = {{"registries", migration_files()}},
            .wire = [](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                const std::string& district = wiring.config.district;
                rpc_edge::bind_enrolments(wiring.binder, district);
                rpc_edge::bind_imports(wiring.binder, district);
                rpc_edge::bind_visits(wiring.binder, district);
                rpc_edge::bind_worklists(wiring.binder, district);
                consume::bind_copies(wiring, district);
                consume::bind_care(wiring, district);
                app::bind_timers(wiring, district);
                for (runtime::Check& check : app::checks()) wiring.check(std::move(check));
                wiring.counts(app::counts);
                return nullptr;
            }};
}

}  // namespace yilian::registries
