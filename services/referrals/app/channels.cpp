#include "services/referrals/app/channels.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/runtime/command.h"
#include "libs/timers/timers.h"
#include "services/referrals/app/drafts.h"
#include "services/referrals/app/review.h"
#include "services/referrals/app/submit.h"
#include "services/referrals/store/channel_rows.h"
#include "services/referrals/store/copy_rows.h"
#include "services/referrals/store/referral_rows.h"

namespace yilian::referrals::app {
namespace {

namespace channel = domain::channel;
using channel::Action;
using channel::Case;
using channel::State;
using channel::TimePoint;

void save_changed(Work& work, Case& c) {
    c.changes += 1;
    store::save(work.tx, c);
    work.touch("channel_case", c.case_id + "/" + std::to_string(c.changes));
}

void enter(Case& c, Action action, State to) {
    const auto entered = channel::kLifecycle.enter(c.state, action, to);
    YILIAN_INVARIANT(entered.ok(), "referrals: a channel step that no row covers");
    c.state = *entered;
}

// The case on which the caller may do this: NOT_FOUND, AUTH_RECORD_ACCESS_DENIED, ETAG_MISMATCH,
// STATE_TRANSITION_NOT_ALLOWED.
Outcome<Case> load(Work& work, std::string_view case_id, std::string_view etag, Action action) {
    auto found = store::channel_case(work.tx, case_id);
    if (!found) return Reason("NOT_FOUND");
    const auto roles = channel::roles_of(*found, work.actor.institution_id);
    if (roles.empty()) return Reason("AUTH_RECORD_ACCESS_DENIED");
    if (auto refusal = runtime::check_etag(etag, found->changes)) return *refusal;
    if (!channel::kLifecycle.legal_for(found->state, action, roles)) {
        return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                       {{"state", std::string(channel::name_of(found->state))},
                        {"action", std::string(channel::kLifecycle.name(action))}}};
    }
    return *std::move(found);
}

void wait_for_answer(Work& work, Case& c, const Rules& rules) {
    const timers::TimerKey key{std::string(kAlertTimer), c.case_id};
    if (c.exhausted) {
        c.acknowledge_by = std::nullopt;
        (void)timers::cancel(work.tx, key);
        return;
    }
    c.acknowledge_by = work.now + std::chrono::seconds(rules.channel.ack_s);
    timers::schedule(work.tx, key, *c.acknowledge_by, "");
}

std::vector<channel::Candidate> candidates_for(Work& work, const Case& c) {
    auto found = store::capable(work.tx, c.channel, c.sender_institution_id);
    if (found.empty()) {
        found = store::hospitals_around(work.tx, c.sender_institution_id, work.today);
    }
    return channel::in_order(std::move(found), c.sender_institution_id);
}

TimePoint point_of(Work& work, const PointInput& input) {
    return {.time_point_id = work.env.ids.next_ulid(),
            .code = input.code,
            .at = input.at,
            .source = input.source,
            .recorded_by = work.actor.id,
            .recorded_at = work.now,
            .corrects = "",
            .reason = ""};
}

void insert(Case& c, TimePoint point) {
    c.points.push_back(std::move(point));
    std::ranges::sort(c.points, {}, [](const TimePoint& p) {
        return std::make_tuple(p.at, p.recorded_at, p.time_point_id);
    });
}

// The referral goes with the case; whoever has ended it by hand meanwhile has decided.
void send_referral(Work& work, const Case& c, const Rules& rules) {
    const auto r = store::referral(work.tx, c.referral_id);
    if (!r || r->state != domain::State::kDraft) return;
    const Actor asking = work.actor;
    work.actor = {"system", c.sender_institution_id, "SYSTEM"};
    submit_for_case(work, *r, c.receiver_institution_id, rules);
    work.actor = asking;
}

// The edge of the store: what was found out is written in one place.
void write_point(Work& work, Case& c, const TimePoint& point, Action action, const Rules& rules) {
    enter(c, action, action == Action::kAddPoint ? channel::state_after(c, point.code) : c.state);
    c.order_flagged = !channel::order_faults(c).empty();
    save_changed(work, c);
    store::add(work.tx, c.case_id, point);
    work.append(store::time_point_added(work.event_context(rules), c, point));
}

}  // namespace

Outcome<v1::ChannelCapability> publish_capability(Work& work, v1::ChannelCapability message,
                                                  std::string_view etag) {
    message.set_institution_id(work.actor.institution_id);
    message.clear_etag();
    const auto channel = static_cast<domain::ChannelKind>(message.channel());
    const auto before = store::capability(work.tx, message.institution_id(), channel);
    if (before) {
        if (auto refusal = runtime::check_etag(etag, before->changes)) return *refusal;
    }
    const std::int64_t changes = before ? before->changes + 1 : 1;
    store::save(work.tx, store::StoredCapability{message, changes});
    message.set_etag(runtime::make_etag(changes));
    return message;
}

Outcome<Case> raise_alert(Work& work, const NewAlert& alert) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto allowed = channel::check_raise(alert.channel, alert.sender_kind, rules->channel);
    if (!allowed.ok()) return allowed.refusal();
    if (!alert.case_id.empty() && store::channel_case(work.tx, alert.case_id)) {
        return Refusal{"ALREADY_EXISTS", {{"case_id", alert.case_id}}};
    }
    Case c;
    c.case_id = work.id_or_new(alert.case_id);
    c.channel = alert.channel;
    c.key_id = alert.resident_id.empty() ? "TMP-" + c.case_id : alert.resident_id;
    c.resident_id = c.key_id;
    c.sender_institution_id = work.actor.institution_id;
    c.sender_kind = alert.sender_kind;
    c.alerted_at = work.now;
    c.complete_by = work.now + std::chrono::hours(rules->channel.complete_h);
    for (const PointInput& input : alert.points) {
        TimePoint point = point_of(work, input);
        insert(c, point);
        if (auto fits = channel::check_point(c, point); !fits.ok()) return fits.refusal();
    }
    c.order_flagged = !channel::order_faults(c).empty();
    c.candidates = candidates_for(work, c);
    if (!c.candidates.empty()) c.receiver_institution_id = c.candidates.front().institution_id;
    c.state = channel::kLifecycle.create(Action::kRaise, State::kAlerted);
    c.referral_id = derived_ulid("channel/" + c.case_id, work.now);
    wait_for_answer(work, c, *rules);
    save_changed(work, c);
    store::add_case_party(work.tx, c.case_id, c.sender_institution_id);
    if (!c.receiver_institution_id.empty()) {
        store::add_case_party(work.tx, c.case_id, c.receiver_institution_id);
    }
    work.append(store::alert_raised(work.event_context(*rules), c));
    for (const TimePoint& point : c.points) {
        store::add(work.tx, c.case_id, point);
        work.append(store::time_point_added(work.event_context(*rules), c, point));
    }
    draft_for_case(work, c.referral_id, c.resident_id, *rules);
    return c;
}

Outcome<Case> acknowledge_alert(Work& work, std::string_view case_id) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto found = store::channel_case(work.tx, case_id);
    if (!found) return Reason("NOT_FOUND");
    Case c = *std::move(found);
    const auto allowed = channel::check_acknowledge(c, work.actor.institution_id);
    if (!allowed.ok()) return allowed.refusal();
    c.receiver_institution_id = work.actor.institution_id;
    c.acknowledged_at = work.now;
    c.acknowledge_by = std::nullopt;
    (void)timers::cancel(work.tx, {std::string(kAlertTimer), c.case_id});
    enter(c, Action::kAcknowledge, State::kAcknowledged);
    save_changed(work, c);
    store::add_case_party(work.tx, c.case_id, c.receiver_institution_id);
    work.append(store::alert_acknowledged(work.event_context(*rules), c));
    send_referral(work, c, *rules);
    return c;
}

Outcome<Case> stand_down(Work& work, std::string_view case_id, std::string_view etag,
                         std::string_view reason_code) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load(work, case_id, etag, Action::kStandDown);
    if (!loaded.ok()) return loaded;
    if (!domain::is_one_of(domain::kCancellationReasons, reason_code)) {
        return Refusal{"FIELD_REASON_CODE_INVALID", {{"field", "reason_code"}}};
    }
    Case c = std::move(loaded).value();
    enter(c, Action::kStandDown, State::kStoodDown);
    c.reason_code = reason_code;
    c.acknowledge_by = std::nullopt;
    (void)timers::cancel(work.tx, {std::string(kAlertTimer), c.case_id});
    save_changed(work, c);
    end_with_case(work, c.referral_id, reason_code, *rules);
    return c;
}

Outcome<Case> add_point(Work& work, std::string_view case_id, const PointInput& input) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load(work, case_id, "", Action::kAddPoint);
    if (!loaded.ok()) return loaded;
    Case c = std::move(loaded).value();
    const TimePoint point = point_of(work, input);
    insert(c, point);
    if (auto fits = channel::check_point(c, point); !fits.ok()) return fits.refusal();
    write_point(work, c, point, Action::kAddPoint, *rules);
    return c;
}

Outcome<Case> correct_point(Work& work, std::string_view case_id, std::string_view time_point_id,
                            Instant at, std::string_view reason) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load(work, case_id, "", Action::kCorrectPoint);
    if (!loaded.ok()) return loaded;
    Case c = std::move(loaded).value();
    const auto wrong = std::ranges::find(c.points, time_point_id, &TimePoint::time_point_id);
    if (wrong == c.points.end()) {
        return Refusal{"TIME_POINT_NOT_FOUND", {{"time_point_id", std::string(time_point_id)}}};
    }
    if (reason.empty()) return Reason("CORRECTION_REASON_MISSING");
    TimePoint point = point_of(work, {wrong->code, at, domain::PointSource::kManual});
    point.corrects = time_point_id;
    point.reason = reason;
    insert(c, point);
    if (auto fits = channel::check_point(c, point); !fits.ok()) return fits.refusal();
    write_point(work, c, point, Action::kCorrectPoint, *rules);
    return c;
}

Outcome<Case> complete_case(Work& work, std::string_view case_id, std::string_view etag,
                            std::string_view resident_id) {
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    auto loaded = load(work, case_id, etag, Action::kComplete);
    if (!loaded.ok()) return loaded;
    Case c = std::move(loaded).value();
    if (const auto missing = channel::missing_points(c); !missing.empty()) {
        std::string codes;
        for (const std::string& code : missing) codes += (codes.empty() ? "" : ",") + code;
        return Refusal{"RECORD_INCOMPLETE", {{"time_points", codes}}};
    }
    const bool named = !resident_id.empty() && resident_id != c.resident_id;
    if (named && !store::resident(work.tx, resident_id)) return Reason("RESIDENT_NOT_FOUND");
    if (named) {
        name_patient(work, c.referral_id, c.resident_id, resident_id, *rules);
        c.resident_id = resident_id;
    }
    c.completed_at = work.now;
    enter(c, Action::kComplete, State::kCompletedRetrospectively);
    enter(c, Action::kClose, State::kClosed);
    save_changed(work, c);
    work.append(
        store::case_closed(work.event_context(*rules), c, channel::goals_of(c, rules->channel)));
    return c;
}

void alert_unanswered(Work& work, Case c, const Rules& rules) {
    if (c.state != State::kAlerted || c.exhausted) return;
    if (c.candidates.empty()) {
        // Hospitals may have become known since.
        c.candidates = candidates_for(work, c);
        c.at_candidate = -1;
    }
    const std::string from = c.receiver_institution_id;
    const bool moved = channel::next_candidate(c);
    enter(c, Action::kEscalate, State::kAlerted);
    wait_for_answer(work, c, rules);
    save_changed(work, c);
    if (!moved) return;
    store::add_case_party(work.tx, c.case_id, c.receiver_institution_id);
    work.append(store::channel_escalated(work.event_context(rules), c, from, rules.channel.ack_s));
}

}  // namespace yilian::referrals::app
