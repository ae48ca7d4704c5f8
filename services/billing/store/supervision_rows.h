#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/events/event.h"
#include "libs/storage/transaction.h"
#include "services/billing/domain/dispute_table.h"
#include "services/billing/domain/supervision.h"
#include "services/billing/domain/supervision_table.h"
#include "yilian/common/v1/event.pb.h"

// Rows of supervision, reviews and disputes, and their facts as events.
namespace yilian::billing::store {

using amount::Fen;

struct FindingRow {
    std::string finding_id{};
    std::string rule_id{};
    std::int64_t rule_version = 1;
    std::string family{};
    std::string severity{};
    std::string action{};
    std::string institution_id{};
    std::vector<std::string> list_ids{};  // sorted
    std::string period{};                 // yyyy-MM
    Fen amount{};
    std::vector<std::pair<std::string, std::string>> evidence{};
    FindingState state = FindingState::kRaised;
    std::string decision{};
    std::string decided_by{};
    Fen deducted{};
    std::string pool_id{};         // of the deduction
    std::string transaction_id{};  // of the deduction
    std::string hearing_until{};
    Instant raised_at{};
    std::int64_t changes = 1;
};
[[nodiscard]] FindingRow finding_of(const storage::Row& row);
[[nodiscard]] std::optional<FindingRow> finding(storage::Transaction& tx,
                                                std::string_view finding_id);
void add(storage::Transaction& tx, const FindingRow& row);
// State, decision, deduction and hearing of a row whose `changes` has been raised by one.
void move(storage::Transaction& tx, const FindingRow& row);

struct ReviewRow {
    std::string review_id{};
    std::string institution_id{};
    std::string list_id{};
    std::int64_t version = 0;
    std::string period{};
    ReviewState state = ReviewState::kDrawn;
    std::string reason_code{};
    std::string finding_id{};
    std::int64_t changes = 1;
};
[[nodiscard]] ReviewRow review_of(const storage::Row& row);
[[nodiscard]] std::optional<ReviewRow> review(storage::Transaction& tx, std::string_view review_id);
void save(storage::Transaction& tx, const ReviewRow& row);

struct DisputeRow {
    std::string dispute_id{};
    std::string run_id{};
    std::string party{};
    std::string institution_id{};  // key of its events
    std::string subject{};         // CASE, POINTS, TARGET, DEDUCTION, SPLIT
    std::string subject_id{};
    Fen disputed{};
    Fen claimed{};
    Fen granted{};
    DisputeState state = DisputeState::kOpen;
    std::string reason_code{};
    std::string decision_reason_code{};
    std::vector<std::string> documents{};  // sorted, each once
    std::string opened_on{};
    std::string opened_by{};
    std::string reviewed_by{};
    std::string review_until{};
    bool escalated = false;
    std::string resettlement_run_id{};
    std::string transaction_id{};
    std::int64_t changes = 1;
};
[[nodiscard]] DisputeRow dispute_of(const storage::Row& row);
[[nodiscard]] std::optional<DisputeRow> dispute(storage::Transaction& tx,
                                                std::string_view dispute_id);
void save(storage::Transaction& tx, const DisputeRow& row);

// One step of what people did; never changed.
struct TrailRow {
    std::int64_t entry_no = 0;
    Instant occurred_at{};
    std::string actor{};
    std::string action{};
    std::string from_state{};
    std::string to_state{};
    std::string reason_code{};
    std::vector<std::string> documents{};
};
[[nodiscard]] std::vector<TrailRow> trail(storage::Transaction& tx, std::string_view record_id);
// Appends as the next entry of the record.
void add_trail(storage::Transaction& tx, std::string_view record_id, TrailRow entry);

using EventContext = common::v1::EventContext;
[[nodiscard]] events::EventDraft finding_raised_event(const EventContext& context,
                                                      const FindingRow& row);
[[nodiscard]] events::EventDraft finding_decided_event(const EventContext& context,
                                                       const FindingRow& row);
[[nodiscard]] events::EventDraft clawback_booked(const EventContext& context,
                                                 const std::string& party, Fen amount,
                                                 const std::string& refers_to,
                                                 const std::string& institution_id,
                                                 const std::string& clawback_id);
enum class DisputeEvent { kOpened, kEvidenceAdded, kDecided, kWithdrawn };
[[nodiscard]] events::EventDraft dispute_event(DisputeEvent event, const EventContext& context,
                                               const DisputeRow& row);

}  // namespace yilian::billing::store
