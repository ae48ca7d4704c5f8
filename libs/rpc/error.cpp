#include "libs/rpc/error.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace yilian::rpc {
namespace {

using google::protobuf::Message;

constexpr std::chrono::milliseconds kRetryFailure{1000};
constexpr std::chrono::milliseconds kRetryOverload{100};

// Maps have no order of their own; kept answers must not depend on it.
std::string bytes_of(const Message& message) {
    std::string out;
    {
        google::protobuf::io::StringOutputStream stream(&out);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    return out;
}

void add_detail(google::rpc::Status& status, const Message& detail) {
    google::protobuf::Any* any = status.add_details();
    any->set_type_url("type.googleapis.com/" + detail.GetDescriptor()->full_name());
    any->set_value(bytes_of(detail));
}

google::rpc::RetryInfo retry_info(std::chrono::milliseconds after) {
    google::rpc::RetryInfo info;
    info.mutable_retry_delay()->set_seconds(after.count() / 1000);
    info.mutable_retry_delay()->set_nanos(static_cast<int>(after.count() % 1000) * 1'000'000);
    return info;
}

class Draft {
  public:
    Draft(Code code, std::string_view reason, const std::string& domain) : code_(code) {
        info_.set_reason(std::string(reason));
        info_.set_domain(domain);
    }
    Draft& metadata(const std::string& key, const std::string& value) {
        (*info_.mutable_metadata())[key] = value;
        return *this;
    }
    ErrorReply with() const { return finish({}); }
    ErrorReply with(const Message& detail) const { return finish({&detail}); }
    ErrorReply with(const Message& a, const Message& b) const { return finish({&a, &b}); }

  private:
    ErrorReply finish(std::initializer_list<const Message*> details) const {
        google::rpc::Status status;
        status.set_code(static_cast<int>(code_));
        status.set_message(info_.reason());
        add_detail(status, info_);
        for (const Message* detail : details) add_detail(status, *detail);
        return {code_, info_.reason(), bytes_of(status)};
    }
    Code code_;
    google::rpc::ErrorInfo info_;
};

bool is_quota(std::string_view reason) {
    return reason.starts_with("LIMIT_") || reason.ends_with("_FULL") ||
           reason.ends_with("_LIMIT_REACHED") || reason.ends_with("_OUT_OF_STOCK");
}

}  // namespace

Code code_of(std::string_view reason) {
    if (reason == "AUTH_TOKEN_INVALID") return Code::kUnauthenticated;
    if (reason == "ETAG_MISMATCH" || reason == "WRITE_CONFLICT") return Code::kAborted;
    if (reason == "ID_REUSED") return Code::kAlreadyExists;
    if (reason == "NOT_FOUND") return Code::kNotFound;
    if (reason == "COMMIT_IN_DOUBT") return Code::kUnavailable;
    if (reason == "INTERNAL") return Code::kInternal;
    if (reason.starts_with("STATE_") || reason.starts_with("PERIOD_") ||
        reason.starts_with("POLICY_")) {
        return Code::kFailedPrecondition;
    }
    if (reason.starts_with("FIELD_") || reason.starts_with("CSV_")) return Code::kInvalidArgument;
    if (reason.starts_with("DEPENDENCY_")) return Code::kUnavailable;
    if (reason.ends_with("_NOT_FOUND")) return Code::kNotFound;
    if (is_quota(reason)) return Code::kResourceExhausted;
    if (reason.starts_with("ALREADY_") || reason.ends_with("_EXISTS")) return Code::kAlreadyExists;
    if (reason.starts_with("AUTH_")) return Code::kPermissionDenied;
    return Code::kFailedPrecondition;
}

ErrorMaker::ErrorMaker(std::string_view service) : domain_(std::string(service) + ".yilian") {}

ErrorReply ErrorMaker::refusal(const Refusal& refusal) const {
    const Code code = code_of(refusal.reason.code());
    Draft draft(code, refusal.reason.code(), domain_);
    std::string subject;
    for (const auto& [key, value] : refusal.metadata) {
        draft.metadata(key, value);
        if (subject.empty()) subject = key + "/" + value;
    }
    switch (code) {
        case Code::kFailedPrecondition: {
            google::rpc::PreconditionFailure failure;
            auto* violation = failure.add_violations();
            violation->set_type(refusal.reason.text());
            violation->set_subject(subject);
            return draft.with(failure);
        }
        case Code::kResourceExhausted: {
            google::rpc::QuotaFailure failure;
            failure.add_violations()->set_subject(subject.empty() ? refusal.reason.text()
                                                                  : subject);
            return draft.with(failure);
        }
        case Code::kUnavailable:
            return draft.with(retry_info(kRetryFailure));
        case Code::kInvalidArgument: {
            google::rpc::BadRequest bad;
            for (const auto& [key, value] : refusal.metadata) {
                if (key != "field") continue;
                auto* violation = bad.add_field_violations();
                violation->set_field(value);
                violation->set_description(refusal.reason.text());
            }
            return draft.with(bad);
        }
        default:
            return draft.with();
    }
}

ErrorReply ErrorMaker::violations(const Violations& violations) const {
    google::rpc::BadRequest bad;
    std::string fields;
    for (const FieldViolation& violation : violations) {
        auto* out = bad.add_field_violations();
        out->set_field(violation.field);
        out->set_description(violation.reason.text());
        if (!fields.empty()) fields += ',';
        fields += violation.field;
    }
    return Draft(Code::kInvalidArgument, "FIELD_INVALID", domain_)
        .metadata("fields", fields)
        .with(bad);
}

ErrorReply ErrorMaker::overloaded(std::chrono::milliseconds retry_after) const {
    google::rpc::QuotaFailure failure;
    failure.add_violations()->set_subject("LIMIT_RATE");
    return Draft(Code::kResourceExhausted, "LIMIT_RATE", domain_)
        .metadata("retry_after_ms", std::to_string(retry_after.count()))
        .with(failure, retry_info(retry_after));
}

ErrorReply ErrorMaker::unauthenticated() const {
    return Draft(Code::kUnauthenticated, "AUTH_TOKEN_INVALID", domain_).with();
}
ErrorReply ErrorMaker::not_allowed() const {
    return Draft(Code::kPermissionDenied, "AUTH_NOT_ALLOWED", domain_).with();
}
ErrorReply ErrorMaker::internal() const {
    return Draft(Code::kInternal, "INTERNAL", domain_).with();
}

ErrorReply ErrorMaker::failure(const absl::Status& status) const {
    switch (status.code()) {
        case absl::StatusCode::kAborted:
            return Draft(Code::kAborted, "WRITE_CONFLICT", domain_).with();
        case absl::StatusCode::kUnavailable:
            return Draft(Code::kUnavailable, "DEPENDENCY_UNAVAILABLE", domain_)
                .with(retry_info(kRetryFailure));
        case absl::StatusCode::kDataLoss:
            return Draft(Code::kUnavailable, "COMMIT_IN_DOUBT", domain_)
                .with(retry_info(kRetryFailure));
        case absl::StatusCode::kResourceExhausted:
            return overloaded(kRetryOverload);
        case absl::StatusCode::kDeadlineExceeded:
            return Draft(Code::kDeadlineExceeded, "DEADLINE_EXCEEDED", domain_).with();
        case absl::StatusCode::kCancelled:
            // The store is stopping: another instance may answer.
            return Draft(Code::kUnavailable, "DEPENDENCY_UNAVAILABLE", domain_)
                .with(retry_info(kRetryFailure));
        default:
            return internal();
    }
}

}  // namespace yilian::rpc
