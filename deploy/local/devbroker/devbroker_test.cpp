#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "libs/kafka/admin.h"
#include "libs/kafka/consumer.h"

namespace yilian::kafka {
namespace {

using namespace std::chrono_literals;

// The real program, from its start to its exit code.
class Devbroker : public ::testing::Test {
  protected:
    Devbroker()
        : file_(std::filesystem::temp_directory_path() /
                ("devbroker_test_" + std::to_string(::getpid()))) {
        std::filesystem::remove(file_);
    }
    ~Devbroker() override {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        std::filesystem::remove(file_);
    }
    void start() {
        pid_ = fork();
        ASSERT_GE(pid_, 0);
        if (pid_ == 0) {
            execl(DEVBROKER, DEVBROKER, "--address-file", file_.c_str(), "--partitions", "3",
                  "yilian.a.v1", "g.yilian.a.v1.dlt", nullptr);
            _exit(127);
        }
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (connection().address.current().empty()) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << "no address came";
            std::this_thread::sleep_for(5ms);
        }
    }
    int stop() {
        kill(pid_, SIGTERM);
        int status = -1;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    [[nodiscard]] Connection connection() const {
        Connection made;
        made.address = BrokerAddress::in_file(file_);
        return made;
    }

    std::filesystem::path file_;
    pid_t pid_ = -1;
};

TEST_F(Devbroker, HostsTheTopicsItWasGivenAndEndsOnSigterm) {
    start();
    const TopicList topics = list_topics(connection(), 10s);
    ASSERT_TRUE(topics.error.ok()) << topics.error.to_string();
    EXPECT_EQ(topics.names, (std::vector<std::string>{"g.yilian.a.v1.dlt", "yilian.a.v1"}));
    Consumer consumer({.connection = connection(), .group = "g"});
    ASSERT_TRUE(consumer.open().ok());
    EXPECT_EQ(consumer.partition_counts({"yilian.a.v1"}, 10s).counts.at("yilian.a.v1"), 3);
    consumer.close();
    EXPECT_EQ(stop(), 0);
    EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Devbroker, ARestartIsAnotherBroker) {
    start();
    const std::string first = cluster_id(connection(), 10s).id;
    EXPECT_EQ(stop(), 0);
    start();
    EXPECT_NE(cluster_id(connection(), 10s).id, first);
    EXPECT_EQ(stop(), 0);
}

}  // namespace
}  // namespace yilian::kafka
