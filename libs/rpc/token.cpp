#include "libs/rpc/token.h"

#include <cjose/cjose.h>
#include <jansson.h>

#include <algorithm>
#include <array>

#include "libs/crypto/digest.h"

namespace yilian::rpc {
namespace {

constexpr std::size_t kTokenBytesMax = 8 * 1024;
constexpr std::size_t kRsaBitsMin = 2048;
constexpr std::chrono::seconds kSkew{5};

using Json = std::unique_ptr<json_t, decltype(&json_decref)>;

absl::Status bad(const char* why) { return absl::UnauthenticatedError(why); }
absl::Status bad_keys(const std::string& why) { return absl::InvalidArgumentError(why); }

// An object without repeated keys, or nothing.
Json parse_object(std::string_view text) {
    Json value(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr), &json_decref);
    if (value && !json_is_object(value.get())) value.reset();
    return value;
}

std::string text_member(const json_t* object, const char* name) {
    const json_t* value = json_object_get(object, name);
    if (!json_is_string(value)) return {};
    return {json_string_value(value), json_string_length(value)};
}

std::shared_ptr<const cjose_jwk_t> import_key(const json_t* key) {
    const std::unique_ptr<char, decltype(&free)> text(json_dumps(key, JSON_COMPACT), &free);
    if (!text) return nullptr;
    cjose_err error{};
    cjose_jwk_t* jwk =
        cjose_jwk_import(text.get(), std::char_traits<char>::length(text.get()), &error);
    return {jwk, [](const cjose_jwk_t* k) { cjose_jwk_release(const_cast<cjose_jwk_t*>(k)); }};
}

bool key_fits(const cjose_jwk_t* jwk, const std::string& algorithm) {
    cjose_err error{};
    if (algorithm == "ES256") {
        return cjose_jwk_get_kty(jwk, &error) == CJOSE_JWK_KTY_EC &&
               cjose_jwk_EC_get_curve(jwk, &error) == CJOSE_JWK_EC_P_256;
    }
    return algorithm == "RS256" && cjose_jwk_get_kty(jwk, &error) == CJOSE_JWK_KTY_RSA &&
           cjose_jwk_get_keysize(jwk, &error) >= kRsaBitsMin;
}

// Header, claims and signature of a compact JWS, decoded.
struct Parts {
    std::string header;
    std::string claims;
};

absl::StatusOr<Parts> split(std::string_view token) {
    if (token.empty()) return bad("no token");
    if (token.size() > kTokenBytesMax) return bad("token too long");
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return bad("not a compact JWS");
    }
    auto header = crypto::unbase64url(token.substr(0, first));
    auto claims = crypto::unbase64url(token.substr(first + 1, second - first - 1));
    const auto signature = crypto::unbase64url(token.substr(second + 1));
    if (!header || !claims || !signature || signature->empty()) return bad("not base64url");
    return Parts{*std::move(header), *std::move(claims)};
}

absl::StatusOr<const TokenKeys::Key*> key_of(const std::string& header_text,
                                             const TokenKeys& keys) {
    const Json header = parse_object(header_text);
    if (!header) return bad("header is not an object without repeated keys");
    const std::string type = text_member(header.get(), "typ");
    if (type != "at+jwt" && type != "application/at+jwt") return bad("typ is not at+jwt");
    for (const char* name : {"crit", "jku", "x5u", "x5c", "jwk"}) {
        if (json_object_get(header.get(), name) != nullptr)
            return bad("header names a key or crit");
    }
    const TokenKeys::Key* key = keys.find(text_member(header.get(), "kid"));
    if (key == nullptr) return bad("unknown kid");
    if (text_member(header.get(), "alg") != key->algorithm) return bad("alg is not the key's");
    return key;
}

absl::Status check_signature(std::string_view token, const TokenKeys::Key& key) {
    cjose_err error{};
    const std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws(
        cjose_jws_import(token.data(), token.size(), &error), &cjose_jws_release);
    if (!jws || !cjose_jws_verify(jws.get(), key.jwk.get(), &error)) return bad("wrong signature");
    return absl::OkStatus();
}

// A NumericDate that is a whole number.
bool time_member(const json_t* claims, const char* name, std::chrono::sys_seconds& out) {
    const json_t* value = json_object_get(claims, name);
    if (!json_is_integer(value)) return false;
    out = std::chrono::sys_seconds(std::chrono::seconds(json_integer_value(value)));
    return true;
}

absl::Status check_times(const json_t* claims, std::chrono::system_clock::time_point now,
                         std::chrono::sys_seconds& expires) {
    if (!time_member(claims, "exp", expires)) return bad("exp is missing");
    if (expires <= now) return bad("expired");
    std::chrono::sys_seconds issued;
    if (!time_member(claims, "iat", issued)) return bad("iat is missing");
    if (issued > now + kSkew) return bad("iat in the future");
    if (json_object_get(claims, "nbf") != nullptr) {
        std::chrono::sys_seconds from;
        if (!time_member(claims, "nbf", from)) return bad("nbf is not a number");
        if (from > now + kSkew) return bad("nbf in the future");
    }
    return absl::OkStatus();
}

absl::StatusOr<Caller> caller_of(const json_t* claims, std::string_view thumbprint) {
    Caller caller;
    const std::array<std::pair<const char*, std::string*>, 4> texts{
        {{"sub", &caller.subject},
         {"client_id", &caller.client_id},
         {"institution_id", &caller.institution_id},
         {"district", &caller.district}}};
    for (const auto& [name, into] : texts) {
        *into = text_member(claims, name);
        if (into->empty() || into->size() > 128) return bad("a claim is missing");
    }
    if (text_member(claims, "jti").empty()) return bad("jti is missing");
    const json_t* roles = json_object_get(claims, "roles");
    if (!json_is_array(roles) || json_array_size(roles) > 64) return bad("roles are missing");
    for (std::size_t i = 0; i < json_array_size(roles); ++i) {
        const json_t* role = json_array_get(roles, i);
        if (!json_is_string(role)) return bad("a role is not a text");
        caller.roles.emplace_back(json_string_value(role));
    }
    std::sort(caller.roles.begin(), caller.roles.end());
    const std::string bound = text_member(json_object_get(claims, "cnf"), "x5t#S256");
    if (bound.empty() || !crypto::equal_constant_time(bound, thumbprint)) {
        return bad("not bound to this certificate");
    }
    caller.certificate_sha256 = bound;
    return caller;
}

}  // namespace

absl::StatusOr<TokenKeys> TokenKeys::parse(std::string_view jwks, bool allow_local) {
    const Json set = parse_object(jwks);
    const json_t* list = set ? json_object_get(set.get(), "keys") : nullptr;
    if (!json_is_array(list)) return bad_keys("not a JWKS");
    TokenKeys out;
    for (std::size_t i = 0; i < json_array_size(list); ++i) {
        const json_t* item = json_array_get(list, i);
        const std::string place = "key " + std::to_string(i);
        if (!json_is_object(item)) return bad_keys(place + " is not an object");
        for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "k"}) {
            if (json_object_get(item, secret) != nullptr) {
                return bad_keys(place + " is a private or symmetric key");
            }
        }
        const std::string kid = text_member(item, "kid");
        Key key{text_member(item, "alg"), text_member(item, "iss"), nullptr};
        if (kid.empty() || key.issuer.empty()) return bad_keys(place + " needs kid and iss");
        if (key.issuer == kLocalIssuer && !allow_local) {
            return absl::FailedPreconditionError(place + " belongs to the issuer of local runs");
        }
        key.jwk = import_key(item);
        if (!key.jwk || !key_fits(key.jwk.get(), key.algorithm)) {
            return bad_keys(place + " is not an ES256 or RS256 key");
        }
        if (!out.keys_.emplace(kid, std::move(key)).second) {
            return bad_keys(place + " repeats a kid");
        }
    }
    return out;
}

const TokenKeys::Key* TokenKeys::find(const std::string& kid) const {
    const auto found = keys_.find(kid);
    return found == keys_.end() ? nullptr : &found->second;
}

absl::StatusOr<VerifiedToken> verify_token(std::string_view token, const TokenKeys& keys,
                                           const std::string& audience,
                                           std::string_view certificate_thumbprint,
                                           std::chrono::system_clock::time_point now) {
    const auto parts = split(token);
    if (!parts.ok()) return parts.status();
    const auto key = key_of(parts->header, keys);
    if (!key.ok()) return key.status();
    if (absl::Status status = check_signature(token, **key); !status.ok()) return status;
    const Json claims = parse_object(parts->claims);
    if (!claims) return bad("claims are not an object without repeated keys");
    if (text_member(claims.get(), "iss") != (*key)->issuer) return bad("iss is not the key's");
    if (text_member(claims.get(), "aud") != audience) return bad("aud is not this service");
    VerifiedToken out;
    if (absl::Status status = check_times(claims.get(), now, out.expires); !status.ok()) {
        return status;
    }
    auto caller = caller_of(claims.get(), certificate_thumbprint);
    if (!caller.ok()) return caller.status();
    out.caller = *std::move(caller);
    return out;
}

}  // namespace yilian::rpc
