#pragma once

#include <string>
#include <string_view>

#include "libs/events/event.h"
#include "services/billing/store/capitation_rows.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/settlement_rows.h"
#include "yilian/billing/v1/types.pb.h"
#include "yilian/common/v1/event.pb.h"

// Facts of the service as the messages of yilian/billing/v1/events.proto.
namespace yilian::billing::store {

using Context = common::v1::EventContext;

[[nodiscard]] events::EventDraft list_accepted(const Context& context, const ListRow& row,
                                               const SettlementList& list);
// `resident_id` may be empty: the institution's code is then the key.
[[nodiscard]] events::EventDraft list_rejected(const Context& context, const ListKey& key,
                                               const std::string& resident_id,
                                               const std::vector<Finding>& findings);
[[nodiscard]] events::EventDraft list_withdrawn(const Context& context, const ListRow& row);
[[nodiscard]] events::EventDraft case_grouped(const Context& context, const ListRow& row,
                                              const ScoreRow& score);
[[nodiscard]] events::EventDraft case_scored(const Context& context, const ListRow& row,
                                             const ScoreRow& score);
// `score` is the one that counts after the decision.
[[nodiscard]] events::EventDraft special_case_decided(const Context& context, const ListRow& row,
                                                      const SpecialCaseRow& special,
                                                      const ScoreRow& score);
[[nodiscard]] events::EventDraft benefit_computed(const Context& context, const ListRow& row,
                                                  const BenefitRow& benefit);

// `lead` is the key: the lead hospital, or the consortium where none is known.
[[nodiscard]] events::EventDraft capitation_priced(const Context& context,
                                                   const CapitationMonthRow& month,
                                                   const std::string& lead);
[[nodiscard]] events::EventDraft capitation_corrected(const Context& context,
                                                      const CapitationMonthRow& month,
                                                      const std::string& lead);
[[nodiscard]] events::EventDraft contract_fee_split(const Context& context, const FeeSplitRow& fee,
                                                    bool bound_ok);

[[nodiscard]] events::EventDraft month_prepaid(const Context& context, const RunRow& run,
                                               const std::string& party, Fen prepay);
// `institution_id`: that stands for the party, the key.
[[nodiscard]] events::EventDraft settlement_superseded(const Context& context,
                                                       const StatementRow& statement,
                                                       const std::string& institution_id);

enum class PaymentEvent { kInstructed, kConfirmed, kFailed, kOverdue };
[[nodiscard]] events::EventDraft payment_event(PaymentEvent event, const Context& context,
                                               const PaymentRow& payment);

[[nodiscard]] events::EventDraft transaction_posted(const Context& context,
                                                    const TransactionRow& row);
[[nodiscard]] events::EventDraft period_closed(const Context& context, const std::string& period);
[[nodiscard]] events::EventDraft rule_pack_activated(const Context& context,
                                                     const RulePackRow& pack);
[[nodiscard]] events::EventDraft rule_pack_rolled_back(const Context& context,
                                                       const RulePackRow& pack);

// A list's findings as the answer shows them.
void set_finding(v1::ListFinding* out, const Finding& finding);

}  // namespace yilian::billing::store
