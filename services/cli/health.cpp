#include "services/cli/health.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <thread>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "services/cli/operator_client.h"

namespace yilian::cli {

int show_health(const RunFile& run, std::chrono::seconds wait, bool json, std::ostream& out) {
    const OperatorClients clients(run);
    const auto deadline = std::chrono::steady_clock::now() + wait;
    std::map<std::string, bool> serving;
    bool all = false;
    while (true) {
        all = true;
        for (const std::string& service : service_names()) {
            bool& state = serving[service];
            if (!state) state = clients.of(service).serving("", std::chrono::seconds(2));
            all = all && state;
        }
        if (all || std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const std::string& service : service_names()) {
        const char* state = serving.at(service) ? "SERVING" : "NOT_SERVING";
        const std::string& address = run.addresses.at(service);
        rows.push_back({{"service", service}, {"state", state}, {"address", address}});
        if (!json) out << fmt::format("{:<14} {:<12} {}\n", service, state, address);
    }
    if (json) out << rows.dump() << "\n";
    return all ? kExitGood : kExitFailed;
}

}  // namespace yilian::cli
