#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "libs/events/event.h"
#include "libs/storage/transaction.h"
#include "services/referrals/domain/channel.h"
#include "yilian/common/v1/event.pb.h"
#include "yilian/referrals/v1/channel_service.pb.h"

// Rows and events of the green channels.
namespace yilian::referrals::store {

struct StoredCapability {
    v1::ChannelCapability message;  // without etag
    std::int64_t changes = 0;
};
[[nodiscard]] std::optional<StoredCapability> capability(storage::Transaction& tx,
                                                         std::string_view institution_id,
                                                         domain::ChannelKind channel);
void save(storage::Transaction& tx, const StoredCapability& capability);
// Who has published something for the channel, with the journey from the sender.
[[nodiscard]] std::vector<domain::channel::Candidate> capable(storage::Transaction& tx,
                                                              domain::ChannelKind channel,
                                                              std::string_view sender);
// Hospitals of the sender's consortia: better than nobody.
[[nodiscard]] std::vector<domain::channel::Candidate> hospitals_around(storage::Transaction& tx,
                                                                       std::string_view sender,
                                                                       calendar::CivilDate on);

// With its time points.
[[nodiscard]] std::optional<domain::channel::Case> channel_case(storage::Transaction& tx,
                                                                std::string_view case_id);
// Without time points; conditional on `changes`.
void save(storage::Transaction& tx, const domain::channel::Case& c);
void add(storage::Transaction& tx, std::string_view case_id,
         const domain::channel::TimePoint& point);
void add_case_party(storage::Transaction& tx, std::string_view case_id,
                    std::string_view institution_id);
[[nodiscard]] bool is_case_party(storage::Transaction& tx, std::string_view case_id,
                                 std::string_view institution_id);

using ChannelContext = common::v1::EventContext;
[[nodiscard]] events::EventDraft alert_raised(const ChannelContext& context,
                                              const domain::channel::Case& c);
[[nodiscard]] events::EventDraft channel_escalated(const ChannelContext& context,
                                                   const domain::channel::Case& c,
                                                   std::string_view from, std::int32_t after_s);
[[nodiscard]] events::EventDraft alert_acknowledged(const ChannelContext& context,
                                                    const domain::channel::Case& c);
[[nodiscard]] events::EventDraft time_point_added(const ChannelContext& context,
                                                  const domain::channel::Case& c,
                                                  const domain::channel::TimePoint& point);
[[nodiscard]] events::EventDraft case_closed(const ChannelContext& context,
                                             const domain::channel::Case& c,
                                             const std::vector<domain::channel::Goal>& goals);

}  // namespace yilian::referrals::store
