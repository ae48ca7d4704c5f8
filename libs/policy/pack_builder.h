#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "libs/policy/pack.h"

namespace yilian::policy {

// Makes packs from plain values, for tests of domain code that reads no file:
//   const auto pack = PackBuilder("350104").set(kRxLongMaxDays, 56).build();
// Keys that are not set have their neutral value (false, the lowest number, the first word, empty),
// or the value of the pack the builder started from. Blocks are not laid under the keys: give both.
// Nothing is checked; packs of a running service come from the reader.
class PackBuilder {
  public:
    explicit PackBuilder(std::string region);
    explicit PackBuilder(const Pack& from);

    template <class T, class V>
    PackBuilder& set(const PolicyKey<T>& key, V&& value) & {
        put(key.name(), stored(T(std::forward<V>(value))));
        return *this;
    }
    template <class T, class V>
    PackBuilder&& set(const PolicyKey<T>& key, V&& value) && {
        put(key.name(), stored(T(std::forward<V>(value))));
        return std::move(*this);
    }
    PackBuilder& version(std::int32_t version);
    PackBuilder& blocks(billing::Blocks blocks);

    [[nodiscard]] std::shared_ptr<const Pack> build() const;

  private:
    template <class T>
    static Value stored(T value) {
        return Value(std::move(value));
    }
    template <class T>
    static Value stored(std::optional<T> value) {
        return value ? Value(std::move(*value)) : Value();
    }
    void put(std::string_view key, Value value);

    Pack::Content content_;
};

}  // namespace yilian::policy
