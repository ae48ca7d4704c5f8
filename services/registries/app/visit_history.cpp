#include "services/registries/app/visit_history.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "services/registries/store/event_codec.h"

namespace yilian::registries::app {

using calendar::CivilDate;
using domain::CareAction;
using domain::Enrolment;
using domain::History;

namespace {

// Visits that count for this enrolment: after its confirmation and with its data, or without the
// data of any disease.
bool counts_for(const Enrolment& e, const domain::Visit& visit, const std::vector<Enrolment>& all) {
    if (e.confirmed_on && visit.visit_on < *e.confirmed_on) return false;
    if (has_any_data(e.disease_code, visit)) return true;
    return std::ranges::none_of(
        all, [&](const Enrolment& o) { return has_any_data(o.disease_code, visit); });
}

std::vector<CareAction> actions_of(Work& work, const Enrolment& e, std::string_view visit_id) {
    std::vector<CareAction> out = store::care_actions_of(work.tx, e.resident_id);
    std::erase_if(out, [&](const CareAction& a) {
        return a.enrolment_id != e.enrolment_id || a.visit_id != visit_id;
    });
    return out;
}

// Makes the action of a visit that of its new class; answers what was opened. A draft that became
// of an advice goes its own way.
std::vector<CareAction> align_action(Work& work, const Enrolment& e, const domain::Visit& visit,
                                     const domain::Classification& c) {
    bool there = false;
    for (const CareAction& action : actions_of(work, e, visit.visit_id)) {
        if (action.kind == c.action) {
            there = true;
        } else if (action.pending() && action.referral_id.empty()) {
            finish_action(work, action, domain::CareActionState::kClosed, "RECLASSIFIED");
        }
    }
    return there ? std::vector<CareAction>() : open_asked(work, e, visit, c);
}

}  // namespace

Outcome<Person> load_person(storage::Transaction& tx, std::string_view resident_id) {
    auto resident = store::resident(tx, resident_id);
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    if (!resident->merged_into.empty()) {
        return Refusal{"RESIDENT_NOT_FOUND", {{"merged_into", resident->merged_into}}};
    }
    return Person{*std::move(resident), store::enrolments_of(tx, resident_id),
                  store::visits_of(tx, resident_id)};
}

bool has_diabetes(const Person& person) {
    return std::ranges::any_of(person.all, [](const Enrolment& e) {
        return e.open() && e.confirmed_on &&
               domain::family_of(e.disease_code) == domain::DiseaseFamily::kDiabetes;
    });
}

bool has_any_data(std::string_view disease_code, const domain::Visit& v) {
    switch (domain::family_of(disease_code)) {
        case domain::DiseaseFamily::kHypertension:
            return v.sbp_mmhg || v.dbp_mmhg;
        case domain::DiseaseFamily::kDiabetes:
            return v.fasting_glucose_e2 || v.random_glucose_e2 || v.hba1c_e2;
        case domain::DiseaseFamily::kOther:
            break;
    }
    return false;
}

std::vector<Enrolment> concerned(const Person& person, const domain::Visit& visit) {
    std::vector<Enrolment> out;
    std::ranges::copy_if(person.all, std::back_inserter(out), [&](const Enrolment& e) {
        return e.receives_visits() && counts_for(e, visit, person.all);
    });
    return out;
}

std::optional<Refusal> refuse_ranges(const domain::Visit& visit) {
    const auto faults = domain::range_faults(visit);
    if (faults.empty()) return std::nullopt;
    Refusal refusal{"FIELD_RANGE"};
    for (const domain::RangeFault& f : faults) {
        refusal.metadata.emplace_back(f.field, std::to_string(f.min) + "-" + std::to_string(f.max));
    }
    return refusal;
}

Outcome<History> history_of(const policy::PolicyStore& policies, const std::string& district,
                            const Enrolment& e, const Person& person,
                            const std::vector<store::StoredVisit>& visits) {
    std::vector<domain::HistoryEntry> entries;
    for (const store::StoredVisit& v : visits) {
        if (!counts_for(e, v.visit, person.all)) continue;
        const auto rules = rules_on(policies, district, v.visit.visit_on);
        if (!rules.ok()) return rules.refusal();
        entries.push_back({v.visit,
                           calendar::age_years(person.resident.birth_date, v.visit.visit_on),
                           rules->classification});
    }
    std::optional<CivilDate> first_due;
    if (e.confirmed_on) {
        const auto rules = rules_on(policies, district, *e.confirmed_on);
        if (!rules.ok()) return rules.refusal();
        first_due = e.confirmed_on->plus_days(rules->classification.planned_days);
    }
    return domain::fold_history(e.disease_code, std::move(entries), has_diabetes(person),
                                first_due);
}

const domain::Classification& classification_of(const History& history, std::string_view visit_id) {
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        if (history.entries[i].visit.visit_id == visit_id) return history.classifications[i];
    }
    invariant_broken("registries: visit is not in its own history", __FILE__, __LINE__);
}

store::VisitClass class_row(const Enrolment& e, const domain::Classification& c) {
    return {e.enrolment_id,
            e.disease_code,
            c.control_class,
            c.danger,
            c.on_goal,
            c.unsatisfied_run,
            c.next_due_on ? c.next_due_on->text() : "",
            c.rule_set_version,
            c.missing};
}

std::vector<CareAction> open_asked(Work& work, const Enrolment& e, const domain::Visit& visit,
                                   const domain::Classification& c) {
    if (!c.action) return {};
    CareAction action;
    action.action_id = work.ids.next_ulid();
    action.enrolment_id = e.enrolment_id;
    action.resident_id = e.resident_id;
    action.team_id = e.team_id;
    action.disease_code = e.disease_code;
    action.visit_id = visit.visit_id;
    action.kind = *c.action;
    action.opened_on = visit.visit_on;
    action.due_on = *c.action_due_on;
    action.changes = 1;
    open_action(work, action);
    return {action};
}

void tell_reclassified(Work& work, const Enrolment& e, const History& history,
                       std::string_view except, const Rules& rules) {
    const auto before = store::classes_of_enrolment(work.tx, e.enrolment_id);
    const auto context = work.event_context(*rules.pack);
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        const domain::Visit& visit = history.entries[i].visit;
        const domain::Classification& c = history.classifications[i];
        if (visit.visit_id == except) continue;
        std::vector<CareAction> opened;
        if (visit.visit_id == history.standing.class_visit_id) {
            opened = align_action(work, e, visit, c);
        }
        const store::VisitClass now = class_row(e, c);
        const auto old = before.find(visit.visit_id);
        const bool same = old != before.end() && old->second == now;
        if (same && opened.empty()) continue;
        store::save_class(work.tx, visit, now);
        work.append(
            store::visit_classified(context, visit, now, actions_of(work, e, visit.visit_id)));
        if (c.urgency && !opened.empty()) {
            work.append(store::referral_advised(context, opened.front(), e.institution_id,
                                                *c.urgency, c.criteria));
        }
    }
}

}  // namespace yilian::registries::app
