#include "services/billing/domain/drg/code_table.h"

#include <cstring>

#include "libs/base/invariant.h"

namespace yilian::billing::drg {
namespace {

__extension__ using UInt128 = unsigned __int128;

std::uint64_t load8(const char* p) {
    std::uint64_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

std::uint64_t load4(const char* p) {
    std::uint32_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

// Codes are 4 to 21 bytes: two overlapping loads cover nearly all of them, so that a lookup costs
// one multiplication. The order of ids never depends on the hash, so it need not be portable.
std::uint32_t hash_of(std::string_view code) {
    constexpr std::uint64_t kA = 0x9E3779B97F4A7C15ULL;
    constexpr std::uint64_t kB = 0xC2B2AE3D27D4EB4FULL;
    const char* p = code.data();
    std::size_t n = code.size();
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t seed = n * kB;
    while (n > 16) {
        const UInt128 m = UInt128{load8(p) ^ kA ^ seed} * (load8(p + 8) ^ kB);
        seed = static_cast<std::uint64_t>(m) ^ static_cast<std::uint64_t>(m >> 64);
        p += 8;
        n -= 8;
    }
    if (n >= 8) {
        a = load8(p);
        b = load8(p + n - 8);
    } else if (n >= 4) {
        a = load4(p);
        b = load4(p + n - 4);
    } else {
        for (std::size_t i = 0; i < n; ++i) a = a << 8 | static_cast<unsigned char>(p[i]);
    }
    const UInt128 m = UInt128{a ^ kA ^ seed} * (b ^ kB);
    const std::uint64_t h = static_cast<std::uint64_t>(m) ^ static_cast<std::uint64_t>(m >> 64);
    return static_cast<std::uint32_t>(h ^ h >> 32);
}

}  // namespace

CodeTable::CodeTable() : entries_{{0, 0}}, slots_(64) {}

std::size_t CodeTable::slot_of(std::string_view code, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].id != kUnknownCode) {
        if (slots_[at].hash == hash) {
            const Entry& e = entries_[slots_[at].id];
            if (e.length == code.size() &&
                std::memcmp(arena_.data() + e.offset, code.data(), e.length) == 0) {
                break;
            }
        }
        at = (at + 1) & mask;
    }
    return at;
}

CodeId CodeTable::intern(std::string_view code) {
    const std::uint32_t hash = hash_of(code);
    std::size_t at = slot_of(code, hash);
    if (slots_[at].id != kUnknownCode) return slots_[at].id;
    YILIAN_INVARIANT(arena_.size() + code.size() <= UINT32_MAX, "drg: code table too large");
    if (entries_.size() * 2 >= slots_.size()) {
        grow();
        at = slot_of(code, hash);
    }
    const auto id = static_cast<CodeId>(entries_.size());
    entries_.push_back(
        {static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(code.size())});
    arena_.append(code);
    slots_[at] = {hash, id};
    return id;
}

CodeId CodeTable::find(std::string_view code) const {
    return slots_[slot_of(code, hash_of(code))].id;
}

std::string_view CodeTable::text(CodeId id) const {
    const Entry& e = entries_[id];
    return std::string_view(arena_).substr(e.offset, e.length);
}

std::size_t CodeTable::bytes() const {
    return arena_.capacity() + entries_.capacity() * sizeof(Entry) +
           slots_.capacity() * sizeof(Slot);
}

void CodeTable::grow() {
    std::vector<Slot> larger(slots_.size() * 2);
    const std::size_t mask = larger.size() - 1;
    for (const Slot& s : slots_) {
        if (s.id == kUnknownCode) continue;
        std::size_t at = s.hash & mask;
        while (larger[at].id != kUnknownCode) at = (at + 1) & mask;
        larger[at] = s;
    }
    slots_ = std::move(larger);
}

}  // namespace yilian::billing::drg
