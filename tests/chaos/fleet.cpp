#include "tests/chaos/fleet.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/calendar/local_time.h"

namespace yilian::chaos {
namespace {

using namespace std::chrono_literals;

constexpr const char* kDistrict = "350104";
constexpr const char* kClockStart = "2026-01-01T00:00:00+08:00";

std::string program_of(const std::string& service) {
    std::string variable = "YILIAN_" + service + "_FP";
    for (char& c : variable) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return environment(variable.c_str());
}

template <class T>
T made(absl::StatusOr<T> value) {
    YILIAN_INVARIANT(value.ok(), "chaos: security files");
    return *std::move(value);
}

void write_secret(const std::string& path, const std::string& text) {
    YILIAN_INVARIANT(rpc::write_file(path, text, true).ok(), "chaos: a secret was not written");
}

}  // namespace

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    YILIAN_INVARIANT(value != nullptr, "ctest sets the paths of the programs");
    return value;
}

Fleet::Fleet(std::vector<std::string> names, const std::map<std::string, Environment>& environments)
    : names_(std::move(names)), site_(made(rpc::LocalSite::open(folder_.path().string()))) {
    if (const char* store = std::getenv("YILIAN_TEST_STORE");
        store != nullptr && std::string(store) == "postgres") {
        postgres_ = std::make_unique<testkit::TempPostgres>();
    }
    std::filesystem::create_directory(folder_.file("broker"));
    broker_ = start_broker(folder_.file("broker"));
    const std::vector<int> ports = free_ports(2 * static_cast<int>(names_.size()));
    for (std::size_t i = 0; i < names_.size(); ++i) {
        ports_[names_[i]] = ports[2 * i];
        metrics_ports_[names_[i]] = ports[2 * i + 1];
    }
    write_secrets();
    describe_run();
    operators_ = std::make_unique<cli::OperatorClients>(run_, 60s);
    for (const std::string& name : names_) {
        write_config(name);
        services_[name] = std::make_unique<Process>(
            program_of(name), std::vector<std::string>{"--config", folder_.file(name + ".yaml")});
        const auto found = environments.find(name);
        start(name, found == environments.end() ? Environment{} : found->second);
    }
    for (const std::string& name : names_) {
        YILIAN_INVARIANT(wait_serving(name), "chaos: a service does not serve");
    }
}

Fleet::~Fleet() {
    operators_.reset();
    services_.clear();
}

void Fleet::write_secrets() {
    write_secret(folder_.file("identity_key"), "1 " + std::string(64, 'a'));
    write_secret(folder_.file("digest_key"), std::string(64, 'b'));
    write_secret(folder_.file("page_token_key"), std::string(64, 'c'));
    write_secret(folder_.file("claim_secret_key"), std::string(64, 'd'));
    for (const std::string& name : names_) {
        const auto tls = made(site_.certificate(name));
        write_secret(
            folder_.file(name + ".token"),
            made(site_.token(tls, {"service:" + name, name, name, kDistrict, {"service"}})));
    }
}

void Fleet::describe_run() {
    const auto tls = made(site_.certificate("operator"));
    const std::string token = folder_.file("operator.token");
    write_secret(token, made(site_.token(
                            tls, {"operator", "operator", "operator", kDistrict, {"operator"}})));
    run_.folder = folder();
    run_.district = kDistrict;
    run_.profile = "local";
    run_.clock_start = *calendar::parse_rfc3339(kClockStart);
    run_.policies_dir = environment("YILIAN_SOURCE_DIR") + "/deploy/policies";
    run_.audience = "yilian";
    for (const auto& [name, port] : ports_) {
        run_.addresses[name] = fmt::format("127.0.0.1:{}", port);
    }
    run_.tls = {tls.ca_file, tls.certificate_file, tls.key_file};
    run_.token_file = token;
    run_.bootstrap_file = broker_->bootstrap_file();
}

std::string Fleet::store_block(const std::string& service) {
    if (postgres_) {
        return fmt::format("store: {{driver: postgres, conninfo: \"{}\"}}\n",
                           postgres_->new_database());
    }
    return fmt::format("store: {{driver: sqlite, path: \"{}\"}}\n", folder_.file(service + ".db"));
}

void Fleet::write_config(const std::string& service) {
    const auto tls = made(site_.certificate(service));
    std::ofstream out(folder_.file(service + ".yaml"));
    out << fmt::format(
        "service: {0}\ndistrict: \"{1}\"\nprofile: local\n"
        "listen: {{host: 127.0.0.1, port: {2}}}\n"
        "metrics: {{host: 127.0.0.1, port: {12}}}\n"
        "tls: {{certificate_file: \"{3}\", key_file: \"{4}\", ca_file: \"{5}\"}}\n"
        "auth: {{jwks_file: \"{6}\", audience: yilian, allow_local_issuer: true}}\n"
        "kafka: {{bootstrap_file: \"{7}\"}}\n"
        "clock: {{mode: driven, start: \"{8}\"}}\n"
        "policies_dir: \"{9}\"\npeer_token_file: \"{10}\"\nlog_file: \"{11}\"\n",
        service, kDistrict, ports_.at(service), tls.certificate_file, tls.key_file, tls.ca_file,
        site_.jwks_file(), broker_->bootstrap_file(), kClockStart, run_.policies_dir,
        folder_.file(service + ".token"), folder_.file(service + ".log"),
        metrics_ports_.at(service));
    out << store_block(service) << (names_.size() > 1 ? "peers:\n" : "");
    for (const auto& [name, address] : run_.addresses) {
        if (name != service) out << fmt::format("  {}: \"{}\"\n", name, address);
    }
    out << fmt::format("secrets:\n  page_token_key: \"{}\"\n", folder_.file("page_token_key"));
    if (service == "prescriptions") {
        out << fmt::format("  claim_secret_key: \"{}\"\n", folder_.file("claim_secret_key"));
    }
    if (service == "referrals") {
        // Any private key will do.
        out << fmt::format("  evidence_key: \"{}\"\n",
                           made(site_.certificate("evidence")).key_file);
    }
    if (service == "directory") {
        out << fmt::format("  identity_key: \"{}\"\n  digest_key: \"{}\"\n",
                           folder_.file("identity_key"), folder_.file("digest_key"));
    }
}

void Fleet::start(const std::string& service, const Environment& more) {
    services_.at(service)->start(more);
}

bool Fleet::wait_serving(const std::string& service) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    rpc::Client& probe = operators_->of(service);
    while (std::chrono::steady_clock::now() < deadline) {
        if (probe.serving("", 500ms)) return true;
        if (process(service).ended()) start(service);
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

std::unique_ptr<rpc::Client> Fleet::client(const std::string& service,
                                           const std::string& institution,
                                           std::vector<std::string> roles) const {
    return made(
        site_.client(run_.addresses.at(service), "client-" + institution,
                     {institution + "-1", "chaos", institution, kDistrict, std::move(roles)}));
}

}  // namespace yilian::chaos
