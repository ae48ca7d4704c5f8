#include "libs/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "libs/base/invariant.h"

namespace yilian::crypto {
namespace {

const EVP_MD* algorithm(Hash hash) { return hash == Hash::kSm3 ? EVP_sm3() : EVP_sha256(); }

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Digest digest(Hash hash, std::string_view bytes) {
    Digest out{};
    unsigned int size = 0;
    const int ok =
        EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm(hash), nullptr);
    YILIAN_INVARIANT(ok == 1 && size == out.size(), "digest");
    return out;
}

std::string sha256_hex(std::string_view bytes) { return hex(view(sha256(bytes))); }

Digest hmac(Hash hash, std::string_view key, std::string_view bytes) {
    Digest out{};
    unsigned int size = 0;
    const auto* made = HMAC(algorithm(hash), key.data(), static_cast<int>(key.size()), raw(bytes),
                            bytes.size(), out.data(), &size);
    YILIAN_INVARIANT(made != nullptr && size == out.size(), "hmac");
    return out;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    YILIAN_INVARIANT(context_ != nullptr && EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_),
                                                              EVP_sha256(), nullptr) == 1,
                     "sha256 context");
}
Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256::update(std::string_view bytes) {
    YILIAN_INVARIANT(
        EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1,
        "sha256 update");
}
Digest Sha256::finish() {
    Digest out{};
    unsigned int size = 0;
    YILIAN_INVARIANT(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), &size) == 1,
                     "sha256 final");
    return out;
}

IdentityDigests::IdentityDigests(std::string key, Hash hash) : key_(std::move(key)), hash_(hash) {
    YILIAN_INVARIANT(key_.size() >= 16, "identity digest key is shorter than 16 bytes");
}
IdentityDigests::~IdentityDigests() { cleanse(key_); }

std::string IdentityDigests::of(std::string_view kind, std::string_view value) const {
    std::string text;
    text.reserve(kind.size() + value.size() + 1);
    text.append(kind).push_back('\0');
    text.append(value);
    const std::string out = hex(view(hmac(hash_, key_, text)));
    cleanse(text);
    return out;
}

std::string hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        out.push_back(kHexDigits[b >> 4]);
        out.push_back(kHexDigits[b & 15]);
    }
    return out;
}

std::optional<std::string> unhex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>((high << 4) | low));
    }
    return out;
}

std::string base64url(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out.push_back(kUrlAlphabet[(bits >> held) & 63]);
        }
    }
    if (held > 0) out.push_back(kUrlAlphabet[(bits << (6 - held)) & 63]);
    return out;
}

std::optional<std::string> unbase64url(std::string_view text) {
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const std::size_t value = kUrlAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<char>((bits >> held) & 255));
        }
    }
    // One text for one value: a lone character and non-zero spare bits are refused.
    if (held >= 6 || (bits & ((1U << held) - 1)) != 0) return std::nullopt;
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    YILIAN_INVARIANT(
        RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
        "random bytes");
    return out;
}

void cleanse(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace yilian::crypto
