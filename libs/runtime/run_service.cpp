#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/synchronization/mutex.h"
#include "libs/runtime/app.h"
#include "libs/runtime/version.h"

namespace yilian::runtime {
namespace {

constexpr int kBadUsage = 2;

struct Arguments {
    std::string config_file;
    bool migrate_only = false;
    bool version = false;
    bool valid = true;
};

Arguments parse(int argc, char** argv) {
    Arguments out;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--config" && i + 1 < argc) {
            out.config_file = argv[++i];
        } else if (argument == "--migrate-only") {
            out.migrate_only = true;
        } else if (argument == "--version") {
            out.version = true;
        } else {
            out.valid = false;
        }
    }
    out.valid = out.valid && (out.version || !out.config_file.empty());
    return out;
}

// gRPC and protobuf write plain text to standard error, once for every failed handshake of whoever
// connects. What matters of it stands in our own log.
void tame_libraries() {
    // Debian's abseil looks for lock cycles in every build; it costs gRPC 2 % of a call.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    gpr_set_log_function([](gpr_log_func_args*) {});
    google::protobuf::SetLogHandler(nullptr);
}

// The memory of a service holds names, identity numbers and secrets. The limit alone would not do:
// a system that pipes core files to a handler does not look at it.
void forbid_core_files() {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

// Signals are taken by sigwait on the main thread; every thread made later inherits the mask.
sigset_t block_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

int fail(const absl::Status& status, int code) {
    fmt::print(stderr, "{}\n", std::string(status.message()));
    return code;
}

}  // namespace

int run_service(int argc, char** argv, ServiceDefinition definition) {
    const Arguments arguments = parse(argc, argv);
    if (!arguments.valid) {
        fmt::print(stderr, "usage: yilian-{} --config FILE [--migrate-only] | --version\n",
                   definition.name);
        return kBadUsage;
    }
    if (arguments.version) {
        fmt::print("yilian-{} {}\n", definition.name, kVersion);
        return EXIT_SUCCESS;
    }
    forbid_core_files();
    const sigset_t signals = block_signals();
    tame_libraries();
    auto config = config::load_service_config(arguments.config_file);
    if (!config.ok()) return fail(config.status(), kBadUsage);
    App app(*std::move(config), std::move(definition));
    if (arguments.migrate_only) {
        const absl::Status status = app.migrate_only();
        return status.ok() ? EXIT_SUCCESS : fail(status, EXIT_FAILURE);
    }
    if (const absl::Status status = app.start(); !status.ok()) {
        return fail(status,
                    status.code() == absl::StatusCode::kInvalidArgument ? kBadUsage : EXIT_FAILURE);
    }
    int signal = 0;
    sigwait(&signals, &signal);
    app.stop();
    return EXIT_SUCCESS;
}

}  // namespace yilian::runtime
