#include "libs/tabular/duplicate_finder.h"

#include <cstring>
#include <optional>

namespace yilian::tabular {
namespace {

// FNV-1a. In front of the key it makes nearly every comparison end within eight bytes; equal keys
// still lie side by side, and two keys of one hash are told apart by their bytes.
std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
    return hash;
}

}  // namespace

void DuplicateFinder::add(std::initializer_list<std::string_view> key, std::uint64_t row,
                          std::string_view tag) {
    constexpr std::size_t kHash = sizeof(std::uint64_t);
    key_.assign(kHash, '\0');
    // Cells of keys hold no control character, so a zero byte separates them without doubt.
    for (const std::string_view cell : key) key_.append(cell).push_back('\0');
    const std::uint64_t hash = hash_of(std::string_view(key_).substr(kHash));
    std::memcpy(key_.data(), &hash, sizeof hash);
    payload_.assign(reinterpret_cast<const char*>(&row), sizeof row);
    payload_.append(tag);
    keys_.add(key_, payload_);
}

Outcome<Allowed> DuplicateFinder::drain(const Each& each) {
    std::optional<std::string> last;
    return keys_.drain_keyed([&](std::string_view key, std::string_view payload) {
        if (last != key) {
            last = key;
            return;
        }
        std::uint64_t row = 0;
        std::memcpy(&row, payload.data(), sizeof row);
        each(row, payload.substr(sizeof row));
    });
}

}  // namespace yilian::tabular
