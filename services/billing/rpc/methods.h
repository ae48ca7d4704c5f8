#pragma once

#include <cstdint>
#include <string>

#include "libs/rpc/caller.h"
#include "libs/runtime/app.h"
#include "services/billing/app/unit.h"
#include "services/billing/rpc/evidence_question.h"

namespace yilian::billing::rpc_edge {

// Bind every method of the services of yilian.billing.v1. `env` lives as long as the wiring.
void bind_lists(runtime::Binder& binder, const app::Env& env, const EvidenceQuestion& question);
void bind_special_cases(runtime::Binder& binder, const app::Env& env);
void bind_case_reads(runtime::Binder& binder, const app::Env& env);
void bind_pre_checks(runtime::Binder& binder, const app::Env& env);
void bind_capitation(runtime::Binder& binder, const app::Env& env);
void bind_pools_and_runs(runtime::Binder& binder, const app::Env& env);
void bind_payments(runtime::Binder& binder, const app::Env& env);
void bind_ledger(runtime::Binder& binder, const app::Env& env);
void bind_supervision(runtime::Binder& binder, const app::Env& env);
void bind_disputes(runtime::Binder& binder, const app::Env& env);
void bind_rule_packs(runtime::Binder& binder, const app::Env& env);

// Part of bind_pools_and_runs.
void bind_years(runtime::Binder& binder, const app::Env& env);

// Largest amount of a request: more than 10 trillion yuan is a mistake.
inline constexpr std::int64_t kFenMax = 1'000'000'000'000'000;

// Agency, audit, operation and services see every institution; others their own alone.
[[nodiscard]] bool sees_all(const rpc::Caller& caller);
[[nodiscard]] Refusal not_your_record();

}  // namespace yilian::billing::rpc_edge
