#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/tabular/file.h"

namespace yilian::tabular {

// Sorts any number of byte strings by key in bounded memory: beyond the budget, sorted runs go to
// nameless files in `directory` (they vanish with the process) and are merged at the end. Equal
// keys keep the order in which they were added. Not thread-safe.
class SpillSorter {
  public:
    // `budget` in bytes, at least a few kilobytes.
    SpillSorter(std::string directory, std::size_t budget);

    void add(std::string_view key, std::string_view payload);

    // Calls `each` with every payload in the order of the keys; afterwards the sorter is empty. May
    // be called once. FILE_NOT_WRITABLE (metadata file, error) when a run could not be written or
    // read back; `each` may have been called for a part by then.
    [[nodiscard]] Outcome<Allowed> drain(const std::function<void(std::string_view)>& each);
    // The same with the key: each(key, payload).
    using EachKeyed = std::function<void(std::string_view, std::string_view)>;
    [[nodiscard]] Outcome<Allowed> drain_keyed(const EachKeyed& each);

    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    struct Entry {
        std::uint64_t prefix = 0;  // first eight bytes of the key, most comparisons end there
        std::size_t offset = 0;    // of the key in bytes_, the payload follows
        std::uint32_t key_size = 0;
        std::uint32_t payload_size = 0;
    };
    [[nodiscard]] std::string_view key_of(const Entry& entry) const;
    [[nodiscard]] std::string_view payload_of(const Entry& entry) const;
    void sort();
    void spill();
    [[nodiscard]] Refusal failure() const;
    [[nodiscard]] bool merge(const EachKeyed& each);

    std::string directory_;
    std::size_t budget_;
    std::string bytes_;
    std::vector<Entry> entries_;
    std::vector<File> runs_;
    std::uint64_t size_ = 0;
    int error_ = 0;
};

}  // namespace yilian::tabular
