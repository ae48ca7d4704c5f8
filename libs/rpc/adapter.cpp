#include "libs/rpc/adapter.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <mutex>
#include <utility>

#include "libs/crypto/certificate.h"
#include "libs/rpc/message_walk.h"
#include "libs/rpc/validate.h"

namespace yilian::rpc {
namespace {

constexpr int kNestingMax = 32;
constexpr std::string_view kBearer = "Bearer ";

std::string_view view(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// The only value of this key; nothing when it stands twice.
std::string_view metadata(const grpc::CallbackServerContext& context, const char* key) {
    const auto [first, last] = context.client_metadata().equal_range(key);
    if (first == last || std::next(first) != last) return {};
    return view(first->second);
}

std::string_view bearer_token(const grpc::CallbackServerContext& context) {
    const std::string_view header = metadata(context, "authorization");
    return header.starts_with(kBearer) ? header.substr(kBearer.size()) : std::string_view{};
}

std::string_view client_certificate(const grpc::CallbackServerContext& context) {
    const auto auth = context.auth_context();
    if (!auth) return {};
    const auto values = auth->FindPropertyValues("x509_pem_cert");
    return values.size() == 1 ? view(values.front()) : std::string_view{};
}

Deadline deadline_of(const grpc::CallbackServerContext& context, const config::Limits& limits) {
    const auto wall = std::chrono::system_clock::now();
    const auto steady = std::chrono::steady_clock::now();
    const auto asked = context.deadline();
    // gRPC says "none" by the end of time; a difference to it would overflow.
    if (asked > wall + std::chrono::hours(24 * 365)) return steady + limits.deadline_default;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(asked - wall);
    return steady + std::min(left, limits.deadline_max);
}

// gRPC's side of a call. Deletes itself when gRPC is done with it. It does not hold the call: a
// call whose last reference a handler drops must be able to end.
class Reactor final : public grpc::ServerUnaryReactor {
  public:
    explicit Reactor(std::shared_ptr<std::atomic<bool>> cancelled)
        : cancelled_(std::move(cancelled)) {}
    void OnCancel() override { *cancelled_ = true; }
    void OnDone() override { delete this; }

  private:
    std::shared_ptr<std::atomic<bool>> cancelled_;
};

// Our side. Handlers may keep it longer than gRPC keeps the reactor.
class RunningCall final : public Call {
  public:
    RunningCall(const ServedMethod& method, grpc::CallbackServerContext& context,
                grpc::ByteBuffer& response)
        : method_(method),
          started_(std::chrono::steady_clock::now()),
          deadline_(deadline_of(context, method.shared->options.limits)),
          trace_(observe::Trace::continue_from(metadata(context, "traceparent"))),
          reactor_(new Reactor(cancelled_)),
          response_(&response) {
        method_.metrics.started.add();
    }
    ~RunningCall() override {
        if (reactor_ == nullptr) return;
        method_.shared->log.error("handler gave no answer",
                                  {.trace = &trace_, .code = method_.row->name});
        fail(method_.shared->errors.internal());
    }

    [[nodiscard]] const Caller& caller() const override { return *caller_; }
    [[nodiscard]] const google::protobuf::Message& request() const override { return *request_; }
    [[nodiscard]] const MethodRow& method() const override { return *method_.row; }
    [[nodiscard]] Deadline deadline() const override { return deadline_; }
    [[nodiscard]] const observe::Trace& trace() const override { return trace_; }
    [[nodiscard]] bool cancelled() const override { return *cancelled_; }

    void answer(std::string bytes) override {
        Reactor* reactor = take();
        if (reactor == nullptr) return;
        const grpc::Slice slice(bytes);
        *response_ = grpc::ByteBuffer(&slice, 1);
        method_.metrics.sent.add();
        method_.metrics.finished(0, std::chrono::steady_clock::now() - started_);
        reactor->Finish(grpc::Status::OK);
    }

    void fail(const ErrorReply& error) override {
        Reactor* reactor = take();
        if (reactor == nullptr) return;
        const int code = static_cast<int>(error.code);
        method_.metrics.finished(code, std::chrono::steady_clock::now() - started_);
        if (error.code == Code::kInternal) {
            method_.shared->log.error("call failed", {.trace = &trace_, .code = method_.row->name});
        }
        reactor->Finish(
            grpc::Status(static_cast<grpc::StatusCode>(code), error.reason, error.details));
    }

    [[nodiscard]] grpc::ServerUnaryReactor* reactor() const { return reactor_; }

    // Everything before the handler, in the order of architecture.md 5.
    void run(const grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
             const std::shared_ptr<RunningCall>& self) {
        if (!admit(context)) return;
        if (!decode(request)) return;
        method_.metrics.received.add();
        method_.handler(self);
    }

  private:
    // The first to answer gets the reactor; later answers find nothing.
    Reactor* take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(reactor_, nullptr);
    }
    bool admit(const grpc::CallbackServerContext& context) {
        AdapterShared& shared = *method_.shared;
        if (std::chrono::steady_clock::now() >= deadline_) {
            fail(shared.errors.failure(absl::DeadlineExceededError("")));
            return false;
        }
        const std::string_view certificate = client_certificate(context);
        if (method_.row->mtls_only) {
            caller_ = std::make_shared<const Caller>();
        } else {
            auto caller = shared.authenticator.authenticate(bearer_token(context), certificate);
            if (!caller.ok()) {
                shared.denied_token.add();
                deny(certificate, "AUTH_TOKEN_INVALID");
                fail(shared.errors.unauthenticated());
                return false;
            }
            caller_ = *std::move(caller);
            if (!method_.row->allows(*caller_)) {
                shared.denied_right.add();
                deny(certificate, "AUTH_NOT_ALLOWED");
                fail(shared.errors.not_allowed());
                return false;
            }
        }
        const auto wait = shared.rate.take(caller_->client_id + '|' + caller_->subject,
                                           std::chrono::steady_clock::now());
        if (wait) {
            fail(shared.errors.overloaded(*wait));
            return false;
        }
        return true;
    }

    void deny(std::string_view certificate, const char* reason) {
        if (!method_.shared->options.on_denied) return;
        DeniedCall denied{method_.row->name, reason, "", "", "", trace_.trace_id};
        if (caller_) {
            denied.subject = caller_->subject;
            denied.institution_id = caller_->institution_id;
        }
        if (auto thumbprint = crypto::certificate_thumbprint(certificate); thumbprint.ok()) {
            denied.certificate_sha256 = *std::move(thumbprint);
        }
        method_.shared->options.on_denied(denied);
    }

    bool decode(const grpc::ByteBuffer& bytes) {
        if (!method_.handler) {
            fail({Code::kUnimplemented, "UNIMPLEMENTED", ""});
            return false;
        }
        request_.reset(method_.prototype->New());
        bool parsed = true;
        if (bytes.Length() > 0) {
            grpc::ByteBuffer copy(bytes);  // shares the slices; the reader wants it mutable
            grpc::ProtoBufferReader reader(&copy);
            google::protobuf::io::CodedInputStream in(&reader);
            in.SetRecursionLimit(kNestingMax);
            parsed = request_->ParseFromCodedStream(&in) && in.ConsumedEntireMessage();
        }
        Violations violations;
        if (!parsed) {
            // Also what protobuf says to broken UTF-8 in a text.
            violations.push_back({"*", "FIELD_FORMAT"});
        } else {
            violations = check_text_and_unknown(*request_);
            if (method_.row->kind == MethodKind::kCommand) {
                Validator validator;
                validator.uuid4("request_id", string_field(*request_, "request_id"));
                for (auto& v : validator.done()) violations.push_back(std::move(v));
            }
        }
        if (violations.empty()) return true;
        fail(method_.shared->errors.violations(violations));
        return false;
    }

    const ServedMethod& method_;
    const std::chrono::steady_clock::time_point started_;
    const Deadline deadline_;
    const observe::Trace trace_;
    std::shared_ptr<const Caller> caller_;
    std::unique_ptr<google::protobuf::Message> request_;
    const std::shared_ptr<std::atomic<bool>> cancelled_ =
        std::make_shared<std::atomic<bool>>(false);
    std::mutex mutex_;
    Reactor* reactor_;  // nullptr once answered
    grpc::ByteBuffer* response_;
};

}  // namespace

AdapterShared::AdapterShared(const ServerOptions& options_in, Authenticator& authenticator_in,
                             observe::Metrics& metrics_in, observe::Log& log_in)
    : options(options_in),
      authenticator(authenticator_in),
      log(log_in),
      errors(options_in.service),
      rate(options_in.limits.calls_per_second, options_in.limits.calls_burst),
      denied_token(metrics_in.authz_denied_total("AUTH_TOKEN_INVALID")),
      denied_right(metrics_in.authz_denied_total("AUTH_NOT_ALLOWED")),
      metrics(metrics_in) {}

grpc::ServerUnaryReactor* start_call(const ServedMethod& method,
                                     grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response) {
    const auto call = std::make_shared<RunningCall>(method, context, response);
    // gRPC deletes it only after this function has handed it over.
    grpc::ServerUnaryReactor* const reactor = call->reactor();
    // An exception that leaves a callback handler shows as UNIMPLEMENTED (a gRPC 1.51 trap).
    try {
        call->run(context, request, call);
    } catch (const std::exception& error) {
        method.shared->log.error("exception in a handler",
                                 {.trace = &call->trace(), .code = error.what()});
        call->fail(method.shared->errors.internal());
    }
    return reactor;
}

}  // namespace yilian::rpc
