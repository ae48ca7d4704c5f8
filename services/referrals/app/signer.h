#pragma once

#include <string>

#include "libs/config/service_config.h"
#include "libs/crypto/signature.h"

namespace yilian::referrals::app {

// Signs issued evidence with ECDSA P-256. Immutable, thread-safe.
//
// The key comes from the secret `evidence_key` (a private key in PEM); a local run without one gets
// a fresh key at each start. Verifiers need no file: every public key that ever signed stands in
// the table evidence_keys.
class EvidenceSigner {
  public:
    explicit EvidenceSigner(crypto::SigningKey key);
    // Aborts when the secret cannot be read, or when production has none.
    [[nodiscard]] static EvidenceSigner from_config(const config::ServiceConfig& config);

    [[nodiscard]] std::string sign(std::string_view text) const { return key_.sign(text); }
    // First 16 hexadecimal digits of the SHA-256 of the public key.
    [[nodiscard]] const std::string& key_id() const { return key_id_; }
    [[nodiscard]] const std::string& public_pem() const { return public_pem_; }

  private:
    crypto::SigningKey key_;
    std::string public_pem_;
    std::string key_id_;
};

}  // namespace yilian::referrals::app
