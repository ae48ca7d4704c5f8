#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Worked examples of the specification, read from the reference data at test time.
namespace yilian::golden {

// Rows of a table by column name, as texts.
using TableRow = std::map<std::string, std::string, std::less<>>;
using TableRows = std::vector<TableRow>;

struct ExampleBlock {
    std::string label;  // the line before the block, without back quotes
    std::string text;
};

struct Example {
    std::string prose;  // everything that is neither block nor table
    std::vector<ExampleBlock> blocks;
    std::vector<TableRows> tables;

    // The first block with that label; a missing one is a test failure and gives "".
    [[nodiscard]] std::string block(std::string_view label) const;
    // The block whose label contains the text.
    [[nodiscard]] std::string block_after(std::string_view text) const;
    [[nodiscard]] bool has(std::string_view label) const;
};

// The example "X-20" of billing-examples.md; empty when the reference data is not there (which
// fails the test when CI=true).
[[nodiscard]] std::optional<Example> billing_example(std::string_view id);

// Plain CSV without quotes, as the examples use it.
[[nodiscard]] TableRows csv_rows(std::string_view text);

// "1,234.56" -> 123456; "12,345" with no decimals stays a whole number of fen.
[[nodiscard]] std::int64_t fen_of_yuan(std::string_view text);
[[nodiscard]] std::int64_t whole_number(std::string_view text);

}  // namespace yilian::golden
