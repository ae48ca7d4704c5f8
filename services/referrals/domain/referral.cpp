#include "services/referrals/domain/referral.h"

#include <algorithm>
#include <chrono>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {

std::string Content::main_diagnosis() const {
    std::string main;
    for (const Diagnosis& diagnosis : diagnoses) {
        if (!diagnosis.is_main) continue;
        if (!main.empty()) return "";
        main = diagnosis.code;
    }
    return main;
}

std::string Referral::receiver_institution_id() const {
    const bool only_down = content.direction == Direction::kDown;
    for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) {
        if (only_down || !task->down) return task->receiver_institution_id;
    }
    return "";
}

Task* Referral::open_task() {
    const auto open = std::ranges::find(tasks, TaskOutcome::kOpen, &Task::outcome);
    return open == tasks.end() ? nullptr : &*open;
}

const Task* Referral::last_task() const { return tasks.empty() ? nullptr : &tasks.back(); }

lifecycle::Set<Role> roles_of(const Referral& referral, std::string_view institution_id) {
    lifecycle::Set<Role> roles;
    if (institution_id.empty()) return roles;
    if (referral.sender_institution_id == institution_id) {
        roles = roles | lifecycle::Set<Role>{Role::kSender, Role::kPatient};
    }
    const bool only_down = referral.content.direction == Direction::kDown;
    if (!only_down && referral.receiver_institution_id() == institution_id) {
        roles = roles | lifecycle::Set<Role>{Role::kReceiver};
    }
    if (referral.down && referral.down->to_institution_id == institution_id) {
        roles = roles | lifecycle::Set<Role>{Role::kBase};
    }
    return roles;
}

namespace {

// Row 44: the base institution records the return of patients who come to stay.
bool returns_to_a_bed(Kind kind) {
    return kind == Kind::kInpatient || kind == Kind::kRehabilitation || kind == Kind::kHomeBed;
}

bool same_local_day(Instant a, Instant b) {
    return calendar::local_date(a) == calendar::local_date(b);
}

}  // namespace

bool guard_holds(const Referral& referral, const lifecycle::RowData& row, const GuardFacts& facts) {
    const Content& content = referral.content;
    const Direction direction = content.direction;
    switch (row.number) {
        case 4:
            return direction == Direction::kUp || direction == Direction::kLateral ||
                   direction == Direction::kAdviceOnly;
        case 5:
            return direction == Direction::kEmergency;
        case 6:
            return direction == Direction::kDown;
        case 11: {
            const Task* task = referral.last_task();
            return task != nullptr && task->hop < facts.max_hops;
        }
        case 22:
            return referral.emergency() || content.kind == Kind::kInpatient;
        case 27:
            return referral.booked_start_at && calendar::local_date(facts.now) >=
                                                   calendar::local_date(*referral.booked_start_at);
        case 28:
            return referral.booked_start_at &&
                   facts.now >=
                       *referral.booked_start_at + std::chrono::minutes(facts.no_show_after_min);
        case 30:
            return referral.booked_start_at && same_local_day(facts.now, *referral.booked_start_at);
        case 44:
            return referral.down && returns_to_a_bed(content.kind) && !referral.down->arrived_at;
        default:
            return true;
    }
}

std::vector<std::string> allowed_actions(const Referral& referral, std::string_view institution_id,
                                         const GuardFacts& facts) {
    return kLifecycle.allowed_action_names(
        referral.state, roles_of(referral, institution_id),
        [&](const lifecycle::RowData& row) { return guard_holds(referral, row, facts); });
}

Outcome<Allowed> check_action(const Referral& referral, Action action, lifecycle::Set<Role> roles,
                              const GuardFacts& facts) {
    for (const lifecycle::RowData* row : kLifecycle.rows(referral.state, action)) {
        if ((row->who & roles.mask()) != 0 && guard_holds(referral, *row, facts)) return Allowed{};
    }
    return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                   {{"state", std::string(name_of(referral.state))},
                    {"action", std::string(kLifecycle.name(action))}}};
}

}  // namespace yilian::referrals::domain
