#include "libs/rpc/local_issuer.h"

#include <cjose/cjose.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "libs/base/invariant.h"
#include "libs/crypto/certificate.h"
#include "libs/crypto/digest.h"
#include "libs/rpc/token.h"

namespace yilian::rpc {
namespace {

using Jwk = std::unique_ptr<cjose_jwk_t, decltype(&cjose_jwk_release)>;
using nlohmann::json;

std::string json_of(const Jwk& jwk, bool with_private) {
    cjose_err error{};
    const std::unique_ptr<char, decltype(&std::free)> text(
        cjose_jwk_to_json(jwk.get(), with_private, &error), &std::free);
    YILIAN_INVARIANT(text != nullptr, "key as JSON");
    return text.get();
}

Jwk import(const std::string& text) {
    cjose_err error{};
    return {cjose_jwk_import(text.data(), text.size(), &error), &cjose_jwk_release};
}

// The kid is the digest of the public key, so that a key has one name wherever it turns up.
std::string key_id_of(const Jwk& jwk) {
    const json key = json::parse(json_of(jwk, false));
    const std::string point = key.at("x").get<std::string>() + key.at("y").get<std::string>();
    return "local-" + crypto::base64url(crypto::view(crypto::sha256(point))).substr(0, 16);
}

std::string public_part(const Jwk& jwk, const std::string& key_id) {
    json key = json::parse(json_of(jwk, false));
    key["kid"] = key_id;
    key["alg"] = "ES256";
    key["use"] = "sig";
    key["iss"] = kLocalIssuer;
    return key.dump();
}

}  // namespace

LocalIssuer LocalIssuer::create() {
    cjose_err error{};
    const Jwk jwk(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error), &cjose_jwk_release);
    YILIAN_INVARIANT(jwk != nullptr, "token key generation");
    const std::string key_id = key_id_of(jwk);
    return {json_of(jwk, true), public_part(jwk, key_id), key_id};
}

absl::StatusOr<LocalIssuer> LocalIssuer::from_private_jwk(std::string_view text) {
    const Jwk jwk = import(std::string(text));
    cjose_err error{};
    if (!jwk || cjose_jwk_get_kty(jwk.get(), &error) != CJOSE_JWK_KTY_EC ||
        cjose_jwk_EC_get_curve(jwk.get(), &error) != CJOSE_JWK_EC_P_256) {
        return absl::InvalidArgumentError("not a P-256 key in JWK form");
    }
    if (!json::parse(json_of(jwk, true)).contains("d")) {
        return absl::InvalidArgumentError("the key has no private part");
    }
    const std::string key_id = key_id_of(jwk);
    return LocalIssuer(json_of(jwk, true), public_part(jwk, key_id), key_id);
}

std::string LocalIssuer::jwks() const { return "{\"keys\":[" + public_jwk_ + "]}\n"; }

absl::StatusOr<std::string> LocalIssuer::mint(const TokenRequest& request,
                                              std::string_view certificate_pem) const {
    const auto thumbprint = crypto::certificate_thumbprint(certificate_pem);
    if (!thumbprint.ok()) return thumbprint.status();
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const json header{{"typ", "at+jwt"}, {"alg", "ES256"}, {"kid", key_id_}};
    const json claims{{"iss", kLocalIssuer},
                      {"aud", request.audience},
                      {"sub", request.subject},
                      {"client_id", request.client_id},
                      {"institution_id", request.institution_id},
                      {"district", request.district},
                      {"roles", request.roles},
                      {"scope", "yilian"},
                      {"iat", now.time_since_epoch().count()},
                      {"exp", (now + request.valid_for).time_since_epoch().count()},
                      {"jti", crypto::hex(crypto::random_bytes(16))},
                      {"cnf", {{"x5t#S256", *thumbprint}}}};
    return sign(header.dump(), claims.dump());
}

std::string LocalIssuer::sign(const std::string& header, const std::string& claims) const {
    const Jwk jwk = import(private_jwk_);
    cjose_err error{};
    const std::unique_ptr<cjose_header_t, decltype(&cjose_header_release)> protected_header(
        cjose_header_new(&error), &cjose_header_release);
    const json header_object = json::parse(header);
    for (const auto& [name, value] : header_object.items()) {
        // set_raw takes objects and arrays only.
        const bool ok = value.is_string()
                            ? cjose_header_set(protected_header.get(), name.c_str(),
                                               value.get<std::string>().c_str(), &error)
                            : cjose_header_set_raw(protected_header.get(), name.c_str(),
                                                   value.dump().c_str(), &error);
        YILIAN_INVARIANT(ok, "token header");
    }
    const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws(
        cjose_jws_sign(jwk.get(), protected_header.get(),
                       reinterpret_cast<const uint8_t*>(claims.data()), claims.size(), &error),
        &cjose_jws_release);
    const char* compact = nullptr;
    YILIAN_INVARIANT(jws && cjose_jws_export(jws.get(), &compact, &error), "sign token");
    return compact;
}

}  // namespace yilian::rpc
