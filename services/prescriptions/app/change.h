#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/runtime/work.h"
#include "services/prescriptions/domain/circulation.h"
#include "services/prescriptions/domain/types.h"

// How every use case changes a prescription: find, move by the table (as often as needed), finish.
namespace yilian::prescriptions::app {

using runtime::Work;
using PackPtr = std::shared_ptr<const policy::Pack>;

// NOT_FOUND, ETAG_MISMATCH.
[[nodiscard]] Outcome<domain::Prescription> find(Work& work, std::string_view id,
                                                 std::string_view etag);

// Moves by the table and writes the line of history. STATE_TRANSITION_NOT_ALLOWED, before anything
// is written. `reason_code` becomes the reason of the state.
[[nodiscard]] Outcome<Allowed> move(Work& work, domain::Prescription& p, domain::Action action,
                                    domain::State to, std::string_view reason_code,
                                    const policy::Pack& pack);
// A move whose legality is known; a step outside the table is a broken invariant.
void must_move(Work& work, domain::Prescription& p, domain::Action action, domain::State to,
               std::string_view reason_code, const policy::Pack& pack);
// Row 1 and row 27.
void create(Work& work, domain::Prescription& p, domain::Action action, domain::State to,
            const policy::Pack& pack);

// Saves, once a unit, and sets the timers that the state asks for.
void finish(Work& work, domain::Prescription& p);

// The active claim ends; its lease timer too.
void end_claim(Work& work, domain::Prescription& p, domain::ClaimState state);

// Rows 5, 8 and 28: may be dispensed from now on. A long prescription of several pick-ups gets its
// instances (row 27), the first of them effective at once.
void make_effective(Work& work, domain::Prescription& p, domain::Action action,
                    const policy::Pack& pack);

// Row 23, when the validity is over.
void expire_if_over(Work& work, domain::Prescription& p, const policy::Pack& pack);

// PrescriptionDispensed and all that a last final line brings, by the state of the lines. Does
// nothing while lines are open.
void come_to_rest(Work& work, domain::Prescription& p, const policy::Pack& pack);

// Row 24, when a settlement of the prescription is known and not withdrawn.
void settle_if_known(Work& work, domain::Prescription& p, const policy::Pack& pack);

// Open lines end without being dispensed (row 17): LineNotDispensed for each.
void end_lines(Work& work, domain::Prescription& p, std::string_view reason_code,
               std::string_view dispenser_institution_id, const policy::Pack& pack);

// An id of 26 characters that follows from another one, so that the same cause gives the same
// record.
[[nodiscard]] std::string derived_ulid(std::string_view from, std::string_view what);

// Kinds of the service's durable timers; the aggregate is the prescription.
inline constexpr std::string_view kExpiryTimer = "prescription.expiry";
inline constexpr std::string_view kLeaseTimer = "prescription.lease";
inline constexpr std::string_view kInstanceTimer = "prescription.instance";
inline constexpr std::string_view kCloseTimer = "prescription.close";

}  // namespace yilian::prescriptions::app
