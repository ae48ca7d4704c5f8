#include "libs/policy/pack.h"

#include <algorithm>
#include <utility>

namespace yilian::policy {
namespace {

std::size_t index_of(std::string_view key) {
    const auto index = key_index(key);
    YILIAN_INVARIANT(index.has_value(), "policy: a key that is not in the index");
    return *index;
}

}  // namespace

char letter_of(Mark mark) {
    switch (mark) {
        case Mark::kStated:
            return 'S';
        case Mark::kPublished:
            return 'V';
        case Mark::kKnown:
            return 'K';
        case Mark::kProject:
            return 'P';
    }
    return '?';
}

Pack::Pack(Content content) : content_(std::move(content)) {
    YILIAN_INVARIANT(content_.values.size() == all_keys().size(), "policy: pack without all keys");
    YILIAN_INVARIANT(content_.origins.size() == all_keys().size(), "policy: key without origin");
}

const Value& Pack::value(std::string_view key) const { return content_.values[index_of(key)]; }

const Origin& Pack::origin(std::string_view key) const { return content_.origins[index_of(key)]; }

void PolicyReader::note(std::string_view key) const {
    const auto place = std::ranges::lower_bound(read_, key);
    if (place == read_.end() || *place != key) read_.insert(place, key);
}

std::vector<std::string> PolicyReader::keys_read() const { return {read_.begin(), read_.end()}; }

}  // namespace yilian::policy
