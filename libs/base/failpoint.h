#pragma once

#include <string_view>

namespace yilian {

// Two switches of the fault-test binaries (yilian_failpoints). In the product
// (yilian_failpoints_off) the first does nothing and the second is false.

// A named place where the process kills itself with SIGKILL at the n-th passage, when the
// environment says YILIAN_FAILPOINT=name:n.
// Names in use: after_db_commit_before_ack, after_produce_before_mark, before_offset_commit.
void failpoint(std::string_view name);

// A bug planted on purpose, so that a test can demand that a checker reports it. True at the n-th
// passage, or at each without n, when the environment says YILIAN_BUG=name:n.
// Names in use: ack_without_commit, answer_not_kept, event_lost, event_applied_twice,
// posting_unbalanced.
[[nodiscard]] bool planted_bug(std::string_view name);

}  // namespace yilian
