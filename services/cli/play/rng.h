#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"

namespace yilian::cli::play {

// The player's own random numbers (splitmix64): the same on every machine and library, integers
// only. Streams are told apart by name, so that adding a draw in one place moves no other.
class Rng {
  public:
    Rng(std::uint64_t seed, std::string_view stream);

    [[nodiscard]] std::uint64_t next();
    // 0 <= result < n; n > 0.
    [[nodiscard]] std::int64_t below(std::int64_t n);
    // Both ends included.
    [[nodiscard]] int between(int low, int high);
    // True in `bp` of 10000 cases.
    [[nodiscard]] bool chance(int bp);
    template <class T>
    [[nodiscard]] const T& pick(const std::vector<T>& from) {
        return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
    }

  private:
    std::uint64_t state_;
};

// Names everything the player makes. The same seed and key give the same id. Thread-safe.
class SeedIds {
  public:
    explicit SeedIds(std::uint64_t seed) : seed_(seed) {}

    // A UUID of version 4, for request ids.
    [[nodiscard]] std::string uuid(std::string_view key) const;
    // A ULID whose time is that instant.
    [[nodiscard]] std::string ulid(Instant at, std::string_view key) const;
    // 0 <= result < n, from the key alone.
    [[nodiscard]] std::int64_t draw(std::string_view key, std::int64_t n) const;

  private:
    std::uint64_t seed_;
};

}  // namespace yilian::cli::play
