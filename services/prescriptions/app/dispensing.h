#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "services/prescriptions/app/change.h"
#include "services/prescriptions/store/event_codec.h"

// The dispenser's part: claim, give back, dispense, mark, take back (rows 13 to 17, 20, 21, 25).
namespace yilian::prescriptions::app {

// A secret as it is kept.
[[nodiscard]] std::string secret_sha256(std::string_view secret);

struct NewClaim {
    std::string claim_id;  // chosen by the caller, or a new one
    std::string secret_sha256;
};
// Row 13. NOT_EFFECTIVE (also: the parent of planned instances), EXPIRED, ALREADY_CLAIMED,
// DISPENSER_NOT_ALLOWED, REGION_NOT_ALLOWED.
[[nodiscard]] Outcome<domain::Prescription> claim(Work& work, std::string_view id,
                                                  std::string_view etag, const NewClaim& what);

// Rows 14 and 20. SECRET_MISMATCH (also: no active claim, another institution), ALREADY_DISPENSED.
[[nodiscard]] Outcome<domain::Prescription> release(Work& work, std::string_view id,
                                                    std::string_view etag, std::string_view secret);
// Rows 15 and 201, by the timer: with something dispensed, what is left is not collected.
void end_lease(Work& work, domain::Prescription p);

struct DispenseCommand {
    std::string secret;
    std::string dispense_id;
    std::int32_t line_no = 0;
    std::int64_t quantity_milli = 0;
    bool four_checks = false;
    std::string checked_by;
    std::vector<std::string> trace_codes;
    std::string substitute_code;
};
// Rows 16 and 21. SECRET_MISMATCH, LEASE_EXPIRED, CHECKS_MISSING, QUANTITY_EXCEEDS_LINE,
// TRACE_CODE_MISSING, TRACE_CODE_USED (`conflict` then tells both dispenses, to be reported),
// SUBSTITUTE_NOT_ALLOWED.
[[nodiscard]] Outcome<domain::Prescription> dispense_line(
    Work& work, std::string_view id, std::string_view etag, const DispenseCommand& command,
    const std::function<void(const events::EventDraft&)>& conflict);

// Row 17. SECRET_MISMATCH, LEASE_EXPIRED, FIELD_REASON_CODE_INVALID. With OWING_NOTE the line stays
// open and the lease lasts as long as the prescription.
[[nodiscard]] Outcome<domain::Prescription> mark_not_dispensed(Work& work, std::string_view id,
                                                               std::string_view etag,
                                                               std::string_view secret,
                                                               std::int32_t line_no,
                                                               std::string_view reason_code);

// Row 25. SETTLEMENT_NOT_REVERSED, TRACE_CODE_MISMATCH, NOT_FOUND (dispense).
[[nodiscard]] Outcome<domain::Prescription> reverse_dispense(
    Work& work, std::string_view id, std::string_view etag, std::string_view dispense_id,
    const std::vector<std::string>& trace_codes);

// Whether an institution may dispense a prescription today.
[[nodiscard]] Outcome<Allowed> may_dispense(storage::Transaction& tx, const policy::Pack& pack,
                                            const domain::Prescription& p,
                                            std::string_view institution_id,
                                            domain::CivilDate today);

}  // namespace yilian::prescriptions::app
