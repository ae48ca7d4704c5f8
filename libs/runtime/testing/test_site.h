#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/client.h"
#include "libs/rpc/local_site.h"
#include "libs/runtime/app.h"
#include "libs/testkit/database.h"
#include "libs/testkit/temp_dir.h"

// Starting a service in a test: the same App as in production, with ports chosen by the system, a
// scratch database, certificates and tokens of a scratch folder and a driven clock.
//
//   runtime::TestSite site;                                   // SQLite; or TestSite(dialect)
//   auto app = site.start(referrals::definition());           // fails the test when it cannot
//   auto hospital = site.client(*app, "H001", {"doctor"});
//   auto answer = hospital->call<Referral>("yilian.referrals.v1.ReferralService/GetReferral",
//   request);
namespace yilian::runtime {

class TestSite {
  public:
    explicit TestSite(storage::Dialect dialect = storage::Dialect::kSqlite);

    // Configuration for start(); change what the test needs and pass it on. The database of a
    // service name stays the same over restarts.
    [[nodiscard]] config::ServiceConfig config(const std::string& service);
    // A started App. Adds a test failure and answers nullptr when the start fails.
    [[nodiscard]] std::unique_ptr<App> start(ServiceDefinition definition);
    [[nodiscard]] static std::unique_ptr<App> start(config::ServiceConfig config,
                                                    ServiceDefinition definition);

    // A client of this institution with these roles; subject "<institution>-p1" unless given.
    [[nodiscard]] std::unique_ptr<rpc::Client> client(const App& app,
                                                      const std::string& institution_id,
                                                      std::vector<std::string> roles,
                                                      std::string subject = "");
    [[nodiscard]] std::unique_ptr<rpc::Client> operator_client(const App& app) {
        return client(app, "operator", {"operator"});
    }
    [[nodiscard]] std::string address(const App& app) const;
    [[nodiscard]] const rpc::LocalSite& security() const { return *security_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
    // The database behind a service.
    [[nodiscard]] testkit::Database& database(const std::string& service);
    // Packs of the repository, for services that decide by policy.
    [[nodiscard]] static std::string repository_policies();

    std::string district = "120111";
    std::string clock_start = "2026-03-01T00:00:00+08:00";

  private:
    testkit::TempDir folder_;
    storage::Dialect dialect_;
    std::unique_ptr<rpc::LocalSite> security_;
    std::map<std::string, std::unique_ptr<testkit::Database>> databases_;
};

// The function access matrix (security.md 3): walks every method that the app serves and calls it
// without token, with a token without role, and with a token of each role of the platform; exactly
// the roles of its `access` option pass. A service test calls it once.
void expect_access_matrix(TestSite& site, const App& app);

// The subscriptions of a service are exactly the events whose option names it as a consumer
// (proto/asyncapi.yaml says the same to integrators). A service test calls it once.
void expect_subscriptions_of_event_table(const App& app, const std::string& service);

// A random UUID of version 4, for request ids.
[[nodiscard]] std::string new_request_id();

}  // namespace yilian::runtime
