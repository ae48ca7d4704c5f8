#include "services/prescriptions/app/keys.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/status/status.h"
#include "libs/crypto/digest.h"

namespace yilian::prescriptions::app {
namespace {

constexpr crypto::SignatureAlgorithm kAlgorithms[] = {crypto::SignatureAlgorithm::kEcdsaP256,
                                                      crypto::SignatureAlgorithm::kEd25519,
                                                      crypto::SignatureAlgorithm::kSm2Sm3};

std::string wire_name(crypto::SignatureAlgorithm algorithm) {
    switch (algorithm) {
        case crypto::SignatureAlgorithm::kEcdsaP256:
            return "ECDSA_P256";
        case crypto::SignatureAlgorithm::kEd25519:
            return "ED25519";
        case crypto::SignatureAlgorithm::kSm2Sm3:
            break;
    }
    return "SM2";
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

absl::StatusOr<SignerKeys> SignerKeys::load(const std::string& dir) {
    SignerKeys out;
    out.required_ = true;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
        if (entry.path().extension() != ".pem") continue;
        const std::string pem = bytes_of(entry.path());
        bool found = false;
        for (const crypto::SignatureAlgorithm algorithm : kAlgorithms) {
            auto key = crypto::VerifyKey::from_pem(algorithm, pem);
            if (!key.ok()) continue;
            out.keys_.insert_or_assign(entry.path().stem().string(), *std::move(key));
            found = true;
            break;
        }
        if (!found) {
            return absl::InvalidArgumentError(entry.path().string() +
                                              ": no public key that signs prescriptions");
        }
    }
    if (error) return absl::InvalidArgumentError(dir + ": " + error.message());
    return out;
}

bool SignerKeys::verify(const domain::Signature& signature, std::string_view content_sha256) const {
    if (!required_) return true;
    const auto key = keys_.find(signature.signer_id);
    return key != keys_.end() && wire_name(key->second.algorithm()) == signature.algorithm &&
           key->second.verify(content_sha256, signature.value);
}

absl::StatusOr<ClaimSecrets> ClaimSecrets::load(const config::ServiceConfig& config) {
    const auto file = config.secrets.find("claim_secret_key");
    if (file == config.secrets.end()) {
        if (config.profile == config::Profile::kProduction) {
            return absl::InvalidArgumentError("secrets.claim_secret_key is missing");
        }
        return ClaimSecrets(crypto::random_bytes(32));
    }
    const auto key = config::read_secret(file->second, config.profile);
    if (!key.ok()) return key.status();
    return ClaimSecrets(std::string(
        crypto::view(crypto::hmac(crypto::Hash::kSha256, *key, "yilian.claim_secret/1"))));
}

std::string ClaimSecrets::make(std::string_view institution_id, std::string_view prescription_id,
                               std::string_view request_id, std::string_view seed) const {
    std::string text;
    for (const std::string_view part : {institution_id, prescription_id, request_id, seed}) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    return crypto::base64url(crypto::view(crypto::hmac(crypto::Hash::kSha256, key_, text)));
}

}  // namespace yilian::prescriptions::app
