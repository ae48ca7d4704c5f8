#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace yilian::tabular {

// The keys seen so far, for ROW_DUPLICATE_KEY: the first acceptable row of a key is kept, so
// insert() is called once a row is known to be good. Exact (no hashes instead of keys); about 40
// bytes and the key for each row, so for inputs that are held whole anyway; others take
// DuplicateFinder. Not thread-safe.
class KeySet {
  public:
    // False when the key was inserted before. A key of several columns compares column by column.
    [[nodiscard]] bool insert(std::initializer_list<std::string_view> columns);
    [[nodiscard]] std::size_t size() const { return keys_.size(); }

  private:
    absl::flat_hash_set<std::string_view> keys_;  // views into blocks_
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::size_t block_left_ = 0;
    char* block_next_ = nullptr;
    std::string joined_;
};

}  // namespace yilian::tabular
