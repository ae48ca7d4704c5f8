#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "libs/tabular/duplicate_finder.h"
#include "libs/tabular/spill_sorter.h"
#include "services/cli/offline.h"

namespace yilian::cli {

// Good rows of one input, each key once and put into an order, in bounded memory. Whether a row
// repeats a key is known at the end of the input only: repeated ones are then reported
// (ROW_DUPLICATE_KEY at the key's last column) and left out, the first row of a key stays.
class UniqueRows {
  public:
    // Both must outlive the rows.
    UniqueRows(OfflineFiles& files, const tabular::Reader& rows, std::string_view key_column);

    // The current row. `value` is the raw text of the key column, `payload` is not empty; rows come
    // back by `order`, by bytes, and by file order where that is equal (all of them, if it is
    // empty).
    void add(std::initializer_list<std::string_view> key, std::string_view value,
             std::string_view order, std::string_view payload);

    // Once. Ends with 6 when what lies on disk cannot be read back.
    void drain(const std::function<void(std::string_view)>& each);

  private:
    OfflineFiles& files_;
    const tabular::Reader& rows_;
    std::string key_column_;
    tabular::SpillSorter sorted_;
    tabular::DuplicateFinder keys_;
    std::string place_;
    std::string tag_;
};

}  // namespace yilian::cli
