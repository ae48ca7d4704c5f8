#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/ulid.h"
#include "libs/config/service_config.h"
#include "libs/outbox/consumer.h"
#include "libs/runtime/command.h"
#include "libs/storage/store.h"

namespace yilian::observe {
class Metrics;
}
namespace yilian::rpc {
class Peers;
struct MethodRow;
}  // namespace yilian::rpc

// The process skeleton of a service (architecture.md 4 and 10). A whole service is:
//
//   // app_wiring.cpp
//   runtime::ServiceDefinition referrals::definition() {
//       return {.name = "referrals",
//               .migrations = {{"referrals", referrals::migration_files()}},
//               .wire = [](runtime::Wiring& w) { return std::make_shared<Referrals>(w); }};
//   }
//   // main.cpp
//   int main(int argc, char** argv) {
//       return yilian::runtime::run_service(argc, argv, yilian::referrals::definition());
//   }
namespace yilian::runtime {

class PolicyPacks;

// A rule that must hold over the whole database (OperatorService.RunChecks, `yilian verify`).
// `find` answers one line for each violation, ids only; all checks of a run see one snapshot.
struct Check {
    std::string id;    // "REF-C01"
    std::string what;  // one sentence
    std::function<std::vector<std::string>(storage::Transaction&)> find;
};

// A named figure for summaries (OperatorService.GetCounts); must not depend on machine time,
// generated ids or the order in which events arrived.
struct Figure {
    std::string name;  // "visits"
    std::int64_t value;
    std::string period{};  // "yyyy-MM" or "yyyy", "" = the whole
    std::string scope{};   // institution or other part, "" = the whole
};
using Counts = std::vector<Figure>;

// What the runtime hands to a service while it is being wired; only `wire` sees it, references in
// it live until the App stops. Construct here, start nothing: the App starts everything afterwards.
class Wiring {
  public:
    const config::ServiceConfig& config;
    storage::Store& store;
    const Clock& clock;  // business clock
    IdSource& ids;
    const policy::PolicyStore& policies;
    PolicyPacks& packs;  // publishing (libs/runtime/policy_packs.h)
    const outbox::OutboxWriter& outbox;
    rpc::Peers& peers;  // clients of the other services: mTLS, token, deadline, traceparent
    observe::Metrics& metrics;
    Binder& binder;

    // Consumes events of this type, in the inbox transaction (libs/outbox/consumer.h). The topic
    // follows from the type. One handler a type.
    void on_event_type(std::string type, outbox::EventHandler handler);
    // The same with the payload parsed; the type is the message's event option.
    template <class Msg>
    void on_event(std::function<void(outbox::ConsumeContext&, const Msg&)> handler) {
        on_event_type(event_type_of(*Msg::descriptor()),
                      [f = std::move(handler)](outbox::ConsumeContext& context) {
                          Msg message;
                          parse_event(context, message);
                          f(context, message);
                      });
    }
    // Handles timers of this kind (libs/timers/timers.h). `lock_keys` names the keys that commands
    // on the same record take, serialising key first. One handler a kind.
    void on_timer(std::string kind,
                  std::function<std::vector<std::string>(const timers::Timer&)> lock_keys,
                  std::function<void(TimerContext&)> handler);
    void check(Check check);
    void counts(std::function<Counts(storage::Transaction&)> figures);
    // A copy of other services' facts that RebuildProjection can drop and make again.
    void projection(outbox::Projection projection);
    // What was registered; read by the App only.
    struct Registered;
    explicit Wiring(Registered& registered, const config::ServiceConfig& config_in,
                    storage::Store& store_in, const Clock& clock_in, IdSource& ids_in,
                    const policy::PolicyStore& policies_in, PolicyPacks& packs_in,
                    const outbox::OutboxWriter& outbox_in, rpc::Peers& peers_in,
                    observe::Metrics& metrics_in, Binder& binder_in);

  private:
    static std::string event_type_of(const google::protobuf::Descriptor& message);
    // Throws outbox::PoisonEvent("PAYLOAD_INVALID") when the payload does not parse.
    static void parse_event(outbox::ConsumeContext& context, google::protobuf::Message& into);

    Registered& registered_;
};

// What a service supplies.
struct ServiceDefinition {
    std::string name;  // "referrals": topic, metrics, ErrorInfo domain
    std::vector<storage::MigrationSet> migrations{};  // of the service itself
    // Answers the object kept alive until stop. std::invalid_argument stops the start with its
    // text: a file that the configuration names does not hold what the service needs.
    std::function<std::shared_ptr<void>(Wiring&)> wire{};
    // Names under `settings` of the configuration: all of the first must be there, others are
    // errors.
    std::vector<std::string> settings{};
    std::vector<std::string> optional_settings{};
};

// One running service. Production and tests take this same path; a test sets ports 0, a SQLite path
// in a scratch folder and a driven clock. start() and stop() are called from one thread.
class App {
  public:
    App(config::ServiceConfig config, ServiceDefinition definition);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // config -> logs -> metrics -> migrations and storage -> policies -> wire -> timers (a driven
    // clock comes back) -> relay -> consumers -> RPC -> health SERVING. On failure everything
    // already started is stopped again. INVALID_ARGUMENT for configuration and policy packs.
    [[nodiscard]] absl::Status start();
    // NOT_SERVING -> drain calls, then cancel them -> timers -> consumer -> relay -> sealer ->
    // store
    // -> logs. Idempotent.
    void stop();

    // Applies the migrations and nothing else, in place of start().
    [[nodiscard]] absl::Status migrate_only();

    // Bound ports, after start(); metrics_port() is 0 when metrics are off.
    [[nodiscard]] int port() const;
    [[nodiscard]] int metrics_port() const;
    // The method table: every row of the served proto services, health and reflection.
    [[nodiscard]] std::vector<const rpc::MethodRow*> methods() const;
    // Methods of the proto services bound here that have no handler; a complete service has none.
    [[nodiscard]] std::vector<std::string> unbound_methods() const;
    // Event types with a handler, sorted.
    [[nodiscard]] std::vector<std::string> subscribed_types() const;
    [[nodiscard]] storage::Store& store();
    [[nodiscard]] const Clock& clock() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// main(): `--config FILE`, `--version`, `--migrate-only`; runs until SIGTERM or SIGINT, then
// drains. Exit code 0 after an orderly stop, 2 for bad arguments or configuration, 1 when the start
// failed.
int run_service(int argc, char** argv, ServiceDefinition definition);

}  // namespace yilian::runtime
