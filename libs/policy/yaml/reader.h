#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/policy/billing_blocks.h"
#include "libs/policy/store.h"
#include "libs/policy/yaml/problem.h"

// The strict reader of pack and parameter files. Stateless; everything that is wrong is found in
// one pass and said with file and line.
namespace yilian::policy {

struct PackText {
    std::string file;  // shown in problems
    std::string text;
};

// `packs` is null exactly when `problems` is not empty. `warnings` are odd but allowed: a ratio
// that does not fall with the level, a block field that a key overrides.
struct LoadReport {
    std::shared_ptr<const PackSet> packs;
    Problems problems;
    Problems warnings;
};

// All documents together: a national base ("cn") and district overlays.
[[nodiscard]] LoadReport load_packs(const std::vector<PackText>& texts);

// Reads DIR/<region>/*.yaml. Every other file there except README.md and MANIFEST* is refused
// (POLICY_FILE), so that a misspelt name cannot drop rules silently. Whether the folder is signed is
// looked at before (libs/runtime/pack_trust.h, `yilian pack verify`).
[[nodiscard]] LoadReport load_directory(const std::filesystem::path& directory);

// A --params file of the offline commands (billing.md 2.5 and 16.1).
struct ParamsReport {
    std::optional<billing::ParamsHeader> header;  // both empty exactly when there are problems
    std::optional<billing::Blocks> blocks;
    std::string digest;  // SHA-256 of the canonical form, hexadecimal
    Problems problems;
    Problems warnings;
};
[[nodiscard]] ParamsReport read_params(std::string_view text, const std::string& file);

}  // namespace yilian::policy
