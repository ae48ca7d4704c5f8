#pragma once

#include <string>
#include <string_view>

// Forms of a statement for people and for spreadsheets, made from its canonical JSON alone
// (billing.md 11.2): the same bytes in, the same bytes out.
namespace yilian::billing::rpc_edge {

// Columns section, record, figure, value; LF, quoting only where needed, in the order of the JSON.
[[nodiscard]] std::string statement_csv(std::string_view canonical_json);

// One page to print, in Chinese, with charts as SVG. It asks nothing of any server: no script, no
// font, no picture.
[[nodiscard]] std::string statement_html(std::string_view canonical_json,
                                         std::string_view dispute_until);

}  // namespace yilian::billing::rpc_edge
