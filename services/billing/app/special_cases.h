#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/billing/app/lists.h"

// Cases that experts look at instead of the formula (billing.md 4.8). Until they decide, the value
// of the formula stands and no run takes the case.
namespace yilian::billing::app {

// SCORED -> UNDER_REVIEW. NOT_FOUND, ETAG_MISMATCH, PERIOD_CLOSED (in a run, or its month closed),
// STATE_TRANSITION_NOT_ALLOWED, SPECIAL_CASE_DECIDED (a version is looked at once).
[[nodiscard]] Outcome<CaseView> propose_special_case(Unit& unit, std::string_view institution_id,
                                                     std::string_view list_id,
                                                     std::string_view etag,
                                                     const std::string& reason_code,
                                                     const std::string& evidence_document_id);

struct SpecialDecision {
    std::string institution_id;
    std::string list_id;
    std::string etag;
    bool accepted = false;
    // Of an accepted case exactly one of the two.
    std::optional<amount::Points> points{};
    std::optional<amount::Rate> d{};
    std::string experts_record_id;
};
// UNDER_REVIEW -> SCORED, also after the month has closed: the next run takes the case. Besides the
// reasons above SPECIAL_CASE_CEILING: the institution has had
// its part of the year's stays by this method accepted already (rate of the pack). Metadata
// `ceiling` and `accepted`.
[[nodiscard]] Outcome<CaseView> decide_special_case(Unit& unit, const SpecialDecision& decision);

}  // namespace yilian::billing::app
