#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/policy/key.h"

// The key index of policy-trace.md 9 as the test reads it.
namespace yilian::policy::testing {

struct Cell {
    std::string key;
    std::string column;  // "base" or a district code
    std::string text;    // as printed, without back-ticks
};

// All cells of 9.1 to 9.4; a row with several keys gives one cell a key.
std::vector<Cell> read_trace_cells(const std::string& policy_trace);

// Section text of each requirement row, by row id ("XQ-01").
std::map<std::string, std::string> read_trace_sections(const std::string& policy_trace);

// What a plain cell says: true, 120, a word, a list of words. Empty for prose.
std::optional<Value> plain_value(const KeySpec& spec, const std::string& cell);

}  // namespace yilian::policy::testing
