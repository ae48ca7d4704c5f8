#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/referrals/app/work.h"
#include "services/referrals/domain/channel.h"
#include "yilian/referrals/v1/channel_service.pb.h"

// Green channels (diagnostics.md 6). Everything an alert needs stands in this service's store:
// neither broker nor directory is asked.
namespace yilian::referrals::app {

// Kind of the timer that waits for an acknowledgement. The aggregate is the case.
inline constexpr std::string_view kAlertTimer = "channel.acknowledge";

[[nodiscard]] Outcome<v1::ChannelCapability> publish_capability(Work& work,
                                                                v1::ChannelCapability capability,
                                                                std::string_view etag);

struct PointInput {
    std::string code;
    Instant at{};
    domain::PointSource source = domain::PointSource::kNone;
};
struct NewAlert {
    std::string case_id;  // "" = a new one
    domain::ChannelKind channel = domain::ChannelKind::kNone;
    domain::SenderKind sender_kind = domain::SenderKind::kNone;
    std::string resident_id;  // "" = unknown
    std::vector<PointInput> points;
};
// CHANNEL_DISABLED, SENDER_NOT_ALLOWED, TIME_POINT_NOT_FOUND, TIME_ORDER_INVALID, ALREADY_EXISTS.
[[nodiscard]] Outcome<domain::channel::Case> raise_alert(Work& work, const NewAlert& alert);

// ALERT_MOVED_ON, ALREADY_ACKNOWLEDGED.
[[nodiscard]] Outcome<domain::channel::Case> acknowledge_alert(Work& work,
                                                               std::string_view case_id);
// FIELD_REASON_CODE_INVALID.
[[nodiscard]] Outcome<domain::channel::Case> stand_down(Work& work, std::string_view case_id,
                                                        std::string_view etag,
                                                        std::string_view reason_code);
// TIME_POINT_NOT_FOUND, TIME_ORDER_INVALID.
[[nodiscard]] Outcome<domain::channel::Case> add_point(Work& work, std::string_view case_id,
                                                       const PointInput& input);
// TIME_POINT_NOT_FOUND, TIME_ORDER_INVALID, CORRECTION_REASON_MISSING.
[[nodiscard]] Outcome<domain::channel::Case> correct_point(Work& work, std::string_view case_id,
                                                           std::string_view time_point_id,
                                                           Instant at, std::string_view reason);
// RECORD_INCOMPLETE, RESIDENT_NOT_FOUND. `resident_id`: who an unknown patient was, or "".
[[nodiscard]] Outcome<domain::channel::Case> complete_case(Work& work, std::string_view case_id,
                                                           std::string_view etag,
                                                           std::string_view resident_id);
// The timer: the next candidate is alerted, or all of them may answer.
void alert_unanswered(Work& work, domain::channel::Case c, const Rules& rules);

}  // namespace yilian::referrals::app
