#include "tests/functional/cli_site.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/rpc/local_site.h"
#include "services/billing/app_wiring.h"
#include "services/directory/app_wiring.h"
#include "services/prescriptions/app_wiring.h"
#include "services/referrals/app_wiring.h"
#include "services/registries/app_wiring.h"

namespace yilian::functional {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

ordered_json Ran::json() const {
    auto parsed = ordered_json::parse(out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << out << err;
    return parsed;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

CliSite::CliSite()
    : platform(kDistrict, "2026-01-01T00:00:00+08:00",
               {directory::definition(), registries::definition(), referrals::definition(),
                prescriptions::definition(), billing::definition()}),
      folder(platform.site().security().folder()) {
    write_run_file();
    fs::create_directories(folder + "/files");
    EXPECT_EQ(run("token init").code, 0);
}

Ran CliSite::run(const std::string& arguments) const {
    const char* binaries = std::getenv("YILIAN_BINARY_DIR");
    YILIAN_INVARIANT(binaries != nullptr, "YILIAN_BINARY_DIR is set by ctest");
    const std::string errors = folder + "/stderr";
    const std::string command = "YILIAN_RUN='" + folder + "' '" + binaries +
                                "/services/cli/yilian' " + arguments + " 2>'" + errors + "'";
    Ran ran;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        ran.out.append(buffer.data(), got);
    }
    ran.code = WEXITSTATUS(::pclose(pipe));
    ran.err = read_file(errors);
    return ran;
}

std::string CliSite::file(const std::string& name, const std::string& text) const {
    const fs::path path = folder + "/files/" + name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
}

void CliSite::write_run_file() {
    ordered_json services = ordered_json::object();
    for (const char* name : {"directory", "registries", "referrals", "prescriptions", "billing"}) {
        services[name] = {{"address", platform.site().address(platform.app(name))}};
    }
    YILIAN_INVARIANT(platform.site().security().certificate("operator").ok(), "certificate");
    const ordered_json document{{"district", kDistrict},
                                {"profile", "local"},
                                {"clock_start", "2026-01-01T00:00:00+08:00"},
                                {"policies_dir", runtime::TestSite::repository_policies()},
                                {"audience", "yilian"},
                                {"tls",
                                 {{"ca", "certs/ca.pem"},
                                  {"certificate", "certs/operator.pem"},
                                  {"key", "certs/operator.key"}}},
                                {"token_file", "tokens/operator.token"},
                                {"kafka", {{"bootstrap_file", "broker/bootstrap"}}},
                                {"services", services}};
    std::ofstream(folder + "/run.json") << document.dump(2);
}

}  // namespace yilian::functional
