#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/outcome.h"
#include "libs/calendar/working_days.h"
#include "services/referrals/domain/exam_table.h"
#include "services/referrals/domain/types.h"

// Shared examination, recognition of earlier results and critical values (diagnostics.md 2 to 4).
namespace yilian::referrals::domain::exam {

// Keys diagnostics.*.
struct Policy {
    std::vector<std::string> centres;  // "imaging"
    bool recognise_in_district = false;
    std::map<std::string, std::int64_t> validity_days;  // item group -> days
    std::vector<std::string> repeat_reasons;
    std::map<std::string, std::int64_t> report_due_min;  // "ct_mr.outpatient"
    std::vector<std::string> two_person_classes;         // "PATHOLOGY", "IMAGING_LEVEL_2"
    std::int32_t notify_min = 0;
    std::int32_t close_h = 0;
};

// An item is "group" or "group.part"; groups are those of the validity windows.
struct Item {
    std::string group;
    std::string part;  // "head", "complex"; "" for none
    ExamClass exam_class = ExamClass::kNone;
};
// Empty (ITEM_NOT_FOUND) when the pack has no window for the group.
[[nodiscard]] std::optional<Item> item_of(std::string_view item_code, const Policy& policy);

// CT, MR and pathology need grade 2.
[[nodiscard]] std::int32_t grade_needed(const Item& item);
// Classes that two persons read; CT and MR are IMAGING_LEVEL_2.
[[nodiscard]] bool two_persons(const Item& item, const Policy& policy);
// Whether the district has a centre for the class at all.
[[nodiscard]] bool centre_enabled(const Item& item, const Policy& policy);

// Until when the report is due, from the upload on: clock minutes, but outpatient CT and MR run in
// working hours (08:00 to 17:00 of working days) and a biopsy in working days.
// POLICY_CALENDAR_MISSING.
[[nodiscard]] Outcome<Instant> report_due(const Item& item, ExamPriority priority, bool chest_pain,
                                          Instant uploaded_at, const Policy& policy,
                                          const calendar::WorkingDays& days);
// Working hours after an instant.
[[nodiscard]] Outcome<Instant> after_working_minutes(Instant from, std::int64_t minutes,
                                                     const calendar::WorkingDays& days);
// Whole minutes after the due time; begun ones count, 0 in time.
[[nodiscard]] std::int32_t late_min(Instant due, Instant reported);

struct Report {
    std::string report_id;
    std::int32_t version = 1;
    std::string read_by;
    std::string verified_by;
    Instant reported_at{};
    std::optional<Instant> signed_at;
    bool passed = false;
    std::string mark;
    std::string stored;  // yilian.referrals.v1.ExamReport: findings, text, values
};

struct Order {
    std::string order_id;
    std::string resident_id;
    std::string base_institution_id;
    std::string centre_id;
    std::string item_code;
    ExamPriority priority = ExamPriority::kNone;
    std::string ordering_practitioner_id;
    std::string device_id;
    std::string referral_id;
    std::string channel_case_id;
    bool chest_pain = false;  // of the channel's case
    State state = State::kNone;
    std::string reason_code;
    std::string reader_id;
    Instant ordered_at{};
    std::optional<Instant> acquired_at;
    std::optional<Instant> uploaded_at;
    std::optional<Instant> report_due_at;
    std::optional<Instant> reported_at;  // first report
    std::string document_id;
    std::int64_t changes = 0;
    std::vector<Report> reports;  // oldest first

    [[nodiscard]] const Report* latest() const {
        return reports.empty() ? nullptr : &reports.back();
    }
};

[[nodiscard]] lifecycle::Set<Role> roles_of(const Order& order, std::string_view institution_id);
[[nodiscard]] std::vector<std::string> allowed_actions(const Order& order,
                                                       std::string_view institution_id);

// VERIFIER_IS_READER, STATE_TRANSITION_NOT_ALLOWED where one person reads.
[[nodiscard]] Outcome<Allowed> check_verify(const Order& order, const Item& item,
                                            std::string_view practitioner_id, const Policy& policy);
// SECOND_READER_NEEDED, SIGNATURE_INVALID.
[[nodiscard]] Outcome<Allowed> check_sign(const Order& order, const Item& item,
                                          std::string_view practitioner_id, const Policy& policy);

// An earlier signed report of the same item.
struct Prior {
    std::string report_id;
    std::string order_id;
    std::string item_code;
    Instant signed_at{};
    bool passed = false;
    std::string mark;

    // Quality is the floor: what failed or bears no mark is information only.
    [[nodiscard]] bool recognisable() const { return passed && !mark.empty(); }
};
// Whether it lies within the window: signed at most the days ago, to the millisecond.
[[nodiscard]] bool in_window(const Prior& prior, const Item& item, Instant now,
                             const Policy& policy);

struct Wish {
    std::string prior_report_id;  // looked at
    bool recognise = false;
    std::string repeat_reason_code;
};
struct Decision {
    RecognitionOutcome outcome = RecognitionOutcome::kNone;  // kNone: no earlier result
    std::string prior_report_id;
    std::string reason_code;
    std::int32_t prior_age_h = 0;
};
// `priors`: within the window, newest first. PRIOR_NOT_REVIEWED: there is a recognisable one and
// the caller names another or none. REPEAT_REASON_MISSING: neither recognised nor repeated for a
// reason of the pack. FIELD_INVALID: recognises what cannot be.
[[nodiscard]] Outcome<Decision> decide_prior(const std::vector<Prior>& priors, const Wish& wish,
                                             Instant now, const Policy& policy);

struct Critical {
    std::string critical_id;
    std::string order_id;
    std::string resident_id;
    std::string item_code;
    std::string base_institution_id;
    std::string centre_id;
    CriticalState state = CriticalState::kNone;
    CriticalDuty duty = CriticalDuty::kNone;
    Instant raised_at{};
    std::optional<Instant> notified_at;
    std::string acknowledged_by;
    std::optional<Instant> acknowledged_at;
    std::string treatment_code;
    std::optional<Instant> treated_at;
    std::optional<Instant> closed_at;
    std::int64_t changes = 0;
};
enum class CriticalStep { kNotify, kAcknowledge, kClose };
// NOT_RESPONSIBLE: notifying is the centre's, the rest the base's. TREATMENT_MISSING.
// STATE_TRANSITION_NOT_ALLOWED. An alarm that nobody passed on can be acknowledged all the same.
[[nodiscard]] Outcome<Allowed> check_critical(const Critical& critical, CriticalStep step,
                                              std::string_view institution_id,
                                              std::string_view treatment_code);
// Who is asked after whom; the office stays.
[[nodiscard]] CriticalDuty after(CriticalDuty duty);

}  // namespace yilian::referrals::domain::exam
