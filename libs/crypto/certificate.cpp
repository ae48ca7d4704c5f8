#include "libs/crypto/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/signature.h"

namespace yilian::crypto {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Certificate read_certificate(std::string_view pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free};
}

template <class Write>
std::string written(Write write) {
    const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
    YILIAN_INVARIANT(write(bio.get()) == 1, "write pem");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

SigningKey ca_key(const KeyAndCertificate& own) {
    auto key = SigningKey::from_pem(SignatureAlgorithm::kEcdsaP256, own.key_pem);
    YILIAN_INVARIANT(key.ok(), "key of the certificate authority");
    return *std::move(key);
}

void set_random_serial(X509* certificate) {
    std::string bytes = random_bytes(16);
    bytes[0] = static_cast<char>(bytes[0] & 0x7f);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()), nullptr),
        &BN_free);
    YILIAN_INVARIANT(
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
        "serial number");
}

void set_name(X509* certificate, const std::string& common_name) {
    X509_NAME* name = X509_get_subject_name(certificate);
    YILIAN_INVARIANT(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1,
        "common name");
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    YILIAN_INVARIANT(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1,
                     "certificate extension");
    X509_EXTENSION_free(extension);
}

Certificate blank(const std::string& common_name, EVP_PKEY* key, std::chrono::seconds from,
                  std::chrono::seconds until) {
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    set_random_serial(certificate.get());
    set_name(certificate.get(), common_name);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until.count());
    YILIAN_INVARIANT(X509_set_pubkey(certificate.get(), key) == 1, "certificate key");
    return certificate;
}

std::string alternative_names(const CertificateRequest& request) {
    std::string names;
    for (const auto& name : request.dns_names) names += fmt::format(",DNS:{}", name);
    for (const auto& ip : request.ip_addresses) names += fmt::format(",IP:{}", ip);
    return names.empty() ? names : names.substr(1);
}

}  // namespace

CertificateAuthority CertificateAuthority::create(const std::string& common_name) {
    const SigningKey key = SigningKey::generate(SignatureAlgorithm::kEcdsaP256);
    const Certificate certificate = blank(common_name, key.handle(), std::chrono::seconds(-3600),
                                          std::chrono::hours(24 * 3650));
    X509* c = certificate.get();
    X509_set_issuer_name(c, X509_get_subject_name(c));
    add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(c, c, NID_subject_key_identifier, "hash");
    YILIAN_INVARIANT(X509_sign(c, key.handle(), EVP_sha256()) > 0, "sign certificate");
    return CertificateAuthority(
        {key.private_pem(), written([&](BIO* out) { return PEM_write_bio_X509(out, c); })});
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::from_pem(KeyAndCertificate own) {
    const auto key = SigningKey::from_pem(SignatureAlgorithm::kEcdsaP256, own.key_pem);
    if (!key.ok()) return key.status();
    if (!read_certificate(own.certificate_pem)) {
        return absl::InvalidArgumentError("not a certificate in PEM");
    }
    return CertificateAuthority(std::move(own));
}

KeyAndCertificate CertificateAuthority::issue(const CertificateRequest& request) const {
    const SigningKey issuer_key = ca_key(own_);
    const Certificate issuer = read_certificate(own_.certificate_pem);
    const SigningKey key = SigningKey::generate(SignatureAlgorithm::kEcdsaP256);
    const Certificate certificate = blank(request.common_name, key.handle(), request.valid_from,
                                          request.valid_from + request.valid_for);
    X509* c = certificate.get();
    X509_set_issuer_name(c, X509_get_subject_name(issuer.get()));
    add_extension(c, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(c, issuer.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(c, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(c, issuer.get(), NID_authority_key_identifier, "keyid");
    const std::string names = alternative_names(request);
    if (!names.empty()) add_extension(c, issuer.get(), NID_subject_alt_name, names);
    YILIAN_INVARIANT(X509_sign(c, issuer_key.handle(), EVP_sha256()) > 0, "sign certificate");
    return {key.private_pem(), written([&](BIO* out) { return PEM_write_bio_X509(out, c); })};
}

std::string CertificateAuthority::revoke(std::span<const std::string> certificate_pems) const {
    const SigningKey key = ca_key(own_);
    const Certificate issuer = read_certificate(own_.certificate_pem);
    const std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> list(X509_CRL_new(), &X509_CRL_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> now(X509_gmtime_adj(nullptr, -60),
                                                                    &ASN1_TIME_free);
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> next(
        X509_gmtime_adj(nullptr, 24 * 3600), &ASN1_TIME_free);
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.get()));
    X509_CRL_set1_lastUpdate(list.get(), now.get());
    X509_CRL_set1_nextUpdate(list.get(), next.get());
    for (const std::string& pem : certificate_pems) {
        const Certificate certificate = read_certificate(pem);
        YILIAN_INVARIANT(certificate != nullptr, "revoking what is not a certificate");
        X509_REVOKED* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get()));
        X509_REVOKED_set_revocationDate(entry, now.get());
        X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_CRL_sort(list.get());
    YILIAN_INVARIANT(X509_CRL_sign(list.get(), key.handle(), EVP_sha256()) > 0, "sign list");
    return written([&](BIO* out) { return PEM_write_bio_X509_CRL(out, list.get()); });
}

std::string CertificateAuthority::crl_file_name() const {
    const Certificate issuer = read_certificate(own_.certificate_pem);
    const unsigned long hash =
        X509_NAME_hash_ex(X509_get_subject_name(issuer.get()), nullptr, nullptr, nullptr);
    return fmt::format("{:08x}.r0", hash);
}

absl::StatusOr<std::string> certificate_thumbprint(std::string_view pem) {
    const Certificate certificate = read_certificate(pem);
    if (!certificate) return absl::InvalidArgumentError("not a certificate in PEM");
    Digest out{};
    unsigned int size = 0;
    YILIAN_INVARIANT(X509_digest(certificate.get(), EVP_sha256(), out.data(), &size) == 1,
                     "certificate digest");
    return base64url(view(out));
}

}  // namespace yilian::crypto
