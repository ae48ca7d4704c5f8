#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/chaos/checkers.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/history.h"

namespace yilian::chaos {

// How large a play is.
struct Load {
    int residents = 60;
    int months = 1;
    std::uint64_t seed = 1;
};

// A run of the player on the fleet (services/cli/play: the loop of all five services with their
// consumers, day by day) and everything that was seen of it.
struct Played {
    std::vector<Told> history{};
    std::vector<LogEvent> log{};        // before everything was sent again: that would heal a loss
    std::vector<LogEvent> log_after{};  // and after
    std::set<std::string> topic_ids{};
    std::vector<Consumption> consumers{};
    std::vector<LedgerReading> readings{};
    std::string summary{};                  // bytes of summary.json
    std::set<std::string> violations{};     // "service CHECK" that RunChecks found
    std::set<std::string> wrong_answers{};  // what the player did not expect, in its words
    [[nodiscard]] std::int64_t commands() const {
        return static_cast<std::int64_t>(history.size());
    }
};

// Plays; `before` is called ahead of every command, `after` when the play has ended and everybody
// must serve. Services and
// topics are read, and every command is sent once more. A play that
// breaks off is a test failure. `topic_kept`: the broker still holds all that was published.
[[nodiscard]] Played play(Fleet& fleet, const Load& load, const std::function<void()>& before,
                          const std::function<void()>& after, bool topic_kept = true);

// P1 to P4, P6 and P8 of a play under faults, against one without; and the same summary.
[[nodiscard]] Findings check(const Played& played, const Played& without_faults);

// Ids of the events in all topics of the services, read from offset 0 until all of `log` were there
// or nothing has come for a while.
[[nodiscard]] std::set<std::string> ids_in_topics(const Fleet& fleet,
                                                  const std::vector<LogEvent>& log);
// The histories of all services, read from themselves.
[[nodiscard]] std::vector<LogEvent> log_of(const Fleet& fleet);
[[nodiscard]] std::vector<Consumption> consumption(const Fleet& fleet,
                                                   const std::vector<LogEvent>& log);
// Until every outbox is empty and everything published is consumed.
void wait_until_quiet(const Fleet& fleet);

}  // namespace yilian::chaos
