#include "libs/rpc/local_site.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "libs/rpc/watched_file.h"

namespace yilian::rpc {
namespace {

absl::StatusOr<crypto::CertificateAuthority> open_ca(const std::string& folder) {
    const auto certificate = WatchedFile::read(folder + "/certs/ca.pem");
    const auto key = WatchedFile::read(folder + "/certs/ca.key");
    if (certificate && key) return crypto::CertificateAuthority::from_pem({*key, *certificate});
    auto ca = crypto::CertificateAuthority::create("Yilian local runs");
    absl::Status status = write_file(folder + "/certs/ca.key", ca.own().key_pem, true);
    if (status.ok()) status = write_file(folder + "/certs/ca.pem", ca.own().certificate_pem, false);
    if (!status.ok()) return status;
    return ca;
}

absl::StatusOr<LocalIssuer> open_issuer(const std::string& folder) {
    if (const auto jwk = WatchedFile::read(folder + "/tokens/issuer.key.json")) {
        return LocalIssuer::from_private_jwk(*jwk);
    }
    LocalIssuer issuer = LocalIssuer::create();
    const absl::Status status =
        write_file(folder + "/tokens/issuer.key.json", issuer.private_jwk(), true);
    if (!status.ok()) return status;
    return issuer;
}

}  // namespace

absl::Status write_file(const std::string& path, std::string_view bytes, bool owner_only) {
    const std::string temporary = fmt::format("{}.{}.tmp", path, ::getpid());
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                            owner_only ? 0600 : 0644);
    bool ok = file >= 0;
    while (ok && !bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        ok = written > 0 || errno == EINTR;
        if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (file >= 0) ok = ::close(file) == 0 && ok;
    ok = ok && ::rename(temporary.c_str(), path.c_str()) == 0;
    if (ok) return absl::OkStatus();
    ::unlink(temporary.c_str());
    return absl::FailedPreconditionError(fmt::format("file {} cannot be written", path));
}

LocalSite::LocalSite(std::string folder, crypto::CertificateAuthority ca, LocalIssuer issuer)
    : folder_(std::move(folder)),
      ca_(std::make_shared<crypto::CertificateAuthority>(std::move(ca))),
      issuer_(std::make_shared<LocalIssuer>(std::move(issuer))) {}

absl::StatusOr<LocalSite> LocalSite::open(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder + "/certs", error);
    std::filesystem::create_directories(folder + "/tokens", error);
    auto ca = open_ca(folder);
    if (!ca.ok()) return ca.status();
    auto issuer = open_issuer(folder);
    if (!issuer.ok()) return issuer.status();
    LocalSite site(folder, *std::move(ca), *std::move(issuer));
    if (!WatchedFile::read(site.jwks_file())) {
        const absl::Status status = write_file(site.jwks_file(), site.issuer().jwks(), false);
        if (!status.ok()) return status;
    }
    return site;
}

absl::StatusOr<config::Tls> LocalSite::certificate(
    const std::string& name, const std::vector<std::string>& dns_names) const {
    const config::Tls tls{fmt::format("{}/certs/{}.pem", folder_, name),
                          fmt::format("{}/certs/{}.key", folder_, name), folder_ + "/certs/ca.pem",
                          ""};
    if (WatchedFile::read(tls.certificate_file) && WatchedFile::read(tls.key_file)) return tls;
    crypto::CertificateRequest request{.common_name = name};
    request.dns_names = dns_names;
    request.dns_names.emplace_back("localhost");
    request.ip_addresses = {"127.0.0.1", "::1"};
    const crypto::KeyAndCertificate made = ca_->issue(request);
    absl::Status status = write_file(tls.key_file, made.key_pem, true);
    if (status.ok()) status = write_file(tls.certificate_file, made.certificate_pem, false);
    if (!status.ok()) return status;
    return tls;
}

absl::StatusOr<std::string> LocalSite::token(const config::Tls& tls,
                                             const TokenRequest& request) const {
    const auto certificate = WatchedFile::read(tls.certificate_file);
    if (!certificate) {
        return absl::NotFoundError(
            fmt::format("certificate {} cannot be read", tls.certificate_file));
    }
    return issuer_->mint(request, *certificate);
}

absl::StatusOr<std::unique_ptr<Client>> LocalSite::client(const std::string& address,
                                                          const std::string& certificate_name,
                                                          const TokenRequest& request) const {
    const auto tls = certificate(certificate_name);
    if (!tls.ok()) return tls.status();
    auto minted = token(*tls, request);
    if (!minted.ok()) return minted.status();
    ChannelOptions options;
    options.address = address;
    options.tls = *tls;
    options.token = [text = *std::move(minted)] { return text; };
    return Client::make(std::move(options), nullptr);
}

}  // namespace yilian::rpc
