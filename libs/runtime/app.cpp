#include "libs/runtime/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "libs/audit/sealer.h"
#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/observe/metrics.h"
#include "libs/outbox/migrations.h"
#include "libs/outbox/sweep.h"
#include "libs/rpc/client.h"
#include "libs/rpc/local_site.h"
#include "libs/runtime/background.h"
#include "libs/runtime/event_log_service.h"
#include "libs/runtime/operator_service.h"
#include "libs/runtime/pack_trust.h"
#include "libs/runtime/policy_packs.h"
#include "libs/runtime/replay_client.h"
#include "libs/runtime/request_keys.h"
#include "libs/timers/timers.h"

namespace yilian::runtime {
namespace {

constexpr std::chrono::minutes kSweepEvery{10};

std::vector<storage::MigrationSet> all_migrations(const ServiceDefinition& definition) {
    std::vector<storage::MigrationSet> sets{migrations(), audit::migrations(), timers::migrations(),
                                            outbox::migrations()};
    sets.insert(sets.end(), definition.migrations.begin(), definition.migrations.end());
    return sets;
}

// libpq's quoting of a value in a conninfo.
std::string quoted(const std::string& value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

absl::StatusOr<std::string> conninfo_of(const config::ServiceConfig& config) {
    std::string out = config.store.conninfo;
    if (!config.store.password_file.empty()) {
        const auto password = config::read_secret(config.store.password_file, config.profile);
        if (!password.ok()) return password.status();
        out += " password=" + quoted(*password);
    }
    return out;
}

absl::Status check_settings(const config::ServiceConfig& config,
                            const ServiceDefinition& definition) {
    for (const std::string& name : definition.settings) {
        if (!config.settings.contains(name)) {
            return absl::InvalidArgumentError("settings." + name + " is missing");
        }
    }
    for (const auto& [name, value] : config.settings) {
        const auto has = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        const bool own = has(definition.settings) || has(definition.optional_settings);
        if (!own && name != kPackKeysSetting) {
            return absl::InvalidArgumentError("settings." + name + " is not a known key");
        }
    }
    return absl::OkStatus();
}

// Page tokens survive a restart and hold between instances when the site gives a key.
absl::StatusOr<std::string> page_token_key(const config::ServiceConfig& config) {
    const auto file = config.secrets.find("page_token_key");
    if (file == config.secrets.end()) return crypto::random_bytes(32);
    return config::read_secret(file->second, config.profile);
}

}  // namespace

// Everything of a running service, in the order of construction; destroyed in reverse.
struct App::Parts {
    config::ServiceConfig config;
    ServiceDefinition definition;

    std::shared_ptr<observe::Log> log;
    std::unique_ptr<observe::Metrics> metrics;
    std::unique_ptr<observe::MetricsPage> metrics_page;
    RandomIds ids;
    WallClock wall;
    std::unique_ptr<DrivenClock> driven;
    std::unique_ptr<storage::Store> store;
    policy::PolicyStore policies;
    std::unique_ptr<PolicyPacks> packs;
    std::unique_ptr<outbox::OutboxWriter> outbox;
    std::unique_ptr<audit::AuditWriter> audit;
    std::unique_ptr<rpc::PageTokens> pages;
    std::unique_ptr<WritePath> path;
    std::unique_ptr<rpc::Peers> peers;  // after `path`: its callbacks end before `path` goes
    std::unique_ptr<rpc::Authenticator> authenticator;
    std::unique_ptr<rpc::Server> server;
    std::unique_ptr<ServerBinder> binder;
    Wiring::Registered registered;
    std::unique_ptr<Wiring> wiring;
    std::shared_ptr<void> service;
    std::unique_ptr<GrpcReplayClient> replay;
    std::unique_ptr<Pipeline> pipeline;
    std::unique_ptr<timers::TimerEngine> timers;
    std::unique_ptr<audit::Sealer> sealer;
    Background sweep;
    storage::StoreOptions store_options;
    bool store_started = false;
    bool serving = false;

    [[nodiscard]] const Clock& clock() const {
        return driven ? static_cast<const Clock&>(*driven) : wall;
    }

    absl::Status open_observe();
    absl::Status migrate();
    absl::Status open_store();
    absl::Status load_policies();
    absl::Status wire();
    void make_server();
    void make_timers();
    void fire(const std::string& kind, const RegisteredTimer& timer, timers::FireContext& context);
    absl::Status start_work();
    absl::Status start_server();
    absl::Status write_ready_file();
};

absl::Status App::Parts::open_observe() {
    if (config.log_file.empty()) {
        log = observe::Log::to_stdout(config.service);
    } else {
        auto file = observe::Log::to_file(config.service, config.log_file);
        if (!file.ok()) return file.status();
        log = *std::move(file);
    }
    metrics = std::make_unique<observe::Metrics>(config.service);
    if (config.metrics.host.empty()) return absl::OkStatus();
    auto page = observe::MetricsPage::serve(*metrics, config.metrics.host, config.metrics.port);
    if (!page.ok()) return page.status();
    metrics_page = *std::move(page);
    return absl::OkStatus();
}

absl::Status App::Parts::migrate() {
    const auto sets = all_migrations(definition);
    if (config.store.driver == config::StoreDriver::kSqlite) {
        return storage::migrate_sqlite(config.store.path, sets);
    }
    const auto conninfo = conninfo_of(config);
    if (!conninfo.ok()) return conninfo.status();
    return storage::migrate_postgres(*conninfo, sets);
}

absl::Status App::Parts::open_store() {
    if (absl::Status status = migrate(); !status.ok()) return status;
    store_options.queue_units_max = static_cast<std::size_t>(config.limits.queue_units_max);
    if (config.store.driver == config::StoreDriver::kSqlite) {
        store_options.writers = 1;
        store = storage::make_sqlite_store(config.store.path, store_options);
    } else {
        const auto conninfo = conninfo_of(config);
        if (!conninfo.ok()) return conninfo.status();
        store = storage::make_postgres_store(*conninfo, store_options);
    }
    // The pipeline is made later; until then there is nobody to wake.
    store->on_commit([this] {
        if (pipeline) pipeline->wake();
    });
    absl::Status status = store->start();
    store_started = status.ok();
    return status;
}

absl::Status App::Parts::load_policies() {
    packs = std::make_unique<PolicyPacks>(policies, *store, *log);
    if (config.policies_dir.empty()) return absl::OkStatus();
    const auto trust = PackTrust::of(config);
    if (!trust.ok()) return trust.status();
    if (const absl::Status status = trust->check(config.policies_dir); !status.ok()) {
        return absl::InvalidArgumentError("policies_dir: " + std::string(status.message()));
    }
    if (!trust->demands_signatures()) {
        log->warning("packs are not checked", {.code = "no settings.pack_keys"});
    }
    return packs->load(config.policies_dir);
}

void App::Parts::make_server() {
    rpc::AuthenticatorOptions auth;
    auth.jwks_file = config.auth.jwks_file;
    auth.audience = config.auth.audience;
    auth.allow_local_issuer =
        config.auth.allow_local_issuer && config.profile == config::Profile::kLocal;
    authenticator = std::make_unique<rpc::Authenticator>(std::move(auth), *log);
    rpc::ServerOptions options;
    options.service = config.service;
    options.listen = config.listen;
    options.plain_health = config.health;
    options.tls = config.tls;
    options.reflection = config.reflection;
    options.limits = config.limits;
    options.on_denied = [this](const rpc::DeniedCall& call) { path->denied(call); };
    server = std::make_unique<rpc::Server>(std::move(options), *authenticator, *metrics, *log);
    binder = std::make_unique<ServerBinder>(*server, *path);
}

void App::Parts::make_timers() {
    timers::TimerEngine::Observer observer;
    observer.failed = [this](const timers::Timer& timer, const absl::Status& status) {
        const std::string why = timer.key.kind + ": " + std::string(status.message());
        log->error("timer given up", {.code = why});
    };
    timers = driven ? std::make_unique<timers::TimerEngine>(
                          *store, *driven, timers::TimerEngine::Options{}, std::move(observer))
                    : std::make_unique<timers::TimerEngine>(*store, static_cast<const Clock&>(wall),
                                                            timers::TimerEngine::Options{},
                                                            std::move(observer));
    for (const auto& [kind, timer] : registered.timers) {
        timers->handle(kind, timer.lock_keys, [this, &kind = kind, &timer = timer](auto& context) {
            fire(kind, timer, context);
        });
    }
}

void App::Parts::fire(const std::string& kind, const RegisteredTimer& timer,
                      timers::FireContext& context) {
    const std::string cause = "timer:" + kind;
    const events::EventMeta meta{cause + "/" + context.timer.key.aggregate_id, cause,
                                 observe::Trace::make().traceparent(), context.now};
    TimerContext work{{context.tx, context.now, ids, *outbox, policies, meta}, context.timer};
    timer.handler(work);
    audit::Record record;
    record.at = context.now;
    record.actor = "system";
    record.action = cause;
    record.subject = context.timer.key.aggregate_id;
    record.outcome = "OK";
    record.correlation_id = meta.correlation_id;
    record.traceparent = meta.traceparent;
    audit->append(context.tx, record);
}

absl::Status App::Parts::wire() {
    if (config.clock.mode == config::ClockMode::kDriven) {
        if (config.profile == config::Profile::kProduction) {
            return absl::FailedPreconditionError("the driven clock is refused in production");
        }
        driven = std::make_unique<DrivenClock>(config.clock.start);
    }
    outbox = std::make_unique<outbox::OutboxWriter>(ids, config.service);
    audit = std::make_unique<audit::AuditWriter>(ids);
    auto key = page_token_key(config);
    if (!key.ok()) return key.status();
    pages = std::make_unique<rpc::PageTokens>(*std::move(key));
    rpc::TokenSource token;
    if (!config.peer_token_file.empty()) token = rpc::token_file(config.peer_token_file);
    peers = std::make_unique<rpc::Peers>(config.peers, config.tls, std::move(token), metrics.get());
    if (absl::Status status = peers->make_all(); !status.ok()) return status;
    path = std::make_unique<WritePath>(
        WritePath::Parts{*store, clock(), ids, *outbox, policies, *pages, *metrics, *log,
                         config.service, config.district, config.limits.answers_kept});
    make_server();
    wiring = std::make_unique<Wiring>(registered, config, *store, clock(), ids, policies, *packs,
                                      *outbox, *peers, *metrics, *binder);
    try {
        service = definition.wire(*wiring);
    } catch (const std::invalid_argument& refused) {
        return absl::InvalidArgumentError(refused.what());
    }
    replay = std::make_unique<GrpcReplayClient>(config.service, *store, *peers);
    pipeline = std::make_unique<Pipeline>(
        Pipeline::Parts{config, *store, clock(), ids, *outbox, *replay, *metrics, log},
        registered.subscriptions, registered.projections);
    make_timers();
    sealer = std::make_unique<audit::Sealer>(*store, audit::Sealer::Options{});
    bind_event_log_service(*binder, config.service);
    bind_operator_service(*binder, {config, *store, clock(), driven != nullptr, *timers, *pipeline,
                                    registered, path->errors()});
    return absl::OkStatus();
}

absl::Status App::Parts::start_work() {
    sealer->start();
    sweep.start(kSweepEvery, [this] {
        const auto now = std::chrono::system_clock::now();
        if (!sweep_answers(*store, now).ok()) log->warning("sweep of kept answers failed");
        const Instant oldest =
            std::chrono::time_point_cast<Instant::duration>(now - config.limits.inbox_kept);
        if (!outbox::sweep_inbox(*store, oldest).ok()) log->warning("sweep of the inbox failed");
    });
    // Before anything reads the clock: a driven one comes back to where it had stood.
    if (absl::Status status = timers->start(); !status.ok()) return status;
    if (absl::Status status = pipeline->start(); !status.ok()) return status;
    if (!config.policies_dir.empty()) packs->start(peers->find("directory"));
    const observe::Gauge age = metrics->audit_chain_head_age_seconds();
    const observe::Gauge open = metrics->db_pool_connections("open");
    const observe::Gauge waiting = metrics->db_pool_connections("waiting");
    metrics->before_scrape([this, age, open, waiting] {
        open.set(static_cast<std::int64_t>(store_options.readers + store_options.writers));
        waiting.set(store->stats().queued);
        (void)store->read([&](storage::Transaction& tx) {
            const audit::Unsealed unsealed = audit::unsealed(tx);
            age.set_seconds(unsealed.oldest ? clock().now() - *unsealed.oldest
                                            : std::chrono::milliseconds(0));
        });
    });
    return absl::OkStatus();
}

absl::Status App::Parts::start_server() {
    if (absl::Status status = authenticator->start(); !status.ok()) return status;
    if (absl::Status status = server->start(); !status.ok()) return status;
    server->set_serving(true);
    serving = true;
    for (const std::string& method : server->unbound()) {
        log->warning("method is not served", {.code = method});
    }
    return write_ready_file();
}

absl::Status App::Parts::write_ready_file() {
    if (config.ready_file.empty()) return absl::OkStatus();
    const std::string text = fmt::format(
        "{{\"pid\":{},\"port\":{},\"metrics_port\":{},\"health_port\":{}}}\n", ::getpid(),
        server->port(), metrics_page ? metrics_page->port() : 0, server->plain_health_port());
    return rpc::write_file(config.ready_file, text, false);
}

App::App(config::ServiceConfig config, ServiceDefinition definition)
    : parts_(std::make_unique<Parts>()) {
    parts_->config = std::move(config);
    parts_->definition = std::move(definition);
}

App::~App() { stop(); }

absl::Status App::start() {
    Parts& parts = *parts_;
    absl::Status status;
    if (parts.config.service != parts.definition.name) {
        return absl::InvalidArgumentError("the configuration is of service " +
                                          parts.config.service);
    }
    status = check_settings(parts.config, parts.definition);
    if (status.ok()) status = parts.open_observe();
    if (status.ok()) status = parts.open_store();
    if (status.ok()) status = parts.load_policies();
    if (status.ok()) status = parts.wire();
    if (status.ok()) status = parts.start_work();
    if (status.ok()) status = parts.start_server();
    if (status.ok()) {
        parts.log->info("serving", {.code = "port " + std::to_string(parts.server->port())});
    } else {
        stop();
    }
    return status;
}

void App::stop() {
    if (!parts_) return;
    Parts& parts = *parts_;
    // Long operator calls (moving the clock, rebuilding) end when what they wait for is stopped,
    // and the server ends when they have: so the two must not wait for each other.
    std::promise<void> drained;
    std::thread server([&parts, &drained] {
        if (parts.server) parts.server->stop(parts.config.limits.drain);
        drained.set_value();
    });
    drained.get_future().wait_for(parts.config.limits.drain);
    if (parts.packs) parts.packs->stop();
    if (parts.timers) parts.timers->stop();
    if (parts.pipeline) parts.pipeline->stop_consumer();
    server.join();
    if (parts.pipeline) parts.pipeline->stop_relay(parts.config.limits.drain);
    parts.metrics_page.reset();
    parts.sweep.stop();
    if (parts.sealer && parts.store_started) parts.sealer->stop();
    if (parts.store && parts.store_started) parts.store->stop();
    if (parts.authenticator) parts.authenticator->stop();
    if (parts.log && parts.serving) parts.log->info("stopped");
    parts.serving = false;
    if (parts.log) parts.log->flush();
}

int App::port() const { return parts_->server->port(); }
int App::metrics_port() const { return parts_->metrics_page ? parts_->metrics_page->port() : 0; }
storage::Store& App::store() { return *parts_->store; }
const Clock& App::clock() const { return parts_->clock(); }

std::vector<const rpc::MethodRow*> App::methods() const { return parts_->server->table().rows(); }
std::vector<std::string> App::unbound_methods() const { return parts_->server->unbound(); }
std::vector<std::string> App::subscribed_types() const {
    std::vector<std::string> types;
    for (const auto& [type, handler] : parts_->registered.subscriptions) types.push_back(type);
    return types;
}

absl::Status App::migrate_only() {
    absl::Status status = parts_->open_observe();
    return status.ok() ? parts_->migrate() : status;
}

}  // namespace yilian::runtime
