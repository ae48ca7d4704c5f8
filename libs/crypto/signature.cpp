#include "libs/crypto/signature.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

#include "libs/base/invariant.h"

namespace yilian::crypto {
namespace {

constexpr std::string_view kSm2Id = "1234567812345678";  // GB/T 32918.2 default

const char* group_of(SignatureAlgorithm algorithm) {
    return algorithm == SignatureAlgorithm::kSm2Sm3 ? "SM2" : "P-256";
}
const char* type_of(SignatureAlgorithm algorithm) {
    switch (algorithm) {
        case SignatureAlgorithm::kEcdsaP256:
            return "EC";
        case SignatureAlgorithm::kEd25519:
            return "ED25519";
        case SignatureAlgorithm::kSm2Sm3:
            return "SM2";
    }
    YILIAN_INVARIANT(false, "unknown signature algorithm");
}
const EVP_MD* digest_of(SignatureAlgorithm algorithm) {
    switch (algorithm) {
        case SignatureAlgorithm::kEcdsaP256:
            return EVP_sha256();
        case SignatureAlgorithm::kEd25519:
            return nullptr;
        case SignatureAlgorithm::kSm2Sm3:
            return EVP_sm3();
    }
    YILIAN_INVARIANT(false, "unknown signature algorithm");
}

std::shared_ptr<EVP_PKEY> own(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

bool is_of(const EVP_PKEY* key, SignatureAlgorithm algorithm) {
    if (EVP_PKEY_is_a(key, type_of(algorithm)) != 1) return false;
    if (algorithm == SignatureAlgorithm::kEd25519) return true;
    std::array<char, 64> group{};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return false;
    const std::string_view name(group.data(), size);
    return algorithm == SignatureAlgorithm::kSm2Sm3 ? name == "SM2"
                                                    : name == "prime256v1" || name == "P-256";
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
Bio reader(std::string_view text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}
std::string text_of(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

// A digest context prepared for the algorithm; SM2 hashes the signer's id in front of the message.
class SignContext {
  public:
    SignContext(SignatureAlgorithm algorithm, EVP_PKEY* key)
        : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free),
          key_context_(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), &EVP_PKEY_CTX_free) {
        if (algorithm == SignatureAlgorithm::kSm2Sm3) {
            YILIAN_INVARIANT(
                EVP_PKEY_CTX_set1_id(key_context_.get(), kSm2Id.data(), kSm2Id.size()) == 1,
                "sm2 id");
        }
        EVP_MD_CTX_set_pkey_ctx(context_.get(), key_context_.get());
    }
    [[nodiscard]] EVP_MD_CTX* get() const { return context_.get(); }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> key_context_;
};

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

std::string_view name_of(SignatureAlgorithm algorithm) {
    switch (algorithm) {
        case SignatureAlgorithm::kEcdsaP256:
            return "ECDSA-P256-SHA256";
        case SignatureAlgorithm::kEd25519:
            return "Ed25519";
        case SignatureAlgorithm::kSm2Sm3:
            return "SM2-SM3";
    }
    YILIAN_INVARIANT(false, "unknown signature algorithm");
}

absl::StatusOr<VerifyKey> VerifyKey::from_pem(SignatureAlgorithm algorithm, std::string_view pem) {
    std::shared_ptr<EVP_PKEY> key;
    if (pem.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos) {
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr), &X509_free);
        if (certificate) key = own(X509_get_pubkey(certificate.get()));
    } else {
        key = own(PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, nullptr, nullptr));
    }
    if (!key || !is_of(key.get(), algorithm)) {
        return absl::InvalidArgumentError("not a public key of " + std::string(name_of(algorithm)));
    }
    return VerifyKey(algorithm, std::move(key));
}

absl::StatusOr<VerifyKey> VerifyKey::from_raw(SignatureAlgorithm algorithm,
                                              std::string_view bytes) {
    if (algorithm == SignatureAlgorithm::kEd25519) {
        auto key =
            own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(bytes), bytes.size()));
        if (!key) return absl::InvalidArgumentError("not a raw Ed25519 key");
        return VerifyKey(algorithm, std::move(key));
    }
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type_of(algorithm), nullptr), &EVP_PKEY_CTX_free);
    std::string group = group_of(algorithm);
    std::string point(bytes);
    const std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY,
                          const_cast<OSSL_PARAM*>(params.data())) != 1) {
        return absl::InvalidArgumentError("not a point of the curve");
    }
    return VerifyKey(algorithm, own(made));
}

bool VerifyKey::verify(std::string_view message, std::string_view signature) const {
    const SignContext context(algorithm_, key_.get());
    YILIAN_INVARIANT(EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm_), nullptr,
                                          key_.get()) == 1,
                     "verify init");
    return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message),
                            message.size()) == 1;
}

std::string VerifyKey::pem() const {
    const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
    YILIAN_INVARIANT(PEM_write_bio_PUBKEY(out.get(), key_.get()) == 1, "write public key");
    return text_of(out);
}

SigningKey SigningKey::generate(SignatureAlgorithm algorithm) {
    EVP_PKEY* key = algorithm == SignatureAlgorithm::kEcdsaP256
                        ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                        : EVP_PKEY_Q_keygen(nullptr, nullptr, type_of(algorithm));
    YILIAN_INVARIANT(key != nullptr, "key generation");
    return {algorithm, own(key)};
}

absl::StatusOr<SigningKey> SigningKey::from_pem(SignatureAlgorithm algorithm,
                                                std::string_view pem) {
    auto key = own(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr));
    if (!key || !is_of(key.get(), algorithm)) {
        return absl::InvalidArgumentError("not a private key of " +
                                          std::string(name_of(algorithm)));
    }
    return SigningKey(algorithm, std::move(key));
}

std::string SigningKey::sign(std::string_view message) const {
    const SignContext context(algorithm_, key_.get());
    std::size_t size = 0;
    bool ok =
        EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm_), nullptr, key_.get()) == 1;
    ok = ok && EVP_DigestSign(context.get(), nullptr, &size, raw(message), message.size()) == 1;
    std::string signature(size, '\0');
    ok = ok && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, raw(message), message.size()) == 1;
    YILIAN_INVARIANT(ok, "sign");
    signature.resize(size);
    return signature;
}

std::string SigningKey::private_pem() const {
    const Bio out(BIO_new(BIO_s_mem()), &BIO_free);
    YILIAN_INVARIANT(PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0,
                                                   nullptr, nullptr) == 1,
                     "write private key");
    return text_of(out);
}

}  // namespace yilian::crypto
