#include "services/billing/app/dispute.h"

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/run_steps.h"
#include "services/billing/app/runs.h"
#include "services/billing/domain/ledger.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/settlement_rows.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {
namespace {

using store::DisputeEvent;
using store::DisputeRow;

std::string name(DisputeState state) { return std::string(kDisputeLifecycle.name(state)); }

void note(Unit& unit, const DisputeRow& row, DisputeAction action, const std::string& from,
          const std::string& reason_code, std::vector<std::string> documents = {}) {
    store::add_trail(unit.tx, row.dispute_id,
                     {0, unit.now, unit.actor.id, std::string(kDisputeLifecycle.name(action)), from,
                      name(row.state), reason_code, std::move(documents)});
    unit.touch("dispute", row.dispute_id);
}

void publish(Unit& unit, DisputeEvent event, const DisputeRow& row) {
    unit.append(store::dispute_event(event, unit.event_context(), row));
}

Outcome<DisputeRow> load(Unit& unit, std::string_view dispute_id, std::string_view etag,
                         DisputeAction action) {
    auto row = store::dispute(unit.tx, dispute_id);
    if (!row) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, row->changes)) return *std::move(mismatch);
    if (kDisputeLifecycle.is_final(row->state)) {
        return Refusal{"DISPUTE_CLOSED", {{"state", name(row->state)}}};
    }
    const auto allowed = kDisputeLifecycle.check(row->state, action);
    if (!allowed.ok()) return allowed.refusal();
    return *std::move(row);
}

DisputeRow enter(Unit& unit, DisputeRow row, DisputeAction action, DisputeState to,
                 const std::string& reason_code, std::vector<std::string> documents = {}) {
    const std::string from = name(row.state);
    const auto entered = kDisputeLifecycle.enter(row.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of disputes does not have");
    row.state = *entered;
    row.changes += 1;
    store::save(unit.tx, row);
    note(unit, row, action, from, reason_code, std::move(documents));
    return row;
}

void merge_documents(DisputeRow& row, const std::vector<std::string>& documents) {
    row.documents.insert(row.documents.end(), documents.begin(), documents.end());
    std::ranges::sort(row.documents);
    const auto repeated = std::ranges::unique(row.documents);
    row.documents.erase(repeated.begin(), repeated.end());
}

const policy::billing::Run* run_rules(const PackPtr& pack) {
    return pack->blocks().run ? &*pack->blocks().run : nullptr;
}

// What was published to the party.
Fen published_to(Unit& unit, const std::string& run_id, const std::string& party) {
    Fen sum;
    for (const store::RunPoolRow& p : store::run_pools(unit.tx, run_id)) {
        if (p.party == party) sum += p.prepay;
    }
    return sum;
}

// The subject must be something that the statement is about.
bool subject_known(Unit& unit, const NewDispute& what) {
    if (what.subject == "CASE" || what.subject == "POINTS") {
        return unit.tx.select_one(store::kCaseOfRun, what.run_id, what.party, what.subject_id)
            .has_value();
    }
    if (what.subject == "DEDUCTION") {
        return store::finding(unit.tx, what.subject_id).has_value();
    }
    return true;
}

bool same_dispute(const DisputeRow& row, const NewDispute& what) {
    return row.run_id == what.run_id && row.party == what.party && row.subject == what.subject &&
           row.subject_id == what.subject_id && row.disputed == what.disputed &&
           row.claimed == what.claimed && row.reason_code == what.reason_code;
}

Outcome<Allowed> may_open(Unit& unit, const NewDispute& what) {
    const auto statement = store::statement(unit.tx, what.run_id, what.party);
    if (!statement || !statement->published) return Refusal{"NOT_FOUND", {{"run_id", what.run_id}}};
    if (unit.today > *CivilDate::parse(statement->dispute_until)) {
        return Refusal{"DISPUTE_TOO_LATE", {{"dispute_until", statement->dispute_until}}};
    }
    if (!subject_known(unit, what)) {
        return Refusal{"NOT_FOUND", {{"subject_id", what.subject_id}}};
    }
    if (const auto open = unit.tx.select_one(store::kOpenDisputeAbout, what.run_id, what.party,
                                             what.subject, what.subject_id)) {
        return Refusal{"DISPUTE_DUPLICATE", {{"dispute_id", open->text(0)}}};
    }
    const auto run = store::run(unit.tx, what.run_id);
    const Fen published = published_to(unit, what.run_id, what.party);
    if (run && run->kind == kInstitutionMonth && what.disputed > published) {
        return Refusal{"DISPUTE_AMOUNT_MISMATCH", {{"published_fen", published.text()}}};
    }
    return Allowed{};
}

void set_timer(Unit& unit, const DisputeRow& row, CivilDate on) {
    timers::schedule(unit.tx, {std::string(kDisputeReviewTimer), row.dispute_id},
                     calendar::start_of_day(on), row.dispute_id);
}

void stop_timer(Unit& unit, const DisputeRow& row) {
    (void)timers::cancel(unit.tx, {std::string(kDisputeReviewTimer), row.dispute_id});
}

bool granted_fits(const DisputeRow& row, const DisputeDecision& decision) {
    if (decision.outcome == "UPHELD") return decision.granted == row.claimed;
    if (decision.outcome == "REJECTED") return decision.granted.is_zero();
    return decision.granted > Fen() && decision.granted < row.claimed;
}

DisputeState state_of(std::string_view outcome) {
    if (outcome == "UPHELD") return DisputeState::kUpheld;
    return outcome == "REJECTED" ? DisputeState::kRejected : DisputeState::kPartlyUpheld;
}

// Where the money of the difference comes from: the reserve of the pool of the deduction or the
// case, else of the party's first pool in the run; for a year of a consortium its own pool.
std::string source_of(Unit& unit, const DisputeRow& row, const store::RunRow& run) {
    if (run.kind == kConsortiumYear) return account::cap_pool(run.scope_id);
    if (row.subject == "DEDUCTION") {
        const auto finding = store::finding(unit.tx, row.subject_id);
        if (finding && !finding->pool_id.empty()) return account::reserve(finding->pool_id);
    }
    const auto insurance =
        unit.tx.select_one(store::kCaseOfRun, row.run_id, row.party, row.subject_id);
    if (const auto pack = pack_of(unit, run.period); insurance && pack.ok()) {
        const auto terms = pool_terms(unit.tx, **pack, insurance->text(0), year_of(run));
        if (terms) return account::reserve(terms->pool_id);
    }
    for (const store::RunPoolRow& p : store::run_pools(unit.tx, row.run_id)) {
        if (p.party == row.party) return account::reserve(p.pool_id);
    }
    return account::reserve(run.scope_id);
}

// The difference; shares of other parties stay as they are.
std::string book_difference(Unit& unit, const DisputeRow& row, const store::RunRow& run) {
    Booking booking;
    booking.kind = "dispute_granted";
    booking.parts = {row.dispute_id};
    booking.wanted = CivilMonth::containing(unit.today);
    booking.refers_to = {row.run_id, row.dispute_id};
    booking.posting.move(source_of(unit, row, run), account::payable(row.party), row.granted);
    booking.institution_id = row.institution_id;
    return must_book(unit, std::move(booking));
}

Outcome<Allowed> settle_again(Unit& unit, DisputeRow& row) {
    const auto run = store::run(unit.tx, row.run_id);
    YILIAN_INVARIANT(run.has_value(), "billing: a disputed run exists");
    const auto pack = pack_of(unit, run->period);
    if (!pack.ok()) return pack.refusal();
    const policy::billing::Run* rules = run_rules(*pack);
    if (rules != nullptr && rules->dispute_mode == policy::billing::DisputeMode::kRecomputePool) {
        const auto again = supersede_run(unit, row.run_id, runtime::make_etag(run->changes), "");
        if (!again.ok()) return again.refusal();
        row.resettlement_run_id = again->run_id;
        return Allowed{};
    }
    row.transaction_id = book_difference(unit, row, *run);
    return Allowed{};
}

}  // namespace

Outcome<DisputeRow> open_dispute(Unit& unit, const NewDispute& what) {
    if (const auto same = store::dispute(unit.tx, what.dispute_id)) {
        if (!same_dispute(*same, what)) return Reason("ID_REUSED");
        return *same;
    }
    if (const auto allowed = may_open(unit, what); !allowed.ok()) return allowed.refusal();
    const auto pack = unit.pack(unit.today);
    if (!pack.ok()) return pack.refusal();
    const policy::billing::Run* rules = run_rules(*pack);
    if (rules == nullptr) return Reason("POLICY_NOT_IN_FORCE");
    const auto until =
        unit.env.days.nth_after(unit.today, static_cast<int>(rules->review_working_days));
    if (!until.ok()) return until.refusal();
    DisputeRow row;
    row.dispute_id = what.dispute_id;
    row.run_id = what.run_id;
    row.party = what.party;
    row.institution_id = institution_of(unit, what.party);
    row.subject = what.subject;
    row.subject_id = what.subject_id;
    row.disputed = what.disputed;
    row.claimed = what.claimed;
    row.state = kDisputeLifecycle.create(DisputeAction::kOpen, DisputeState::kOpen);
    row.reason_code = what.reason_code;
    merge_documents(row, what.documents);
    row.opened_on = unit.today.text();
    row.opened_by = unit.actor.id;
    row.review_until = until->text();
    store::save(unit.tx, row);
    set_timer(unit, row, until->plus_days(1));
    note(unit, row, DisputeAction::kOpen, "", what.reason_code, row.documents);
    publish(unit, DisputeEvent::kOpened, row);
    return row;
}

Outcome<DisputeRow> add_evidence(Unit& unit, std::string_view dispute_id, std::string_view etag,
                                 const std::vector<std::string>& documents) {
    auto loaded = load(unit, dispute_id, etag, DisputeAction::kAddEvidence);
    if (!loaded.ok()) return loaded.refusal();
    DisputeRow row = *loaded;
    merge_documents(row, documents);
    const DisputeState to =
        row.state == DisputeState::kEvidenceRequested ? DisputeState::kUnderReview : row.state;
    row = enter(unit, std::move(row), DisputeAction::kAddEvidence, to, "", documents);
    publish(unit, DisputeEvent::kEvidenceAdded, row);
    return row;
}

Outcome<DisputeRow> request_evidence(Unit& unit, std::string_view dispute_id, std::string_view etag,
                                     const std::string& reason_code) {
    auto loaded = load(unit, dispute_id, etag, DisputeAction::kRequestEvidence);
    if (!loaded.ok()) return loaded.refusal();
    DisputeRow row = *loaded;
    row.reviewed_by = unit.actor.id;
    return enter(unit, std::move(row), DisputeAction::kRequestEvidence,
                 DisputeState::kEvidenceRequested, reason_code);
}

Outcome<DisputeRow> start_review(Unit& unit, std::string_view dispute_id, std::string_view etag) {
    auto loaded = load(unit, dispute_id, etag, DisputeAction::kStartReview);
    if (!loaded.ok()) return loaded.refusal();
    DisputeRow row = *loaded;
    row.reviewed_by = unit.actor.id;
    return enter(unit, std::move(row), DisputeAction::kStartReview, DisputeState::kUnderReview, "");
}

Outcome<DisputeRow> withdraw_dispute(Unit& unit, std::string_view dispute_id, std::string_view etag,
                                     const std::string& reason_code) {
    auto loaded = load(unit, dispute_id, etag, DisputeAction::kWithdraw);
    if (!loaded.ok()) return loaded.refusal();
    DisputeRow row =
        enter(unit, *loaded, DisputeAction::kWithdraw, DisputeState::kWithdrawn, reason_code);
    stop_timer(unit, row);
    publish(unit, DisputeEvent::kWithdrawn, row);
    return row;
}

Outcome<DisputeRow> decide_dispute(Unit& unit, std::string_view dispute_id, std::string_view etag,
                                   const DisputeDecision& decision) {
    auto loaded = load(unit, dispute_id, etag, DisputeAction::kDecide);
    if (!loaded.ok()) return loaded.refusal();
    DisputeRow row = *loaded;
    const auto run = store::run(unit.tx, row.run_id);
    const std::string& actor = unit.actor.id;
    if (actor == row.opened_by || actor == row.reviewed_by || (run && actor == run->prepared_by)) {
        return Reason("SAME_PERSON");
    }
    if (!granted_fits(row, decision)) {
        return Refusal{"DISPUTE_AMOUNT_MISMATCH", {{"claimed_fen", row.claimed.text()}}};
    }
    row.granted = decision.granted;
    row.decision_reason_code = decision.reason_code;
    if (!row.granted.is_zero()) {
        if (const auto settled = settle_again(unit, row); !settled.ok()) return settled.refusal();
    }
    row = enter(unit, std::move(row), DisputeAction::kDecide, state_of(decision.outcome),
                decision.reason_code);
    stop_timer(unit, row);
    publish(unit, DisputeEvent::kDecided, row);
    return row;
}

void dispute_late(Unit& unit, const std::string& dispute_id) {
    auto row = store::dispute(unit.tx, dispute_id);
    if (!row || !kDisputeLifecycle.legal(row->state, DisputeAction::kFallLate)) return;
    row->escalated = true;
    const DisputeState state = row->state;
    const DisputeRow late = enter(unit, *std::move(row), DisputeAction::kFallLate, state, "");
    const auto next = unit.env.days.nth_after(unit.today, 1);
    if (next.ok()) set_timer(unit, late, *next);
}

Fen disputed_of(Unit& unit, std::string_view party) {
    return Fen::of_raw(unit.tx.select_one(store::kDisputedOf, party)->i64(0));
}

}  // namespace yilian::billing::app
