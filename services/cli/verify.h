#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "services/cli/operator_client.h"

// `yilian verify`: every service runs its checks on one consistent snapshot, and the services are
// held against each other. Opens no database.
namespace yilian::cli {

struct CheckRow {
    std::string service;  // "" = across services
    std::string id;
    std::string what;
    std::int64_t violations = 0;
    std::vector<std::string> first;  // ids of at most 100 violating records, sorted
};

// One figure of a service (OperatorService.GetCounts).
struct CountRow {
    std::string service;
    std::string name;
    std::string period;
    std::string scope;
    std::int64_t value = 0;
};

struct Verification {
    std::vector<CheckRow> checks;  // sorted by service, then id
    std::vector<CountRow> counts;  // sorted by service, name, period, scope
    [[nodiscard]] std::int64_t violations() const;
    // The sum of a whole figure over the services; 0 when no service has it.
    [[nodiscard]] std::int64_t total(const std::string& name) const;
};

// How many events of each type a service's history holds. Read by ReplayEvents.
using EventCounts = std::map<std::string, std::int64_t>;

// X-C01: what a service consumed is what the others published of the types it subscribes to.
// X-C02: the events of the histories are as many as the services count in their outboxes.
// Pure, so that a test can break each.
[[nodiscard]] std::vector<CheckRow> cross_checks(
    const std::map<std::string, EventCounts>& published, const std::vector<CountRow>& counts);

// `services`: all, or those of a play that leaves some out; then X-C01 counts only them.
[[nodiscard]] Verification verify_services(
    const OperatorClients& clients, const std::vector<std::string>& services = service_names());

// Prints checks; exit code 1 when any violation stands.
int show_verification(const OperatorClients& clients, bool json, std::ostream& out);

}  // namespace yilian::cli
