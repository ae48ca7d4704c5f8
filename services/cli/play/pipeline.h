#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/cli/operator_client.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::cli::play {

// What GetPipelineStatus of each service said.
using Statuses = std::map<std::string, common::v1::GetPipelineStatusResponse>;

// Which services read which service's topic, by the event table.
[[nodiscard]] std::map<std::string, std::set<std::string>> readers_of_services();

// Why the pipeline is not quiet, or "": every outbox empty, every reader behind the last record of
// each partition of the same broker, nothing parked. One round of statuses suffices, in any order:
// a service that did work after it was read must have read a record that another one wrote after it
// was read.
[[nodiscard]] std::string unrest(const Statuses& statuses);

// Clock and pipeline of the services, driven from outside. Used on one thread.
class Pipeline {
  public:
    Pipeline(const OperatorClients& clients, std::vector<std::string> services);

    // Moves the business clock of every service, one after the other in their fixed order; where
    // timers fired, what they told has arrived before the next clock moves. Throws CommandFailed.
    void advance(Instant to);
    // Returns when the pipeline is quiet. Throws CommandFailed 1 when it has made no progress for
    // two minutes, with what it waits for.
    void wait_until_quiet();

  private:
    [[nodiscard]] Statuses ask_all() const;

    const OperatorClients& clients_;
    const std::vector<std::string> services_;
};

}  // namespace yilian::cli::play
