#include "libs/runtime/testing/test_site.h"

#include <cstdlib>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/events/codec.h"

namespace yilian::runtime {

TestSite::TestSite(storage::Dialect dialect) : dialect_(dialect) {
    auto security = rpc::LocalSite::open(folder_.path().string());
    YILIAN_INVARIANT(security.ok(), "test certificates");
    security_ = std::make_unique<rpc::LocalSite>(*std::move(security));
}

std::string TestSite::repository_policies() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    YILIAN_INVARIANT(source != nullptr, "YILIAN_SOURCE_DIR is set by ctest");
    return std::string(source) + "/deploy/policies";
}

testkit::Database& TestSite::database(const std::string& service) {
    auto& database = databases_[service];
    if (!database) database = testkit::new_database(dialect_);
    return *database;
}

config::ServiceConfig TestSite::config(const std::string& service) {
    const std::string database_address = database(service).address();
    const auto tls = security_->certificate(service);
    YILIAN_INVARIANT(tls.ok(), "test certificate");
    config::ServiceConfig out;
    out.service = service;
    out.district = district;
    out.profile = config::Profile::kLocal;
    out.listen = {"127.0.0.1", 0};
    out.tls = *tls;
    out.auth = {security_->jwks_file(), "yilian", true};
    if (dialect_ == storage::Dialect::kSqlite) {
        out.store.driver = config::StoreDriver::kSqlite;
        out.store.path = database_address;
    } else {
        out.store.driver = config::StoreDriver::kPostgres;
        out.store.conninfo = database_address;
    }
    out.clock = {config::ClockMode::kDriven, *events::parse_time(clock_start)};
    out.log_file = folder_.file(service + ".log");
    out.limits.drain = std::chrono::milliseconds(3000);
    const auto token =
        security_->token(*tls, {"service:" + service, service, service, district, {"service"}});
    out.peer_token_file = folder_.file(service + ".token");
    YILIAN_INVARIANT(token.ok() && rpc::write_file(out.peer_token_file, *token, true).ok(),
                     "test token");
    return out;
}

std::unique_ptr<App> TestSite::start(ServiceDefinition definition) {
    config::ServiceConfig made = config(definition.name);
    return start(std::move(made), std::move(definition));
}

std::unique_ptr<App> TestSite::start(config::ServiceConfig config, ServiceDefinition definition) {
    auto app = std::make_unique<App>(std::move(config), std::move(definition));
    const absl::Status status = app->start();
    if (status.ok()) return app;
    ADD_FAILURE() << "service did not start: " << status;
    return nullptr;
}

std::string TestSite::address(const App& app) const {
    return "127.0.0.1:" + std::to_string(app.port());
}

std::unique_ptr<rpc::Client> TestSite::client(const App& app, const std::string& institution_id,
                                              std::vector<std::string> roles, std::string subject) {
    rpc::TokenRequest request;
    request.subject = subject.empty() ? institution_id + "-p1" : std::move(subject);
    request.client_id = "test:" + institution_id;
    request.institution_id = institution_id;
    request.district = district;
    request.roles = std::move(roles);
    auto made = security_->client(address(app), "client-" + institution_id, request);
    YILIAN_INVARIANT(made.ok(), "test client");
    return *std::move(made);
}

std::string new_request_id() {
    std::string hex = crypto::hex(crypto::random_bytes(16));
    hex[12] = '4';
    hex[16] = '8';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace yilian::runtime
