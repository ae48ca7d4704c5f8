#include "libs/crypto/envelope.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <cstddef>
#include <memory>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"

namespace yilian::crypto {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr char kWrapVersion = 1;
constexpr std::size_t kWrapHeader = 5;  // version, generation as 4 bytes big-endian

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* raw(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* raw(std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
}

std::string gcm_seal(std::string_view key, std::string_view plaintext, std::string_view context) {
    const std::string nonce = random_bytes(kNonceSize);
    std::string body(plaintext.size(), '\0');
    std::string tag(kTagSize, '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int n = 0;
    int tail = 0;
    bool ok =
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key), raw(nonce)) == 1;
    ok = ok && EVP_EncryptUpdate(cipher.get(), nullptr, &n, raw(context),
                                 static_cast<int>(context.size())) == 1;
    ok = ok && EVP_EncryptUpdate(cipher.get(), raw(body), &n, raw(plaintext),
                                 static_cast<int>(plaintext.size())) == 1;
    ok = ok && EVP_EncryptFinal_ex(cipher.get(), raw(body) + n, &tail) == 1;
    ok = ok && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, raw(tag)) == 1;
    YILIAN_INVARIANT(ok, "aes-256-gcm seal");
    return nonce + body + tag;
}

absl::StatusOr<std::string> gcm_open(std::string_view key, std::string_view sealed,
                                     std::string_view context) {
    if (sealed.size() < kNonceSize + kTagSize) {
        return absl::DataLossError("sealed bytes are too short");
    }
    const std::string_view nonce = sealed.substr(0, kNonceSize);
    const std::string_view body = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
    std::string tag(sealed.substr(sealed.size() - kTagSize));
    std::string out(body.size(), '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int n = 0;
    int tail = 0;
    bool ok =
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key), raw(nonce)) == 1;
    ok = ok && EVP_DecryptUpdate(cipher.get(), nullptr, &n, raw(context),
                                 static_cast<int>(context.size())) == 1;
    ok = ok && EVP_DecryptUpdate(cipher.get(), raw(out), &n, raw(body),
                                 static_cast<int>(body.size())) == 1;
    ok = ok && EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, raw(tag)) == 1;
    ok = ok && EVP_DecryptFinal_ex(cipher.get(), raw(out) + n, &tail) == 1;
    if (!ok) {
        cleanse(out);
        return absl::DataLossError("sealed bytes do not open with this key and context");
    }
    return out;
}

std::string wrap_header(std::uint32_t generation) {
    std::string header(1, kWrapVersion);
    for (const int shift : {24, 16, 8, 0}) {
        header.push_back(static_cast<char>((generation >> shift) & 255));
    }
    return header;
}

absl::Status bad_line(int line) {
    return absl::InvalidArgumentError(
        fmt::format("line {}: expected '<generation> <64 hexadecimal digits>'", line));
}

}  // namespace

DataKey::DataKey(DataKey&& other) noexcept : key_(std::exchange(other.key_, {})) {}
DataKey& DataKey::operator=(DataKey&& other) noexcept {
    cleanse(key_);
    key_ = std::exchange(other.key_, {});
    return *this;
}
DataKey::~DataKey() { cleanse(key_); }

std::string DataKey::seal(std::string_view plaintext, std::string_view context) const {
    return gcm_seal(key_, plaintext, context);
}
absl::StatusOr<std::string> DataKey::open(std::string_view sealed, std::string_view context) const {
    return gcm_open(key_, sealed, context);
}

absl::StatusOr<KeyRing> KeyRing::parse(std::string_view text) {
    KeyRing ring;
    int line_number = 0;
    while (!text.empty()) {
        ++line_number;
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        std::uint32_t generation = 0;
        const auto [after, error] =
            std::from_chars(line.data(), line.data() + line.size(), generation);
        if (error != std::errc{} || generation == 0) return bad_line(line_number);
        line.remove_prefix(static_cast<std::size_t>(after - line.data()));
        if (line.size() != 1 + 2 * kKeySize || line.front() != ' ') return bad_line(line_number);
        auto key = unhex(line.substr(1));
        if (!key) return bad_line(line_number);
        if (!ring.keys_.emplace(generation, std::move(*key)).second) {
            return absl::InvalidArgumentError(
                fmt::format("line {}: generation {} stands twice", line_number, generation));
        }
    }
    if (ring.keys_.empty()) return absl::InvalidArgumentError("no key-encryption key");
    return ring;
}

std::string KeyRing::make_line(std::uint32_t generation) {
    return fmt::format("{} {}\n", generation, hex(random_bytes(kKeySize)));
}

KeyRing::~KeyRing() {
    for (auto& [generation, key] : keys_) cleanse(key);
}

std::string KeyRing::wrap(const DataKey& key) const {
    const std::string header = wrap_header(newest());
    return header + gcm_seal(keys_.rbegin()->second, key.key_, header);
}

KeyRing::Wrapped KeyRing::new_data_key() const {
    DataKey key(random_bytes(kKeySize));
    std::string bytes = wrap(key);
    return {std::move(key), std::move(bytes)};
}

absl::StatusOr<std::uint32_t> KeyRing::generation_of(std::string_view wrapped) {
    if (wrapped.size() < kWrapHeader || wrapped.front() != kWrapVersion) {
        return absl::DataLossError("not a wrapped data key");
    }
    std::uint32_t generation = 0;
    for (const char c : wrapped.substr(1, 4)) {
        generation = (generation << 8) | static_cast<unsigned char>(c);
    }
    return generation;
}

absl::StatusOr<DataKey> KeyRing::unwrap(std::string_view wrapped) const {
    const auto generation = generation_of(wrapped);
    if (!generation.ok()) return generation.status();
    const auto kek = keys_.find(*generation);
    if (kek == keys_.end()) {
        return absl::FailedPreconditionError(
            fmt::format("key generation {} is not in the ring", *generation));
    }
    auto key = gcm_open(kek->second, wrapped.substr(kWrapHeader), wrapped.substr(0, kWrapHeader));
    if (!key.ok()) return key.status();
    return DataKey(*std::move(key));
}

absl::StatusOr<std::string> KeyRing::rewrap(std::string_view wrapped) const {
    const auto key = unwrap(wrapped);
    if (!key.ok()) return key.status();
    return wrap(*key);
}

}  // namespace yilian::crypto
