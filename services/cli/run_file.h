#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/base/clock.h"

// run.json: where a deployment's services are and with which files a caller comes in. deploy/run.sh
// writes one into each run folder; an operator of a deployment writes one by hand
// (services/cli/README.md).
namespace yilian::cli {

// The five services in the order in which operators' work visits them.
[[nodiscard]] const std::vector<std::string>& service_names();

struct RunFile {
    std::string folder;  // of run.json; all paths below are made absolute against it
    std::string district;
    std::string profile;  // "local" allows `token` and `play`
    Instant clock_start{};
    std::string policies_dir;
    std::string audience;
    std::map<std::string, std::string> addresses;  // service -> host:port
    struct Tls {
        std::string ca;
        std::string certificate;
        std::string key;
    } tls;                   // of the operator
    std::string token_file;  // of the operator
    std::string bootstrap_file;
};

// Reads FOLDER/run.json. "" takes YILIAN_RUN, else the only folder of run/ that holds a run.json.
// Throws CommandFailed: 2 when no folder can be chosen, 4 unreadable, 3 a member missing or wrong.
[[nodiscard]] RunFile load_run_file(const std::string& folder);

}  // namespace yilian::cli
