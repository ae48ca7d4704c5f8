#pragma once

#include <memory>
#include <vector>

#include "libs/policy/store.h"
#include "libs/policy/yaml/document.h"

// From read documents to packs: base and overlay laid together for every stretch of days on which
// nothing changes.
namespace yilian::policy {

// Two versions of a region in force on one day without `supersedes` (POLICY_OVERLAP), a hole
// between versions, or days of a district that no national base covers (POLICY_GAP), a version
// twice.
void check_ranges(const std::vector<PackDocument>& documents, Problems& problems);

// Every pack that the documents give, superseded ones included, checked as a whole: keys against
// each other, blocks, examples. With problems before the call the packs are checked as far as
// possible and null is returned.
[[nodiscard]] std::shared_ptr<const PackSet> build_packs(const std::vector<PackDocument>& documents,
                                                         Problems& problems, Problems& warnings);

}  // namespace yilian::policy
