#pragma once

#include "libs/rpc/caller.h"
#include "services/billing/app/lists.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/settlement_rows.h"
#include "yilian/billing/v1/types.pb.h"

// Values as answers. Transport only.
namespace yilian::billing::rpc_edge {

// With the actions that this caller may take now.
[[nodiscard]] v1::Case encode(const app::CaseView& view, const rpc::Caller& caller);
[[nodiscard]] v1::Grouping encode_grouping(const store::ScoreRow& score);
[[nodiscard]] v1::Scoring encode_scoring(const store::ScoreRow& score);
[[nodiscard]] v1::Benefit encode_benefit(const store::ListRow& list,
                                         const store::BenefitRow& benefit);
[[nodiscard]] v1::CapitationMonth encode(const store::CapitationMonthRow& month);
[[nodiscard]] v1::Pool encode(const store::PoolRow& pool);
// Without results by party.
[[nodiscard]] v1::Run encode(const store::RunRow& run, const rpc::Caller& caller);
// With them, read in the same transaction.
[[nodiscard]] v1::Run encode(storage::Transaction& tx, const store::RunRow& run,
                             const rpc::Caller& caller);
// As the caller may see it: with the results of the own party alone, or of all.
[[nodiscard]] v1::Run visible(storage::Transaction& tx, const store::RunRow& run,
                              const rpc::Caller& caller);
[[nodiscard]] v1::Payment encode(const store::PaymentRow& payment, const rpc::Caller& caller);
[[nodiscard]] v1::LedgerTransaction encode(const store::TransactionRow& row);
[[nodiscard]] v1::Period encode(const store::PeriodRow& period);
[[nodiscard]] v1::RulePack encode(const store::RulePackRow& pack);

}  // namespace yilian::billing::rpc_edge
