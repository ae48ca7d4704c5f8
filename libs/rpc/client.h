#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "libs/base/invariant.h"
#include "libs/config/service_config.h"
#include "libs/observe/metrics.h"
#include "libs/observe/trace.h"
#include "libs/rpc/error.h"

namespace grpc {
class Channel;
}

// Calls to a Yilian service: mTLS, bearer token, deadline, traceparent, decoded error details. Used
// by services among themselves, by the command line and by tests.
namespace yilian::rpc {

// An answer that is not OK, decoded from google.rpc.Status.
struct CallError {
    Code code = Code::kUnknown;
    std::string reason;  // ErrorInfo.reason; "" when the server sent no details
    std::string message;
    std::string domain;
    std::map<std::string, std::string> metadata;
    std::vector<std::pair<std::string, std::string>> violations;  // field, FIELD_… code
    std::optional<std::chrono::milliseconds> retry_after;
    std::string details;  // bytes of google.rpc.Status, for comparing answers
};

template <class T>
class [[nodiscard]] CallResult {
  public:
    // NOLINTBEGIN(google-explicit-constructor)
    CallResult(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    CallResult(CallError error) : held_(std::in_place_index<1>, std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)
    [[nodiscard]] bool ok() const { return held_.index() == 0; }
    [[nodiscard]] const T& value() const {
        YILIAN_INVARIANT(ok(), "value of a failed call");
        return std::get<0>(held_);
    }
    [[nodiscard]] const CallError& error() const {
        YILIAN_INVARIANT(!ok(), "error of a successful call");
        return std::get<1>(held_);
    }

  private:
    std::variant<T, CallError> held_;
};

// Where the bearer token comes from; asked before every call. "" sends none.
using TokenSource = std::function<std::string()>;
// The file's text, read again when it has changed (looked at most once a second). Thread-safe.
[[nodiscard]] TokenSource token_file(std::string path);

struct ChannelOptions {
    std::string address;  // "host:port"
    config::Tls tls;
    TokenSource token{};
    bool retry_unavailable =
        true;                   // up to 4 attempts with back-off; every method tolerates a resend
    std::string server_name{};  // name expected in the server's certificate; "" = the host
};

struct CallOptions {
    std::chrono::milliseconds timeout{5000};
    const observe::Trace* trace = nullptr;  // continued; a new one when nullptr
};

// One server. Thread-safe. Destroy it on a thread of yours, never inside a callback (gRPC would
// join itself), and after all callbacks have come.
class Client {
  public:
    // FAILED_PRECONDITION for unusable TLS files. Connects lazily.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<Client>> make(ChannelOptions options,
                                                                      observe::Metrics* metrics);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // `method` is "package.Service/Method". `done` is called exactly once on a gRPC thread and must
    // not block.
    template <class Resp>
    void call(std::string_view method, const google::protobuf::Message& request,
              const CallOptions& options, std::function<void(CallResult<Resp>)> done) {
        call_raw(method, request, options, [done = std::move(done)](CallResult<std::string> raw) {
            done(decode<Resp>(std::move(raw)));
        });
    }
    // The blocking form; not on a gRPC or store thread.
    template <class Resp>
    [[nodiscard]] CallResult<Resp> call(std::string_view method,
                                        const google::protobuf::Message& request,
                                        const CallOptions& options = {}) {
        return decode<Resp>(call_raw_blocking(method, request, options));
    }
    // The encoded answer.
    void call_raw(std::string_view method, const google::protobuf::Message& request,
                  const CallOptions& options, std::function<void(CallResult<std::string>)> done);
    [[nodiscard]] CallResult<std::string> call_raw_blocking(
        std::string_view method, const google::protobuf::Message& request,
        const CallOptions& options);
    // grpc.health.v1 Check of this service name: true when SERVING.
    [[nodiscard]] bool serving(const std::string& service, std::chrono::milliseconds timeout);
    [[nodiscard]] std::shared_ptr<grpc::Channel> channel() const;

  private:
    struct Parts;
    explicit Client(std::shared_ptr<Parts> parts);
    template <class Resp>
    static CallResult<Resp> decode(CallResult<std::string> raw) {
        if (!raw.ok()) return raw.error();
        Resp message;
        if (!message.ParseFromString(raw.value())) return undecodable();
        return message;
    }
    static CallError undecodable();

    std::shared_ptr<Parts> parts_;
};

// Clients of the other services of this deployment, made at wiring. Thread-safe.
class Peers {
  public:
    Peers(std::map<std::string, std::string> addresses, config::Tls tls, TokenSource token,
          observe::Metrics* metrics);
    // nullptr when the configuration names no such peer. Lives as long as the Peers.
    [[nodiscard]] Client* find(const std::string& service);
    [[nodiscard]] absl::Status make_all();

  private:
    std::map<std::string, std::string> addresses_;
    config::Tls tls_;
    TokenSource token_;
    observe::Metrics* metrics_;
    std::map<std::string, std::unique_ptr<Client>> clients_;
};

}  // namespace yilian::rpc
