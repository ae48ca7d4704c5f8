#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/policy/pack.h"
#include "services/prescriptions/domain/types.h"

// Lines in circulation: what is dispensed, what is left, and the state of the whole that follows
// (prescriptions.md 3 and 8).
namespace yilian::prescriptions::domain {

// The state of the whole by its lines: EFFECTIVE, CLAIMED, PARTLY_DISPENSED, DISPENSED,
// NOT_DISPENSED, CANCELLED, EXPIRED, or REVERSED when all that was dispensed has come back. A line
// that ends short of its quantity (the rest is not collected) counts as dispensed for what was
// given.
[[nodiscard]] State header_of(std::span<const Line> lines, bool claimed, bool was_dispensed);

// Lines follow the whole: what is open goes to a dispenser, comes back, ends.
void lines_to_dispenser(Prescription& prescription);
void lines_back(Prescription& prescription);
void end_open_lines(Prescription& prescription, LineState to);

// Days that a quantity of a line lasts, so that the parts of a line add up to its days.
[[nodiscard]] std::int32_t days_supplied(const Line& line, std::int64_t quantity_milli);

// Books a quantity on a line. QUANTITY_EXCEEDS_LINE when more than is open.
struct Booked {
    std::int32_t days_supplied = 0;
    CivilDate covered_until;
};
[[nodiscard]] Outcome<Booked> dispense(Line& line, std::int64_t quantity_milli, CivilDate on);
// Takes a quantity back; the line is then final with what is left of it.
void take_back(Line& line, std::int64_t quantity_milli);

// The eleven codes of a line that is not dispensed.
[[nodiscard]] bool is_non_dispense_reason(std::string_view code);
// The codes with which a prescription is cancelled, returned and refused.
[[nodiscard]] bool is_cancel_reason(std::string_view code);
[[nodiscard]] bool is_review_reason(std::string_view code);

// A pick-up of a long prescription.
struct PlannedInstance {
    std::int32_t instance_no = 0;
    CivilDate due_on;
    CivilDate effective_on;          // the first at once, the others lead days before they are due
    std::vector<std::int32_t> days;  // by line
    std::vector<std::int64_t> quantity_milli;  // by line
};
// Cuts the lines into `count` pick-ups from `start`: days of a line differ by at most one, longer
// first; quantities follow the days in whole pack units where the line has whole units; sums are
// exact. Due dates follow the longest line.
[[nodiscard]] std::vector<PlannedInstance> plan_instances(const policy::Pack& pack,
                                                          std::span<const Line> lines,
                                                          std::int32_t count, CivilDate start);

// Which institution may dispense.
struct DispenserQuestion {
    Kind kind = Kind::kNormal;
    Institution prescriber;
    std::optional<Institution> dispenser;  // empty: not known in the region
    std::vector<Drug> drugs;
};
// REGION_NOT_ALLOWED, DISPENSER_NOT_ALLOWED (drug in metadata where a drug is the cause).
[[nodiscard]] Outcome<Allowed> may_dispense(const policy::Pack& pack,
                                            const DispenserQuestion& question);

}  // namespace yilian::prescriptions::domain
