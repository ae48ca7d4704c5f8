// The development broker: librdkafka's mock cluster in a process of its own (README.md).

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "libs/kafka/mock_cluster.h"

namespace {

// Readers see the whole address or the old file, never half of it.
bool write_atomically(const std::string& path, const std::string& text) {
    const std::string draft = path + ".tmp." + std::to_string(::getpid());
    std::ofstream(draft) << text << "\n";
    std::error_code error;
    std::filesystem::rename(draft, path, error);
    return !error;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli("In-memory Kafka broker for trying out and for tests");
    std::string address_file;
    int partitions = 12;
    std::vector<std::string> topics;
    cli.add_option("--address-file", address_file, "file that gets host:port")->required();
    cli.add_option("--partitions", partitions, "partitions of each topic")
        ->check(CLI::Range(1, 128));
    cli.add_option("topics", topics, "topics to create");
    CLI11_PARSE(cli, argc, argv);

    // Before librdkafka starts threads, so that all of them inherit the mask.
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, nullptr);

    const yilian::kafka::MockCluster broker(topics, partitions);
    if (!write_atomically(address_file, broker.bootstrap())) {
        std::fprintf(stderr, "devbroker: cannot write %s\n", address_file.c_str());
        return 1;
    }
    int signal = 0;
    sigwait(&stop, &signal);
    std::error_code ignored;
    std::filesystem::remove(address_file, ignored);
    return 0;
}
