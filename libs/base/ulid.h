#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace yilian {

// Where generated ids come from; injected, so that tests and seeded runs are reproducible.
// A ULID is 26 lower-case Crockford base-32 characters (interop.md 1). Thread-safe.
class IdSource {
  public:
    virtual ~IdSource() = default;
    [[nodiscard]] virtual std::string next_ulid() = 0;
};

// Time-ordered ULIDs: machine time in the first 48 bits, random below.
class RandomIds final : public IdSource {
  public:
    RandomIds();
    [[nodiscard]] std::string next_ulid() override;

  private:
    std::mutex mutex_;
    std::mt19937_64 random_;
};

// The same sequence for the same seed: for players, demo data and tests.
class SeededIds final : public IdSource {
  public:
    explicit SeededIds(std::uint64_t seed);
    [[nodiscard]] std::string next_ulid() override;

  private:
    std::mutex mutex_;
    std::mt19937_64 random_;
    std::uint64_t counter_ = 0;
};

// 26 characters of the ULID alphabet, first one 0-7.
[[nodiscard]] bool is_ulid(std::string_view text);
// Encodes a 48-bit time in ms and 80 random bits.
[[nodiscard]] std::string encode_ulid(std::uint64_t time_ms, std::uint16_t high, std::uint64_t low);

}  // namespace yilian
