#include "libs/base/ulid.h"

#include <algorithm>
#include <array>

namespace yilian {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

}  // namespace

std::string encode_ulid(std::uint64_t time_ms, std::uint16_t high, std::uint64_t low) {
    std::string out(26, '0');
    for (int i = 9; i >= 0; --i) {
        out[static_cast<std::size_t>(i)] = kAlphabet[time_ms & 31U];
        time_ms >>= 5U;
    }
    std::uint64_t upper = high;  // 80 bits as 16 + 64
    for (int i = 25; i >= 10; --i) {
        out[static_cast<std::size_t>(i)] = kAlphabet[low & 31U];
        low = (low >> 5U) | (upper << 59U);
        upper >>= 5U;
    }
    return out;
}

bool is_ulid(std::string_view text) {
    return text.size() == 26 && text[0] >= '0' && text[0] <= '7' &&
           std::ranges::all_of(
               text, [](char c) { return kAlphabet.find(c) != std::string_view::npos; });
}

RandomIds::RandomIds() {
    std::random_device device;
    std::array<unsigned, 8> words{};
    std::ranges::generate(words, [&] { return device(); });
    std::seed_seq seed(words.begin(), words.end());
    random_.seed(seed);
}

std::string RandomIds::next_ulid() {
    const auto ms = static_cast<std::uint64_t>(to_ms(WallClock().now()));
    const std::lock_guard lock(mutex_);
    const auto high = static_cast<std::uint16_t>(random_() & 0xffffU);
    return encode_ulid(ms, high, random_());
}

SeededIds::SeededIds(std::uint64_t seed) : random_(seed) {}

std::string SeededIds::next_ulid() {
    const std::lock_guard lock(mutex_);
    ++counter_;
    const auto high = static_cast<std::uint16_t>(random_() & 0xffffU);
    return encode_ulid(counter_, high, random_());
}

}  // namespace yilian
