#include "libs/tabular/key_set.h"

#include <algorithm>
#include <cstring>

namespace yilian::tabular {
namespace {

constexpr std::size_t kBlock = 1 << 20;

}  // namespace

bool KeySet::insert(std::initializer_list<std::string_view> columns) {
    // Cells of keys hold no control character, so a zero byte separates them without doubt.
    joined_.clear();
    for (const std::string_view column : columns) joined_.append(column).push_back('\0');
    if (keys_.contains(joined_)) return false;
    if (block_left_ < joined_.size()) {
        block_left_ = std::max(kBlock, joined_.size());
        blocks_.push_back(std::make_unique<char[]>(block_left_));
        block_next_ = blocks_.back().get();
    }
    std::memcpy(block_next_, joined_.data(), joined_.size());
    keys_.insert(std::string_view(block_next_, joined_.size()));
    block_next_ += joined_.size();
    block_left_ -= joined_.size();
    return true;
}

}  // namespace yilian::tabular
