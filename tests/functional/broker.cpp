#include "tests/functional/broker.h"

#include <cstdlib>
#include <fstream>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/events/event.h"
#include "libs/kafka/admin.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/testkit/temp_dir.h"

namespace yilian::functional {
namespace {

const std::vector<std::string>& services() {
    static const std::vector<std::string> names = {"directory", "registries", "referrals",
                                                   "prescriptions", "billing"};
    return names;
}

// Every topic a service owns, and the dead letters of every consumer of it.
std::vector<std::string> topics() {
    std::vector<std::string> names;
    for (const std::string& owner : services()) {
        const std::string topic = events::topic_of_service(owner);
        names.push_back(topic);
        for (const std::string& consumer : services()) {
            names.push_back(kafka::dead_letter_topic("yilian." + consumer, topic));
        }
    }
    return names;
}

class EmbeddedBroker final : public Broker {
  public:
    [[nodiscard]] std::string bootstrap() const override { return cluster_.bootstrap(); }

  private:
    kafka::MockCluster cluster_{topics(), kafka::kPartitions};
};

class RealKafka final : public Broker {
  public:
    RealKafka() {
        YILIAN_INVARIANT(script("start") == 0, "Kafka did not start");
        std::ifstream file(folder_.file("kafka/bootstrap"));
        std::getline(file, bootstrap_);
        std::vector<kafka::TopicSpec> specs;
        for (const std::string& name : topics()) specs.push_back({.name = name});
        const kafka::Connection connection{.address = kafka::BrokerAddress::fixed(bootstrap_)};
        const auto error = kafka::create_topics(connection, specs, std::chrono::seconds(30));
        YILIAN_INVARIANT(error.ok(), "Kafka topics were not created");
    }
    ~RealKafka() override { (void)script("stop"); }
    [[nodiscard]] std::string bootstrap() const override { return bootstrap_; }

  private:
    int script(const std::string& verb) {
        const char* source = std::getenv("YILIAN_SOURCE_DIR");
        YILIAN_INVARIANT(source != nullptr, "YILIAN_SOURCE_DIR is set by ctest");
        const std::string command = std::string(source) + "/deploy/local/kafka.sh " + verb + " " +
                                    folder_.file("kafka") + " >&2";
        return std::system(command.c_str());
    }
    testkit::TempDir folder_;
    std::string bootstrap_;
};

}  // namespace

std::unique_ptr<Broker> start_broker() {
    const char* which = std::getenv("YILIAN_TEST_BROKER");
    if (which != nullptr && std::string(which) == "kafka") return std::make_unique<RealKafka>();
    return std::make_unique<EmbeddedBroker>();
}

}  // namespace yilian::functional
