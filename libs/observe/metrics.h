#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

// Metrics with the names of operations.md 7.1 and the payment clock of billing.md 14.5, no others.
// A handle is made once while a service is wired and kept; using one costs an atomic operation.
// Labels have few values by construction: methods of the proto, topics, reason codes; never a
// patient, an institution or a request.
namespace yilian::observe {

class Counter {
  public:
    Counter() = default;  // counts nowhere
    void add(std::int64_t n = 1) const;

  private:
    friend class Metrics;
    explicit Counter(prometheus::Counter* held) : held_(held) {}
    prometheus::Counter* held_ = nullptr;
};

class Gauge {
  public:
    Gauge() = default;
    void set(std::int64_t value) const;
    void set_seconds(std::chrono::duration<double> value) const;
    void add(std::int64_t delta) const;

  private:
    friend class Metrics;
    explicit Gauge(prometheus::Gauge* held) : held_(held) {}
    prometheus::Gauge* held_ = nullptr;
};

// Seconds in the buckets of gRFC A66.
class Timing {
  public:
    Timing() = default;
    void observe(std::chrono::duration<double> took) const;

  private:
    friend class Metrics;
    explicit Timing(prometheus::Histogram* held) : held_(held) {}
    prometheus::Histogram* held_ = nullptr;
};

// One method on one side of a connection; `handled` is indexed by the gRPC code 0 to 16.
struct RpcMetrics {
    Counter started;
    std::array<Counter, 17> handled;
    Counter received;
    Counter sent;
    Timing handling;
    void finished(int code, std::chrono::duration<double> took) const;
};

// The registry of one service. Thread-safe. Asking for the same metric again gives the same one.
class Metrics {
  public:
    explicit Metrics(std::string service);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // All codes of a method exist with 0 from now on. `service` is the proto's full name.
    [[nodiscard]] RpcMetrics rpc_server(std::string_view service, std::string_view method);
    [[nodiscard]] RpcMetrics rpc_client(std::string_view service, std::string_view method);

    [[nodiscard]] Gauge outbox_unpublished_rows();
    [[nodiscard]] Gauge outbox_oldest_unpublished_age_seconds();
    [[nodiscard]] Counter outbox_published_total(std::string_view topic);
    [[nodiscard]] Counter inbox_duplicates_total(std::string_view topic);
    // Reasons beyond 50 different ones become "other".
    [[nodiscard]] Counter events_dead_lettered_total(std::string_view topic,
                                                     std::string_view reason);
    // From the producer's commit to the consumer's commit.
    [[nodiscard]] Timing event_end_to_end_seconds(std::string_view topic);
    [[nodiscard]] Gauge db_pool_connections(std::string_view state);  // "open", "busy"
    [[nodiscard]] Timing db_pool_wait_seconds();
    [[nodiscard]] Counter idempotency_replays_total();
    [[nodiscard]] Counter authz_denied_total(std::string_view reason);
    [[nodiscard]] Gauge audit_chain_head_age_seconds();
    [[nodiscard]] Gauge ledger_imbalance_fen();
    [[nodiscard]] Timing settlement_batch_duration_seconds();
    // Payments that are instructed and not confirmed, by the stage of their clock of working days:
    // "running", "warned", "overdue".
    [[nodiscard]] Gauge payment_clock_payments(std::string_view stage);

    // Called on the scraping thread before each page, to set gauges that are expensive to keep.
    void before_scrape(std::function<void()> refresh);
    // The page in Prometheus' text format.
    [[nodiscard]] std::string page() const;

  private:
    friend class MetricsPage;
    struct Parts;
    std::shared_ptr<Parts> parts_;
};

// Serves /metrics over HTTP.
class MetricsPage {
  public:
    // Port 0 lets the system choose. UNAVAILABLE when the address cannot be bound.
    [[nodiscard]] static absl::StatusOr<std::unique_ptr<MetricsPage>> serve(Metrics& metrics,
                                                                            const std::string& host,
                                                                            int port);
    ~MetricsPage();
    [[nodiscard]] int port() const { return port_; }

  private:
    struct Server;
    explicit MetricsPage(std::unique_ptr<Server> server, int port);
    std::unique_ptr<Server> server_;
    int port_;
};

}  // namespace yilian::observe
