#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "services/referrals/domain/referral.h"
#include "services/referrals/domain/slots.h"

// Guards of opening and submitting a referral (rows 1, 4 to 8, 11, 18 of the table).
namespace yilian::referrals::domain {

struct SubmitPolicy {
    std::vector<std::string> directions_enabled;
    std::vector<std::string> kinds_enabled;
    std::string scope;  // consortium, district, city
    bool two_level = false;
    bool technical_grade_enabled = false;
    std::int32_t max_hops = 0;
};

// The service's copy of an institution.
struct Institution {
    std::string institution_id;
    std::string institution_class;  // code of the pack: hospital, centre, village_clinic …
    std::int32_t level = 0;         // yilian.common.v1.InstitutionLevel

    // A base institution is whatever is no hospital, and hospitals of level 1.
    [[nodiscard]] bool is_base() const;
    [[nodiscard]] bool is_village() const;
};

struct Offer {
    std::string offer_id;
    std::string institution_id;
    std::string department_code;
    std::vector<Kind> kinds;
    std::vector<std::string> disease_codes;  // empty: all
    std::vector<std::string> required_items;
    bool auto_accept = false;
    std::vector<BookingWindow> windows;
    // Disease ("" = diagnoses of no registry disease) and grade.
    std::vector<std::pair<std::string, std::int32_t>> grades;
    calendar::CivilDate valid_from;
    std::optional<calendar::CivilDate> valid_to;
    std::string stored;  // yilian.referrals.v1.ServiceOffer, serialised
    std::int64_t changes = 0;

    [[nodiscard]] bool in_force(calendar::CivilDate on) const;
    // Takes this kind of patient with any of these registry diseases in this department ("" = any).
    [[nodiscard]] bool takes(Kind kind, const std::vector<std::string>& diseases,
                             std::string_view department) const;
};
// The first by id that takes the content on the day; nullptr when none.
[[nodiscard]] const Offer* matching_offer(const std::vector<Offer>& offers, const Content& content,
                                          std::string_view department,
                                          const std::vector<std::string>& diseases,
                                          calendar::CivilDate on);

// DIRECTION_DISABLED, KIND_DISABLED of CreateReferral and UpdateDraft; not stated yet is fine.
[[nodiscard]] Outcome<Allowed> check_enabled(const Content& content, const SubmitPolicy& policy);

// Fields of the minimum data set and of the receiver's own list that are missing, by name. DOWN
// asks for kind, diagnosis and receiver, EMERGENCY for the receiver alone (row 5).
[[nodiscard]] std::vector<std::string> missing_data(const Content& content, const Offer* offer);

// What is known about sender and receiver on the day.
struct Parties {
    std::optional<Institution> sender;
    std::optional<Institution> receiver;
    std::string consortium_id;  // common one, "" when none
    std::string disease;        // registry disease of the main diagnosis, "" when none
    // Every registry disease that the diagnosis belongs to: families overlap, and a district may
    // keep another of them than the one with criteria.
    std::vector<std::string> diseases;
    std::vector<Offer> offers;  // of the receiver
    bool duplicate_open = false;
};
// Row 4 and row 18, in this order: DATA_INCOMPLETE, CONSENT_MISSING, RECEIVER_NOT_OFFERING,
// LEVEL_NOT_ALLOWED, OUT_OF_SCOPE, DUPLICATE_OPEN_REFERRAL.
[[nodiscard]] Outcome<Allowed> check_submit(const Referral& referral, const Parties& parties,
                                            const SubmitPolicy& policy, calendar::CivilDate on);
// LEVEL_NOT_ALLOWED, OUT_OF_SCOPE.
[[nodiscard]] Outcome<Allowed> check_level(Direction direction, const Parties& parties,
                                           const SubmitPolicy& policy);
[[nodiscard]] Outcome<Allowed> check_scope(const Parties& parties, const SubmitPolicy& policy);

// Row 7: the receiver's rule allows the kind, a criterion is met and nothing it needs is missing.
[[nodiscard]] bool accepts_by_itself(const Content& content, const Offer* offer,
                                     const std::optional<Criteria>& criteria);
// Row 8: where the district grades its specialists, the receiver's offer names a grade for the
// disease.
[[nodiscard]] Outcome<Allowed> check_grade(const Parties& parties, const Content& content,
                                           const SubmitPolicy& policy, calendar::CivilDate on);
// Row 11: HOP_LIMIT_REACHED, REDIRECT_TO_SELF.
[[nodiscard]] Outcome<Allowed> check_redirect(const Referral& referral,
                                              std::string_view to_institution_id,
                                              const SubmitPolicy& policy);
// Row 18: NOTHING_CHANGED.
[[nodiscard]] Outcome<Allowed> check_resubmission(const Referral& before, const Content& after,
                                                  std::string_view stored_after);

}  // namespace yilian::referrals::domain
