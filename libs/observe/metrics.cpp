#include "libs/observe/metrics.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/invariant.h"

namespace yilian::observe {
namespace {

// gRFC A66, latency buckets in seconds.
const prometheus::Histogram::BucketBoundaries kBuckets{
    0.00001, 0.00005, 0.0001, 0.0003, 0.0006, 0.0008, 0.001, 0.002, 0.003, 0.004,
    0.005,   0.006,   0.008,  0.01,   0.013,  0.016,  0.02,  0.025, 0.03,  0.04,
    0.05,    0.065,   0.08,   0.1,    0.13,   0.16,   0.2,   0.25,  0.3,   0.4,
    0.5,     0.65,    0.8,    1,      2,      5,      10,    20,    50,    100};

constexpr std::array<const char*, 17> kCodes{
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

constexpr std::size_t kReasonsMax = 50;

using Labels = prometheus::Labels;

}  // namespace

struct Metrics::Parts : prometheus::Collectable {
    std::string service;
    prometheus::Registry registry;
    mutable std::mutex mutex;
    std::vector<std::function<void()>> refreshers;
    std::set<std::string, std::less<>> dead_letter_reasons;

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        std::vector<std::function<void()>> todo;
        {
            const std::lock_guard lock(mutex);
            todo = refreshers;
        }
        for (const auto& refresh : todo) refresh();
        return registry.Collect();
    }
    prometheus::Counter* counter(const char* name, const char* help, const Labels& labels) {
        return &prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
    }
    prometheus::Gauge* gauge(const char* name, const char* help, const Labels& labels) {
        return &prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
    }
    prometheus::Histogram* timing(const char* name, const char* help, const Labels& labels) {
        return &prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(labels,
                                                                                          kBuckets);
    }
};

void Counter::add(std::int64_t n) const {
    if (held_ != nullptr) held_->Increment(static_cast<double>(n));
}
void Gauge::set(std::int64_t value) const {
    if (held_ != nullptr) held_->Set(static_cast<double>(value));
}
void Gauge::set_seconds(std::chrono::duration<double> value) const {
    if (held_ != nullptr) held_->Set(value.count());
}
void Gauge::add(std::int64_t delta) const {
    if (held_ != nullptr) held_->Increment(static_cast<double>(delta));
}
void Timing::observe(std::chrono::duration<double> took) const {
    if (held_ != nullptr) held_->Observe(took.count());
}
void RpcMetrics::finished(int code, std::chrono::duration<double> took) const {
    if (code >= 0 && code < static_cast<int>(handled.size())) {
        handled[static_cast<std::size_t>(code)].add();
    }
    handling.observe(took);
}

Metrics::Metrics(std::string service) : parts_(std::make_shared<Parts>()) {
    parts_->service = std::move(service);
    parts_
        ->gauge("build_info", "1, with service and version as labels.",
                {{"service", parts_->service}, {"version", "0.1.0"}})
        ->Set(1);
}
Metrics::~Metrics() = default;

RpcMetrics Metrics::rpc_server(std::string_view service, std::string_view method) {
    const Labels labels{{"grpc_type", "unary"},
                        {"grpc_service", std::string(service)},
                        {"grpc_method", std::string(method)}};
    RpcMetrics out;
    out.started = Counter(
        parts_->counter("grpc_server_started_total", "RPCs started on the server.", labels));
    out.received = Counter(parts_->counter("grpc_server_msg_received_total",
                                           "Messages received on the server.", labels));
    out.sent = Counter(
        parts_->counter("grpc_server_msg_sent_total", "Messages sent by the server.", labels));
    out.handling = Timing(parts_->timing(
        "grpc_server_handling_seconds", "Time from start to end of an RPC on the server.", labels));
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
        Labels with_code = labels;
        with_code["grpc_code"] = kCodes[i];
        out.handled[i] = Counter(parts_->counter(
            "grpc_server_handled_total", "RPCs completed on the server, by code.", with_code));
    }
    return out;
}

RpcMetrics Metrics::rpc_client(std::string_view service, std::string_view method) {
    const Labels labels{{"grpc_type", "unary"},
                        {"grpc_service", std::string(service)},
                        {"grpc_method", std::string(method)}};
    RpcMetrics out;
    out.started = Counter(
        parts_->counter("grpc_client_started_total", "RPCs started by the client.", labels));
    out.received = Counter(parts_->counter("grpc_client_msg_received_total",
                                           "Messages received by the client.", labels));
    out.sent = Counter(
        parts_->counter("grpc_client_msg_sent_total", "Messages sent by the client.", labels));
    out.handling = Timing(parts_->timing(
        "grpc_client_handling_seconds", "Time from start to end of an RPC at the client.", labels));
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
        Labels with_code = labels;
        with_code["grpc_code"] = kCodes[i];
        out.handled[i] = Counter(parts_->counter(
            "grpc_client_handled_total", "RPCs completed at the client, by code.", with_code));
    }
    return out;
}

Gauge Metrics::outbox_unpublished_rows() {
    return Gauge(parts_->gauge("outbox_unpublished_rows",
                               "Events in the outbox that the broker has not acknowledged.", {}));
}
Gauge Metrics::outbox_oldest_unpublished_age_seconds() {
    return Gauge(parts_->gauge("outbox_oldest_unpublished_age_seconds",
                               "Age of the oldest event the broker has not acknowledged.", {}));
}
Counter Metrics::outbox_published_total(std::string_view topic) {
    return Counter(parts_->counter("outbox_published_total", "Events acknowledged by the broker.",
                                   {{"topic", std::string(topic)}}));
}
Counter Metrics::inbox_duplicates_total(std::string_view topic) {
    return Counter(parts_->counter("inbox_duplicates_total", "Events received again and dropped.",
                                   {{"topic", std::string(topic)}}));
}
Counter Metrics::events_dead_lettered_total(std::string_view topic, std::string_view reason) {
    std::string label(reason);
    {
        const std::lock_guard lock(parts_->mutex);
        auto& known = parts_->dead_letter_reasons;
        if (known.find(reason) == known.end()) {
            if (known.size() < kReasonsMax) {
                known.insert(label);
            } else {
                label = "other";
            }
        }
    }
    return Counter(parts_->counter("events_dead_lettered_total",
                                   "Events that could not be applied.",
                                   {{"topic", std::string(topic)}, {"reason", label}}));
}
Timing Metrics::event_end_to_end_seconds(std::string_view topic) {
    return Timing(parts_->timing("event_end_to_end_seconds",
                                 "From the producer's commit to the consumer's commit.",
                                 {{"topic", std::string(topic)}}));
}
Gauge Metrics::db_pool_connections(std::string_view state) {
    return Gauge(parts_->gauge("db_pool_connections", "Database connections by state.",
                               {{"state", std::string(state)}}));
}
Timing Metrics::db_pool_wait_seconds() {
    return Timing(
        parts_->timing("db_pool_wait_seconds", "Waiting of a unit of work for its worker.", {}));
}
Counter Metrics::idempotency_replays_total() {
    return Counter(parts_->counter("idempotency_replays_total",
                                   "Calls answered with the stored answer of their request_id.",
                                   {}));
}
Counter Metrics::authz_denied_total(std::string_view reason) {
    return Counter(parts_->counter("authz_denied_total",
                                   "Calls refused by authentication or rights.",
                                   {{"reason", std::string(reason)}}));
}
Gauge Metrics::audit_chain_head_age_seconds() {
    return Gauge(parts_->gauge("audit_chain_head_age_seconds",
                               "Age of the oldest audit row that is not sealed yet.", {}));
}
Gauge Metrics::ledger_imbalance_fen() {
    return Gauge(
        parts_->gauge("ledger_imbalance_fen", "Sum of all ledger entries; must be 0.", {}));
}
Timing Metrics::settlement_batch_duration_seconds() {
    return Timing(
        parts_->timing("settlement_batch_duration_seconds", "Duration of a settlement run.", {}));
}

Gauge Metrics::payment_clock_payments(std::string_view stage) {
    return Gauge(parts_->gauge("payment_clock_payments",
                               "Payments not confirmed yet, by the stage of their clock.",
                               {{"stage", std::string(stage)}}));
}

void Metrics::before_scrape(std::function<void()> refresh) {
    const std::lock_guard lock(parts_->mutex);
    parts_->refreshers.push_back(std::move(refresh));
}

std::string Metrics::page() const {
    return prometheus::TextSerializer().Serialize(parts_->Collect());
}

struct MetricsPage::Server {
    explicit Server(const std::string& address)
        : exposer(std::make_unique<prometheus::Exposer>(address, 1)) {}
    std::unique_ptr<prometheus::Exposer> exposer;
    std::shared_ptr<prometheus::Collectable> source;
};

namespace {

// Opens and closes a connection: civetweb looks at its stop flag only when one comes, or after two
// seconds.
void knock(int port) {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    (void)::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    ::close(s);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsPage>> MetricsPage::serve(Metrics& metrics,
                                                                const std::string& host, int port) {
    const std::string address = fmt::format("{}:{}", host, port);
    try {
        auto server = std::make_unique<Server>(address);
        server->source = metrics.parts_;
        server->exposer->RegisterCollectable(server->source);
        const auto ports = server->exposer->GetListeningPorts();
        YILIAN_INVARIANT(!ports.empty(), "metrics page without a port");
        return std::unique_ptr<MetricsPage>(new MetricsPage(std::move(server), ports.front()));
    } catch (const std::exception&) {
        // civetweb says "null context" for every cause; the usual one is a port in use.
        return absl::UnavailableError(fmt::format("metrics page cannot listen on {}", address));
    }
}

MetricsPage::MetricsPage(std::unique_ptr<Server> server, int port)
    : server_(std::move(server)), port_(port) {}
MetricsPage::~MetricsPage() {
    std::atomic<bool> ended = false;
    std::thread knocking([&] {
        while (!ended) {
            knock(port_);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    });
    server_->exposer.reset();
    ended = true;
    knocking.join();
}

}  // namespace yilian::observe
