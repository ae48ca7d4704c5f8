#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// Minting of access tokens for local runs and tests (`yilian token`). Production configuration
// refuses this issuer (token.h). Immutable, thread-safe.
namespace yilian::rpc {

struct TokenRequest {
    std::string subject;
    std::string client_id;
    std::string institution_id;
    std::string district;
    std::vector<std::string> roles{};
    std::string audience = "yilian";
    std::chrono::seconds valid_for = std::chrono::hours(12);
};

class LocalIssuer {
  public:
    // A new ES256 key.
    [[nodiscard]] static LocalIssuer create();
    // From the bytes of private_jwk().
    [[nodiscard]] static absl::StatusOr<LocalIssuer> from_private_jwk(std::string_view jwk);

    // Keep it in a file of mode 0600.
    [[nodiscard]] std::string private_jwk() const { return private_jwk_; }
    // The key set for `auth.jwks_file`, public part only.
    [[nodiscard]] std::string jwks() const;
    // A token bound to the first certificate of the PEM. INVALID_ARGUMENT without one.
    [[nodiscard]] absl::StatusOr<std::string> mint(const TokenRequest& request,
                                                   std::string_view certificate_pem) const;
    // Signs any header and claims, both JSON objects: for tests of what must be refused.
    [[nodiscard]] std::string sign(const std::string& header, const std::string& claims) const;
    [[nodiscard]] std::string key_id() const { return key_id_; }

  private:
    LocalIssuer(std::string private_jwk, std::string public_jwk, std::string key_id)
        : private_jwk_(std::move(private_jwk)),
          public_jwk_(std::move(public_jwk)),
          key_id_(std::move(key_id)) {}
    std::string private_jwk_;
    std::string public_jwk_;
    std::string key_id_;
};

}  // namespace yilian::rpc
