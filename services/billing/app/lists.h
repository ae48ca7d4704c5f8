#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/app/unit.h"
#include "services/billing/store/list_rows.h"

// Receiving, correcting and withdrawing settlement lists (billing.md 13).
namespace yilian::billing::app {

struct Submission {
    SettlementList list;
    std::string data;  // the message, serialised deterministically
    std::string batch_id;
    bool validate_only = false;
};

// A list and what became of it.
struct CaseView {
    store::ListRow list;
    std::optional<store::ScoreRow> score;
    std::optional<store::BenefitRow> benefit;
    std::optional<store::SpecialCaseRow> special{};
};

// Validates, and accepts or rejects: rows 1 to 5 and 8 of the transition table in one unit. A
// rejected list is an answer with findings, not a refusal. The same content again gives the stored
// answer. With validate_only nothing is written.
// Refused with PERIOD_CLOSED (a correction of a list that is in a run or in a closed month),
// POLICY_NOT_IN_FORCE, RULES_NOT_LOADED.
[[nodiscard]] Outcome<CaseView> submit_list(Unit& unit, const Submission& submission);

// Row 9. NOT_FOUND, ETAG_MISMATCH, PERIOD_CLOSED, STATE_TRANSITION_NOT_ALLOWED.
[[nodiscard]] Outcome<CaseView> withdraw_list(Unit& unit, std::string_view institution_id,
                                              std::string_view list_id, std::string_view etag,
                                              const std::string& reason_code);

// Withdraws every list of an institution's batch that is still in force. PERIOD_CLOSED when one
// cannot be; then none is. BATCH_NOT_FOUND, BATCH_ALREADY_UNDONE. Batch ids are each institution's
// own.
[[nodiscard]] Outcome<std::int64_t> undo_batch(Unit& unit, std::string_view institution_id,
                                               std::string_view batch_id);

// As stored; `version` 0 = the one in force, else the last.
[[nodiscard]] std::optional<CaseView> find_case(storage::Transaction& tx,
                                                std::string_view institution_id,
                                                std::string_view list_id, std::int64_t version);

}  // namespace yilian::billing::app
