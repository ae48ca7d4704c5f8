#include "services/cli/unique_rows.h"

#include <optional>

#include "libs/base/invariant.h"

namespace yilian::cli {

UniqueRows::UniqueRows(OfflineFiles& files, const tabular::Reader& rows,
                       std::string_view key_column)
    : files_(files),
      rows_(rows),
      key_column_(key_column),
      sorted_(files.folder(), kSortBudget),
      keys_(files.folder(), kSortBudget) {}

void UniqueRows::add(std::initializer_list<std::string_view> key, std::string_view value,
                     std::string_view order, std::string_view payload) {
    YILIAN_INVARIANT(!payload.empty(), "cli: an empty payload stands for a row that is left out");
    const std::uint64_t row = rows_.row().number();
    place_.assign(order);
    for (int shift = 56; shift >= 0; shift -= 8) place_ += static_cast<char>(row >> shift);
    sorted_.add(place_, payload);
    // What the report and the removal need, should the row turn out to repeat a key.
    tag_ = std::to_string(value.size());
    tag_.append(":").append(value).append(place_);
    keys_.add(key, row, tag_);
}

void UniqueRows::drain(const std::function<void(std::string_view)>& each) {
    OfflineFiles::need(keys_.drain([&](std::uint64_t row, std::string_view tag) {
        const auto colon = tag.find(':');
        const auto size = static_cast<std::size_t>(std::stoul(std::string(tag.substr(0, colon))));
        files_.errors().add(rows_.file(), row, key_column_, "ROW_DUPLICATE_KEY",
                            tag.substr(colon + 1, size));
        // Equal places keep their order, so this comes directly behind the row it takes away.
        sorted_.add(tag.substr(colon + 1 + size), "");
    }));
    std::optional<std::string> held;
    OfflineFiles::need(sorted_.drain([&](std::string_view payload) {
        if (payload.empty()) {
            held.reset();
            return;
        }
        if (held) each(*held);
        held = payload;
    }));
    if (held) each(*held);
}

}  // namespace yilian::cli
