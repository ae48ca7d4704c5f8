#include "libs/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "libs/rpc/watched_file.h"

namespace yilian::rpc {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

constexpr unsigned kWatchSeconds = 1;

absl::StatusOr<std::shared_ptr<FileWatcherCertificateProvider>> provider(const config::Tls& tls) {
    for (const std::string* file : {&tls.certificate_file, &tls.key_file, &tls.ca_file}) {
        const auto text = WatchedFile::read(*file);
        if (!text || text->empty()) {
            return absl::FailedPreconditionError("TLS file " + *file + " cannot be read");
        }
    }
    return std::make_shared<FileWatcherCertificateProvider>(tls.key_file, tls.certificate_file,
                                                            tls.ca_file, kWatchSeconds);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const config::Tls& tls) {
    auto source = provider(tls);
    if (!source.ok()) return source.status();
    grpc::experimental::TlsServerCredentialsOptions options(*std::move(source));
    options.watch_identity_key_cert_pairs();
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.set_check_call_host(false);
    if (!tls.crl_dir.empty()) options.set_crl_directory(tls.crl_dir);
    return grpc::experimental::TlsServerCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channel_credentials(
    const config::Tls& tls) {
    auto source = provider(tls);
    if (!source.ok()) return source.status();
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(*std::move(source));
    options.watch_identity_key_cert_pairs();
    options.watch_root_certs();
    return grpc::experimental::TlsCredentials(options);
}

}  // namespace yilian::rpc
