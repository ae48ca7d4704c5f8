#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/billing/domain/drg/pack_table.h"

namespace yilian::billing {

// The tables of one rule pack as read from a folder.
struct RulePackFiles {
    drg::PackFiles tables;
    // SHA-256 over the tables in order of their names, as lower-case hex: for each table its name,
    // a line feed, its length in decimal, a line feed and its bytes. Other files of the folder
    // (names, cases, texts) have no part in grouping and none in the digest.
    std::string digest;
};

// Reads the tables that a pack may consist of (RulePack::required_tables, optional_tables). A
// missing table is left out: the pack's own checks name it. Codes: NOT_FOUND when there is no such
// folder, UNAVAILABLE when a table cannot be read.
[[nodiscard]] absl::StatusOr<RulePackFiles> read_rule_pack(const std::filesystem::path& folder);

// The same for the tables of these names.
[[nodiscard]] absl::StatusOr<RulePackFiles> read_pack_tables(
    const std::filesystem::path& folder, std::span<const std::string_view> names);

}  // namespace yilian::billing
