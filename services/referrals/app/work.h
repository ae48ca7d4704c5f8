#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/base/ulid.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/working_days.h"
#include "libs/events/event.h"
#include "libs/policy/store.h"
#include "libs/storage/transaction.h"
#include "services/referrals/app/rules.h"
#include "services/referrals/app/signer.h"
#include "services/referrals/domain/referral.h"
#include "services/referrals/store/copy_rows.h"
#include "yilian/common/v1/event.pb.h"

// What every use case of the service works with, whether a command, an event or a timer asked.
namespace yilian::referrals::app {

// What lives as long as the service. Immutable.
struct Env {
    IdSource& ids;
    const policy::PolicyStore& policies;
    std::string district;
    calendar::WorkingDays days;
    EvidenceSigner signer;
};
using EnvPtr = std::shared_ptr<const Env>;

struct Actor {
    std::string id;              // practitioner, or "system"
    std::string institution_id;  // who acts, or the owner of the record for the system
    std::string kind;            // EventContext.actor_kind
};

// One unit in progress. Lives during the unit only.
struct Work {
    storage::Transaction& tx;
    Instant now;
    calendar::CivilDate today;
    const Env& env;
    Actor actor;
    std::string correlation_id;
    std::function<void(const events::EventDraft&)> append;
    // Names a change of the unit: the effects of an event.
    std::function<void(std::string_view kind, std::string_view key)> touch;
    // What directory answered to a question before the unit; counts when there is no own copy.
    std::optional<store::ContractCopy> answered_contract{};

    [[nodiscard]] Outcome<Rules> rules() const;
    [[nodiscard]] common::v1::EventContext event_context(const Rules& rules) const;
    // The client's id, or a new one.
    [[nodiscard]] std::string id_or_new(std::string_view id) const;
};

// A referral that the caller may act on by `action`: found, of the caller's side, unchanged since
// read, and in a state whose row's guard holds. NOT_FOUND, AUTH_RECORD_ACCESS_DENIED (no party, or
// on the wrong side), ETAG_MISMATCH, TASK_NOT_OPEN (somebody else has answered the attempt),
// STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<domain::Referral> load_for(Work& work, std::string_view referral_id,
                                                 std::string_view etag, domain::Action action,
                                                 const Rules& rules);

// Moves a referral by the table and keeps its history: counts the change, writes row and history
// line, plans the timer of the new state. The decision has been checked; a step outside the table
// is a broken invariant. `reason_code` becomes the reason of the state; while the state stays, ""
// keeps the old one.
void move(Work& work, domain::Referral& referral, domain::Action action, domain::State to,
          std::string_view reason_code, const Rules& rules);
// A change without action of the table (resident ids merged or split): counted and kept in the
// history under `name`.
void touch_up(Work& work, domain::Referral& referral, std::string_view name, const Rules& rules);
// Row 1.
void open(Work& work, domain::Referral& referral, const Rules& rules);

// Opens an attempt at a receiver; refused with POLICY_CALENDAR_MISSING before anything is written
// when due times cannot be computed, so ask review_due first.
void open_task(Work& work, domain::Referral& referral, domain::Task task);
// Ends the open attempt, if there is one.
void close_task(Work& work, domain::Referral& referral, domain::TaskOutcome outcome);

// Ids of 26 characters that follow from other ids, so that the same cause gives the same record.
[[nodiscard]] std::string derived_ulid(std::string_view cause, Instant at);

// Kind of the one timer a referral has pending: what its state waits for. The aggregate is the
// referral.
inline constexpr std::string_view kStateTimer = "referral.state";
// When the state's timer is due; empty when the state waits for nobody.
[[nodiscard]] std::optional<Instant> state_due(Work& work, const domain::Referral& referral,
                                               const Rules& rules);

}  // namespace yilian::referrals::app
