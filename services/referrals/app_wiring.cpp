#include "services/referrals/app_wiring.h"

#include <memory>

#include "services/referrals/app/checks.h"
#include "services/referrals/app/timers.h"
#include "services/referrals/consume/handlers.h"
#include "services/referrals/rpc/methods.h"

namespace yilian::referrals {
std::span<const EmbeddedFile> migration_files();

runtime::ServiceDefinition definition() {
    return {.name = "referrals",
            .migrations = {{"referrals", migration_files()}},
            .wire = [](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                auto env = std::make_shared<app::Env>(
                    app::Env{wiring.ids, wiring.policies, wiring.config.district,
                             calendar::WorkingDays::national(),
                             app::EvidenceSigner::from_config(wiring.config)});
                rpc_edge::bind_drafts(wiring.binder, env);
                rpc_edge::bind_submits(wiring.binder, env, rpc_edge::ContractQuestion(wiring));
                rpc_edge::bind_reviews(wiring.binder, env);
                rpc_edge::bind_care(wiring.binder, env);
                rpc_edge::bind_referral_queries(wiring.binder, env);
                rpc_edge::bind_evidence_queries(wiring.binder, env);
                rpc_edge::bind_channels(wiring.binder, env);
                rpc_edge::bind_exams(wiring.binder, env);
                rpc_edge::bind_measures(wiring.binder);
                rpc_edge::bind_slots(wiring.binder, env);
                rpc_edge::bind_slot_queries(wiring.binder, env);
                consume::bind(wiring, env);
                app::bind_timers(wiring, env);
                for (runtime::Check& check : app::checks()) wiring.check(std::move(check));
                wiring.counts(app::counts);
                return env;
            }};
}

}  // namespace yilian::referrals
