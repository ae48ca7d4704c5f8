#pragma once

#include <iosfwd>
#include <string>

namespace yilian::cli {

struct PolicyShowArgs {
    std::string packs;   // folder
    std::string region;  // six digits, or "cn"
    std::string date;    // yyyy-mm-dd, the day of service
    std::string key;     // "" = all
    bool blocks = false;
};

// `yilian policy show`: each key with value, mark and source; with `blocks` the resolved parameter
// blocks as a --params file (billing.md 16.10). Throws CommandFailed 3 when a pack is refused or
// none is in force, 2 for a wrong date or key.
int show_policy(const PolicyShowArgs& args, bool json, std::ostream& out);

}  // namespace yilian::cli
