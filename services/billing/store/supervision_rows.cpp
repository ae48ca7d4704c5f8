#include "services/billing/store/supervision_rows.h"

#include "services/billing/store/event_parts.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/supervision_queries.h"
#include "yilian/billing/v1/events.pb.h"

namespace yilian::billing::store {
namespace {

using storage::Row;
using storage::Transaction;

void must_change(std::int64_t rows, const char* what) {
    if (rows == 0) throw storage::StorageError(storage::StorageError::Kind::kConflict, what);
}

// "name=value|name=value"; values are codes, numbers and ids.
std::string evidence_text(const std::vector<std::pair<std::string, std::string>>& evidence) {
    std::string text;
    for (const auto& [name, value] : evidence) {
        if (!text.empty()) text += '\n';
        text += name + '=' + value;
    }
    return text;
}

std::vector<std::pair<std::string, std::string>> evidence_of(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        const auto equals = std::min(line.find('='), line.size());
        out.emplace_back(line.substr(0, equals),
                         equals < line.size() ? line.substr(equals + 1) : std::string_view());
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

template <class Table, class State>
std::string text_of(const Table& table, State state) {
    return std::string(table.name(state));
}

v1::FindingSeverity severity_of(std::string_view name) {
    if (name == "HINT") return v1::FINDING_SEVERITY_HINT;
    return name == "VIOLATION" ? v1::FINDING_SEVERITY_VIOLATION : v1::FINDING_SEVERITY_SUSPECT;
}

template <class Msg>
events::EventDraft finding_event(const EventContext& context, const FindingRow& row) {
    auto m = of_context<Msg>(context);
    m.set_finding_id(row.finding_id);
    m.set_rule_id(row.rule_id);
    m.set_severity(severity_of(row.severity));
    for (const std::string& id : row.list_ids) m.add_list_ids(id);
    const Fen amount = row.deducted.is_zero() ? row.amount : row.deducted;
    if (!amount.is_zero()) m.set_amount_fen(amount.raw());
    m.set_decision(row.decision);
    m.set_institution_id(row.institution_id);
    return events::make_event(m);
}

template <class Msg>
events::EventDraft dispute_message(const EventContext& context, const DisputeRow& row) {
    auto m = of_context<Msg>(context);
    m.set_dispute_id(row.dispute_id);
    m.set_run_id(row.run_id);
    m.set_party(row.party);
    m.set_institution_id(row.institution_id);
    const bool decided =
        kDisputeLifecycle.is_final(row.state) && row.state != DisputeState::kWithdrawn;
    if (decided) {
        m.set_outcome(text_of(kDisputeLifecycle, row.state));
        m.set_difference_fen(row.granted.raw());
    }
    return events::make_event(m);
}

}  // namespace

FindingRow finding_of(const Row& row) {
    FindingRow r;
    r.finding_id = row.text(0);
    r.rule_id = row.text(1);
    r.rule_version = row.i64(2);
    r.family = row.text(3);
    r.severity = row.text(4);
    r.action = row.text(5);
    r.institution_id = row.text(6);
    r.list_ids = split(row.text(7));
    r.period = row.text(8);
    r.amount = Fen::of_raw(row.i64(9));
    r.evidence = evidence_of(row.text(10));
    r.state = *kFindingLifecycle.state_named(row.text(11));
    r.decision = row.text(12);
    r.decided_by = row.text(13);
    r.deducted = Fen::of_raw(row.i64(14));
    r.pool_id = row.text(15);
    r.transaction_id = row.text(16);
    r.hearing_until = row.text(17);
    r.raised_at = row.instant(18);
    r.changes = row.i64(19);
    return r;
}

std::optional<FindingRow> finding(Transaction& tx, std::string_view finding_id) {
    const auto row = tx.select_one(kFindingRow, finding_id);
    return row ? std::optional(finding_of(*row)) : std::nullopt;
}

void add(Transaction& tx, const FindingRow& r) {
    tx.run(kAddFindingRow, r.finding_id, r.rule_id, r.rule_version, r.family, r.severity, r.action,
           r.institution_id, join(r.list_ids), r.period, r.amount.raw(), evidence_text(r.evidence),
           text_of(kFindingLifecycle, r.state), r.decision, r.decided_by, r.deducted.raw(),
           r.pool_id, r.transaction_id, r.hearing_until, r.raised_at, r.changes);
    for (const std::string& id : r.list_ids) {
        tx.run(kAddFindingList, r.institution_id, id, r.finding_id);
    }
}

void move(Transaction& tx, const FindingRow& r) {
    must_change(tx.run(kMoveFinding, r.finding_id, text_of(kFindingLifecycle, r.state), r.decision,
                       r.decided_by, r.deducted.raw(), r.pool_id, r.transaction_id, r.hearing_until,
                       r.changes),
                "finding changed meanwhile");
}

ReviewRow review_of(const Row& row) {
    return {row.text(0), row.text(1), row.text(2),
            row.i64(3),  row.text(4), *kReviewLifecycle.state_named(row.text(5)),
            row.text(6), row.text(7), row.i64(8)};
}

std::optional<ReviewRow> review(Transaction& tx, std::string_view review_id) {
    const auto row = tx.select_one(kReview, review_id);
    return row ? std::optional(review_of(*row)) : std::nullopt;
}

void save(Transaction& tx, const ReviewRow& r) {
    must_change(tx.run(kSaveReview, r.review_id, r.institution_id, r.list_id, r.version, r.period,
                       text_of(kReviewLifecycle, r.state), r.reason_code, r.finding_id, r.changes),
                "review changed meanwhile");
}

DisputeRow dispute_of(const Row& row) {
    DisputeRow r;
    r.dispute_id = row.text(0);
    r.run_id = row.text(1);
    r.party = row.text(2);
    r.institution_id = row.text(3);
    r.subject = row.text(4);
    r.subject_id = row.text(5);
    r.disputed = Fen::of_raw(row.i64(6));
    r.claimed = Fen::of_raw(row.i64(7));
    r.granted = Fen::of_raw(row.i64(8));
    r.state = *kDisputeLifecycle.state_named(row.text(9));
    r.reason_code = row.text(10);
    r.decision_reason_code = row.text(11);
    r.documents = split(row.text(12));
    r.opened_on = row.text(13);
    r.opened_by = row.text(14);
    r.reviewed_by = row.text(15);
    r.review_until = row.text(16);
    r.escalated = row.flag(17);
    r.resettlement_run_id = row.text(18);
    r.transaction_id = row.text(19);
    r.changes = row.i64(20);
    return r;
}

std::optional<DisputeRow> dispute(Transaction& tx, std::string_view dispute_id) {
    const auto row = tx.select_one(kDispute, dispute_id);
    return row ? std::optional(dispute_of(*row)) : std::nullopt;
}

void save(Transaction& tx, const DisputeRow& r) {
    must_change(tx.run(kSaveDispute, r.dispute_id, r.run_id, r.party, r.institution_id, r.subject,
                       r.subject_id, r.disputed.raw(), r.claimed.raw(), r.granted.raw(),
                       text_of(kDisputeLifecycle, r.state), r.reason_code, r.decision_reason_code,
                       join(r.documents), r.opened_on, r.opened_by, r.reviewed_by, r.review_until,
                       r.escalated, r.resettlement_run_id, r.transaction_id, r.changes),
                "dispute changed meanwhile");
}

std::vector<TrailRow> trail(Transaction& tx, std::string_view record_id) {
    std::vector<TrailRow> out;
    for (const Row& row : tx.select(kTrail, record_id)) {
        out.push_back({row.i64(0), row.instant(1), row.text(2), row.text(3), row.text(4),
                       row.text(5), row.text(6), split(row.text(7))});
    }
    return out;
}

void add_trail(Transaction& tx, std::string_view record_id, TrailRow entry) {
    const std::int64_t number = tx.select_one(kTrailLength, record_id)->i64(0) + 1;
    tx.run(kAddTrail, record_id, number, entry.occurred_at, entry.actor, entry.action,
           entry.from_state, entry.to_state, entry.reason_code, join(entry.documents));
}

events::EventDraft finding_raised_event(const EventContext& context, const FindingRow& row) {
    return finding_event<v1::FindingRaised>(context, row);
}

events::EventDraft finding_decided_event(const EventContext& context, const FindingRow& row) {
    return finding_event<v1::FindingDecided>(context, row);
}

events::EventDraft clawback_booked(const EventContext& context, const std::string& party,
                                   Fen amount, const std::string& refers_to,
                                   const std::string& institution_id,
                                   const std::string& clawback_id) {
    auto m = of_context<v1::ClawbackBooked>(context);
    m.set_party(party);
    m.set_amount_fen(amount.raw());
    m.set_refers_to(refers_to);
    m.set_institution_id(institution_id);
    m.set_clawback_id(clawback_id);
    return events::make_event(m);
}

events::EventDraft dispute_event(DisputeEvent event, const EventContext& context,
                                 const DisputeRow& row) {
    switch (event) {
        case DisputeEvent::kOpened:
            return dispute_message<v1::DisputeOpened>(context, row);
        case DisputeEvent::kEvidenceAdded:
            return dispute_message<v1::DisputeEvidenceAdded>(context, row);
        case DisputeEvent::kDecided:
            return dispute_message<v1::DisputeDecided>(context, row);
        case DisputeEvent::kWithdrawn:
            break;
    }
    return dispute_message<v1::DisputeWithdrawn>(context, row);
}

}  // namespace yilian::billing::store
