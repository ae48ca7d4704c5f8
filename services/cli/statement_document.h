#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"

// A statement in its machine form (billing.md 11.2): read, checked and shown. Pure: what is shown
// comes from the document alone.
namespace yilian::cli {

// Throws CommandFailed 4 when the bytes are no statement.
[[nodiscard]] nlohmann::json parse_statement(std::string_view bytes);

// Sums that do not add up, a line each ("pool RES-2026: points_e4 1 of 2"), and bytes that are not
// the canonical ones. Empty for a statement that is right.
[[nodiscard]] std::vector<std::string> statement_faults(const nlohmann::json& statement,
                                                        std::string_view bytes);

// The human form: Markdown in Chinese.
void print_statement(const nlohmann::json& statement, std::string_view sha256, std::ostream& out);

// Lines of a statement as CSV: cases, groups, pools or corrections; run and party stand in front.
[[nodiscard]] const std::vector<std::string>& statement_tables();
// The columns of a table, run_id and party first.
[[nodiscard]] std::vector<std::string> statement_columns(const std::string& table);
void print_statement_csv(const nlohmann::json& statement, const std::string& table,
                         std::ostream& out);

}  // namespace yilian::cli
