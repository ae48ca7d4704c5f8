#pragma once

#include <map>
#include <string>

// How the prose cells of policy-trace.md 9 are read. The left side is the cell as printed, so that
// a change of the specification is noticed.
namespace yilian::policy::testing {

extern const std::map<std::string, std::string> kReadings;

}  // namespace yilian::policy::testing
