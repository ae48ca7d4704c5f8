#include "libs/runtime/pipeline.h"

#include <map>
#include <mutex>
#include <utility>

#include "libs/events/catalog.h"

namespace yilian::runtime {
namespace {

// Handles by topic, made at first use: topics are few, and known only by what comes.
template <class Handle>
class ByTopic {
  public:
    explicit ByTopic(std::function<Handle(std::string_view)> make) : make_(std::move(make)) {}
    Handle of(std::string_view topic) {
        const std::lock_guard lock(mutex_);
        const auto found = handles_.find(topic);
        if (found != handles_.end()) return found->second;
        return handles_.emplace(std::string(topic), make_(topic)).first->second;
    }

  private:
    std::function<Handle(std::string_view)> make_;
    std::mutex mutex_;
    std::map<std::string, Handle, std::less<>> handles_;
};

}  // namespace

Pipeline::Pipeline(Parts parts, outbox::Subscriptions subscriptions,
                   std::vector<outbox::Projection> projections)
    : parts_(std::move(parts)), subscriptions_(std::move(subscriptions)) {
    if (!parts_.config.kafka.enabled()) return;
    const auto made = connection();
    if (!made.ok()) return;  // start() tells
    kafka::ProducerOptions producer;
    producer.connection = *made;
    producer_ = std::make_unique<kafka::Producer>(std::move(producer));
    relay_ = std::make_unique<outbox::Relay>(parts_.store, *producer_, parts_.ids,
                                             outbox::RelayOptions{}, hooks());
    if (subscriptions_.empty()) return;
    outbox::ConsumerOptions options;
    options.name = "yilian." + parts_.config.service;
    options.connection = *made;
    options.use_group = parts_.config.kafka.share_partitions;
    options.projections = std::move(projections);
    consumer_ = std::make_unique<outbox::Consumer>(std::move(options), parts_.store, parts_.clock,
                                                   parts_.outbox, events::catalog(), subscriptions_,
                                                   &parts_.replay, hooks());
}

Pipeline::~Pipeline() {
    stop_consumer();
    stop_relay(std::chrono::milliseconds(0));
}

absl::StatusOr<kafka::Connection> Pipeline::connection() const {
    const config::KafkaSettings& kafka = parts_.config.kafka;
    kafka::Connection out;
    out.address = kafka.bootstrap_file.empty()
                      ? kafka::BrokerAddress::fixed(kafka.bootstrap)
                      : kafka::BrokerAddress::in_file(kafka.bootstrap_file);
    out.client_id = parts_.config.service;
    out.properties = kafka.properties;
    if (!kafka.password_file.empty()) {
        auto password = config::read_secret(kafka.password_file, parts_.config.profile);
        if (!password.ok()) return password.status();
        out.properties["sasl.password"] = *std::move(password);
    }
    out.hooks.log = [log = parts_.log](int level, std::string_view text) {
        constexpr int kWarning = 4;
        if (level <= kWarning) log->warning("broker client", {.code = text});
    };
    return out;
}

outbox::Hooks Pipeline::hooks() const {
    observe::Metrics* metrics = &parts_.metrics;
    const std::shared_ptr<observe::Log> log = parts_.log;
    outbox::Hooks out;
    const auto published = std::make_shared<ByTopic<observe::Counter>>(
        [metrics](std::string_view topic) { return metrics->outbox_published_total(topic); });
    out.published = [published](std::string_view topic) { published->of(topic).add(); };
    const auto duplicates = std::make_shared<ByTopic<observe::Counter>>(
        [metrics](std::string_view topic) { return metrics->inbox_duplicates_total(topic); });
    out.duplicate = [duplicates](std::string_view topic) { duplicates->of(topic).add(); };
    const auto delays = std::make_shared<ByTopic<observe::Timing>>(
        [metrics](std::string_view topic) { return metrics->event_end_to_end_seconds(topic); });
    out.end_to_end = [delays](std::string_view topic, outbox::Hooks::Seconds took) {
        delays->of(topic).observe(took);
    };
    out.dead_lettered = [metrics](std::string_view topic, std::string_view reason) {
        metrics->events_dead_lettered_total(topic, reason).add();
    };
    const observe::Gauge rows = metrics->outbox_unpublished_rows();
    const observe::Gauge age = metrics->outbox_oldest_unpublished_age_seconds();
    out.unpublished = [rows, age](std::int64_t count, outbox::Hooks::Seconds oldest) {
        rows.set(count);
        age.set_seconds(oldest);
    };
    out.log = [log](outbox::Hooks::Level level, std::string_view text) {
        switch (level) {
            case outbox::Hooks::Level::kInfo:
                return log->info("event pipeline", {.code = text});
            case outbox::Hooks::Level::kWarn:
                return log->warning("event pipeline", {.code = text});
            case outbox::Hooks::Level::kError:
                return log->error("event pipeline", {.code = text});
        }
    };
    return out;
}

absl::Status Pipeline::start() {
    if (!parts_.config.kafka.enabled()) return absl::OkStatus();
    if (const auto made = connection(); !made.ok()) return made.status();
    relay_->start();
    if (consumer_) consumer_->start();
    return absl::OkStatus();
}

void Pipeline::wake() {
    if (relay_) relay_->wake();
}

void Pipeline::stop_consumer() {
    if (consumer_) consumer_->stop();
}

void Pipeline::stop_relay(std::chrono::milliseconds patience) {
    if (relay_) relay_->stop(patience);
}

}  // namespace yilian::runtime
