#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/base/ulid.h"
#include "libs/calendar/civil_date.h"
#include "libs/events/event.h"
#include "libs/policy/store.h"
#include "libs/storage/transaction.h"
#include "services/registries/domain/enrolment.h"
#include "services/registries/domain/enrolment_table.h"
#include "yilian/common/v1/event.pb.h"

// What every use case of the service works with, whether a command, an event or a timer asked.
namespace yilian::registries::app {

struct Actor {
    std::string id;              // practitioner, or "system"
    std::string institution_id;  // who acts, or the owner of the record
    std::string kind;            // EventContext.actor_kind
};

// The pack of the service date and what this service reads of it.
struct Rules {
    std::shared_ptr<const policy::Pack> pack;
    domain::ClassificationPolicy classification;

    [[nodiscard]] bool disease_enabled(std::string_view disease_code) const;
    [[nodiscard]] std::int32_t lost_after_months() const;
    [[nodiscard]] std::int32_t moved_close_after_days() const;
    // The registry disease that a diagnosis code belongs to, "" when none does; registry codes
    // themselves are answered as they are.
    [[nodiscard]] std::string disease_of(std::string_view diagnosis_code) const;
};

// One unit in progress. Lives during the unit only.
struct Work {
    storage::Transaction& tx;
    Instant now;
    calendar::CivilDate today;
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
    Actor actor;
    std::string correlation_id;
    std::function<void(const events::EventDraft&)> append;
    // Names a change of the unit: the effects of an event, the audit row of a command.
    std::function<void(std::string_view kind, std::string_view key)> touch;

    [[nodiscard]] Outcome<Rules> rules(calendar::CivilDate service_date) const;
    [[nodiscard]] common::v1::EventContext event_context(const Rules& rules) const;
};

// Moves an enrolment by the table and keeps history: counts the change, writes the journal line and
// the row. `to` equal to the present state is a change without a move.
[[nodiscard]] Outcome<Allowed> apply(Work& work, domain::Enrolment& enrolment,
                                     domain::EnrolmentAction action, domain::EnrolmentState to,
                                     const Rules& rules, std::string_view reason_code);

// Sets and clears the timers that the enrolment's state asks for: loss after months without a
// visit, end of a pause, lapse of a move.
void plan_timers(Work& work, const domain::Enrolment& enrolment, const Rules& rules);

// Opens a care action, with its due and overdue timers.
void open_action(Work& work, const domain::CareAction& action);
// Ends it as done or closed.
void finish_action(Work& work, domain::CareAction action, domain::CareActionState state,
                   std::string_view done_ref);

}  // namespace yilian::registries::app
