#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>

#include "services/cli/operator_client.h"
#include "yilian/common/v1/event_log.pb.h"

// The services' histories (EventLogService.ReplayEvents), read page by page.
namespace yilian::cli {

// Hands out every event of the service that the selection names, in the order of its outbox, until
// `each` answers false. Throws CommandFailed as OperatorClients::ask.
void read_history(const OperatorClients& clients, const std::string& service,
                  const common::v1::ReplayByPosition& selection,
                  const std::function<bool(const common::v1::EventEnvelope&)>& each);

// Distinct events of each type.
[[nodiscard]] std::map<std::string, std::int64_t> count_events(const OperatorClients& clients,
                                                               const std::string& service);

struct TailArgs {
    std::string service;      // "" = all five
    std::string type_prefix;  // "yilian.referrals.referral."
    std::string subject;      // one aggregate
    std::int64_t last = 20;   // of each service; 0 = from the beginning
    bool follow = false;
};

// `yilian tail`: one line an event (JSON lines with --json): time, type, subject, sequence, key and
// payload. Payloads hold facts and pseudonymous ids only. With `follow` it goes on until a signal.
int tail_events(const OperatorClients& clients, const TailArgs& args, bool json, std::ostream& out);

}  // namespace yilian::cli
