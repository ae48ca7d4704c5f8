#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/rpc/client.h"
#include "yilian/common/v1/event_log.pb.h"

// What clients, services and topics were seen to say: the input of the checkers (checkers.h).
namespace yilian::chaos {

// How a call ended for its client, in comparable bytes.
struct Answer {
    enum class End { kOk, kRefused, kUnknown };
    End end = End::kUnknown;
    std::string bytes{};  // the message, or google.rpc.Status of a refusal
    friend bool operator==(const Answer&, const Answer&) = default;
};
[[nodiscard]] Answer answer_of(const rpc::CallResult<std::string>& result);

// A command and what its client was told, after as many resends as it took.
struct Told {
    std::string service;
    std::string method;
    std::string request_id;
    Answer first{};
    std::optional<Answer> again{};  // to the same request, once the faults were over
};

// An event in the history of its owner.
struct LogEvent {
    std::string service;
    std::string id;
    std::string type;
    std::string subject;
    std::int64_t sequence = 0;
    std::string correlation_id;
    std::string causation_id;
    std::string payload;
};
[[nodiscard]] LogEvent log_event(const std::string& service,
                                 const common::v1::EventEnvelope& envelope);

// What one consumer did with what it subscribes to.
struct Consumption {
    std::string consumer;
    std::int64_t subscribed = 0;  // events published of its types
    std::int64_t applied = 0;     // inbox
    std::int64_t doubled = 0;     // effects present more than once
};

// One consistent look at the ledger while faults went on.
struct LedgerReading {
    std::int64_t at_ms = 0;
    std::int64_t sum_fen = 0;
};

// Commands of all clients, in the order of their answers. Thread-safe.
class History {
  public:
    // Sends the same request once more.
    using Again = std::function<rpc::CallResult<std::string>()>;
    void add(Told told, Again again);
    // Sends each command once more and notes the answers; up to ten seconds for each.
    void send_all_again();

    [[nodiscard]] std::vector<Told> told() const;
    // One line a command (reliability.md 2): service, method, request id, how it ended.
    void write(const std::string& path) const;

  private:
    mutable std::mutex mutex_;
    std::vector<Told> told_;
    std::vector<Again> again_;
};

// Calls until there is an answer, or ten seconds are over.
[[nodiscard]] Answer until_answered(const History::Again& call);

}  // namespace yilian::chaos
