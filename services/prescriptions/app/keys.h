#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/config/service_config.h"
#include "libs/crypto/signature.h"
#include "services/prescriptions/app/prescribe.h"

// Key material of the service. Immutable, thread-safe.
namespace yilian::prescriptions::app {

// Public keys of those who sign, one file "<practitioner id>.pem" each (setting `signer_keys_dir`).
// Without the setting signatures are looked at for their form only; with it a signature must be
// that of the signer over the content hash, and a signer without a key cannot sign.
class SignerKeys {
  public:
    SignerKeys() = default;
    // INVALID_ARGUMENT naming the file that holds no public key of a known algorithm.
    [[nodiscard]] static absl::StatusOr<SignerKeys> load(const std::string& dir);
    [[nodiscard]] bool verify(const domain::Signature& signature,
                              std::string_view content_sha256) const;

  private:
    bool required_ = false;
    std::map<std::string, crypto::VerifyKey> keys_;
};

// Secrets of claims: made of a key of the service and the request, so that a resend is answered the
// same although only a hash is kept. The key follows from the configured secret `claim_secret_key`,
// which production must have (INVALID_ARGUMENT). Without it the key lives as long as the process,
// and a resend after a restart is answered with a secret that no longer fits.
class ClaimSecrets {
  public:
    explicit ClaimSecrets(std::string key) : key_(std::move(key)) {}
    [[nodiscard]] static absl::StatusOr<ClaimSecrets> load(const config::ServiceConfig& config);
    [[nodiscard]] std::string make(std::string_view institution_id,
                                   std::string_view prescription_id, std::string_view request_id,
                                   std::string_view seed) const;

  private:
    std::string key_;
};

}  // namespace yilian::prescriptions::app
