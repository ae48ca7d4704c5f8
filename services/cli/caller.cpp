#include "services/cli/caller.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/crypto/digest.h"
#include "libs/rpc/local_site.h"
#include "services/cli/operator_client.h"

namespace yilian::cli {
namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::hours kTokenLife{12};

template <class T>
T usable(absl::StatusOr<T> made) {
    if (!made.ok()) {
        throw CommandFailed(kExitUnreadable,
                            "TLS_FILES_UNUSABLE: " + std::string(made.status().message()));
    }
    return *std::move(made);
}

bool unanswered(const rpc::CallError& error) {
    return error.code == rpc::Code::kUnavailable || error.code == rpc::Code::kDeadlineExceeded;
}

bool passes_by_itself(const rpc::CallError& error) {
    return unanswered(error) || error.reason == "LIMIT_RATE" || error.reason == "WRITE_CONFLICT" ||
           error.reason == "COMMIT_IN_DOUBT";
}

}  // namespace

Caller::Caller(const RunFile& run, CallerIdentity who, const CallerFiles& files)
    : run_(run), tls_{run.tls.certificate, run.tls.key, run.tls.ca, ""} {
    if (!files.certificate.empty()) tls_.certificate_file = files.certificate;
    if (!files.key.empty()) tls_.key_file = files.key;
    if (!files.token.empty()) {
        token_ = rpc::token_file(files.token);
        return;
    }
    if (run.profile != "local") {
        throw CommandFailed(kExitUsage,
                            fmt::format("TOKEN_FILE_MISSING: role {}", fmt::join(who.roles, ", ")));
    }
    const auto site = usable(rpc::LocalSite::open(run.folder));
    tls_ = usable(site.certificate("cli-" + who.institution));
    rpc::TokenRequest request;
    request.subject = std::move(who.subject);
    request.client_id = "cli:" + who.institution;
    request.institution_id = std::move(who.institution);
    request.district = run.district;
    request.roles = std::move(who.roles);
    request.audience = run.audience;
    request.valid_for = kTokenLife;
    token_ = [text = usable(site.token(tls_, request))] { return text; };
}

rpc::Client& Caller::client_of(std::string_view service) {
    const std::lock_guard lock(mutex_);
    auto& client = clients_[std::string(service)];
    if (client == nullptr) {
        rpc::ChannelOptions options;
        options.address = run_.addresses.at(std::string(service));
        options.tls = tls_;
        options.token = token_;
        client = usable(rpc::Client::make(std::move(options), nullptr));
    }
    return *client;
}

rpc::CallResult<std::string> Caller::call_raw(std::string_view service, std::string_view method,
                                              const google::protobuf::Message& request) {
    rpc::Client& client = client_of(service);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::chrono::milliseconds wait{20};
    while (true) {
        auto answer =
            client.call_raw_blocking(method, request, {.timeout = kTimeout, .trace = nullptr});
        if (answer.ok() || !passes_by_itself(answer.error())) return answer;
        if (std::chrono::steady_clock::now() > deadline) return answer;
        std::this_thread::sleep_for(answer.error().retry_after.value_or(wait));
        wait = std::min(wait * 2, std::chrono::milliseconds(500));
    }
}

void Caller::fail(std::string_view method, const rpc::CallError& error) {
    const bool silent = unanswered(error) || error.code == rpc::Code::kUnauthenticated;
    throw CommandFailed(silent ? kExitUnreadable : kExitFailed,
                        fmt::format("{}: {}", describe(error), method));
}

std::string new_request_id() {
    std::string hex = crypto::hex(crypto::random_bytes(16));
    hex[12] = '4';
    hex[16] = '8';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace yilian::cli
