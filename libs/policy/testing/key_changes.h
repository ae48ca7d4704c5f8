#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/policy/key.h"
#include "libs/policy/testing/packs.h"

// "Change the key and see a result change": each service has tests/policy_keys_test.cpp with one
// entry for each key that it reads (tests/contract/policy_keys_test.cpp sees to that):
//
//   EXPECT_THAT(unchanged("350104", {change(policy::kRxLinesMax, "6", signing_of_six_lines), …}),
//               IsEmpty());
namespace yilian::policy::testing {

// The shipped packs with values of one district set otherwise.
class ChangedPacks {
  public:
    ChangedPacks(std::string district, Overrides overrides)
        : district_(std::move(district)), overrides_(std::move(overrides)) {}

    [[nodiscard]] std::shared_ptr<const PackSet> set() const {
        return packs_with(district_, overrides_);
    }
    [[nodiscard]] std::shared_ptr<const Pack> on(Date day) const {
        return pack_with(district_, day, overrides_);
    }
    // As files, for a service that is started with them.
    void write(const std::filesystem::path& folder) const {
        write_packs_with(folder, district_, overrides_);
    }

  private:
    std::string district_;
    Overrides overrides_;
};

// What a service makes of the packs, as text.
using PackResult = std::function<std::string(const ChangedPacks&)>;

struct KeyChange {
    std::string key;
    std::string value;  // as YAML; another one than `with` or the shipped pack has
    PackResult result;
    Overrides with{};  // other keys that must hold so that this one counts, and its own first value
    Overrides along{};  // what the reader demands to change with it (a sum); the result ignores it
};

template <class T>
[[nodiscard]] KeyChange change(const PolicyKey<T>& key, std::string value, PackResult result,
                               Overrides with = {}, Overrides along = {}) {
    return {std::string(key.name()), std::move(value), std::move(result), std::move(with),
            std::move(along)};
}

// The keys whose change changed nothing, and those that stand twice: one line each.
[[nodiscard]] std::vector<std::string> unchanged(const std::string& district,
                                                 const std::vector<KeyChange>& changes);

}  // namespace yilian::policy::testing
