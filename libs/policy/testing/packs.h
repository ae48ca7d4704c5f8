#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "libs/policy/store.h"

// The packs of deploy/policies for tests (target yilian_policy_testing). YILIAN_SOURCE_DIR names
// the source tree; yilian_test sets it. Everything aborts the test with an exception when it cannot
// be done, with the reader's problems as text.
namespace yilian::policy::testing {

// Key name -> value as YAML: {{"rx.long.max_days", "28"}, {"referral.scope", "city"}}.
using Overrides = std::map<std::string, std::string>;

// All shipped packs, loaded once.
[[nodiscard]] std::shared_ptr<const PackSet> shipped_packs();

// The shipped pack of a district ("cn" = national base) on a day.
[[nodiscard]] std::shared_ptr<const Pack> shipped_pack(std::string_view district, Date day);

// All shipped packs, with keys of one district set to other values. Goes through the strict reader,
// so blocks are laid under the keys again; a value the reader refuses is an exception. For "change
// the key and see the result change".
[[nodiscard]] std::shared_ptr<const PackSet> packs_with(std::string_view district,
                                                        const Overrides& overrides);
// The same as files of a folder that a service can be started with (policies_dir).
void write_packs_with(const std::filesystem::path& folder, std::string_view district,
                      const Overrides& overrides);
[[nodiscard]] std::shared_ptr<const Pack> pack_with(std::string_view district, Date day,
                                                    const Overrides& overrides);

// Text of version 2 of the shipped document of a region, which takes its place from a day on.
[[nodiscard]] std::string second_version(std::string_view region, std::string_view effective_from,
                                         const Overrides& overrides);

}  // namespace yilian::policy::testing
