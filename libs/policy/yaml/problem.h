#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/reason.h"

namespace yilian::policy {

// One thing that is wrong with a file. Reasons:
//   POLICY_SYNTAX           not YAML, more than one document, an anchor, alias or explicit tag
//   POLICY_SCHEMA           unknown schema
//   POLICY_KEY_UNKNOWN      a key that does not exist there
//   POLICY_KEY_MISSING      a required one is absent
//   POLICY_KEY_DUPLICATE    written twice
//   POLICY_TYPE             wrong type; an unquoted decimal, date or code
//   POLICY_VALUE            outside the range or the closed set of words
//   POLICY_UNIT             not the unit of the key
//   POLICY_FILE             unreadable, in the wrong folder or of an unknown kind
//   POLICY_EXAMPLE          an example of the pack does not hold
//   POLICY_OVERLAP, POLICY_GAP, POLICY_BAND_GAP, POLICY_BAND_OVERLAP, POLICY_BELOW_FLOOR,
//   POLICY_ABOVE_CEILING, POLICY_WEIGHTS_SUM, RATE_CELL_OVERLAP, POLICY_CALENDAR_MISSING
struct Problem {
    std::string file;
    int line = 0;  // from 1; 0 = the file as a whole
    Reason reason;
    std::string detail;

    // "deploy/policies/cn/v1.yaml:12: POLICY_TYPE: ..."
    [[nodiscard]] std::string text() const;
};
using Problems = std::vector<Problem>;

// One problem a line, in the order of file and line.
[[nodiscard]] std::string text_of(const Problems& problems);

// Sorts by file, line, reason and text and drops repetitions.
void tidy(Problems& problems);

}  // namespace yilian::policy
