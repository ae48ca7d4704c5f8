#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/events/event.h"
#include "services/referrals/domain/evidence.h"
#include "services/referrals/domain/referral.h"
#include "services/referrals/domain/slots.h"
#include "yilian/common/v1/event.pb.h"

// Facts of the service as the messages of yilian/referrals/v1/events.proto: ids, codes and times.
namespace yilian::referrals::store {

using Context = common::v1::EventContext;

enum class DraftEvent { kDrafted, kDiscarded };
[[nodiscard]] events::EventDraft draft_event(DraftEvent event, const Context& context,
                                             const domain::Referral& referral);

[[nodiscard]] events::EventDraft submitted(const Context& context,
                                           const domain::Referral& referral);

enum class InfoEvent { kRequested, kProvided };
[[nodiscard]] events::EventDraft info_event(InfoEvent event, const Context& context,
                                            const domain::Referral& referral,
                                            const std::vector<std::string>& item_codes,
                                            Instant due_at);

// The events that say: it is back, or over, for this reason.
enum class ReasonEvent { kAdviceReturned, kRejected, kWithdrawn, kCancelled, kExpired };
[[nodiscard]] events::EventDraft reason_event(ReasonEvent event, const Context& context,
                                              const domain::Referral& referral);

enum class TaskEvent { kRedirected, kResubmitted };
[[nodiscard]] events::EventDraft task_event(TaskEvent event, const Context& context,
                                            const domain::Referral& referral,
                                            const domain::Task& task);

[[nodiscard]] events::EventDraft priority_changed(const Context& context,
                                                  const domain::Referral& referral,
                                                  domain::Priority before,
                                                  std::string_view reason_code);
[[nodiscard]] events::EventDraft accepted(const Context& context, const domain::Referral& referral);

enum class QueueEvent { kWaitlisted, kEscalated };
[[nodiscard]] events::EventDraft queue_event(QueueEvent event, const Context& context,
                                             const domain::Referral& referral,
                                             std::int32_t position, Instant due_at);

enum class BookingEvent { kBooked, kRebooked, kCancelled };
[[nodiscard]] events::EventDraft booking_event(BookingEvent event, const Context& context,
                                               const domain::Referral& referral,
                                               const domain::Hold& hold,
                                               std::string_view reason_code);

enum class DeskEvent { kArrived, kNoShow };
[[nodiscard]] events::EventDraft desk_event(DeskEvent event, const Context& context,
                                            const domain::Referral& referral,
                                            std::string_view institution_id, Instant at,
                                            std::string_view reason_code);

[[nodiscard]] events::EventDraft record_uploaded(const Context& context,
                                                 const domain::Referral& referral,
                                                 const std::vector<std::string>& document_ids,
                                                 bool late);
[[nodiscard]] events::EventDraft care_started(const Context& context,
                                              const domain::Referral& referral);
[[nodiscard]] events::EventDraft evidence_issued(const Context& context,
                                                 const domain::Evidence& evidence);
[[nodiscard]] events::EventDraft referred_on(const Context& context,
                                             const domain::Referral& referral);
[[nodiscard]] events::EventDraft completed(const Context& context,
                                           const domain::Referral& referral);

enum class DownEvent { kProposed, kAccepted, kDeclined };
[[nodiscard]] events::EventDraft down_event(DownEvent event, const Context& context,
                                            const domain::Referral& referral, Instant at,
                                            std::string_view reason_code);

[[nodiscard]] events::EventDraft followed_up(const Context& context,
                                             const domain::Referral& referral,
                                             calendar::CivilDate visit_on);
[[nodiscard]] events::EventDraft closed(const Context& context, const domain::Referral& referral);

enum class HoldEvent { kHeld, kConfirmed, kReleased, kExpired, kConsumed };
[[nodiscard]] events::EventDraft hold_event(HoldEvent event, const Context& context,
                                            const domain::Hold& hold);
[[nodiscard]] events::EventDraft quota_released(const Context& context, const domain::Slot& slot,
                                                const domain::Release& release, Instant at);

}  // namespace yilian::referrals::store
