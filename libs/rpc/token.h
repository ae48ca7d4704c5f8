#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"

struct _cjose_jwk_int;  // libcjose's key

// Access tokens of RFC 9068 (`typ: at+jwt`) bound to the client certificate by RFC 8705
// (security.md 2). Signatures are libcjose's; everything else is checked here.
namespace yilian::rpc {

// Issuer of local runs and tests. Production refuses keys of it.
inline constexpr std::string_view kLocalIssuer = "https://issuer.local.yilian.invalid";

// The keys that may sign tokens: a JWKS in which every key names `kid`, `alg` (ES256 or RS256) and,
// as an additional member, `iss`, its issuer. Immutable.
class TokenKeys {
  public:
    // INVALID_ARGUMENT: not a JWKS, a repeated kid, a private or symmetric key, an RSA key under
    // 2048 bits, a missing member. FAILED_PRECONDITION: a key of the local issuer that is not
    // allowed.
    [[nodiscard]] static absl::StatusOr<TokenKeys> parse(std::string_view jwks, bool allow_local);

    struct Key {
        std::string algorithm;
        std::string issuer;
        std::shared_ptr<const _cjose_jwk_int> jwk;
    };
    // nullptr when unknown.
    [[nodiscard]] const Key* find(const std::string& kid) const;
    [[nodiscard]] std::size_t size() const { return keys_.size(); }

  private:
    std::map<std::string, Key> keys_;
};

struct VerifiedToken {
    Caller caller;
    std::chrono::sys_seconds expires;
};

// Verifies one token for the holder of the certificate with this thumbprint at this time. The error
// says why in words for the tests and for counting; it is never sent to the caller.
//
// Accepted: one compact JWS up to 8 KiB; header without repeated keys and with typ at+jwt, an
// allowed alg equal to the key's, a known kid, and none of crit, jku, x5u, x5c, jwk; claims without
// repeated keys and with iss of the key, aud equal to the audience (one text), exp in the future,
// nbf and iat not more than 5 s ahead, sub, client_id, jti, institution_id, district, roles,
// cnf.x5t#S256.
[[nodiscard]] absl::StatusOr<VerifiedToken> verify_token(std::string_view token,
                                                         const TokenKeys& keys,
                                                         const std::string& audience,
                                                         std::string_view certificate_thumbprint,
                                                         std::chrono::system_clock::time_point now);

}  // namespace yilian::rpc
