#include <algorithm>
#include <utility>

#include "services/registries/app/record_visit.h"
#include "services/registries/app/visit_history.h"
#include "services/registries/store/event_codec.h"
#include "services/registries/store/queries.h"

namespace yilian::registries::app {
namespace {

using domain::CareAction;
using domain::CareActionState;
using domain::Enrolment;

// The visit's institution, or one that cares for the resident under an enrolment of the visit.
bool may_void(const Work& work, const store::StoredVisit& visit,
              const std::vector<Enrolment>& enrolments) {
    if (visit.visit.institution_id == work.actor.institution_id) return true;
    return std::ranges::any_of(enrolments, [&](const Enrolment& e) {
        return e.institution_id == work.actor.institution_id;
    });
}

std::optional<Refusal> refuse_void(Work& work, const store::StoredVisit& visit,
                                   const std::string& etag,
                                   const std::vector<Enrolment>& enrolments) {
    if (!may_void(work, visit, enrolments)) return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    if (auto refusal = runtime::check_etag(etag, visit.changes)) return refusal;
    if (visit.voided) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", "VOIDED"}, {"action", "VoidVisit"}}};
    }
    // A closed month is corrected in an open one; a closed year is not touched any more.
    const std::string year = visit.visit.visit_on.text().substr(0, 4);
    if (work.tx.select_one(store::kPeriodClosed, year)) {
        return Refusal{"PERIOD_LOCKED", {{"period", year}}};
    }
    return std::nullopt;
}

// The first other visit that had done the action as well.
std::string other_follow_up(const CareAction& action,
                            const std::vector<store::StoredVisit>& visits) {
    for (const store::StoredVisit& v : visits) {  // by day
        if (has_any_data(action.disease_code, v.visit) &&
            domain::follows_up(action, action.disease_code, v.visit.visit_on)) {
            return v.visit.visit_id;
        }
    }
    return "";
}

// What the visit caused is closed, what it had done is done by another visit or open again.
void take_back_actions(Work& work, const std::string& visit_id, const Person& person,
                       const std::vector<store::StoredVisit>& visits,
                       const std::string& resident_id) {
    for (const CareAction& action : store::care_actions_of(work.tx, resident_id)) {
        if (action.visit_id == visit_id) {
            if (action.pending()) {
                finish_action(work, action, CareActionState::kClosed, visit_id);
            }
            continue;
        }
        if (action.state != CareActionState::kDone || action.done_ref != visit_id) continue;
        const bool open = std::ranges::any_of(person.all, [&](const Enrolment& e) {
            return e.enrolment_id == action.enrolment_id && e.open();
        });
        const std::string other = other_follow_up(action, visits);
        if (!other.empty()) {
            finish_action(work, action, CareActionState::kDone, other);
        } else if (open) {
            reopen_action(work, action);
        }
    }
}

void settle_again(Work& work, Enrolment& e, const domain::History& history, const Rules& rules,
                  const std::string& reason_code) {
    e.standing = history.standing;
    if (e.state == domain::EnrolmentState::kActive) {
        const auto applied =
            apply(work, e, domain::EnrolmentAction::kVoidVisit, e.state, rules, reason_code);
        YILIAN_INVARIANT(applied.ok(), "registries: an active enrolment refuses a void");
    } else {
        note_change(work, e, "VoidVisit");
    }
}

}  // namespace

Outcome<Allowed> void_visit(Work& work, const std::string& visit_id, const std::string& etag,
                            const std::string& reason_code) {
    auto stored = store::visit(work.tx, visit_id);
    if (!stored) return Reason("NOT_FOUND");
    const std::string& resident_id = stored->visit.resident_id;
    auto loaded = load_person(work.tx, resident_id);
    if (!loaded.ok()) return loaded.refusal();
    const Person person = std::move(loaded).value();
    const auto classes = store::classes_of(work.tx, visit_id);
    std::vector<Enrolment> enrolments = person.all;
    std::erase_if(enrolments, [&](const Enrolment& e) {
        return std::ranges::find(classes, e.enrolment_id, &store::VisitClass::enrolment_id) ==
               classes.end();
    });
    if (auto refusal = refuse_void(work, *stored, etag, enrolments)) return *refusal;
    const auto rules = rules_on(work, stored->visit.visit_on);
    if (!rules.ok()) return rules.refusal();
    std::erase_if(enrolments, [](const Enrolment& e) { return !e.open(); });
    std::vector<store::StoredVisit> visits = person.visits;
    std::erase_if(visits, [&](const auto& v) { return v.visit.visit_id == visit_id; });
    std::vector<domain::History> histories;
    for (const Enrolment& e : enrolments) {
        auto history = history_of(work.policies, work.district, e, person, visits);
        if (!history.ok()) return history.refusal();
        histories.push_back(std::move(history).value());
    }

    std::vector<std::string> diseases;
    for (const store::VisitClass& c : classes) diseases.push_back(c.disease_code);
    stored->void_reason_code = reason_code;
    work.tx.run(store::kVoidVisit, visit_id, reason_code);
    work.touch("visit.voided", visit_id);
    work.append(store::visit_voided(work.event_context(*rules->pack), *stored, diseases));
    take_back_actions(work, visit_id, person, visits, resident_id);
    for (std::size_t i = 0; i < enrolments.size(); ++i) {
        work.tx.run(store::kDeleteClass, visit_id, enrolments[i].enrolment_id);
        settle_again(work, enrolments[i], histories[i], *rules, reason_code);
        tell_reclassified(work, enrolments[i], histories[i], visit_id, *rules);
    }
    return Allowed{};
}

}  // namespace yilian::registries::app
