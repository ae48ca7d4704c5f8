#pragma once

#include <vector>

#include "libs/rpc/caller.h"
#include "libs/rpc/validate.h"
#include "services/billing/domain/supervision.h"
#include "services/billing/store/supervision_rows.h"
#include "yilian/billing/v1/dispute_service.pb.h"
#include "yilian/billing/v1/supervision_service.pb.h"

// Findings, reviews and disputes as answers. Transport only.
namespace yilian::billing::rpc_edge {

[[nodiscard]] v1::SupervisionFinding encode(const store::FindingRow& row, const rpc::Caller& caller,
                                            const std::vector<store::TrailRow>& trail);
[[nodiscard]] v1::ListReview encode(const store::ReviewRow& row,
                                    const std::vector<store::TrailRow>& trail);
[[nodiscard]] v1::SupervisionRule encode(const supervision::Rule& rule);
[[nodiscard]] v1::Dispute encode(const store::DisputeRow& row, const rpc::Caller& caller,
                                 const std::vector<store::TrailRow>& trail);

// The name that the rows hold; "" for the unspecified one.
[[nodiscard]] std::string name_of(v1::DisputeSubject subject);
[[nodiscard]] std::string name_of(v1::FindingState state);

// SHA-256 as 64 lower-case hexadecimal digits, each once.
void check_documents(rpc::Validator& v,
                     const google::protobuf::RepeatedPtrField<std::string>& documents, int least);
[[nodiscard]] bool is_digest(std::string_view text);

}  // namespace yilian::billing::rpc_edge
