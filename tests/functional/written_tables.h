#pragma once

#include <set>
#include <string>

namespace yilian::functional {

// What the sources of a service say about a table.
struct WrittenTables {
    std::set<std::string> by_events;  // every statement that writes it is used in consume/ only
    std::set<std::string> otherwise;  // written by commands, timers or shared code
};

// Reads the statements of services/<service>/store/*.h (constants of storage::Query) and where each
// of them is used. Throws when the sources cannot be read.
[[nodiscard]] WrittenTables written_tables(const std::string& service);

}  // namespace yilian::functional
