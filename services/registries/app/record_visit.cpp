#include "services/registries/app/record_visit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libs/runtime/command.h"
#include "services/registries/store/event_codec.h"
#include "services/registries/store/queries.h"

namespace yilian::registries::app {
namespace {

using calendar::CivilDate;
using domain::Enrolment;
using domain::EnrolmentState;

bool receives_visits(const Enrolment& e) {
    return e.state == EnrolmentState::kActive || e.state == EnrolmentState::kSuspended ||
           e.state == EnrolmentState::kLost;
}

bool has_any_data(std::string_view disease_code, const domain::Visit& v) {
    switch (domain::family_of(disease_code)) {
        case domain::DiseaseFamily::kHypertension: return v.sbp_mmhg || v.dbp_mmhg;
        case domain::DiseaseFamily::kDiabetes:
            return v.fasting_glucose_e2 || v.random_glucose_e2 || v.hba1c_e2;
        case domain::DiseaseFamily::kOther: break;
    }
    return false;
}

// The enrolments a visit belongs to: those whose data it carries, or all where it carries none
// (a talk by telephone still counts as a visit).
std::vector<Enrolment> concerned(std::vector<Enrolment> all, const domain::Visit& visit) {
    std::erase_if(all, [](const Enrolment& e) { return !receives_visits(e); });
    std::vector<Enrolment> with_data;
    std::ranges::copy_if(all, std::back_inserter(with_data), [&](const Enrolment& e) {
        return has_any_data(e.disease_code, visit);
    });
    return with_data.empty() ? all : with_data;
}

bool has_diabetes(const std::vector<Enrolment>& all) {
    return std::ranges::any_of(all, [](const Enrolment& e) {
        return e.open() && e.confirmed_on &&
               domain::family_of(e.disease_code) == domain::DiseaseFamily::kDiabetes;
    });
}

struct Load {
    store::ResidentCopy resident;
    std::vector<Enrolment> all;
    std::vector<Enrolment> concerned;
    std::vector<store::StoredVisit> visits;
};

Outcome<Load> load(storage::Transaction& tx, const domain::Visit& visit) {
    const auto resident = store::resident(tx, visit.resident_id);
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    Load l{*resident, store::enrolments_of(tx, visit.resident_id), {}, {}};
    l.concerned = concerned(l.all, visit);
    if (l.concerned.empty()) return Reason("ENROLMENT_NOT_FOUND");
    l.visits = store::visits_of(tx, visit.resident_id);
    return l;
}

std::optional<Refusal> refuse_visit(Work& work, const Load& l, const RecordVisit& command) {
    const domain::Visit& visit = command.visit;
    if (visit.visit_on > work.today) {
        return Refusal{"VISIT_IN_FUTURE", {{"today", work.today.text()}}};
    }
    if (l.resident.deceased_on && visit.visit_on > *l.resident.deceased_on) {
        return Refusal{"VISIT_AFTER_DEATH"};
    }
    if (const auto faults = domain::range_faults(visit); !faults.empty()) {
        Refusal refusal{"FIELD_RANGE"};
        for (const domain::RangeFault& f : faults) {
            refusal.metadata.emplace_back(f.field,
                                          std::to_string(f.min) + "-" + std::to_string(f.max));
        }
        return refusal;
    }
    if (std::ranges::all_of(l.concerned, [&](const Enrolment& e) {
            return e.confirmed_on && visit.visit_on < *e.confirmed_on;
        })) {
        return Refusal{"VISIT_BEFORE_ENROLMENT"};
    }
    if (store::visit(work.tx, visit.visit_id) ||
        std::ranges::any_of(l.visits, [&](const store::StoredVisit& v) {
            return v.visit.visit_on == visit.visit_on && v.data == command.data &&
                   v.visit.performer_id == visit.performer_id;
        })) {
        return Refusal{"DUPLICATE_VISIT", {{"visit_id", visit.visit_id}}};
    }
    const auto performer = store::practitioner(work.tx, visit.performer_id);
    const bool in_team = performer && std::ranges::any_of(l.concerned, [&](const Enrolment& e) {
        return performer->works_at(e.institution_id, visit.visit_on);
    });
    if (!in_team) return Refusal{"PERFORMER_NOT_IN_TEAM"};
    return std::nullopt;
}

// The visits with the person's age and the pack of each day.
Outcome<std::vector<domain::HistoryEntry>> entries_of(
    const Work& work, CivilDate birth_date, const std::vector<store::StoredVisit>& visits) {
    std::vector<domain::HistoryEntry> entries;
    for (const store::StoredVisit& v : visits) {
        const auto rules = work.rules(v.visit.visit_on);
        if (!rules.ok()) return rules.refusal();
        entries.push_back({v.visit, calendar::age_years(birth_date, v.visit.visit_on),
                           rules->classification});
    }
    return entries;
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

// Visits of the resident that are classified for this enrolment: after its confirmation and with
// its data, or without any disease's data.
std::vector<domain::HistoryEntry> entries_for(const Enrolment& e,
                                              const std::vector<domain::HistoryEntry>& entries,
                                              const std::vector<Enrolment>& all) {
    std::vector<domain::HistoryEntry> out;
    for (const domain::HistoryEntry& entry : entries) {
        if (e.confirmed_on && entry.visit.visit_on < *e.confirmed_on) continue;
        const bool own = has_any_data(e.disease_code, entry.visit);
        const bool others = std::ranges::any_of(
            all, [&](const Enrolment& o) { return has_any_data(o.disease_code, entry.visit); });
        if (own || !others) out.push_back(entry);
    }
    return out;
}

EnrolmentState after_visit(EnrolmentState state) {
    return state == EnrolmentState::kLost || state == EnrolmentState::kSuspended
               ? EnrolmentState::kActive
               : state;
}

// Pending actions of the disease that this visit does; answers their ids.
std::vector<std::string> finish_actions(Work& work, const std::vector<domain::CareAction>& actions,
                                        const Enrolment& e, domain::Visit& visit) {
    std::vector<std::string> done;
    if (!has_any_data(e.disease_code, visit)) return done;
    for (const domain::CareAction& action : actions) {
        if (!domain::done_by_visit(action, e.disease_code, visit.visit_on)) continue;
        if (visit.referral_id.empty()) visit.referral_id = action.referral_id;
        finish_action(work, action, domain::CareActionState::kDone, visit.visit_id);
        done.push_back(action.action_id);
    }
    return done;
}

std::vector<domain::CareAction> new_actions(Work& work, const Enrolment& e,
                                            const domain::Visit& visit,
                                            const domain::Classification& c) {
    if (!c.action) return {};
    domain::CareAction action;
    action.action_id = work.ids.next_ulid();
    action.enrolment_id = e.enrolment_id;
    action.resident_id = e.resident_id;
    action.team_id = e.team_id;
    action.disease_code = e.disease_code;
    action.visit_id = visit.visit_id;
    action.kind = *c.action;
    action.due_on = *c.action_due_on;
    action.changes = 1;
    open_action(work, action);
    return {action};
}

// Moves the enrolment to its new standing, through row 6, 9 or 11.
Outcome<Allowed> settle(Work& work, Enrolment& e, const domain::Standing& standing,
                        const Rules& rules) {
    const EnrolmentState from = e.state;
    const EnrolmentState to = after_visit(from);
    e.standing = standing;
    if (from == EnrolmentState::kSuspended) e.suspended_until.reset();
    const domain::EnrolmentAction action =
        from == EnrolmentState::kLost        ? domain::EnrolmentAction::kReturn
        : from == EnrolmentState::kSuspended ? domain::EnrolmentAction::kResume
                                             : domain::EnrolmentAction::kRecordVisit;
    auto applied = apply(work, e, action, to, rules, "");
    if (!applied.ok()) return applied;
    if (from != to) {
        work.append(store::state_changed(from == EnrolmentState::kLost
                                             ? store::StateEvent::kReturned
                                             : store::StateEvent::kResumed,
                                         work.event_context(rules), e, work.today, "", ""));
    }
    return Allowed{};
}

// Later visits whose class moved because an earlier one came or went.
void reclassify(Work& work, const Enrolment& e, const domain::History& history,
                std::string_view except_visit_id, const Rules& rules) {
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        const domain::Visit& visit = history.entries[i].visit;
        if (visit.visit_id == except_visit_id) continue;
        const store::VisitClass now = class_row(e, history.classifications[i]);
        const auto before = store::classes_of(work.tx, visit.visit_id);
        if (std::ranges::find(before, now) != before.end()) continue;
        store::save_class(work.tx, visit, now);
        work.append(store::visit_classified(work.event_context(rules), visit, now, {}));
        work.touch("visit_class", visit.visit_id + "/" + e.enrolment_id);
    }
}

const domain::Classification& classification_of(const domain::History& history,
                                                std::string_view visit_id) {
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        if (history.entries[i].visit.visit_id == visit_id) return history.classifications[i];
    }
    invariant_broken("registries: visit is not in its own history", __FILE__, __LINE__);
}

}  // namespace

Outcome<Allowed> record_visit(Work& work, RecordVisit command) {
    auto loaded = load(work.tx, command.visit);
    if (!loaded.ok()) return loaded.refusal();
    if (auto refusal = refuse_visit(work, *loaded, command)) return *refusal;
    const auto rules = work.rules(command.visit.visit_on);
    if (!rules.ok()) return rules.refusal();

    domain::Visit& visit = command.visit;
    Load l = std::move(loaded).value();
    visit.team_id = l.concerned.front().team_id;
    std::vector<store::StoredVisit> visits = l.visits;
    visits.push_back({visit, command.data, work.now});
    const auto entries = entries_of(work, l.resident.birth_date, visits);
    if (!entries.ok()) return entries.refusal();

    const auto actions = store::care_actions_of(work.tx, visit.resident_id);
    std::vector<std::string> done;
    std::vector<std::string> diseases;
    for (const Enrolment& e : l.concerned) {
        diseases.push_back(e.disease_code);
        for (std::string& id : finish_actions(work, actions, e, visit)) {
            done.push_back(std::move(id));
        }
    }
    std::ranges::sort(done);
    store::add(work.tx, {visit, command.data, work.now});
    work.touch("visit", visit.visit_id);
    const auto context = work.event_context(*rules);
    work.append(store::visit_recorded(context, visit, diseases, done));

    for (Enrolment& e : l.concerned) {
        const domain::History history =
            domain::fold_history(e.disease_code, entries_for(e, *entries, l.all),
                                 has_diabetes(l.all), std::nullopt);
        const domain::Classification& c = classification_of(history, visit.visit_id);
        const store::VisitClass row = class_row(e, c);
        store::save_class(work.tx, visit, row);
        const auto opened = new_actions(work, e, visit, c);
        auto settled = settle(work, e, history.standing, *rules);
        if (!settled.ok()) return settled;
        work.append(store::visit_classified(context, visit, row, opened));
        if (c.urgency) {
            work.append(store::referral_advised(context, opened.front(), e.institution_id,
                                                *c.urgency, c.criteria));
        }
        reclassify(work, e, history, visit.visit_id, *rules);
    }
    return Allowed{};
}

Outcome<Allowed> void_visit(Work& work, const std::string& visit_id, const std::string& etag,
                            const std::string& reason_code) {
    auto stored = store::visit(work.tx, visit_id);
    if (!stored) return Reason("NOT_FOUND");
    if (auto refusal = runtime::check_etag(etag, stored->changes)) return *refusal;
    if (stored->voided) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", "VOIDED"}, {"action", "VoidVisit"}}};
    }
    const auto rules = work.rules(stored->visit.visit_on);
    if (!rules.ok()) return rules.refusal();
    const auto resident = store::resident(work.tx, stored->visit.resident_id);
    if (!resident) return Reason("RESIDENT_NOT_FOUND");
    std::vector<store::StoredVisit> visits =
        store::visits_of(work.tx, stored->visit.resident_id);
    std::erase_if(visits, [&](const auto& v) { return v.visit.visit_id == visit_id; });
    const auto entries = entries_of(work, resident->birth_date, visits);
    if (!entries.ok()) return entries.refusal();

    const auto classes = store::classes_of(work.tx, visit_id);
    std::vector<std::string> diseases;
    for (const store::VisitClass& c : classes) diseases.push_back(c.disease_code);
    stored->void_reason_code = reason_code;
    work.tx.run(store::kVoidVisit, visit_id, reason_code);
    work.touch("visit", visit_id);
    work.append(store::visit_voided(work.event_context(*rules), *stored, diseases));

    for (const domain::CareAction& action :
         store::care_actions_of(work.tx, stored->visit.resident_id)) {
        if (action.visit_id == visit_id && action.pending()) {
            finish_action(work, action, domain::CareActionState::kClosed, visit_id);
        }
    }
    const std::vector<Enrolment> all = store::enrolments_of(work.tx, stored->visit.resident_id);
    for (Enrolment e : all) {
        if (std::ranges::find(diseases, e.disease_code) == diseases.end() || !e.open()) continue;
        const domain::History history =
            domain::fold_history(e.disease_code, entries_for(e, *entries, all), has_diabetes(all),
                                 std::nullopt);
        work.tx.run(store::kDeleteClass, visit_id, e.enrolment_id);
        e.standing = history.standing;
        if (e.state == EnrolmentState::kActive) {
            auto applied = apply(work, e, domain::EnrolmentAction::kVoidVisit, e.state, *rules,
                                 reason_code);
            if (!applied.ok()) return applied;
        } else {
            e.changes += 1;
            e.changed_at = work.now;
            store::save(work.tx, e);
        }
        reclassify(work, e, history, visit_id, *rules);
    }
    return Allowed{};
}

Outcome<std::vector<PreviewedClass>> preview(storage::Transaction& tx,
                                             const policy::PolicyStore& policies,
                                             const std::string& district,
                                             const domain::Visit& visit) {
    auto loaded = load(tx, visit);
    if (!loaded.ok()) return loaded.refusal();
    Load l = std::move(loaded).value();
    SeededIds no_ids(0);
    Work reader{tx, {}, visit.visit_on, no_ids, policies, district, {}, "", {}, {}};
    l.visits.push_back({visit, "", {}});
    const auto entries = entries_of(reader, l.resident.birth_date, l.visits);
    if (!entries.ok()) return entries.refusal();
    std::vector<PreviewedClass> out;
    for (const Enrolment& e : l.concerned) {
        const auto mine = entries_for(e, *entries, l.all);
        const domain::History history =
            domain::fold_history(e.disease_code, mine, has_diabetes(l.all), std::nullopt);
        const domain::ClassificationHistory person{
            .age_years = calendar::age_years(l.resident.birth_date, visit.visit_on),
            .has_diabetes_or_ckd = has_diabetes(l.all)};
        out.push_back({e.enrolment_id, e.disease_code,
                       classification_of(history, visit.visit_id),
                       domain::goal_of(entries->back().policy, person)});
    }
    return out;
}

}  // namespace yilian::registries::app
