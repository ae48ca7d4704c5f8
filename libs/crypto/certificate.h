#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// A small certificate authority for local runs and tests, and the thumbprint by which a token is
// bound to a certificate (RFC 8705). Deployments bring certificates of their own. Thread-safe.
namespace yilian::crypto {

struct KeyAndCertificate {
    std::string key_pem;          // PKCS#8
    std::string certificate_pem;  // the leaf alone
};

struct CertificateRequest {
    std::string common_name;                  // "service:referrals", "institution:H001"
    std::vector<std::string> dns_names{};     // subject alternative names
    std::vector<std::string> ip_addresses{};  // "127.0.0.1"
    std::chrono::seconds valid_for = std::chrono::hours(24 * 30);
    std::chrono::seconds valid_from{-300};  // relative to now; both may be negative in tests
};

// ECDSA P-256 keys throughout; leaves serve both as client and as server certificates.
class CertificateAuthority {
  public:
    [[nodiscard]] static CertificateAuthority create(const std::string& common_name);
    // INVALID_ARGUMENT when the two are not a key and certificate in PEM.
    [[nodiscard]] static absl::StatusOr<CertificateAuthority> from_pem(KeyAndCertificate own);

    [[nodiscard]] KeyAndCertificate issue(const CertificateRequest& request) const;
    // A revocation list in PEM that names these certificates.
    [[nodiscard]] std::string revoke(std::span<const std::string> certificate_pems) const;
    // File name under which OpenSSL looks the list up in a CRL directory: "<hash>.r0".
    [[nodiscard]] std::string crl_file_name() const;
    [[nodiscard]] const KeyAndCertificate& own() const { return own_; }

  private:
    explicit CertificateAuthority(KeyAndCertificate own) : own_(std::move(own)) {}
    KeyAndCertificate own_;
};

// base64url of the SHA-256 of the first certificate's DER: the token claim cnf.x5t#S256.
// INVALID_ARGUMENT when there is no certificate in the text.
[[nodiscard]] absl::StatusOr<std::string> certificate_thumbprint(std::string_view pem);

}  // namespace yilian::crypto
