#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "libs/kafka/broker.h"
#include "libs/kafka/error.h"

// RAII over the librdkafka C API, for the sources of this library only.
namespace yilian::kafka::native {

template <class T, void (*Destroy)(T*)>
struct Free {
    void operator()(T* held) const { Destroy(held); }
};
template <class T, void (*Destroy)(T*)>
using Owned = std::unique_ptr<T, Free<T, Destroy>>;

using PartitionList = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using KafkaError = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;

// Settings of one handle. Collects the first error; make() reports it.
class Settings {
  public:
    // Common settings of `connection`, bootstrapping at `bootstrap`. `hooks` must outlive the
    // handle.
    Settings(const Connection& connection, const std::string& bootstrap, Hooks& hooks);
    Settings(const Settings&) = delete;
    Settings& operator=(const Settings&) = delete;
    ~Settings();

    void set(const std::string& name, const std::string& value);
    [[nodiscard]] rd_kafka_conf_t* raw() { return conf_; }
    // Applies Connection::properties and makes the handle; nullptr with error() set when it cannot.
    [[nodiscard]] rd_kafka_t* make(rd_kafka_type_t type);
    [[nodiscard]] const Error& error() const { return error_; }

  private:
    rd_kafka_conf_t* conf_;
    const std::map<std::string, std::string>& properties_;
    Error error_;
};

// The text of a handle's fatal error, or no error.
[[nodiscard]] Error fatal_error(rd_kafka_t* handle);

// "" when the broker did not answer in time.
[[nodiscard]] std::string cluster_id(rd_kafka_t* handle, const std::string& bootstrap,
                                     std::chrono::milliseconds wait);

// Partition counts of the topics, asked of the broker. A topic that does not exist has 0.
struct PartitionCounts {
    Error error;
    std::map<std::string, std::int32_t> counts;
};
[[nodiscard]] PartitionCounts partition_counts(rd_kafka_t* handle,
                                               const std::vector<std::string>& topics,
                                               std::chrono::milliseconds wait);
// Names of all topics of the cluster.
struct TopicNames {
    Error error;
    std::vector<std::string> names;
};
[[nodiscard]] TopicNames topic_names(rd_kafka_t* handle, std::chrono::milliseconds wait);

}  // namespace yilian::kafka::native
