#pragma once

#include <string>
#include <vector>

#include "libs/outbox/event_log.h"
#include "libs/rpc/client.h"

namespace yilian::runtime {

// Asks the owner of a topic for its history over gRPC (EventLogService.ReplayEvents), 5 s a page
// (events.md 6); the service's own history comes from its own database. Blocks; thread-safe.
class GrpcReplayClient final : public outbox::ReplayClient {
  public:
    // `own` is the name of this service.
    GrpcReplayClient(std::string own, storage::Store& store, rpc::Peers& peers)
        : own_(std::move(own)), local_(store), peers_(peers) {}

    [[nodiscard]] absl::StatusOr<std::vector<outbox::StoredEvent>> of_subject(
        const std::string& service, const std::string& subject, std::int64_t from,
        std::int64_t to) override;
    [[nodiscard]] absl::StatusOr<std::vector<outbox::StoredEvent>> by_position(
        const std::string& service, const outbox::ReplayRange& range) override;

  private:
    const std::string own_;
    outbox::LocalReplay local_;
    rpc::Peers& peers_;
};

}  // namespace yilian::runtime
