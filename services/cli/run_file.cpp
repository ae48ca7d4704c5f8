#include "services/cli/run_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fmt/format.h"
#include "libs/calendar/local_time.h"
#include "nlohmann/json.hpp"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string choose_folder(const std::string& given) {
    if (!given.empty()) return given;
    if (const char* from_environment = std::getenv("YILIAN_RUN")) return from_environment;
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("run", error)) {
        if (fs::exists(entry.path() / "run.json", error)) found.push_back(entry.path().string());
    }
    if (found.size() == 1) return found.front();
    throw CommandFailed(kExitUsage, found.empty()
                                        ? "RUN_NOT_FOUND: give --run DIR or set YILIAN_RUN"
                                        : "RUN_AMBIGUOUS: run/ holds several, give --run DIR");
}

const json& member(const json& of, const char* name, const std::string& where) {
    const auto found = of.find(name);
    if (found == of.end()) {
        throw CommandFailed(kExitParameters,
                            fmt::format("RUN_FILE_INVALID: {} has no {}", where, name));
    }
    return *found;
}

std::string text(const json& of, const char* name, const std::string& where) {
    const json& value = member(of, name, where);
    if (!value.is_string()) {
        throw CommandFailed(kExitParameters,
                            fmt::format("RUN_FILE_INVALID: {} of {} is no text", name, where));
    }
    return value.get<std::string>();
}

json parse(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in.is_open() || bytes.empty()) {
        throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + path);
    }
    json parsed = json::parse(bytes, nullptr, false);
    if (!parsed.is_object()) {
        throw CommandFailed(kExitParameters, "RUN_FILE_INVALID: " + path + " is no JSON object");
    }
    return parsed;
}

}  // namespace

const std::vector<std::string>& service_names() {
    static const std::vector<std::string> names = {"directory", "registries", "referrals",
                                                   "prescriptions", "billing"};
    return names;
}

RunFile load_run_file(const std::string& folder) {
    RunFile run;
    run.folder = fs::absolute(choose_folder(folder)).lexically_normal().string();
    const std::string file = run.folder + "/run.json";
    const json root = parse(file);
    const auto path = [&](const std::string& relative) {
        return (fs::path(run.folder) / relative).lexically_normal().string();
    };
    run.district = text(root, "district", file);
    run.profile = text(root, "profile", file);
    run.audience = text(root, "audience", file);
    run.policies_dir = path(text(root, "policies_dir", file));
    const auto start = calendar::parse_rfc3339(text(root, "clock_start", file));
    if (!start) throw CommandFailed(kExitParameters, "RUN_FILE_INVALID: clock_start of " + file);
    run.clock_start = *start;
    const json& services = member(root, "services", file);
    for (const std::string& name : service_names()) {
        run.addresses[name] = text(member(services, name.c_str(), file), "address", name);
    }
    const json& tls = member(root, "tls", file);
    run.tls = {path(text(tls, "ca", "tls")), path(text(tls, "certificate", "tls")),
               path(text(tls, "key", "tls"))};
    run.token_file = path(root.value("token_file", "tokens/operator.token"));
    run.bootstrap_file = path(text(member(root, "kafka", file), "bootstrap_file", "kafka"));
    return run;
}

}  // namespace yilian::cli
