#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/chaos/history.h"

// The oracles of reliability.md 3, as pure functions: findings in words, empty when the property
// holds. Each is shown to fail, on made-up histories (checkers_test.cpp) and by planted bugs
// (planted_bug_test.cpp).
namespace yilian::chaos {

using Findings = std::vector<std::string>;

// Request id -> types of the events that its command itself publishes, sorted.
using EventsOfCommands = std::map<std::string, std::vector<std::string>>;
// From a history that no fault has touched.
[[nodiscard]] EventsOfCommands events_of_commands(const std::vector<LogEvent>& log);

// P1: every acknowledged command has all of its events in the log, and every event of the log is in
// the topic (`topic_ids`).
[[nodiscard]] Findings lost(const std::vector<Told>& history, const EventsOfCommands& expected,
                            const std::vector<LogEvent>& log,
                            const std::set<std::string>& topic_ids);

// P2: every consumer applied what it subscribes to, once; no command published more than its
// events.
[[nodiscard]] Findings doubled(const std::vector<Consumption>& consumers,
                               const std::vector<Told>& history, const EventsOfCommands& expected,
                               const std::vector<LogEvent>& log);

// P3: the events of an aggregate are numbered from 1 without gap.
[[nodiscard]] Findings out_of_order(const std::vector<LogEvent>& log);

// P4: a prescription has one holder at a time, and only the holder dispenses it.
[[nodiscard]] Findings two_holders(const std::vector<LogEvent>& log);

// P6: every reading of the ledger is zero, and so is every posting.
[[nodiscard]] Findings unbalanced(const std::vector<LedgerReading>& readings,
                                  const std::vector<LogEvent>& log);

// P8: the same request was answered with the same bytes; no call ended without an answer.
[[nodiscard]] Findings answered_otherwise(const std::vector<Told>& history);

}  // namespace yilian::chaos
