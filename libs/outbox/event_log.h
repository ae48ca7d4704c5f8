#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/events/event.h"
#include "libs/storage/store.h"

// The history of a service's events: the source of ReplayEvents
// (proto/yilian/common/v1/event_log.proto) and the port through which consumers ask other owners
// for it.
namespace yilian::outbox {

struct StoredEvent {
    events::Envelope event;     // the very bytes of the topic
    std::int64_t position = 0;  // in the owner's outbox, rising
};

// Which events by position. Empty parts do not restrict.
struct ReplayRange {
    std::int64_t after_position = 0;
    std::int64_t limit = 500;
    std::string type_prefix{};       // "yilian.directory.contract."
    std::optional<Instant> from{};   // ce_time at or after
    std::optional<Instant> until{};  // ce_time before
};

// Up to `limit` events of one aggregate from sequence `from` to `to` (0 = the newest), by sequence.
[[nodiscard]] std::vector<StoredEvent> events_of_subject(storage::Transaction& tx,
                                                         const std::string& subject,
                                                         std::int64_t from, std::int64_t to,
                                                         std::int64_t limit);
// Up to `range.limit` events of the whole service, by position.
[[nodiscard]] std::vector<StoredEvent> events_by_position(storage::Transaction& tx,
                                                          const ReplayRange& range);
[[nodiscard]] bool has_events(storage::Transaction& tx, const std::string& subject);

// Asks an owner for its history. Implementations block up to a deadline of their own (5 s a page)
// and are thread-safe. Failures: NOT_FOUND (no event of this subject), UNAVAILABLE and whatever the
// transport says; the caller asks again later.
class ReplayClient {
  public:
    virtual ~ReplayClient() = default;
    // At least one event when `from` exists; fewer than asked for is fine, the caller goes on
    // behind the last.
    [[nodiscard]] virtual absl::StatusOr<std::vector<StoredEvent>> of_subject(
        const std::string& service, const std::string& subject, std::int64_t from,
        std::int64_t to) = 0;
    // Empty only when there is nothing more.
    [[nodiscard]] virtual absl::StatusOr<std::vector<StoredEvent>> by_position(
        const std::string& service, const ReplayRange& range) = 0;
};

// The history in this process's own database: for a service that consumes its own topic. Any
// `service` is answered from there.
class LocalReplay final : public ReplayClient {
  public:
    explicit LocalReplay(storage::Store& store) : store_(store) {}
    [[nodiscard]] absl::StatusOr<std::vector<StoredEvent>> of_subject(const std::string& service,
                                                                      const std::string& subject,
                                                                      std::int64_t from,
                                                                      std::int64_t to) override;
    [[nodiscard]] absl::StatusOr<std::vector<StoredEvent>> by_position(
        const std::string& service, const ReplayRange& range) override;

  private:
    storage::Store& store_;
};

}  // namespace yilian::outbox
