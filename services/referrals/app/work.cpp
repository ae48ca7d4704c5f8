#include "services/referrals/app/work.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/referrals/store/event_codec.h"
#include "services/referrals/store/referral_rows.h"

namespace yilian::referrals::app {
namespace {

using domain::Action;
using domain::Referral;
using domain::Role;
using domain::State;
using lifecycle::Set;

// Whether any row of the table lets one of the roles do this at all.
bool ever_allowed(Action action, Set<Role> roles) {
    return std::ranges::any_of(domain::kLifecycle.model().rows, [&](const lifecycle::RowData& row) {
        return row.action == static_cast<int>(action) && (row.who & roles.mask()) != 0;
    });
}

bool answers_a_task(Action action) {
    return action == Action::kAccept || action == Action::kRequestInfo ||
           action == Action::kReturnAdvice || action == Action::kRedirect ||
           action == Action::kReject;
}

// The attempt was answered and nothing else has happened since: whoever answers second is told so.
bool just_answered(State state) {
    return state == State::kAccepted || state == State::kRejected ||
           state == State::kAdviceReturned;
}

void plan_timer(Work& work, const Referral& r, const Rules& rules) {
    const timers::TimerKey key{std::string(kStateTimer), r.referral_id};
    if (const auto due = state_due(work, r, rules)) {
        timers::schedule(work.tx, key, *due, "");
    } else {
        (void)timers::cancel(work.tx, key);
    }
}

void write(Work& work, Referral& r, std::string_view action, State from, const Rules& rules) {
    r.pack_id = rules.pack->id();
    r.pack_version = rules.pack->version();
    r.changes += 1;
    store::save(work.tx, r);
    store::add_history(work.tx, r,
                       {.action = action,
                        .from_state = domain::name_of(from),
                        .to_state = domain::name_of(r.state),
                        .actor_id = work.actor.id,
                        .institution_id = work.actor.institution_id,
                        .at = work.now,
                        .correlation_id = work.correlation_id});
    work.touch("referral", r.referral_id + "/" + std::to_string(r.changes));
}

}  // namespace

Outcome<Rules> Work::rules() const {
    auto pack = env.policies.at(env.district, today);
    if (!pack.ok()) return pack.refusal();
    return rules_of(std::move(pack).value());
}

common::v1::EventContext Work::event_context(const Rules& rules) const {
    common::v1::EventContext context;
    context.set_district_code(env.district);
    context.set_policy_pack_id(rules.pack->id());
    context.set_policy_pack_version(rules.pack->version());
    context.set_policy_digest(rules.pack->digest());
    context.set_actor_kind(actor.kind);
    context.set_institution_id(actor.institution_id);
    return context;
}

std::string Work::id_or_new(std::string_view id) const {
    return id.empty() ? env.ids.next_ulid() : std::string(id);
}

Outcome<Referral> load_for(Work& work, std::string_view referral_id, std::string_view etag,
                           Action action, const Rules& rules) {
    auto found = store::referral(work.tx, referral_id);
    if (!found) return Reason("NOT_FOUND");
    const auto roles = domain::roles_of(*found, work.actor.institution_id);
    if (!ever_allowed(action, roles)) {
        const bool was_receiver =
            answers_a_task(action) && std::ranges::any_of(found->tasks, [&](const auto& task) {
                return !task.down && task.receiver_institution_id == work.actor.institution_id;
            });
        if (was_receiver) return Reason("TASK_NOT_OPEN");
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto refusal = runtime::check_etag(etag, found->changes)) return *refusal;
    if (answers_a_task(action) && just_answered(found->state)) return Reason("TASK_NOT_OPEN");
    const auto allowed = domain::check_action(*found, action, roles, rules.guard_facts(work.now));
    if (!allowed.ok()) return allowed.refusal();
    return *std::move(found);
}

void move(Work& work, Referral& r, Action action, State to, std::string_view reason_code,
          const Rules& rules) {
    const State from = r.state;
    const auto entered = domain::kLifecycle.enter(from, action, to);
    YILIAN_INVARIANT(entered.ok(), "referrals: a step that no row covers");
    r.state = *entered;
    if (r.state != from) r.state_since = work.now;
    if (r.state != from || !reason_code.empty()) r.reason_code = reason_code;
    if (domain::kLifecycle.is_final(r.state)) r.closed_at = work.now;
    write(work, r, domain::kLifecycle.name(action), from, rules);
    plan_timer(work, r, rules);
}

void touch_up(Work& work, Referral& r, std::string_view name, const Rules& rules) {
    write(work, r, name, r.state, rules);
}

void open(Work& work, Referral& r, const Rules& rules) {
    r.state = domain::kLifecycle.create(Action::kCreate, State::kDraft);
    r.state_since = work.now;
    write(work, r, domain::kLifecycle.name(Action::kCreate), State::kNone, rules);
    store::add_party(work.tx, r.referral_id, r.sender_institution_id, store::Side::kSender);
    plan_timer(work, r, rules);
}

void open_task(Work& work, Referral& r, domain::Task task) {
    if (task.task_id.empty()) task.task_id = work.env.ids.next_ulid();
    task.outcome = domain::TaskOutcome::kOpen;
    task.opened_at = work.now;
    r.tasks.push_back(std::move(task));
    r.review_escalated = false;
    store::save(work.tx, r, r.tasks.back());
    store::add_party(work.tx, r.referral_id, r.tasks.back().receiver_institution_id,
                     store::Side::kReceiver);
}

void close_task(Work& work, Referral& r, domain::TaskOutcome outcome) {
    domain::Task* task = r.open_task();
    if (task == nullptr) return;
    task->outcome = outcome;
    task->decided_at = work.now;
    task->reviewer_id = work.actor.id;
    store::save(work.tx, r, *task);
}

std::string derived_ulid(std::string_view cause, Instant at) {
    const auto digest = crypto::sha256(cause);
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) low = (low << 8) | digest[i];
    const auto high = static_cast<std::uint16_t>((digest[8] << 8) | digest[9]);
    return encode_ulid(static_cast<std::uint64_t>(to_ms(at)), high, low);
}

std::optional<Instant> state_due(Work& work, const Referral& r, const Rules& rules) {
    const auto after_days = [&](std::int32_t days) {
        return r.state_since + std::chrono::hours(24) * days;
    };
    switch (r.state) {
        case State::kDraft:
            return after_days(rules.draft_discard_days);
        case State::kUnderReview: {
            const domain::Task* task = r.last_task();
            return task == nullptr || r.review_escalated ? std::nullopt : task->due_at;
        }
        case State::kInfoRequested:
            return r.info_due_at;
        case State::kAdviceReturned:
            return after_days(rules.advice_final_after_days);
        case State::kWaitingList: {
            if (r.waiting_escalated || !r.accepted_at) return std::nullopt;
            const auto alarm = domain::waiting_alarm(r.content.direction, r.content.priority,
                                                     *r.accepted_at, rules.due, work.env.days);
            return alarm.ok() ? std::optional<Instant>(*alarm) : std::nullopt;
        }
        case State::kBooked:
            return *r.booked_start_at + std::chrono::minutes(rules.no_show_after_min);
        case State::kCompleted:
        case State::kFollowedUp:
            return after_days(rules.close_after_days);
        default:
            return std::nullopt;
    }
}

}  // namespace yilian::referrals::app
