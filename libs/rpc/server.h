#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "libs/base/clock.h"
#include "libs/config/service_config.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/observe/trace.h"
#include "libs/rpc/authenticator.h"
#include "libs/rpc/caller.h"
#include "libs/rpc/error.h"
#include "libs/rpc/method_table.h"

// The gRPC server of a service: callback API, mTLS, and the one unary adapter all methods go
// through (architecture.md 5). Only server.cpp and adapter.cpp know reactors.
namespace yilian::rpc {

// A call that has passed deadline, authentication, method table, rate limit, decoding and the
// checks of every message. The handler answers exactly once, from any thread, now or later, and
// must not block the thread it is called on. Destroying the last reference without an answer gives
// INTERNAL.
class Call {
  public:
    virtual ~Call() = default;
    [[nodiscard]] virtual const Caller& caller() const = 0;
    [[nodiscard]] virtual const google::protobuf::Message& request() const = 0;
    [[nodiscard]] virtual const MethodRow& method() const = 0;
    [[nodiscard]] virtual Deadline deadline() const = 0;
    [[nodiscard]] virtual const observe::Trace& trace() const = 0;
    // The client has gone or its deadline has passed.
    [[nodiscard]] virtual bool cancelled() const = 0;

    // The encoded response message.
    virtual void answer(std::string bytes) = 0;
    virtual void fail(const ErrorReply& error) = 0;
};
using CallHandler = std::function<void(std::shared_ptr<Call>)>;

// A call that was refused before its handler, for the audit trail.
struct DeniedCall {
    std::string method;
    std::string reason;   // AUTH_TOKEN_INVALID or AUTH_NOT_ALLOWED
    std::string subject;  // "" when nobody was authenticated
    std::string institution_id;
    std::string certificate_sha256;  // "" without certificate
    std::string trace_id;
};

struct ServerOptions {
    std::string service;  // "referrals": ErrorInfo domain
    config::Address listen;
    config::Address plain_health;  // host "" = none
    config::Tls tls;
    bool reflection = false;
    config::Limits limits;
    std::function<void(const DeniedCall&)> on_denied;  // must not block
};

// bind() everything, then start(); stop() once. Not for use from handlers.
class Server {
  public:
    Server(ServerOptions options, Authenticator& authenticator, observe::Metrics& metrics,
           observe::Log& log);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Serves all methods of a proto service; those never bound answer UNIMPLEMENTED.
    void add_service(const google::protobuf::ServiceDescriptor& service);
    // `request` is the prototype of the request message. Its service must have been added.
    void bind(const google::protobuf::MethodDescriptor& method,
              const google::protobuf::Message& request, CallHandler handler);
    [[nodiscard]] const MethodTable& table() const;
    // Methods of added services that have no handler.
    [[nodiscard]] std::vector<std::string> unbound() const;

    // UNAVAILABLE when the address cannot be bound, FAILED_PRECONDITION for unusable TLS files.
    [[nodiscard]] absl::Status start();
    [[nodiscard]] int port() const;
    [[nodiscard]] int plain_health_port() const;  // 0 = none
    // Health of "", "readiness" and of every service; "liveness" is SERVING from start to stop.
    void set_serving(bool serving);
    // NOT_SERVING, no new calls, running ones get `drain` to end, then they are cancelled.
    // Idempotent.
    void stop(std::chrono::milliseconds drain);

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace yilian::rpc
