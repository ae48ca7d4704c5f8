#include "services/billing/app/special_cases.h"

#include <algorithm>

#include "libs/runtime/command.h"
#include "services/billing/domain/dip/score.h"
#include "services/billing/store/event_codec.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/queries.h"

namespace yilian::billing::app {
namespace {

using store::ListRow;
using store::ScoreRow;
using store::SpecialCaseRow;

// A list that no run has taken: what a run has stated is changed by later runs only.
Outcome<ListRow> free_list(Unit& unit, std::string_view institution_id, std::string_view list_id,
                           std::string_view etag) {
    auto list = store::list_in_force(unit.tx, institution_id, list_id);
    if (!list) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, list->changes)) return *std::move(mismatch);
    if (!list->run_id.empty()) {
        return Refusal{"PERIOD_CLOSED", {{"period", list->period}, {"run_id", list->run_id}}};
    }
    return *std::move(list);
}

void step(Unit& unit, ListRow& list, CaseAction action, CaseState to) {
    const auto entered = kCaseLifecycle.enter(list.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "billing: a step that the table of lists does not have");
    list.state = *entered;
    list.changes += 1;
    store::move(unit.tx, list);
    unit.touch("settlement_list", list.key.case_key());
}

// Whether one more case of the institution's year may be accepted.
std::optional<Refusal> above_ceiling(Unit& unit, const policy::Pack& pack, const ListRow& list) {
    const auto& run = pack.blocks().run;
    if (!run) return Refusal{"POLICY_NOT_IN_FORCE", {}};
    const Rate rate =
        list.method == PaymentMethod::kDip ? run->special_case_dip : run->special_case_drg;
    const std::string year = list.discharge_date.substr(0, 4);
    const std::string next = std::to_string(CivilDate::parse(list.discharge_date)->year() + 1);
    const auto row = *unit.tx.select_one(store::kYearOfSpecialCases, list.key.institution_id,
                                         name_of(list.method), year, next);
    const std::int64_t ceiling = dip::special_case_ceiling(rate, row.i64(0));
    if (row.i64(1) < ceiling) return std::nullopt;
    return Refusal{
        "SPECIAL_CASE_CEILING",
        {{"ceiling", std::to_string(ceiling)}, {"accepted", std::to_string(row.i64(1))}}};
}

// Points with another D: as many as the formula gives for it. A case without base points (blank
// group) takes what its own formula gave times D.
amount::Points points_for(const policy::Pack& pack, const ScoreRow& score, Rate d) {
    if (score.base.is_zero()) {
        return amount::multiply(score.points, d, amount::Rounding::kHalfAway);
    }
    if (score.scheme != "DIP") {
        const auto mode = pack.blocks().drg ? pack.blocks().drg->rounding.case_points
                                            : amount::Rounding::kHalfAway;
        return amount::Points::of_raw(amount::product_over(
            {score.base.raw(), d.raw(), score.k.raw()}, amount::kTenTo16, mode));
    }
    return dip::case_points(*pack.blocks().dip, score.base, d, score.k, score.aux);
}

}  // namespace

Outcome<CaseView> propose_special_case(Unit& unit, std::string_view institution_id,
                                       std::string_view list_id, std::string_view etag,
                                       const std::string& reason_code,
                                       const std::string& evidence_document_id) {
    auto list = free_list(unit, institution_id, list_id, etag);
    if (!list.ok()) return list.refusal();
    if (store::closed_periods(unit.tx).contains(*calendar::CivilMonth::parse(list->period))) {
        return Refusal{"PERIOD_CLOSED", {{"period", list->period}}};
    }
    if (const auto known = store::special_case(unit.tx, list->key)) {
        return Refusal{"SPECIAL_CASE_DECIDED", {{"state", known->state}}};
    }
    const auto allowed = kCaseLifecycle.check(list->state, CaseAction::kReview);
    if (!allowed.ok()) return allowed.refusal();
    const auto score = store::score(unit.tx, list->key);
    YILIAN_INVARIANT(score.has_value(), "billing: a scored list without a score");
    SpecialCaseRow special;
    special.key = list->key;
    special.reason_code = reason_code;
    special.evidence_document_id = evidence_document_id;
    special.proposed_by = unit.actor.id;
    special.proposed_on = unit.today.text();
    special.formula_points = score->points;
    special.formula_d = score->d;
    store::add(unit.tx, special);
    ListRow moved = *std::move(list);
    step(unit, moved, CaseAction::kReview, CaseState::kUnderReview);
    return *find_case(unit.tx, moved.key.institution_id, moved.key.list_id, moved.key.version);
}

Outcome<CaseView> decide_special_case(Unit& unit, const SpecialDecision& decision) {
    // Also after its month has closed: the case waits for the next run.
    auto list = free_list(unit, decision.institution_id, decision.list_id, decision.etag);
    if (!list.ok()) return list.refusal();
    auto special = store::special_case(unit.tx, list->key);
    if (!special) return Reason("NOT_FOUND");
    if (special->state != "PROPOSED") {
        return Refusal{"SPECIAL_CASE_DECIDED", {{"state", special->state}}};
    }
    const auto allowed = kCaseLifecycle.check(list->state, CaseAction::kDecide);
    if (!allowed.ok()) return allowed.refusal();
    const auto pack = unit.pack(*CivilDate::parse(list->discharge_date));
    if (!pack.ok()) return pack.refusal();
    ScoreRow score = *store::score(unit.tx, list->key);
    if (decision.accepted) {
        if (auto refusal = above_ceiling(unit, **pack, *list)) return *std::move(refusal);
        if (decision.d) score.d = *decision.d;
        score.points = decision.points ? *decision.points : points_for(**pack, score, score.d);
        score.flags.emplace_back("SPECIAL_CASE");
        std::ranges::sort(score.flags);
        store::rescore(unit.tx, score);
    }
    special->state = decision.accepted ? "ACCEPTED" : "DECLINED";
    special->experts_record_id = decision.experts_record_id;
    special->decided_by = unit.actor.id;
    special->decided_on = unit.today.text();
    store::decide(unit.tx, *special);
    ListRow moved = *std::move(list);
    step(unit, moved, CaseAction::kDecide, CaseState::kScored);
    const auto context = unit.event_context(**pack);
    unit.append(store::special_case_decided(context, moved, *special, score));
    if (decision.accepted) unit.append(store::case_scored(context, moved, score));
    return *find_case(unit.tx, moved.key.institution_id, moved.key.list_id, moved.key.version);
}

}  // namespace yilian::billing::app
