#pragma once

#include <string_view>

namespace yilian {

// A named place where a fault test may stop the process. In the product this is an empty function;
// the fault-test binaries link `yilian_failpoints` instead, which kills the process with SIGKILL at
// the n-th passage when the environment says YILIAN_FAILPOINT=name:n.
// Names in use: after_db_commit_before_ack, after_produce_before_mark, before_offset_commit.
void failpoint(std::string_view name);

}  // namespace yilian
