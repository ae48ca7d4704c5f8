#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/policy/billing_blocks.h"
#include "libs/policy/date.h"
#include "libs/policy/keys.h"

namespace yilian::policy {

// How far a value may be trusted (policy-trace.md): stated in a plan, seen in a published source,
// known but not re-read, or a default of this project.
enum class Mark { kStated, kPublished, kKnown, kProject };
[[nodiscard]] char letter_of(Mark mark);

// Where a value comes from.
struct Origin {
    Mark mark = Mark::kProject;
    std::string source;
    std::string note;
    std::string document;  // "cn/1": region and version of the document that sets it
};

// The rules of one district as they stand on the days of in_force(): national base and district
// overlay laid together, dated values decided, billing blocks resolved. Immutable, thread-safe.
class Pack {
  public:
    struct Content {
        std::string region;
        std::int32_t version = 0;
        std::int32_t base_version = 0;
        std::string digest;
        DateRange in_force;
        std::vector<Value> values;    // by position in all_keys()
        std::vector<Origin> origins;  // likewise
        std::vector<std::string> not_stated;
        billing::Blocks blocks;
        std::string blocks_document;
    };
    explicit Pack(Content content);

    // What a decision records: id (the district's code), version and digest. The digest is the
    // SHA-256 (64 hexadecimal characters) of the canonical form of base and overlay together.
    [[nodiscard]] const std::string& id() const { return content_.region; }
    [[nodiscard]] std::int32_t version() const { return content_.version; }
    [[nodiscard]] std::int32_t base_version() const { return content_.base_version; }
    [[nodiscard]] const std::string& digest() const { return content_.digest; }
    [[nodiscard]] const DateRange& in_force() const { return content_.in_force; }

    // The value of a key. Numbers, flags, dates and optionals come by value; words, lists and
    // tables by reference, valid as long as the Pack. Never fails: a loaded pack has every key.
    template <class T>
    [[nodiscard]] decltype(auto) get(const PolicyKey<T>& key) const {
        const Value& held = value(key.name());
        if constexpr (std::is_same_v<T, std::optional<std::int64_t>>) {
            return optional_of<std::int64_t>(held);
        } else if constexpr (std::is_same_v<T, std::optional<Goal>>) {
            return optional_of<Goal>(held);
        } else if constexpr (std::is_trivially_copyable_v<T>) {
            return T(std::get<T>(held));
        } else {
            return static_cast<const T&>(std::get<T>(held));
        }
    }

    // The same without a type, for printing. The key exists, else abort.
    [[nodiscard]] const Value& value(std::string_view key) const;
    [[nodiscard]] const Origin& origin(std::string_view key) const;

    // Keys that the district's plan names without a number: the base value stays in force and the
    // district must set them before it relies on them.
    [[nodiscard]] const std::vector<std::string>& not_stated() const { return content_.not_stated; }

    // The parameter blocks with the keys laid over them (policy-trace.md 9.5).
    [[nodiscard]] const billing::Blocks& blocks() const { return content_.blocks; }
    // The same as a --params file of the offline commands: header and body in YAML flow style
    // (JSON), keys sorted, one line feed at the end.
    [[nodiscard]] const std::string& blocks_document() const { return content_.blocks_document; }

  private:
    template <class T>
    static std::optional<T> optional_of(const Value& held) {
        const T* found = std::get_if<T>(&held);
        return found == nullptr ? std::nullopt : std::optional<T>(*found);
    }
    Content content_;
};

// A view of a pack for one decision that notes which keys were read, so that the decision can be
// explained and run again. Not thread-safe; one a decision.
class PolicyReader {
  public:
    explicit PolicyReader(std::shared_ptr<const Pack> pack) : pack_(std::move(pack)) {
        YILIAN_INVARIANT(pack_ != nullptr, "policy: reader without a pack");
    }

    // Pack::get, noted.
    template <class T>
    [[nodiscard]] decltype(auto) get(const PolicyKey<T>& key) const {
        note(key.name());
        return pack_->get(key);
    }
    [[nodiscard]] const Pack& pack() const { return *pack_; }

    // Names of the keys read so far, sorted, each once.
    [[nodiscard]] std::vector<std::string> keys_read() const;

  private:
    void note(std::string_view key) const;

    std::shared_ptr<const Pack> pack_;
    mutable std::vector<std::string_view> read_;  // names are literals of keys.h
};

}  // namespace yilian::policy
