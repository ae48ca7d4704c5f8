#include "services/cli/topics.h"

#include <chrono>
#include <ostream>
#include <set>
#include <thread>

#include "fmt/format.h"
#include "libs/events/catalog.h"
#include "libs/events/event.h"
#include "libs/kafka/admin.h"
#include "libs/kafka/consumer.h"
#include "nlohmann/json.hpp"
#include "services/cli/exit_code.h"
#include "yilian/common/v1/event.pb.h"

namespace yilian::cli {
namespace {

constexpr std::chrono::seconds kBrokerWait{20};

kafka::Connection connection_of(const RunFile& run) {
    kafka::Connection connection;
    connection.address = kafka::BrokerAddress::in_file(run.bootstrap_file);
    connection.client_id = "yilian-cli";
    return connection;
}

[[noreturn]] void fail(const kafka::Error& error) {
    throw CommandFailed(kExitUnreadable, "BROKER_NOT_REACHED: " + error.to_string());
}

// The broker may just be starting.
std::vector<std::string> existing_topics(const kafka::Connection& connection) {
    const auto deadline = std::chrono::steady_clock::now() + kBrokerWait;
    while (true) {
        kafka::TopicList listed = kafka::list_topics(connection, std::chrono::seconds(5));
        if (listed.error.ok()) return listed.names;
        if (std::chrono::steady_clock::now() > deadline) fail(listed.error);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace

std::vector<std::string> platform_topics() {
    std::set<std::string> names;
    for (const std::string& service : service_names()) {
        names.insert(events::topic_of_service(service));
    }
    for (const events::EventType* type : events::catalog().all()) {
        const auto& option = type->descriptor->options().GetExtension(common::v1::event);
        for (const std::string& consumer : option.consumers()) {
            names.insert(kafka::dead_letter_topic("yilian." + consumer, type->topic));
        }
    }
    return {names.begin(), names.end()};
}

int list_topics(bool json, std::ostream& out) {
    if (json) {
        out << nlohmann::json(platform_topics()).dump() << "\n";
        return kExitGood;
    }
    for (const std::string& name : platform_topics()) out << name << "\n";
    return kExitGood;
}

int apply_topics(const RunFile& run, bool json, std::ostream& out) {
    const kafka::Connection connection = connection_of(run);
    const std::vector<std::string> before = existing_topics(connection);
    const std::set<std::string> there(before.begin(), before.end());
    const std::vector<std::string> wanted = platform_topics();
    std::vector<kafka::TopicSpec> missing;
    for (const std::string& name : wanted) {
        if (!there.contains(name)) missing.push_back({name});
    }
    if (!missing.empty()) {
        const kafka::Error error = kafka::create_topics(connection, missing, kBrokerWait);
        if (!error.ok()) fail(error);
    }
    kafka::ConsumerOptions options;
    options.connection = connection;
    options.group = "yilian-cli";
    kafka::Consumer consumer(std::move(options));
    if (const kafka::Error error = consumer.open(); !error.ok()) fail(error);
    const auto counts = consumer.partition_counts(wanted, kBrokerWait);
    if (!counts.error.ok()) fail(counts.error);

    int code = kExitGood;
    nlohmann::json rows = nlohmann::json::array();
    for (const std::string& name : wanted) {
        const auto found = counts.counts.find(name);
        const int partitions = found == counts.counts.end() ? 0 : found->second;
        const char* state = partitions != kafka::kPartitions ? "WRONG_PARTITIONS"
                            : there.contains(name)           ? "PRESENT"
                                                             : "CREATED";
        if (partitions != kafka::kPartitions) code = kExitFailed;
        rows.push_back({{"topic", name}, {"partitions", partitions}, {"state", state}});
        if (!json) out << fmt::format("{:<60} {:>3} {}\n", name, partitions, state);
    }
    if (json) out << rows.dump() << "\n";
    return code;
}

}  // namespace yilian::cli
