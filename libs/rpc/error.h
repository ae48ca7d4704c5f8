#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/reason.h"

// Refusals and failures as google.rpc.Status (style.md 4.2, interop.md 3). The one place that knows
// which reason has which gRPC code.
namespace yilian::rpc {

// The gRPC codes that Yilian answers with; numbers are those of gRPC.
enum class Code {
    kOk = 0,
    kCancelled = 1,
    kUnknown = 2,
    kInvalidArgument = 3,
    kDeadlineExceeded = 4,
    kNotFound = 5,
    kAlreadyExists = 6,
    kPermissionDenied = 7,
    kResourceExhausted = 8,
    kFailedPrecondition = 9,
    kAborted = 10,
    kOutOfRange = 11,
    kUnimplemented = 12,
    kInternal = 13,
    kUnavailable = 14,
    kDataLoss = 15,
    kUnauthenticated = 16,
};

// The first rule of interop.md 3 that fits; FAILED_PRECONDITION otherwise.
[[nodiscard]] Code code_of(std::string_view reason);

// An answer that is not OK.
struct ErrorReply {
    Code code = Code::kInternal;
    std::string reason;   // ErrorInfo.reason, also the message
    std::string details;  // encoded google.rpc.Status
};

// Makes error answers of one service. Immutable, thread-safe. Each holds at most one detail of a
// kind: ErrorInfo always; BadRequest with all violations; PreconditionFailure, QuotaFailure and
// RetryInfo by code. Equal input gives equal bytes.
class ErrorMaker {
  public:
    // `service` "referrals" gives the domain "referrals.yilian".
    explicit ErrorMaker(std::string_view service);

    [[nodiscard]] ErrorReply refusal(const Refusal& refusal) const;
    // FIELD_INVALID with every violation; the field list stands in the metadata too.
    [[nodiscard]] ErrorReply violations(const Violations& violations) const;
    // LIMIT_RATE with the time after which to come again.
    [[nodiscard]] ErrorReply overloaded(std::chrono::milliseconds retry_after) const;
    // AUTH_TOKEN_INVALID or AUTH_NOT_ALLOWED, never with a detail of why.
    [[nodiscard]] ErrorReply unauthenticated() const;
    [[nodiscard]] ErrorReply not_allowed() const;
    // What a unit of work ended with (storage::Unit): ABORTED -> WRITE_CONFLICT, UNAVAILABLE ->
    // DEPENDENCY_UNAVAILABLE, DATA_LOSS -> COMMIT_IN_DOUBT, RESOURCE_EXHAUSTED -> LIMIT_RATE,
    // DEADLINE_EXCEEDED and CANCELLED keep their code, all else INTERNAL.
    [[nodiscard]] ErrorReply failure(const absl::Status& status) const;
    [[nodiscard]] ErrorReply internal() const;

  private:
    std::string domain_;
};

}  // namespace yilian::rpc
