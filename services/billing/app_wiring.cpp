#include "services/billing/app_wiring.h"

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "services/billing/app/checks.h"
#include "services/billing/app/ledger_probe.h"
#include "services/billing/app/rule_book.h"
#include "services/billing/app/run_watch.h"
#include "services/billing/app/supervision.h"
#include "services/billing/app/timers.h"
#include "services/billing/app/unit.h"
#include "services/billing/consume/handlers.h"
#include "services/billing/rpc/methods.h"

namespace yilian::billing {

std::span<const EmbeddedFile> migration_files();

namespace {

// `rules_dir`, or the packs that ship beside the district packs of a source tree.
std::filesystem::path rules_folder(const config::ServiceConfig& config) {
    const auto set = config.settings.find("rules_dir");
    if (set != config.settings.end()) return set->second;
    return std::filesystem::path(config.policies_dir) / "../../services/billing/rules";
}

runtime::PackTrust trust_of(const config::ServiceConfig& config) {
    auto trust = runtime::PackTrust::of(config);
    if (!trust.ok()) throw std::invalid_argument(std::string(trust.status().message()));
    return *std::move(trust);
}

struct Billing {
    explicit Billing(runtime::Wiring& wiring)
        : rules(rules_folder(wiring.config), trust_of(wiring.config)),
          env{wiring.ids, wiring.policies, wiring.config.district, rules,
              calendar::WorkingDays::national()},
          question(wiring),
          probe(std::make_shared<app::LedgerProbe>(wiring.store)) {
        env.supervision = app::load_supervision_rules(rules_folder(wiring.config) / "supervision",
                                                      trust_of(wiring.config));
        env.posting_stopped = probe->stopped();
        env.run_watch =
            std::make_shared<app::RunWatch>(wiring.metrics.settlement_batch_duration_seconds());
        app::bind_ledger_metrics(wiring.metrics, wiring.store, probe);
    }

    app::RuleBook rules;
    app::Env env;
    rpc_edge::EvidenceQuestion question;
    std::shared_ptr<app::LedgerProbe> probe;
};

// The packs that the district's policies name must load before the service takes a call.
void load_named_packs(const Billing& billing, const policy::PolicyStore& policies) {
    for (const auto& entry : policies.current()->entries()) {
        if (entry.pack->id() != billing.env.district || !entry.pack->blocks().drg) continue;
        const std::string& name = entry.pack->blocks().drg->rule_pack;
        const auto loaded = billing.rules.load(app::kDrgDomain, name);
        if (loaded.ok()) continue;
        std::string text = "rule pack " + name + ": " + loaded.refusal().reason.text();
        for (const auto& [key, value] : loaded.refusal().metadata) text += ' ' + key + '=' + value;
        throw std::invalid_argument(text);
    }
}

}  // namespace

runtime::ServiceDefinition definition() {
    return {.name = "billing",
            .migrations = {{"billing", migration_files()}},
            .wire = [](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                auto billing = std::make_shared<Billing>(wiring);
                load_named_packs(*billing, wiring.policies);
                const app::Env& env = billing->env;
                rpc_edge::bind_lists(wiring.binder, env, billing->question);
                rpc_edge::bind_special_cases(wiring.binder, env);
                rpc_edge::bind_case_reads(wiring.binder, env);
                rpc_edge::bind_pre_checks(wiring.binder, env);
                rpc_edge::bind_capitation(wiring.binder, env);
                rpc_edge::bind_pools_and_runs(wiring.binder, env);
                rpc_edge::bind_payments(wiring.binder, env);
                rpc_edge::bind_ledger(wiring.binder, env);
                rpc_edge::bind_supervision(wiring.binder, env);
                rpc_edge::bind_disputes(wiring.binder, env);
                rpc_edge::bind_rule_packs(wiring.binder, env);
                consume::bind(wiring, env);
                app::bind_timers(wiring, env);
                for (runtime::Check& check : app::checks()) wiring.check(std::move(check));
                wiring.counts(app::counts);
                return billing;
            },
            .optional_settings = {"rules_dir"}};
}

}  // namespace yilian::billing
