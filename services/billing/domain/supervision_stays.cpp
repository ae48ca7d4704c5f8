#include <algorithm>

#include "services/billing/domain/supervision_conditions.h"

// Conditions on the lists of a patient and on one list: split and overlapping stays, duplicate
// claims, hanging beds, complications, cost against the group.
namespace yilian::billing::supervision {
namespace {

bool related(const CaseFact& a, const CaseFact& b, std::int64_t chars) {
    const auto n = static_cast<std::size_t>(chars);
    return !a.main_dx().empty() && a.main_dx().substr(0, n) == b.main_dx().substr(0, n);
}

std::vector<std::pair<std::string, std::string>> against(
    const CaseFact& other, std::vector<std::pair<std::string, std::string>> more) {
    std::vector<std::pair<std::string, std::string>> out{
        {"other_institution", other.institution_id},
        {"other_list", other.list_id},
        {"other_admitted_on", other.admitted_on.text()},
        {"other_discharged_on", other.discharged_on.text()}};
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
    return out;
}

// Every pair of stays of a resident, the earlier admission first; of the month is the later one.
void each_pair(const View& view, const std::function<void(const CaseFact&, const CaseFact&)>& use) {
    for (const auto& [resident, cases] : view.of_resident) {
        for (std::size_t later = 0; later < cases.size(); ++later) {
            for (std::size_t earlier = 0; earlier < later; ++earlier) {
                if (cases[later]->in_month || cases[earlier]->in_month) {
                    use(*cases[earlier], *cases[later]);
                }
            }
        }
    }
}

void split_stay(View& view) {
    const std::int64_t most = view.rule.number("max_gap_days");
    const std::int64_t chars = view.rule.number("related_chars");
    each_pair(view, [&](const CaseFact& first, const CaseFact& second) {
        if (first.type != "INPATIENT" || second.type != "INPATIENT") return;
        const int gap = calendar::days_between(first.discharged_on, second.admitted_on);
        // A planned readmission is announced on the first list.
        if (gap < 0 || gap > most || first.readmission_planned || !related(first, second, chars)) {
            return;
        }
        view.hit(second, first.key(), second.total,
                 against(first, {{"gap_days", std::to_string(gap)},
                                 {"main_dx", std::string(second.main_dx())}}));
    });
}

void stays_overlap(View& view) {
    each_pair(view, [&](const CaseFact& first, const CaseFact& second) {
        if (!first.is_stay() || !second.is_stay() ||
            first.institution_id == second.institution_id ||
            second.admitted_at >= first.discharged_at) {
            return;
        }
        view.hit(second, first.key(), second.total, against(first, {}));
    });
}

// Two claims for what looks like one case: same money and same diagnosis in two lists of a
// resident, whatever institution declared them, within the window.
void duplicate_claim(View& view) {
    const std::int64_t window = view.rule.number("window_days");
    const std::int64_t chars = view.rule.number("related_chars");
    each_pair(view, [&](const CaseFact& first, const CaseFact& second) {
        const int apart = calendar::days_between(first.discharged_on, second.discharged_on);
        if (std::abs(apart) > window || first.total != second.total ||
            !related(first, second, chars) || first.type != second.type) {
            return;
        }
        view.hit(second, first.key(), second.total,
                 against(first, {{"days_apart", std::to_string(apart)},
                                 {"total_fen", second.total.text()}}));
    });
}

void nursing_gap(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->type != "INPATIENT" || c->nursing_days >= c->stay_days) continue;
        view.hit(*c, "", Fen(),
                 {{"nursing_days", std::to_string(c->nursing_days)},
                  {"stay_days", std::to_string(c->stay_days)}});
    }
}

void same_day_stay(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->type != "INPATIENT" || c->admitted_on != c->discharged_on) continue;
        view.hit(*c, "", c->total, {{"admitted_on", c->admitted_on.text()}});
    }
}

void complication_count(View& view) {
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->complications < view.rule.number("min_count")) continue;
        view.hit(*c, "", Fen(),
                 {{"complications", std::to_string(c->complications)}, {"group", c->group_code}});
    }
}

void cost_against_group(View& view) {
    const Rate low = view.rule.rate("low");
    const Rate high = view.rule.rate("high");
    for (const CaseFact* c : view.cases) {
        if (!c->in_month || c->group_average.is_zero()) continue;
        const auto cost = static_cast<amount::Int128>(c->total.raw()) * Rate::kUnit;
        const auto average = static_cast<amount::Int128>(c->group_average.raw());
        const bool below = cost < average * low.raw();
        if (!below && cost <= average * high.raw()) continue;
        view.hit(*c, "", Fen(),
                 {{"group", c->group_code},
                  {"total_fen", c->total.text()},
                  {"group_average_fen", c->group_average.text()},
                  {below ? "low" : "high", (below ? low : high).text()}});
    }
}

void paid_without_dispense(View& view) {
    for (const DispenseFact& d : view.facts.dispenses) {
        if (d.dispensed_lines > 0) continue;
        const std::string record = d.institution_id + '/' + d.list_id;
        view.hits.emplace(record, Hit{record,
                                      d.institution_id,
                                      {d.list_id},
                                      Fen(),
                                      {{"prescription_id", d.prescription_id}}});
    }
}

}  // namespace

std::vector<Condition> stay_conditions() {
    const Input lists = Input::kLists;
    const std::vector<Parameter> split_parameters{{"max_gap_days", Kind::kNumber},
                                                  {"related_chars", Kind::kNumber}};
    return {{"SPLIT_STAY", "split_stay", lists, split_parameters, split_stay},
            {"STAYS_OVERLAP", "overlapping_stays", lists, {}, stays_overlap},
            {"DUPLICATE_CLAIM",
             "duplicate_claim",
             lists,
             {{"window_days", Kind::kNumber}, {"related_chars", Kind::kNumber}},
             duplicate_claim},
            {"NURSING_GAP", "hanging_bed", lists, {}, nursing_gap},
            {"SAME_DAY_STAY", "hanging_bed", lists, {}, same_day_stay},
            {"COMPLICATION_COUNT",
             "upcoding",
             Input::kCases,
             {{"min_count", Kind::kNumber}},
             complication_count},
            {"COST_AGAINST_GROUP",
             "upcoding",
             Input::kCases,
             {{"low", Kind::kRate}, {"high", Kind::kRate}},
             cost_against_group},
            {"PAID_WITHOUT_DISPENSE",
             "prescription_cross_check",
             Input::kDispenses,
             {},
             paid_without_dispense},
            {"TRACE_SEEN_TWICE", "prescription_cross_check", Input::kEvents, {}, {}},
            {"MANUAL_REVIEW", "sampled_review", Input::kEvents, {{"sample_rate", Kind::kRate}}, {}},
            {"PAYMENT_CLOCK", "compliance", Input::kEvents, {}, {}}};
}

}  // namespace yilian::billing::supervision
