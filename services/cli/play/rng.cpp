#include "services/cli/play/rng.h"

#include "fmt/format.h"
#include "libs/base/ulid.h"

namespace yilian::cli::play {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

std::uint64_t finish(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

// FNV-1a over the key, then mixed with the seed.
std::uint64_t hash(std::uint64_t seed, std::string_view key) {
    std::uint64_t h = 0xcbf29ce484222325U;
    for (const char c : key) {
        h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return finish(finish(h + kGolden) ^ finish(seed + kGolden));
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view stream) : state_(hash(seed, stream)) {}

std::uint64_t Rng::next() {
    state_ += kGolden;
    return finish(state_);
}

std::int64_t Rng::below(std::int64_t n) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(n));
}

int Rng::between(int low, int high) { return low + static_cast<int>(below(high - low + 1)); }

bool Rng::chance(int bp) { return below(10000) < bp; }

std::string SeedIds::uuid(std::string_view key) const {
    const std::uint64_t high = hash(seed_, key);
    const std::uint64_t low = hash(seed_ ^ kGolden, key);
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, (high >> 16U) & 0xffffU,
                       high & 0xfffU, 0x8000U | ((low >> 48U) & 0x3fffU), low & 0xffffffffffffU);
}

std::string SeedIds::ulid(Instant at, std::string_view key) const {
    const std::uint64_t high = hash(seed_ + 1, key);
    return encode_ulid(static_cast<std::uint64_t>(to_ms(at)),
                       static_cast<std::uint16_t>(high & 0xffffU), hash(seed_ + 2, key));
}

std::int64_t SeedIds::draw(std::string_view key, std::int64_t n) const {
    return static_cast<std::int64_t>(hash(seed_ + 3, key) % static_cast<std::uint64_t>(n));
}

}  // namespace yilian::cli::play
