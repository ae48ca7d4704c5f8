#include "services/referrals/app/signer.h"

#include <utility>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"

namespace yilian::referrals::app {
namespace {
constexpr auto kAlgorithm = crypto::SignatureAlgorithm::kEcdsaP256;
}

EvidenceSigner::EvidenceSigner(crypto::SigningKey key)
    : key_(std::move(key)),
      public_pem_(key_.verify_key().pem()),
      key_id_(crypto::sha256_hex(public_pem_).substr(0, 16)) {}

EvidenceSigner EvidenceSigner::from_config(const config::ServiceConfig& config) {
    const auto secret = config.secrets.find("evidence_key");
    if (secret == config.secrets.end()) {
        YILIAN_INVARIANT(config.profile == config::Profile::kLocal,
                         "referrals: production needs the secret evidence_key");
        return EvidenceSigner(crypto::SigningKey::generate(kAlgorithm));
    }
    auto pem = config::read_secret(secret->second, config.profile);
    YILIAN_INVARIANT(pem.ok(), "referrals: the secret evidence_key cannot be read");
    auto key = crypto::SigningKey::from_pem(kAlgorithm, *pem);
    crypto::cleanse(*pem);
    YILIAN_INVARIANT(key.ok(), "referrals: the secret evidence_key is no ECDSA P-256 key");
    return EvidenceSigner(*std::move(key));
}

}  // namespace yilian::referrals::app
