#include "services/cli/verify.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <tuple>

#include "fmt/format.h"
#include "libs/events/catalog.h"
#include "nlohmann/json.hpp"
#include "services/cli/event_history.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::cli {
namespace {

namespace v1 = common::v1;

std::int64_t count_of(const std::vector<CountRow>& counts, const std::string& service,
                      const std::string& name) {
    std::int64_t sum = 0;
    for (const CountRow& row : counts) {
        if (row.service == service && row.name == name && row.period.empty() && row.scope.empty()) {
            sum += row.value;
        }
    }
    return sum;
}

// What the event table says a service applies, of what was published.
std::int64_t subscribed(const std::map<std::string, EventCounts>& published,
                        const std::string& consumer) {
    std::int64_t sum = 0;
    for (const auto& [owner, by_type] : published) {
        for (const auto& [type, count] : by_type) {
            const events::EventType* known = events::catalog().find(type);
            if (known == nullptr) continue;
            const auto& names = known->descriptor->options().GetExtension(v1::event).consumers();
            if (std::find(names.begin(), names.end(), consumer) != names.end()) sum += count;
        }
    }
    return sum;
}

}  // namespace

std::int64_t Verification::violations() const {
    std::int64_t failed = 0;
    for (const CheckRow& check : checks) failed += check.violations > 0 ? 1 : 0;
    return failed;
}

std::int64_t Verification::total(const std::string& name) const {
    std::int64_t sum = 0;
    for (const std::string& service : service_names()) sum += count_of(counts, service, name);
    return sum;
}

std::vector<CheckRow> cross_checks(const std::map<std::string, EventCounts>& published,
                                   const std::vector<CountRow>& counts) {
    CheckRow consumed{
        "", "X-C01", "Each service applied every event it subscribes to, once.", 0, {}};
    CheckRow told_by{"", "X-C02", "Each history holds the events that the outbox counts.", 0, {}};
    for (const auto& [service, history_of] : published) {
        const std::int64_t wanted = subscribed(published, service);
        const std::int64_t applied = count_of(counts, service, "events_consumed");
        if (wanted != applied) {
            consumed.first.push_back(fmt::format("{}: applied {} of {}", service, applied, wanted));
        }
        std::int64_t read = 0;
        for (const auto& [type, count] : history_of) read += count;
        const std::int64_t told = count_of(counts, service, "events_published");
        if (read != told) {
            told_by.first.push_back(fmt::format("{}: {} of {}", service, read, told));
        }
    }
    for (CheckRow* row : {&consumed, &told_by}) {
        row->violations = static_cast<std::int64_t>(row->first.size());
    }
    return {consumed, told_by};
}

Verification verify_services(const OperatorClients& clients,
                             const std::vector<std::string>& services) {
    Verification out;
    std::map<std::string, EventCounts> published;
    for (const std::string& service : services) {
        const auto checked = clients.ask<v1::RunChecksResponse>(
            service, "RunChecks", v1::RunChecksRequest(), std::chrono::seconds(60));
        for (const auto& result : checked.results()) {
            out.checks.push_back({service,
                                  result.check_id(),
                                  result.description(),
                                  result.violation_count(),
                                  {result.violations().begin(), result.violations().end()}});
        }
        const auto counted =
            clients.ask<v1::GetCountsResponse>(service, "GetCounts", v1::GetCountsRequest());
        for (const auto& count : counted.counts()) {
            out.counts.push_back(
                {service, count.name(), count.period(), count.scope(), count.value()});
        }
        published[service] = count_events(clients, service);
    }
    for (CheckRow& row : cross_checks(published, out.counts)) out.checks.push_back(std::move(row));
    std::sort(out.checks.begin(), out.checks.end(), [](const CheckRow& a, const CheckRow& b) {
        return std::tie(a.service, a.id) < std::tie(b.service, b.id);
    });
    std::sort(out.counts.begin(), out.counts.end(), [](const CountRow& a, const CountRow& b) {
        return std::tie(a.service, a.name, a.period, a.scope) <
               std::tie(b.service, b.name, b.period, b.scope);
    });
    return out;
}

int show_verification(const OperatorClients& clients, bool json, std::ostream& out) {
    const Verification verified = verify_services(clients);
    if (json) {
        nlohmann::ordered_json rows = nlohmann::ordered_json::array();
        for (const CheckRow& check : verified.checks) {
            rows.push_back({{"service", check.service},
                            {"check_id", check.id},
                            {"what", check.what},
                            {"violations", check.violations},
                            {"first", check.first}});
        }
        out << rows.dump(2) << "\n";
    } else {
        for (const CheckRow& check : verified.checks) {
            out << fmt::format("{:<8} {:<14} {:<8} {}\n", check.violations == 0 ? "ok" : "FAILED",
                               check.service.empty() ? "all" : check.service, check.id, check.what);
            for (const std::string& id : check.first) out << "         " << id << "\n";
        }
        out << fmt::format("{} checks, {} failed\n", verified.checks.size(), verified.violations());
    }
    return verified.violations() == 0 ? kExitGood : kExitFailed;
}

}  // namespace yilian::cli
