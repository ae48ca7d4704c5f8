#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/run_file.h"

// `yilian topics`: the topics of the platform as the event table (proto/yilian/*/v1/events.proto)
// names them. Services never create topics.
namespace yilian::cli {

// "yilian.<service>.v1" of each service and "<consumer>.<topic>.dlt" of each subscription; sorted.
[[nodiscard]] std::vector<std::string> platform_topics();

// One name a line, or a JSON array.
int list_topics(bool json, std::ostream& out);

// Creates what is missing on the broker of the run file, 12 partitions each, and compares the
// partitions of what is there. Exit code 1 when a topic has another number of partitions. Throws
// CommandFailed 4 when the broker does not answer.
int apply_topics(const RunFile& run, bool json, std::ostream& out);

}  // namespace yilian::cli
