#include "libs/policy/testing/key_changes.h"

#include <set>

namespace yilian::policy::testing {

std::vector<std::string> unchanged(const std::string& district,
                                   const std::vector<KeyChange>& changes) {
    std::vector<std::string> out;
    std::set<std::string> seen;
    for (const KeyChange& c : changes) {
        if (!seen.insert(c.key).second) out.push_back(c.key + " stands twice");
        Overrides other = c.with;
        for (const auto& [key, value] : c.along) other.insert_or_assign(key, value);
        other.insert_or_assign(c.key, c.value);
        const std::string before = c.result(ChangedPacks(district, c.with));
        const std::string after = c.result(ChangedPacks(district, other));
        if (before == after) out.push_back(c.key + " = " + c.value + " leaves " + before);
    }
    return out;
}

}  // namespace yilian::policy::testing
