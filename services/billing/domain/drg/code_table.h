#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yilian::billing::drg {

// Number of a code inside one rule pack. Codes are opaque texts: equal bytes, equal number.
using CodeId = std::uint32_t;

// A code that stands in no table of the pack: it takes part in nothing, but keeps its place.
inline constexpr CodeId kUnknownCode = 0;

// Interned codes of one kind (diagnoses or procedures) of one pack. Filled while the pack is built,
// then only read: const members are thread-safe. Ids run from 1 without a hole.
class CodeTable {
  public:
    CodeTable();

    // The id of `code`, new or known.
    CodeId intern(std::string_view code);
    // The id, or kUnknownCode. No allocation.
    [[nodiscard]] CodeId find(std::string_view code) const;
    // Empty for kUnknownCode. Valid as long as the table is neither changed nor destroyed.
    [[nodiscard]] std::string_view text(CodeId id) const;
    // Number of ids, kUnknownCode included: the size of a table indexed by id.
    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::size_t bytes() const;

  private:
    struct Entry {
        std::uint32_t offset;
        std::uint32_t length;
    };
    struct Slot {
        std::uint32_t hash;
        CodeId id;  // kUnknownCode marks a free slot
    };

    void grow();
    [[nodiscard]] std::size_t slot_of(std::string_view code, std::uint32_t hash) const;

    std::string arena_;
    std::vector<Entry> entries_;
    std::vector<Slot> slots_;  // open addressing; the size is a power of two, at most half full
};

}  // namespace yilian::billing::drg
