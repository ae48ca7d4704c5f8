#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libs/rpc/client.h"
#include "services/cli/exit_code.h"
#include "services/cli/run_file.h"

namespace yilian::cli {

// "REASON (field FIELD_FORMAT, …)" or the code's number; never a value of the request.
[[nodiscard]] std::string describe(const rpc::CallError& error);

// The operator's connections to the five services of a deployment. Thread-safe.
class OperatorClients {
  public:
    // Throws CommandFailed 4 when certificate, key or authority cannot be used. A service that does
    // not answer is asked again for up to `patience`; what operators ask may be asked twice.
    explicit OperatorClients(const RunFile& run,
                             std::chrono::milliseconds patience = std::chrono::seconds(0));

    [[nodiscard]] rpc::Client& of(std::string_view service) const;

    // Any method of a service, with the patience of these clients.
    template <class Resp>
    [[nodiscard]] rpc::CallResult<Resp> call(std::string_view service, std::string_view method,
                                             const google::protobuf::Message& request,
                                             std::chrono::milliseconds timeout) const {
        const auto until = std::chrono::steady_clock::now() + patience_;
        while (true) {
            auto answer =
                of(service).call<Resp>(method, request, {.timeout = timeout, .trace = nullptr});
            if (answer.ok() || !may_pass(answer.error(), until)) return answer;
        }
    }

    // Calls yilian.common.v1.OperatorService/`method` of a service. Throws CommandFailed 4 when it
    // gives no answer and 1 when it refuses.
    template <class Resp>
    [[nodiscard]] Resp ask(std::string_view service, std::string_view method,
                           const google::protobuf::Message& request,
                           std::chrono::milliseconds timeout = std::chrono::seconds(60)) const {
        const auto answer = call<Resp>(service, operator_method(method), request, timeout);
        if (!answer.ok()) fail(service, method, answer.error());
        return answer.value();
    }

  private:
    [[nodiscard]] static std::string operator_method(std::string_view method);
    // Waits a little when it may.
    [[nodiscard]] static bool may_pass(const rpc::CallError& error,
                                       std::chrono::steady_clock::time_point until);
    [[noreturn]] static void fail(std::string_view service, std::string_view method,
                                  const rpc::CallError& error);

    const std::chrono::milliseconds patience_;
    std::map<std::string, std::unique_ptr<rpc::Client>, std::less<>> clients_;
};

}  // namespace yilian::cli
