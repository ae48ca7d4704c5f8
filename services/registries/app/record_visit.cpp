#include "services/registries/app/record_visit.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "services/registries/app/visit_history.h"
#include "services/registries/store/event_codec.h"

namespace yilian::registries::app {
namespace {

using domain::CareAction;
using domain::Enrolment;
using domain::EnrolmentState;

// Institutions that care for the resident: those of the enrolments and of the contract of the day.
std::vector<std::string> carers(storage::Transaction& tx, const std::vector<Enrolment>& enrolments,
                                const domain::Visit& visit) {
    std::vector<std::string> out;
    for (const Enrolment& e : enrolments) out.push_back(e.institution_id);
    if (const auto team = store::team_in_charge(tx, visit.resident_id, visit.visit_on)) {
        out.push_back(team->institution_id);
    }
    return out;
}

std::optional<Refusal> refuse_performer(Work& work, const std::vector<Enrolment>& enrolments,
                                        const domain::Visit& visit) {
    const auto places = carers(work.tx, enrolments, visit);
    if (std::ranges::find(places, work.actor.institution_id) == places.end()) {
        return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    }
    const auto performer = store::practitioner(work.tx, visit.performer_id);
    const bool in_team = performer && std::ranges::any_of(places, [&](const std::string& place) {
                             return performer->works_at(place, visit.visit_on);
                         });
    if (!in_team) return Refusal{"PERFORMER_NOT_IN_TEAM"};
    return std::nullopt;
}

std::optional<Refusal> refuse_enrolments(const Person& person,
                                         const std::vector<Enrolment>& concerned_now,
                                         const domain::Visit& visit) {
    if (!concerned_now.empty()) return std::nullopt;
    const bool later = std::ranges::any_of(person.all, [&](const Enrolment& e) {
        return e.receives_visits() && e.confirmed_on && visit.visit_on < *e.confirmed_on;
    });
    return Refusal{later ? Reason("VISIT_BEFORE_ENROLMENT") : Reason("ENROLMENT_NOT_FOUND")};
}

std::optional<Refusal> refuse_visit(Work& work, const Person& person,
                                    const std::vector<Enrolment>& concerned_now,
                                    const RecordVisit& command) {
    const domain::Visit& visit = command.visit;
    if (visit.visit_on > work.today) {
        return Refusal{"VISIT_IN_FUTURE", {{"today", work.today.text()}}};
    }
    if (person.resident.deceased_on && visit.visit_on > *person.resident.deceased_on) {
        return Refusal{"VISIT_AFTER_DEATH"};
    }
    if (auto refusal = refuse_ranges(visit)) return refusal;
    if (auto refusal = refuse_enrolments(person, concerned_now, visit)) return refusal;
    const bool twice = std::ranges::any_of(person.visits, [&](const store::StoredVisit& v) {
        return v.visit.visit_on == visit.visit_on && v.data == command.data &&
               v.visit.performer_id == visit.performer_id;
    });
    if (twice || store::visit(work.tx, visit.visit_id)) {
        return Refusal{"DUPLICATE_VISIT", {{"visit_id", visit.visit_id}}};
    }
    return refuse_performer(work, concerned_now, visit);
}

// Pending actions of the disease that this visit does; answers their ids.
std::vector<std::string> finish_actions(Work& work, const std::vector<CareAction>& actions,
                                        const Enrolment& e, domain::Visit& visit) {
    std::vector<std::string> done;
    if (!has_any_data(e.disease_code, visit)) return done;
    for (const CareAction& action : actions) {
        if (!action.pending() || !domain::follows_up(action, e.disease_code, visit.visit_on)) {
            continue;
        }
        if (visit.referral_id.empty()) visit.referral_id = action.referral_id;
        finish_action(work, action, domain::CareActionState::kDone, visit.visit_id);
        done.push_back(action.action_id);
    }
    return done;
}

// Moves the enrolment to its new standing, through row 6, 9 or 11.
Outcome<Allowed> settle(Work& work, Enrolment& e, const domain::Standing& standing,
                        const Rules& rules) {
    const EnrolmentState from = e.state;
    e.standing = standing;
    if (from == EnrolmentState::kSuspended) e.suspended_until.reset();
    const domain::EnrolmentAction action =
        from == EnrolmentState::kLost        ? domain::EnrolmentAction::kReturn
        : from == EnrolmentState::kSuspended ? domain::EnrolmentAction::kResume
                                             : domain::EnrolmentAction::kRecordVisit;
    auto applied = apply(work, e, action, EnrolmentState::kActive, rules, "");
    if (!applied.ok()) return applied;
    if (from != EnrolmentState::kActive) {
        work.append(store::state_changed(from == EnrolmentState::kLost
                                             ? store::StateEvent::kReturned
                                             : store::StateEvent::kResumed,
                                         work.event_context(*rules.pack), e, work.today, "", ""));
    }
    return Allowed{};
}

// The last classified visit decides what is to be done; an earlier one only by its danger.
bool decides(const domain::History& history, const domain::Visit& visit,
             const domain::Classification& c) {
    return c.danger || history.standing.class_visit_id == visit.visit_id;
}

void classify_for(Work& work, Enrolment& e, const domain::Visit& visit,
                  const domain::History& history, const Rules& rules) {
    const domain::Classification& c = classification_of(history, visit.visit_id);
    const store::VisitClass row = class_row(e, c);
    const auto context = work.event_context(*rules.pack);
    store::save_class(work.tx, visit, row);
    std::vector<CareAction> opened;
    if (decides(history, visit, c)) opened = open_asked(work, e, visit, c);
    const auto settled = settle(work, e, history.standing, rules);
    YILIAN_INVARIANT(settled.ok(), "registries: an enrolment that receives visits refuses one");
    work.append(store::visit_classified(context, visit, row, opened));
    if (c.urgency && !opened.empty()) {
        work.append(store::referral_advised(context, opened.front(), e.institution_id, *c.urgency,
                                            c.criteria));
    }
    tell_reclassified(work, e, history, visit.visit_id, rules);
}

}  // namespace

Outcome<Allowed> record_visit(Work& work, RecordVisit command) {
    auto loaded = load_person(work.tx, command.visit.resident_id);
    if (!loaded.ok()) return loaded.refusal();
    Person person = std::move(loaded).value();
    std::vector<Enrolment> enrolments = concerned(person, command.visit);
    if (auto refusal = refuse_visit(work, person, enrolments, command)) return *refusal;
    const auto rules = rules_on(work, command.visit.visit_on);
    if (!rules.ok()) return rules.refusal();

    domain::Visit& visit = command.visit;
    visit.team_id = enrolments.front().team_id;
    std::vector<store::StoredVisit> visits = person.visits;
    visits.push_back({visit, command.data, work.now});
    std::vector<domain::History> histories;
    for (const Enrolment& e : enrolments) {
        auto history = history_of(work.policies, work.district, e, person, visits);
        if (!history.ok()) return history.refusal();
        histories.push_back(std::move(history).value());
    }

    const auto actions = store::care_actions_of(work.tx, visit.resident_id);
    std::vector<std::string> done;
    std::vector<std::string> diseases;
    for (const Enrolment& e : enrolments) {
        diseases.push_back(e.disease_code);
        std::ranges::move(finish_actions(work, actions, e, visit), std::back_inserter(done));
    }
    std::ranges::sort(done);
    store::add(work.tx, {visit, command.data, work.now});
    work.touch("visit", visit.visit_id);
    work.append(store::visit_recorded(work.event_context(*rules->pack), visit, diseases, done));
    for (std::size_t i = 0; i < enrolments.size(); ++i) {
        classify_for(work, enrolments[i], visit, histories[i], *rules);
    }
    return Allowed{};
}

Outcome<std::vector<PreviewedClass>> preview(storage::Transaction& tx,
                                             const policy::PolicyStore& policies,
                                             const std::string& district,
                                             const domain::Visit& visit) {
    auto loaded = load_person(tx, visit.resident_id);
    if (!loaded.ok()) return loaded.refusal();
    Person person = std::move(loaded).value();
    if (auto refusal = refuse_ranges(visit)) return *refusal;
    const std::vector<Enrolment> enrolments = concerned(person, visit);
    if (enrolments.empty()) return Reason("ENROLMENT_NOT_FOUND");
    const auto rules = rules_on(policies, district, visit.visit_on);
    if (!rules.ok()) return rules.refusal();
    person.visits.push_back({visit, "", {}});
    std::vector<PreviewedClass> out;
    for (const Enrolment& e : enrolments) {
        const auto history = history_of(policies, district, e, person, person.visits);
        if (!history.ok()) return history.refusal();
        const domain::ClassificationHistory self{
            .age_years = calendar::age_years(person.resident.birth_date, visit.visit_on),
            .has_diabetes_or_ckd = has_diabetes(person)};
        out.push_back({e.enrolment_id, e.disease_code, classification_of(*history, visit.visit_id),
                       domain::goal_of(rules->classification, self)});
    }
    return out;
}

}  // namespace yilian::registries::app
