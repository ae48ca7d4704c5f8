#pragma once

#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "services/prescriptions/domain/check.h"
#include "services/prescriptions/domain/types.h"
#include "yilian/prescriptions/v1/types.pb.h"

// Contract messages that are kept as they came, read as domain values. Enumerators of both sides
// have the same numbers.
namespace yilian::prescriptions::store {

template <class Proto, class Domain>
[[nodiscard]] constexpr Proto to_proto(Domain value) {
    return static_cast<Proto>(static_cast<int>(value));
}

void set_time(google::protobuf::Timestamp* out, Instant at);
[[nodiscard]] Instant instant_of(const google::protobuf::Timestamp& message);

[[nodiscard]] domain::Content content_of(const v1::PrescriptionContent& message);
// Replaces what the doctor wrote: domain value, bytes, hash and the lines in circulation.
void set_content(domain::Prescription& prescription, const v1::PrescriptionContent& message);
[[nodiscard]] v1::PrescriptionContent content_message(const domain::Prescription& prescription);

[[nodiscard]] domain::Drug drug_of(const v1::DrugRow& message);

[[nodiscard]] v1::Finding finding_message(const domain::Finding& finding);

}  // namespace yilian::prescriptions::store
