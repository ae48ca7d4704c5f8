#pragma once

#include "libs/rpc/validate.h"
#include "yilian/prescriptions/v1/prescription_service.pb.h"

// Checks of requests that do not depend on state; what is missing for signing is no violation of a
// draft (CONTENT_INCOMPLETE).
namespace yilian::prescriptions::rpc_edge {

void check_content(rpc::Validator& v, const v1::PrescriptionContent& content);

// Methods that name a prescription and its etag.
template <class Req>
[[nodiscard]] rpc::Validator of_prescription(const Req& r) {
    rpc::Validator v;
    v.ulid("prescription_id", r.prescription_id()).etag("etag", r.etag());
    return v;
}

}  // namespace yilian::prescriptions::rpc_edge
