#include "services/cli/token.h"

#include <chrono>
#include <ostream>

#include "libs/rpc/local_site.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

// Tokens of processes outlive a long play on a slow machine.
constexpr std::chrono::hours kProcessToken{24 * 7};

template <class T>
T good(absl::StatusOr<T> value) {
    if (!value.ok()) {
        throw CommandFailed(kExitUnwritable,
                            "TOKEN_NOT_MADE: " + std::string(value.status().message()));
    }
    return *std::move(value);
}

rpc::LocalSite open_site(const RunFile& run) {
    if (run.profile != "local") {
        throw CommandFailed(kExitParameters,
                            "PROFILE_NOT_LOCAL: tokens of local runs exist in local runs only");
    }
    return good(rpc::LocalSite::open(run.folder));
}

std::string mint(const rpc::LocalSite& site, const std::string& certificate,
                 const rpc::TokenRequest& request) {
    return good(site.token(good(site.certificate(certificate)), request));
}

}  // namespace

int init_tokens(const RunFile& run, std::ostream& out) {
    const rpc::LocalSite site = open_site(run);
    const auto write = [&](const std::string& name, const rpc::TokenRequest& request) {
        const std::string path = run.folder + "/tokens/" + name + ".token";
        const absl::Status written = rpc::write_file(path, mint(site, name, request) + "\n", true);
        if (!written.ok()) {
            throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
        }
        out << path << "\n";
    };
    for (const std::string& service : service_names()) {
        rpc::TokenRequest request;
        request.subject = "service:" + service;
        request.client_id = "service:" + service;
        request.institution_id = "service:" + service;
        request.district = run.district;
        request.roles = {"service"};
        request.audience = run.audience;
        request.valid_for = kProcessToken;
        write(service, request);
    }
    rpc::TokenRequest request;
    request.subject = "operator";
    request.client_id = "operator";
    request.institution_id = "operator";
    request.district = run.district;
    request.roles = {"auditor", "operator"};
    request.audience = run.audience;
    request.valid_for = kProcessToken;
    write("operator", request);
    return kExitGood;
}

int mint_token(const RunFile& run, const MintArgs& args, std::ostream& out) {
    const rpc::LocalSite site = open_site(run);
    rpc::TokenRequest request;
    request.subject = args.subject;
    request.client_id = "cli:" + args.certificate;
    request.institution_id = args.institution;
    request.district = run.district;
    request.roles = args.roles;
    request.audience = run.audience;
    request.valid_for = std::chrono::hours(args.hours);
    out << mint(site, args.certificate, request) << "\n";
    return kExitGood;
}

}  // namespace yilian::cli
