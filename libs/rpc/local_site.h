#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/config/service_config.h"
#include "libs/crypto/certificate.h"
#include "libs/rpc/client.h"
#include "libs/rpc/local_issuer.h"

// The security files of a local run or a test, in the run folder: certs/ca.{pem,key},
// certs/NAME.{pem,key}, tokens/issuer.key.json and tokens/jwks.json. Never used by a deployment.
namespace yilian::rpc {

class LocalSite {
  public:
    // Opens what is there and makes what is missing of authority, token key and key set. Files of
    // keys are readable by the owner only.
    [[nodiscard]] static absl::StatusOr<LocalSite> open(const std::string& run_folder);

    // The certificate certs/`name`.pem with its key; made when absent. Valid for 127.0.0.1, ::1,
    // localhost and `dns_names`.
    [[nodiscard]] absl::StatusOr<config::Tls> certificate(
        const std::string& name, const std::vector<std::string>& dns_names = {}) const;
    // A token bound to that certificate.
    [[nodiscard]] absl::StatusOr<std::string> token(const config::Tls& tls,
                                                    const TokenRequest& request) const;
    // A client that presents this certificate and a token of these claims.
    [[nodiscard]] absl::StatusOr<std::unique_ptr<Client>> client(
        const std::string& address, const std::string& certificate_name,
        const TokenRequest& request) const;

    [[nodiscard]] std::string jwks_file() const { return folder_ + "/tokens/jwks.json"; }
    [[nodiscard]] const LocalIssuer& issuer() const { return *issuer_; }
    [[nodiscard]] const crypto::CertificateAuthority& ca() const { return *ca_; }
    [[nodiscard]] const std::string& folder() const { return folder_; }

  private:
    LocalSite(std::string folder, crypto::CertificateAuthority ca, LocalIssuer issuer);
    std::string folder_;
    std::shared_ptr<const crypto::CertificateAuthority> ca_;
    std::shared_ptr<const LocalIssuer> issuer_;
};

// Writes the bytes so that a reader sees the old or the new file, never a part: temporary file,
// then rename. `owner_only` gives mode 0600.
[[nodiscard]] absl::Status write_file(const std::string& path, std::string_view bytes,
                                      bool owner_only);

}  // namespace yilian::rpc
