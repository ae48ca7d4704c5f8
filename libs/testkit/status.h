#pragma once

#include <gmock/gmock.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace yilian::testkit {

inline const absl::Status& status_of(const absl::Status& status) { return status; }
template <class T>
const absl::Status& status_of(const absl::StatusOr<T>& status) {
    return status.status();
}

// EXPECT_THAT(store->start(), IsOk());
MATCHER(IsOk, "is OK") {
    *result_listener << status_of(arg).ToString();
    return arg.ok();
}

// EXPECT_THAT(status, HasCode(absl::StatusCode::kAborted));
MATCHER_P(HasCode, code, "has code " + absl::StatusCodeToString(code)) {
    *result_listener << status_of(arg).ToString();
    return status_of(arg).code() == code;
}

}  // namespace yilian::testkit
