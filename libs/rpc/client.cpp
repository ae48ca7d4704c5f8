#include "libs/rpc/client.h"

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "libs/base/gate.h"
#include "libs/rpc/credentials.h"
#include "libs/rpc/watched_file.h"

namespace yilian::rpc {
namespace {

// UNAVAILABLE (AIP-194), and CANCELLED, which gRPC answers to what reaches a server while it shuts
// down; the answer to a repeated request_id is the same.
constexpr const char* kRetryPolicy = R"({"methodConfig":[{"name":[{}],"retryPolicy":{
"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"1s","backoffMultiplier":2,
"retryableStatusCodes":["UNAVAILABLE","CANCELLED"]}}]})";

CallError error_of(const grpc::Status& status) {
    CallError out;
    out.code = static_cast<Code>(status.error_code());
    out.message = status.error_message();
    out.details = status.error_details();
    google::rpc::Status details;
    if (out.details.empty() || !details.ParseFromString(out.details)) return out;
    for (const auto& any : details.details()) {
        google::rpc::ErrorInfo info;
        google::rpc::BadRequest bad;
        google::rpc::RetryInfo retry;
        if (any.UnpackTo(&info)) {
            out.reason = info.reason();
            out.domain = info.domain();
            out.metadata = {info.metadata().begin(), info.metadata().end()};
        } else if (any.UnpackTo(&bad)) {
            for (const auto& violation : bad.field_violations()) {
                out.violations.emplace_back(violation.field(), violation.description());
            }
        } else if (any.UnpackTo(&retry)) {
            out.retry_after = std::chrono::milliseconds(retry.retry_delay().seconds() * 1000 +
                                                        retry.retry_delay().nanos() / 1'000'000);
        }
    }
    return out;
}

std::string bytes_of(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    std::string out;
    if (!buffer.Dump(&slices).ok()) return out;
    out.reserve(buffer.Length());
    for (const grpc::Slice& slice : slices) {
        out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    return out;
}

}  // namespace

TokenSource token_file(std::string path) {
    struct State {
        std::mutex mutex;
        std::string text;
        std::chrono::steady_clock::time_point looked{};
    };
    return [path = std::move(path), state = std::make_shared<State>()] {
        const std::lock_guard lock(state->mutex);
        const auto now = std::chrono::steady_clock::now();
        if (state->text.empty() || now - state->looked > std::chrono::seconds(1)) {
            state->looked = now;
            if (auto text = WatchedFile::read(path)) {
                while (!text->empty() && text->back() == '\n') text->pop_back();
                state->text = *std::move(text);
            }
        }
        return state->text;
    };
}

struct Client::Parts {
    Parts(std::shared_ptr<grpc::Channel> channel_in, TokenSource token_in,
          observe::Metrics* metrics_in)
        : channel(std::move(channel_in)),
          stub(channel),
          token(std::move(token_in)),
          metrics(metrics_in) {}
    std::shared_ptr<grpc::Channel> channel;
    grpc::GenericStub stub;
    TokenSource token;
    observe::Metrics* metrics;
    std::mutex mutex;
    std::map<std::string, observe::RpcMetrics, std::less<>> by_method;
    Gate calls;

    observe::RpcMetrics metrics_of(std::string_view method) {
        if (metrics == nullptr) return {};
        const std::lock_guard lock(mutex);
        const auto found = by_method.find(method);
        if (found != by_method.end()) return found->second;
        const std::size_t slash = method.find('/');
        const auto made = metrics->rpc_client(method.substr(0, slash), method.substr(slash + 1));
        by_method.emplace(std::string(method), made);
        return made;
    }
};

absl::StatusOr<std::unique_ptr<Client>> Client::make(ChannelOptions options,
                                                     observe::Metrics* metrics) {
    auto credentials = channel_credentials(options.tls);
    if (!credentials.ok()) return credentials.status();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
    // This one also bounds an attempt to connect: a TLS handshake on a loaded machine takes
    // seconds.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
    // Channels of equal arguments would share a connection, and with it a certificate.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
    if (options.retry_unavailable) {
        arguments.SetServiceConfigJSON(kRetryPolicy);
    } else {
        arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    }
    auto channel = grpc::CreateCustomChannel(options.address, *credentials, arguments);
    return std::unique_ptr<Client>(
        new Client(std::make_shared<Parts>(std::move(channel), std::move(options.token), metrics)));
}

Client::Client(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}

Client::~Client() {
    // A call's context holds the channel and dies on a gRPC thread after its callback. Were that
    // the last reference, gRPC would join the thread from itself (a double free in 1.51).
    parts_->calls.close();
    while (!parts_->calls.drain(std::chrono::seconds(1))) {
    }
}

void Client::call_raw(std::string_view method, const google::protobuf::Message& request,
                      const CallOptions& options,
                      std::function<void(CallResult<std::string>)> done) {
    struct Running {
        Gate::Pass pass;  // first, so that it is released last
        grpc::ClientContext context;
        grpc::ByteBuffer request;
        grpc::ByteBuffer response;
        observe::RpcMetrics metrics;
        std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    };
    auto running = std::make_shared<Running>();
    running->pass = parts_->calls.enter();
    YILIAN_INVARIANT(running->pass, "call on a client that is being destroyed");
    running->metrics = parts_->metrics_of(method);
    running->metrics.started.add();
    running->metrics.sent.add();
    grpc::ClientContext& context = running->context;
    context.set_deadline(std::chrono::system_clock::now() + options.timeout);
    const observe::Trace trace =
        options.trace == nullptr ? observe::Trace::make() : options.trace->child();
    context.AddMetadata("traceparent", trace.traceparent());
    if (parts_->token) {
        const std::string token = parts_->token();
        if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    }
    const grpc::Slice slice(request.SerializeAsString());
    running->request = grpc::ByteBuffer(&slice, 1);
    parts_->stub.UnaryCall(
        &context, "/" + std::string(method), grpc::StubOptions(), &running->request,
        &running->response, [running, done = std::move(done)](const grpc::Status& status) {
            running->metrics.finished(status.error_code(),
                                      std::chrono::steady_clock::now() - running->started);
            if (!status.ok()) return done(error_of(status));
            running->metrics.received.add();
            done(bytes_of(running->response));
        });
}

CallResult<std::string> Client::call_raw_blocking(std::string_view method,
                                                  const google::protobuf::Message& request,
                                                  const CallOptions& options) {
    struct Wait {
        std::mutex mutex;
        std::condition_variable ready;
        std::optional<CallResult<std::string>> result;
    };
    const auto wait = std::make_shared<Wait>();
    call_raw(method, request, options, [wait](CallResult<std::string> result) {
        const std::lock_guard lock(wait->mutex);
        wait->result = std::move(result);
        wait->ready.notify_all();
    });
    std::unique_lock lock(wait->mutex);
    wait->ready.wait(lock, [&] { return wait->result.has_value(); });
    return *std::move(wait->result);
}

CallError Client::undecodable() {
    CallError error;
    error.code = Code::kInternal;
    error.message = "the answer is not of the expected type";
    return error;
}

bool Client::serving(const std::string& service, std::chrono::milliseconds timeout) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    CallOptions options;
    options.timeout = timeout;
    const auto answer = call<grpc::health::v1::HealthCheckResponse>("grpc.health.v1.Health/Check",
                                                                    request, options);
    return answer.ok() && answer.value().status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

std::shared_ptr<grpc::Channel> Client::channel() const { return parts_->channel; }

Peers::Peers(std::map<std::string, std::string> addresses, config::Tls tls, TokenSource token,
             observe::Metrics* metrics)
    : addresses_(std::move(addresses)),
      tls_(std::move(tls)),
      token_(std::move(token)),
      metrics_(metrics) {}

absl::Status Peers::make_all() {
    for (const auto& [name, address] : addresses_) {
        ChannelOptions options;
        options.address = address;
        options.tls = tls_;
        options.token = token_;
        auto client = Client::make(std::move(options), metrics_);
        if (!client.ok()) return client.status();
        clients_[name] = *std::move(client);
    }
    return absl::OkStatus();
}

Client* Peers::find(const std::string& service) {
    const auto found = clients_.find(service);
    return found == clients_.end() ? nullptr : found->second.get();
}

}  // namespace yilian::rpc
