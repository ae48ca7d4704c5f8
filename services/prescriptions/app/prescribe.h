#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "services/prescriptions/app/change.h"
#include "yilian/prescriptions/v1/types.pb.h"

// The doctor's part: draft, sign with the system check, sign twice, give up (rows 1 to 7, 11, 12).
namespace yilian::prescriptions::app {

// What the directory answered about the contract, for EXTENDED, when the copy had none.
struct ContractAnswer {
    std::string contract_id;  // "" = no contract in force
};

struct Draft {
    std::string prescription_id;  // chosen by the caller
    std::string resident_id;
    v1::PrescriptionContent content;
    ContractAnswer contract;
};
// PRESCRIBER_NO_RIGHT, KIND_DISABLED, RESIDENT_NOT_FOUND, RESIDENT_DECEASED, REFERRAL_PLAN_MISSING,
// NOT_CONTRACTED; NOT_FOUND for a repeated prescription that is not the resident's, not effective
// or too old; ID_REUSED.
[[nodiscard]] Outcome<domain::Prescription> draft(Work& work, const Draft& command);

// Row 2. AUTH_RECORD_ACCESS_DENIED for another's prescription, and the reasons of draft().
[[nodiscard]] Outcome<domain::Prescription> update_draft(Work& work, std::string_view id,
                                                         std::string_view etag,
                                                         const v1::PrescriptionContent& content,
                                                         const ContractAnswer& contract);

[[nodiscard]] Outcome<domain::Prescription> abandon(Work& work, std::string_view id,
                                                    std::string_view etag);

// Says whether a signature is that of the signer over the hash; looks at keys that it knows.
using SignatureVerifier =
    std::function<bool(const domain::Signature& signature, std::string_view content_sha256)>;

// Rows 3 to 7. CONTENT_INCOMPLETE, SIGNATURE_INVALID, SIGNED_DATE_MISMATCH, TOO_MANY_LINES,
// PIECES_NOT_SEPARATE, PRESCRIBER_NO_RIGHT, KIND_DISABLED, RULE_SET_NOT_FOUND.
[[nodiscard]] Outcome<domain::Prescription> sign(Work& work, std::string_view id,
                                                 std::string_view etag,
                                                 const domain::Signature& signature,
                                                 const SignatureVerifier& verify);

// Row 11. LEVEL_NOT_OVERRIDABLE, OVERRIDE_REASON_MISSING.
[[nodiscard]] Outcome<domain::Prescription> double_sign(Work& work, std::string_view id,
                                                        std::string_view etag,
                                                        std::string_view override_reason);

}  // namespace yilian::prescriptions::app
