#include "tests/chaos/broker.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/events/event.h"
#include "libs/kafka/admin.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/process.h"

namespace yilian::chaos {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> topics() {
    std::vector<std::string> names;
    for (const std::string& owner : cli::service_names()) {
        const std::string topic = events::topic_of_service(owner);
        names.push_back(topic);
        for (const std::string& consumer : cli::service_names()) {
            names.push_back(kafka::dead_letter_topic("yilian." + consumer, topic));
        }
    }
    return names;
}

class DevBroker final : public Broker {
  public:
    explicit DevBroker(const std::string& folder)
        : file_(folder + "/bootstrap"), process_(environment("YILIAN_DEVBROKER"), arguments()) {
        start();
    }
    [[nodiscard]] std::string bootstrap_file() const override { return file_; }
    [[nodiscard]] bool keeps_its_log() const override { return false; }
    void kill9() override {
        process_.kill9();
        // A killed broker leaves its address behind.
        std::filesystem::remove(file_);
    }
    void start() override {
        process_.start();
        while (!std::filesystem::exists(file_)) {
            YILIAN_INVARIANT(!process_.ended(), "the development broker ended");
            std::this_thread::sleep_for(5ms);
        }
    }

  private:
    [[nodiscard]] std::vector<std::string> arguments() const {
        std::vector<std::string> all{"--address-file", file_};
        for (std::string& name : topics()) all.push_back(std::move(name));
        return all;
    }
    const std::string file_;
    Process process_;
};

class RealKafka final : public Broker {
  public:
    explicit RealKafka(std::string folder) : folder_(std::move(folder)) {
        start();
        std::vector<kafka::TopicSpec> specs;
        for (std::string& name : topics()) specs.push_back({.name = std::move(name)});
        const kafka::Connection connection{.address =
                                               kafka::BrokerAddress::in_file(bootstrap_file())};
        const auto error = kafka::create_topics(connection, specs, 30s);
        YILIAN_INVARIANT(error.ok(), "Kafka's topics were not created");
    }
    ~RealKafka() override { (void)script("stop"); }
    [[nodiscard]] std::string bootstrap_file() const override { return folder_ + "/bootstrap"; }
    [[nodiscard]] bool keeps_its_log() const override { return true; }
    void kill9() override { YILIAN_INVARIANT(script("kill") == 0, "Kafka was not killed"); }
    void start() override { YILIAN_INVARIANT(script("start") == 0, "Kafka did not start"); }

  private:
    [[nodiscard]] int script(const std::string& verb) const {
        const std::string command = environment("YILIAN_SOURCE_DIR") + "/deploy/local/kafka.sh " +
                                    verb + " " + folder_ + " >&2";
        return std::system(command.c_str());
    }
    const std::string folder_;
};

}  // namespace

std::unique_ptr<Broker> start_broker(const std::string& folder) {
    const char* which = std::getenv("YILIAN_TEST_BROKER");
    if (which != nullptr && std::string(which) == "kafka") {
        return std::make_unique<RealKafka>(folder);
    }
    return std::make_unique<DevBroker>(folder);
}

}  // namespace yilian::chaos
