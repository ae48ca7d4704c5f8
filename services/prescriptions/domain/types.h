#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/calendar/civil_date.h"
#include "services/prescriptions/domain/prescription_table.h"

// What a prescription is made of (prescriptions.md 2). Enumerators have the numbers of the wire.
namespace yilian::prescriptions::domain {

using calendar::CivilDate;

enum class Kind {
    kUnspecified,
    kNormal,
    kEmergency,
    kPaediatric,
    kLong,
    kExtended,
    kShared,
    kRepeat,
    kTcmPieces,
    kTcmGranule,
    kPreparation,
    kNarcotic1,
    kHealth,
};
[[nodiscard]] std::string_view name_of(Kind value);
[[nodiscard]] std::optional<Kind> kind_of(std::string_view name);

enum class LineState {
    kNone,
    kToBeDispensed,
    kWithDispenser,
    kPartly,
    kOwing,
    kFully,
    kNotDispensed,
    kCancelled,
    kExpired,
};
[[nodiscard]] std::string_view name_of(LineState value);
[[nodiscard]] std::optional<LineState> line_state_of(std::string_view name);
// Nothing more happens to the line.
[[nodiscard]] constexpr bool is_final(LineState value) {
    return value == LineState::kFully || value == LineState::kNotDispensed ||
           value == LineState::kCancelled || value == LineState::kExpired;
}

enum class ItemClass { kUnspecified = 0, kWestern = 11, kPatentTcm = 12, kPieces = 13 };
enum class SkinTest { kUnspecified, kNotNeeded, kNegative, kPending };

// Level of a finding, rising.
enum class Level { kNone, kInfo, kWarn, kDoubleSign, kBlock };
[[nodiscard]] std::string_view name_of(Level value);
[[nodiscard]] std::optional<Level> level_of(std::string_view name);

enum class ReviewStage { kUnspecified, kSystem, kPharmacist, kDoubleSign };
enum class ReviewResult {
    kUnspecified,
    kPass,
    kInfo,
    kWarn,
    kDoubleSign,
    kBlock,
    kReturn,
    kRefuse
};
[[nodiscard]] std::string_view name_of(ReviewStage value);
[[nodiscard]] std::string_view name_of(ReviewResult value);

enum class ClaimState { kUnspecified, kActive, kReturned, kExpired, kDone };
[[nodiscard]] std::string_view name_of(ClaimState value);
[[nodiscard]] std::optional<ClaimState> claim_state_of(std::string_view name);

// What binds the quantity of a long prescription, in the order of prescriptions.md 5.1.
enum class LimitSource { kUnspecified, kNational, kDistrict, kLabel, kInsurance };
[[nodiscard]] std::string_view name_of(LimitSource value);
[[nodiscard]] std::optional<LimitSource> limit_source_of(std::string_view name);

struct Diagnosis {
    std::string code_system;
    std::string code;
    std::string tcm_syndrome;
};

// What the doctor writes on a line.
struct LineContent {
    std::int32_t line_no = 0;
    std::string generic_code;
    ItemClass item_class = ItemClass::kUnspecified;
    std::int64_t dose_milli = 0;
    std::string dose_unit;
    std::string frequency_code;
    std::string route_code;
    std::int32_t days = 0;
    std::int64_t quantity_milli = 0;
    std::string pack_unit;
    SkinTest skin_test = SkinTest::kUnspecified;
    bool external_purchase = false;
    std::string longer_reason_code;
};

// What the doctor writes.
struct Content {
    Kind kind = Kind::kUnspecified;
    std::string contract_id;
    std::string referral_id;
    std::string repeat_of;
    std::int32_t instance_count = 0;
    std::vector<Diagnosis> diagnoses;
    std::vector<std::string> disease_codes;
    std::vector<std::string> special_groups;
    std::vector<std::string> allergy_codes;
    std::vector<LineContent> lines;
    std::optional<std::int32_t> validity_days;
    std::string validity_reason_code;
    bool patient_confirmed = false;

    [[nodiscard]] std::int32_t longest_days() const;
};

// A line in circulation.
struct Line {
    std::int32_t line_no = 0;
    std::string generic_code;
    std::int32_t days = 0;
    std::int64_t quantity_milli = 0;
    bool external_purchase = false;
    LineState state = LineState::kToBeDispensed;
    std::int64_t dispensed_milli = 0;  // not reversed
    std::optional<CivilDate> first_dispensed_on;
    std::optional<CivilDate> covered_until;
    std::string non_dispense_reason;

    [[nodiscard]] std::int64_t open_milli() const { return quantity_milli - dispensed_milli; }
};

// A dispenser has the prescription. The secret itself is never kept.
struct Claim {
    std::string claim_id;
    std::string prescription_id;
    std::string dispenser_institution_id;
    std::string secret_sha256;
    Instant leased_until{};
    ClaimState state = ClaimState::kActive;
};

struct Dispense {
    std::string dispense_id;
    std::string prescription_id;
    std::int32_t line_no = 0;
    std::string dispenser_institution_id;
    std::int64_t quantity_milli = 0;
    std::int32_t days_supplied = 0;
    std::vector<std::string> trace_codes;
    std::string substitute_of;
    std::string product_code;
    std::string dispenser_id;
    std::string checked_by;
    Instant at{};
    std::optional<Instant> reversed_at;
};

struct Signature {
    std::string signer_id;
    std::string algorithm;
    Instant signed_at{};
    std::string value;
};

struct Prescription {
    std::string prescription_id;
    std::string number;
    State state = State::kNone;
    std::string resident_id;
    std::string institution_id;
    std::string prescriber_id;
    Content content;
    std::string content_bytes;   // as sent; what the hash and the signature are over
    std::string content_sha256;  // over the bytes, the prescription and the resident
    CivilDate authored_on;       // day on which the content was last written
    bool is_long = false;        // the rules of long prescriptions hold
    std::vector<Line> lines;
    std::string parent_id;
    std::int32_t instance_no = 0;
    std::int32_t instances = 0;  // planned under this one, which is then no longer for pick-up
    std::optional<CivilDate> due_on;
    std::int32_t age_at_issue_days = 0;
    std::optional<Instant> issued_at;
    std::optional<Instant> valid_until;
    std::optional<Signature> signature;
    Level highest_level = Level::kNone;  // of the last system check
    bool double_signed = false;          // after that check
    std::optional<Claim> claim;          // the active one
    bool was_dispensed = false;          // at least one dispense, reversed ones included
    std::string dispensed_by;            // institution of the last dispense
    std::string case_key;                // settlement that settled it
    std::string list_id;
    std::string reason_code;
    std::string insurance_rx_no;
    std::string insurance_trace_code;
    std::string pack_id;
    std::int32_t pack_version = 0;
    std::string rule_set_version;
    std::string catalogue;  // "id@version" that the last check read
    std::optional<Instant> effective_at;
    std::optional<Instant> dispensed_at;
    std::string original_resident_id;  // before a merge of residents, else ""
    std::int64_t changes = 0;
    std::int64_t loaded_changes = 0;  // as in the database
    State loaded_state = State::kNone;
    Instant changed_at{};

    [[nodiscard]] Line* line(std::int32_t line_no);
    [[nodiscard]] bool is_parent() const { return instances > 0; }
};

// A drug of the dated catalogue.
struct Drug {
    std::string generic_code;
    std::string name;
    ItemClass item_class = ItemClass::kUnspecified;
    std::vector<std::string> ingredient_codes;
    std::string effect_group;
    std::vector<std::string> allergy_groups;
    std::string form_code;
    std::int64_t strength_milli = 0;
    std::string strength_unit;
    std::string pack_unit;
    std::optional<std::int64_t> max_single_dose_milli;
    std::optional<std::int64_t> max_daily_dose_milli;
    std::optional<std::int32_t> max_days;
    std::optional<std::int32_t> insurance_max_days;
    std::string long_excluded_class;
    bool essential = false;
    std::vector<std::string> forbidden_groups;
    std::optional<std::int32_t> min_age_days;
    bool trace_required = false;
    std::vector<std::string> disease_codes;
};

// An institution as the service's copy knows it on a day.
struct Institution {
    std::string institution_id;
    std::string institution_class;
    std::string parent_id;
    bool agreement_in_force = false;
    std::vector<std::string> consortia;  // its own and its parent's
};

[[nodiscard]] bool contains(const std::vector<std::string>& codes, std::string_view code);

}  // namespace yilian::prescriptions::domain
