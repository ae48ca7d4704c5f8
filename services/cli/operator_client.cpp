#include "services/cli/operator_client.h"

#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"

namespace yilian::cli {

std::string describe(const rpc::CallError& error) {
    std::string out = error.reason;
    if (out.empty()) out = fmt::format("gRPC code {}", static_cast<int>(error.code));
    for (const auto& [field, reason] : error.violations) {
        out += fmt::format(" {} {}", field, reason);
    }
    for (const auto& [key, value] : error.metadata) {
        if (error.violations.empty()) out += fmt::format(" {}={}", key, value);
    }
    return out;
}

OperatorClients::OperatorClients(const RunFile& run, std::chrono::milliseconds patience)
    : patience_(patience) {
    for (const auto& [service, address] : run.addresses) {
        rpc::ChannelOptions options;
        options.address = address;
        options.tls = {run.tls.certificate, run.tls.key, run.tls.ca, ""};
        options.token = rpc::token_file(run.token_file);
        auto client = rpc::Client::make(std::move(options), nullptr);
        if (!client.ok()) {
            throw CommandFailed(kExitUnreadable,
                                "TLS_FILES_UNUSABLE: " + std::string(client.status().message()));
        }
        clients_[service] = *std::move(client);
    }
}

rpc::Client& OperatorClients::of(std::string_view service) const {
    const auto found = clients_.find(service);
    YILIAN_INVARIANT(found != clients_.end(), "no such service");
    return *found->second;
}

std::string OperatorClients::operator_method(std::string_view method) {
    return "yilian.common.v1.OperatorService/" + std::string(method);
}

bool OperatorClients::may_pass(const rpc::CallError& error,
                               std::chrono::steady_clock::time_point until) {
    // CANCELLED: it came while the server was stopping.
    const bool silent = error.code == rpc::Code::kUnavailable ||
                        error.code == rpc::Code::kDeadlineExceeded ||
                        error.code == rpc::Code::kCancelled;
    if (!silent) return false;
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return true;
}

void OperatorClients::fail(std::string_view service, std::string_view method,
                           const rpc::CallError& error) {
    const bool silent = error.code == rpc::Code::kUnavailable ||
                        error.code == rpc::Code::kDeadlineExceeded ||
                        error.code == rpc::Code::kUnauthenticated;
    throw CommandFailed(silent ? kExitUnreadable : kExitFailed,
                        fmt::format("{}: {} {}", describe(error), service, method));
}

}  // namespace yilian::cli
