#pragma once

#include <iosfwd>
#include <string>

// `yilian drg lint`: unreachable, overlapping and dangling rules of a rule pack, without any case.
namespace yilian::cli {

struct DrgLintArgs {
    std::string rules;    // folder of the pack
    bool strict = false;  // overlaps count too
};

// Prints one line a finding, `FOLDER/TABLE:LINE: KIND: what`, or with `json` one document with the
// counts. 0 no finding but overlaps; 1 rules that are unreachable, or with `strict` overlaps; 3 the
// pack is refused (the findings say why); 4 it cannot be read.
[[nodiscard]] int lint_drg_rules(const DrgLintArgs& args, bool json, std::ostream& out);

}  // namespace yilian::cli
