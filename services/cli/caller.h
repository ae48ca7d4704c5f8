#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/rpc/client.h"
#include "services/cli/exit_code.h"
#include "services/cli/run_file.h"

namespace yilian::cli {

// With which files somebody comes in. Empty members: certificate and key of run.json; a local run
// makes certificate and token itself.
struct CallerFiles {
    std::string token;
    std::string certificate;
    std::string key;
};

struct CallerIdentity {
    std::string institution;  // only for what a local run mints; a token names its own
    std::string subject;
    std::vector<std::string> roles;
};

// Somebody's connections to the services, one a service. Thread-safe.
class Caller {
  public:
    // Throws CommandFailed: 2 when outside local runs no token file is given, 4 when a file cannot
    // be used.
    Caller(const RunFile& run, CallerIdentity who, const CallerFiles& files);

    // Calls until there is an answer that does not pass by itself (queue full, write conflict,
    // restart of the service), at most for a minute, always with the same request.
    template <class Resp>
    [[nodiscard]] rpc::CallResult<Resp> call(std::string_view service, std::string_view method,
                                             const google::protobuf::Message& request) {
        const auto raw = call_raw(service, method, request);
        if (!raw.ok()) return raw.error();
        Resp answer;
        if (!answer.ParseFromString(raw.value())) {
            throw CommandFailed(kExitInvariant, "ANSWER_UNREADABLE: " + std::string(method));
        }
        return answer;
    }
    // The same where a refusal ends the command: CommandFailed 1, or 4 without an answer.
    template <class Resp>
    [[nodiscard]] Resp ask(std::string_view service, std::string_view method,
                           const google::protobuf::Message& request) {
        const auto answer = call<Resp>(service, method, request);
        if (!answer.ok()) fail(method, answer.error());
        return answer.value();
    }
    [[noreturn]] static void fail(std::string_view method, const rpc::CallError& error);

  private:
    [[nodiscard]] rpc::CallResult<std::string> call_raw(std::string_view service,
                                                        std::string_view method,
                                                        const google::protobuf::Message& request);
    rpc::Client& client_of(std::string_view service);

    const RunFile run_;
    config::Tls tls_;
    rpc::TokenSource token_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<rpc::Client>, std::less<>> clients_;
};

// A fresh request id: UUID of version 4.
[[nodiscard]] std::string new_request_id();

}  // namespace yilian::cli
