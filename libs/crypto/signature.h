#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

// Signatures on prescriptions, documents and audit anchors. A verifier takes the algorithm from
// what it expects, never from the signed text. Keys are immutable and thread-safe.
namespace yilian::crypto {

enum class SignatureAlgorithm {
    kEcdsaP256,  // SHA-256, signature in DER
    kEd25519,    // 64 bytes
    kSm2Sm3,     // GB/T 32918 with SM3 and the default id 1234567812345678, signature in DER
};
[[nodiscard]] std::string_view name_of(SignatureAlgorithm algorithm);

class VerifyKey {
  public:
    // A "PUBLIC KEY" or "CERTIFICATE" in PEM. INVALID_ARGUMENT when it is neither, or a key of
    // another algorithm.
    [[nodiscard]] static absl::StatusOr<VerifyKey> from_pem(SignatureAlgorithm algorithm,
                                                            std::string_view pem);
    // Uncompressed point (0x04 x y, 65 bytes) or the 32 bytes of Ed25519.
    [[nodiscard]] static absl::StatusOr<VerifyKey> from_raw(SignatureAlgorithm algorithm,
                                                            std::string_view bytes);
    [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] SignatureAlgorithm algorithm() const { return algorithm_; }

  private:
    friend class SigningKey;
    VerifyKey(SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key)
        : algorithm_(algorithm), key_(std::move(key)) {}
    SignatureAlgorithm algorithm_;
    std::shared_ptr<evp_pkey_st> key_;
};

class SigningKey {
  public:
    [[nodiscard]] static SigningKey generate(SignatureAlgorithm algorithm);
    // A "PRIVATE KEY" in PEM, without passphrase.
    [[nodiscard]] static absl::StatusOr<SigningKey> from_pem(SignatureAlgorithm algorithm,
                                                             std::string_view pem);
    [[nodiscard]] std::string sign(std::string_view message) const;
    [[nodiscard]] VerifyKey verify_key() const { return {algorithm_, key_}; }
    // PKCS#8 without passphrase; for key files of local runs.
    [[nodiscard]] std::string private_pem() const;
    [[nodiscard]] SignatureAlgorithm algorithm() const { return algorithm_; }
    [[nodiscard]] evp_pkey_st* handle() const { return key_.get(); }

  private:
    SigningKey(SignatureAlgorithm algorithm, std::shared_ptr<evp_pkey_st> key)
        : algorithm_(algorithm), key_(std::move(key)) {}
    SignatureAlgorithm algorithm_;
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace yilian::crypto
