#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"
#include "services/billing/domain/benefit.h"
#include "services/billing/domain/case_table.h"
#include "services/billing/domain/run_table.h"
#include "services/billing/domain/settlement_list.h"
#include "yilian/billing/v1/types.pb.h"
#include "yilian/common/v1/codes.pb.h"

// Messages of yilian.billing.v1 and their values.
namespace yilian::billing::store {

// The list as sent. Dates that are no dates count as missing: the edge refuses them before.
[[nodiscard]] SettlementList decode(const v1::SettlementList& message);

[[nodiscard]] Instant instant_of(const google::protobuf::Timestamp& t);
void set_instant(google::protobuf::Timestamp* out, Instant at);

// L1 … L3B; "" = not stated.
[[nodiscard]] std::string level_name(common::v1::InstitutionLevel level);
// EMP, RES, OTHER; "" = not stated.
[[nodiscard]] std::string insurance_name(common::v1::Insurance insurance);
[[nodiscard]] common::v1::Insurance insurance_of(std::string_view name);

[[nodiscard]] v1::CaseState to_proto(CaseState state);
[[nodiscard]] CaseState case_state_of(v1::CaseState state);
[[nodiscard]] v1::RunState to_proto(RunState state);
[[nodiscard]] v1::PaymentState to_proto(PaymentState state);
[[nodiscard]] v1::GroupStatus group_status_of(std::string_view name);
[[nodiscard]] v1::DeviationFlag deviation_of(std::string_view name);
[[nodiscard]] v1::Waiver waiver_of(std::string_view name);
[[nodiscard]] v1::ReferralRole referral_role_of(std::string_view name);

}  // namespace yilian::billing::store
