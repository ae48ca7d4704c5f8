#pragma once

#include <string>
#include <string_view>

#include "services/registries/app/rules.h"
#include "services/registries/domain/enrolment.h"
#include "services/registries/domain/enrolment_table.h"

// Steps that the use cases share, whether a command, an event or a timer asked. All work inside the
// caller's unit.
namespace yilian::registries::app {

// Moves an enrolment by the table and keeps history: counts the change, writes the journal line and
// the row, sets the timers. `to` equal to the present state is a change without a move. Refuses an
// action that the state does not allow, and has then written nothing.
[[nodiscard]] Outcome<Allowed> apply(Work& work, domain::Enrolment& enrolment,
                                     domain::EnrolmentAction action, domain::EnrolmentState to,
                                     const Rules& rules, std::string_view reason_code);
// A change that moves no state and stands in no row: `action` is only told to the journal.
void note_change(Work& work, domain::Enrolment& enrolment, std::string_view action);

// Opens a care action, with its due and overdue timers.
void open_action(Work& work, const domain::CareAction& action);
// Ends it as done or closed.
void finish_action(Work& work, domain::CareAction action, domain::CareActionState state,
                   std::string_view done_ref);
// What had done it counts no longer: open again, or overdue when its day has passed.
void reopen_action(Work& work, domain::CareAction action);

}  // namespace yilian::registries::app
