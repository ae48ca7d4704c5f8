#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// Envelope encryption of personal data (security.md 5): each record has a data key of its own, kept
// beside it in wrapped form; the key-encryption keys (KEK) come from a secret file, in generations.
// Forgetting the wrapped key erases the record for good. AES-256-GCM throughout.
namespace yilian::crypto {

// An unwrapped data key. Movable, never printable, cleansed when it dies. Thread-safe for reading.
class DataKey {
  public:
    DataKey(DataKey&& other) noexcept;
    DataKey& operator=(DataKey&& other) noexcept;
    DataKey(const DataKey&) = delete;
    DataKey& operator=(const DataKey&) = delete;
    ~DataKey();

    // nonce | ciphertext | tag. `context` is authenticated and must be given again to open: name
    // record and field ("resident/<id>/id_number"), so that ciphertexts cannot be exchanged.
    [[nodiscard]] std::string seal(std::string_view plaintext, std::string_view context) const;
    // DATA_LOSS when the bytes, the key or the context are not those of seal().
    [[nodiscard]] absl::StatusOr<std::string> open(std::string_view sealed,
                                                   std::string_view context) const;

  private:
    friend class KeyRing;
    explicit DataKey(std::string key) : key_(std::move(key)) {}
    std::string key_;
};

// The key-encryption keys of one service. Immutable after loading, thread-safe.
class KeyRing {
  public:
    // Text of a secret file, one generation a line: "<generation> <64 hexadecimal digits>"; '#'
    // starts a comment line. INVALID_ARGUMENT names the line, never the key.
    [[nodiscard]] static absl::StatusOr<KeyRing> parse(std::string_view text);
    // A line for a new secret file.
    [[nodiscard]] static std::string make_line(std::uint32_t generation);

    KeyRing(KeyRing&&) = default;
    KeyRing& operator=(KeyRing&&) = default;
    KeyRing(const KeyRing&) = delete;
    KeyRing& operator=(const KeyRing&) = delete;
    ~KeyRing();

    struct Wrapped {
        DataKey key;
        std::string bytes;  // to be stored beside the record
    };
    // A fresh data key under the newest generation.
    [[nodiscard]] Wrapped new_data_key() const;
    // FAILED_PRECONDITION when the generation is not in the ring, DATA_LOSS when damaged.
    [[nodiscard]] absl::StatusOr<DataKey> unwrap(std::string_view wrapped) const;
    // The same data key under the newest generation: the rotation job, no record is touched.
    [[nodiscard]] absl::StatusOr<std::string> rewrap(std::string_view wrapped) const;
    // Generation that wrapped these bytes.
    [[nodiscard]] static absl::StatusOr<std::uint32_t> generation_of(std::string_view wrapped);
    [[nodiscard]] std::uint32_t newest() const { return keys_.rbegin()->first; }

  private:
    KeyRing() = default;
    [[nodiscard]] std::string wrap(const DataKey& key) const;
    std::map<std::uint32_t, std::string> keys_;
};

}  // namespace yilian::crypto
