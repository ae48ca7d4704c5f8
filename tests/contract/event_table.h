#pragma once

#include <set>
#include <string>
#include <vector>

namespace yilian::contract {

// One row of the event table (events.md of the specification): events that share key, payload and
// consumers.
struct EventRow {
    std::string service;                // publisher, from the heading
    std::vector<std::string> messages;  // "ResidentRegistered"
    std::vector<std::string> types;     // "resident.registered"; fewer than messages where abridged
    bool types_complete = false;        // one type for each message, in order
    std::string key;                    // "R", "I", "D" or "I or D"
    // Payload fields. `required` stand in every message of the row, `somewhere` in at least one.
    std::vector<std::string> required;
    std::vector<std::string> somewhere;
    std::set<std::string> consumers;  // services, without the publisher
};

// Reads the table. A row that cannot be understood is a test failure, not skipped.
[[nodiscard]] std::vector<EventRow> parse_event_table(const std::string& text);

}  // namespace yilian::contract
