#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// Digests and text forms of bytes over OpenSSL's EVP. Everything here is stateless or immutable and
// therefore thread-safe. A failing OpenSSL call on a fixed algorithm is a broken invariant.
namespace yilian::crypto {

enum class Hash { kSha256, kSm3 };  // both give 32 bytes

using Digest = std::array<unsigned char, 32>;

[[nodiscard]] Digest digest(Hash hash, std::string_view bytes);
[[nodiscard]] inline Digest sha256(std::string_view bytes) { return digest(Hash::kSha256, bytes); }
// 64 lower-case hexadecimal characters.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// Keyed digest (HMAC). `key` may have any length; use 32 random bytes.
[[nodiscard]] Digest hmac(Hash hash, std::string_view key, std::string_view bytes);

// SHA-256 over bytes that come in pieces. One object a computation.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void update(std::string_view bytes);
    [[nodiscard]] Digest finish();

  private:
    void* context_;
};

// The same person gives the same digest, nobody without the key can try numbers out: the unique key
// by which `directory` finds an identity document twice. `kind` separates the kinds of number
// ("id_document", "phone"), so that equal texts of different kinds do not meet.
class IdentityDigests {
  public:
    explicit IdentityDigests(std::string key, Hash hash = Hash::kSha256);
    ~IdentityDigests();
    IdentityDigests(const IdentityDigests&) = delete;
    IdentityDigests& operator=(const IdentityDigests&) = delete;
    // 64 lower-case hexadecimal characters.
    [[nodiscard]] std::string of(std::string_view kind, std::string_view value) const;

  private:
    std::string key_;
    Hash hash_;
};

// Bytes of an array as text of a string_view, without copying.
[[nodiscard]] inline std::string_view view(const Digest& d) {
    return {reinterpret_cast<const char*>(d.data()), d.size()};
}
[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> unhex(std::string_view text);
// RFC 4648 section 5 without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] std::optional<std::string> unbase64url(std::string_view text);
// Time does not depend on where the two differ.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);
// Cryptographically strong.
[[nodiscard]] std::string random_bytes(std::size_t count);
// Overwrites the characters before the string is freed.
void cleanse(std::string& secret);

}  // namespace yilian::crypto
