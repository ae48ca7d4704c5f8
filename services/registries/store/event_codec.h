#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/events/event.h"
#include "services/registries/domain/enrolment.h"
#include "services/registries/store/rows.h"
#include "yilian/common/v1/event.pb.h"

// Domain events as the messages of yilian/registries/v1/events.proto.
namespace yilian::registries::store {

using Context = common::v1::EventContext;

[[nodiscard]] events::EventDraft candidate_found(const Context& context,
                                                 const domain::Enrolment& enrolment);
[[nodiscard]] events::EventDraft confirmation_requested(const Context& context,
                                                        const domain::Enrolment& enrolment);
[[nodiscard]] events::EventDraft enrolled(const Context& context,
                                          const domain::Enrolment& enrolment);

// The eight events that tell where an enrolment went.
enum class StateEvent {
    kSuspended,
    kResumed,
    kLost,
    kReturned,
    kMoved,
    kTransferred,
    kRefused,
    kClosed,
};
[[nodiscard]] events::EventDraft state_changed(StateEvent event, const Context& context,
                                               const domain::Enrolment& enrolment,
                                               domain::CivilDate effective_on,
                                               std::string_view from_institution_id,
                                               std::string_view to_institution_id);

[[nodiscard]] events::EventDraft visit_recorded(const Context& context, const domain::Visit& visit,
                                                const std::vector<std::string>& disease_codes,
                                                const std::vector<std::string>& action_ids);
[[nodiscard]] events::EventDraft visit_classified(const Context& context,
                                                  const domain::Visit& visit, const VisitClass& row,
                                                  const std::vector<domain::CareAction>& actions);
[[nodiscard]] events::EventDraft visit_voided(const Context& context, const StoredVisit& visit,
                                              const std::vector<std::string>& disease_codes);
[[nodiscard]] events::EventDraft referral_advised(const Context& context,
                                                  const domain::CareAction& action,
                                                  std::string_view institution_id,
                                                  domain::Urgency urgency,
                                                  const std::vector<std::string>& criteria);
[[nodiscard]] events::EventDraft action_due(const Context& context,
                                            const domain::CareAction& action);
[[nodiscard]] events::EventDraft action_overdue(const Context& context,
                                                const domain::CareAction& action);

}  // namespace yilian::registries::store
