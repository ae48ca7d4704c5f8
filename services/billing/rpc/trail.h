#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/dip_scoring.h"
#include "services/billing/app/lists.h"
#include "services/billing/app/scoring.h"
#include "yilian/billing/v1/types.pb.h"

// The steps of a decision (billing.md 5.2, row 31): what was looked at, what came of it, in plain
// words, and the document it comes from. Pure: the same decision gives the same steps.
namespace yilian::billing::rpc_edge {

using Steps = std::vector<v1::TrailStep>;

// Why the list was accepted or rejected.
[[nodiscard]] Steps check_steps(const store::ListRow& list);

// Why the case has its group: DRG by the grouper's own trail, DIP by the order of choice, bed-days
// by their type.
[[nodiscard]] Steps drg_group_steps(const app::LoadedRules& rules, std::string_view case_id,
                                    const app::GroupQuestion& question);
[[nodiscard]] Steps dip_group_steps(const app::LoadedRules& rules, const policy::Pack& policy,
                                    const app::DipQuestion& question, const app::DipAnswer& answer);
[[nodiscard]] Steps bed_day_group_steps(const store::ScoreRow& score);

// Why the case has its points. `source` names the rule pack ("rule pack 1.0 (document)").
[[nodiscard]] Steps score_steps(const store::ScoreRow& score, Fen cost, const policy::Pack& policy,
                                const std::string& source);
// A case before the experts.
[[nodiscard]] v1::TrailStep special_step(const store::SpecialCaseRow& special,
                                         const store::ScoreRow& score);
// What the points are worth at the pool's budget value: before the month's sum is rounded.
[[nodiscard]] v1::TrailStep money_step(const store::ScoreRow& score, const std::string& pool_id,
                                       const policy::billing::PoolRates& rates,
                                       const policy::billing::Run& run, const policy::Pack& policy);
[[nodiscard]] v1::TrailStep benefit_step(const store::BenefitRow& benefit,
                                         const policy::Pack* policy);

// A step that says why others are missing.
[[nodiscard]] v1::TrailStep note_step(std::string stage, std::string rule, std::string version,
                                      std::string explanation);

// "rule pack CHS-DRG 1.1, digest 0123456789ab"
[[nodiscard]] std::string rule_pack_source(const app::LoadedRules& rules);

}  // namespace yilian::billing::rpc_edge
