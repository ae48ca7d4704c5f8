#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/policy/yaml/reader.h"
#include "tests/golden/spec_examples.h"

// Reading of parameters, cells and rows that the money examples share.
namespace yilian::golden {

// The blocks of a parameter file; a problem of the file fails the test.
[[nodiscard]] inline policy::billing::Blocks parameters(const std::string& yaml) {
    const auto report = policy::read_params(yaml, "params.yaml");
    for (const auto& problem : report.problems) ADD_FAILURE() << problem.reason.code();
    return report.blocks.value_or(policy::billing::Blocks{});
}

[[nodiscard]] inline amount::Fen fen(const TableRow& row, std::string_view column) {
    return amount::Fen::parse(row.find(column)->second).value();
}
[[nodiscard]] inline amount::Rate rate(const TableRow& row, std::string_view column) {
    return amount::Rate::parse(row.find(column)->second).value();
}

// One CSV line of plain fields.
[[nodiscard]] inline std::string line(const std::vector<std::string>& fields) {
    std::string text;
    for (const auto& f : fields) text += (text.empty() ? "" : ",") + f;
    return text + "\n";
}

}  // namespace yilian::golden
