#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "libs/tabular/spill_sorter.h"

namespace yilian::tabular {

// Which rows have a key that an earlier row has: ROW_DUPLICATE_KEY for inputs of any size. All keys
// are added first, the answer comes afterwards; memory stays within the budget, keys beyond it lie
// sorted on disk. Exact: keys are compared as a whole. For keys that are asked about one by one and
// are few: KeySet. Not thread-safe.
class DuplicateFinder {
  public:
    // `directory`: where keys go when they outgrow the budget (bytes).
    DuplicateFinder(std::string directory, std::size_t budget) : keys_(directory, budget) {}

    // Rows in the order of the file, once they are known to be good otherwise. `tag` is handed
    // back.
    void add(std::initializer_list<std::string_view> key, std::uint64_t row, std::string_view tag);

    // Calls `each` with row and tag of every row but the first of each key, in no particular order.
    // Once, after the last add(). FILE_NOT_WRITABLE as SpillSorter::drain.
    using Each = std::function<void(std::uint64_t row, std::string_view tag)>;
    [[nodiscard]] Outcome<Allowed> drain(const Each& each);

  private:
    SpillSorter keys_;
    std::string key_;
    std::string payload_;
};

}  // namespace yilian::tabular
