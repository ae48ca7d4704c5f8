#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "services/referrals/app/channels.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/channel_queries.h"
#include "services/referrals/store/channel_rows.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::rpc_edge {
namespace {

namespace channel = domain::channel;
using rpc::Validator;
using runtime::CommandContext;
using runtime::QueryContext;
using store::set_time;
using store::to_proto;

constexpr int kJourneysMax = 1000;
constexpr int kPointsMax = 50;
constexpr std::string_view kSkippedGuards[] = {"CONSENT",    "DATA_SET", "INSURANCE",
                                               "LEVEL_MODE", "OFFER",    "SLOT"};

std::string method(std::string_view name) {
    return "yilian.referrals.v1.ChannelService/" + std::string(name);
}

void encode_points(const channel::Case& c, v1::ChannelCase& m) {
    const auto current = channel::current_points(c);
    for (const channel::TimePoint& point : c.points) {
        v1::TimePoint* p = m.add_time_points();
        p->set_time_point_id(point.time_point_id);
        p->set_code(point.code);
        set_time(p->mutable_at(), point.at);
        p->set_source(to_proto<v1::TimePointSource>(point.source));
        p->set_recorded_by(point.recorded_by);
        set_time(p->mutable_recorded_at(), point.recorded_at);
        p->set_corrects_time_point_id(point.corrects);
        p->set_correction_reason(point.reason);
        p->set_current(current.at(point.code) == &point);
    }
}

v1::ChannelCase encode(const channel::Case& c, std::string_view institution_id,
                       const app::Rules& rules) {
    v1::ChannelCase m;
    m.set_case_id(c.case_id);
    m.set_channel(to_proto<v1::Channel>(c.channel));
    m.set_resident_id(c.resident_id);
    m.set_sender_institution_id(c.sender_institution_id);
    m.set_sender_kind(to_proto<v1::SenderKind>(c.sender_kind));
    m.set_state(to_proto<v1::ChannelState>(c.state));
    for (const channel::Candidate& candidate : c.candidates) {
        v1::ChannelCandidate* out = m.add_candidates();
        out->set_institution_id(candidate.institution_id);
        out->set_capability(candidate.capability);
        out->set_travel_min(candidate.travel_min);
    }
    m.set_receiver_institution_id(c.receiver_institution_id);
    m.set_escalations(c.escalations);
    set_time(m.mutable_alerted_at(), c.alerted_at);
    if (c.acknowledge_by) set_time(m.mutable_acknowledge_by(), *c.acknowledge_by);
    if (c.acknowledged_at) set_time(m.mutable_acknowledged_at(), *c.acknowledged_at);
    set_time(m.mutable_complete_by(), c.complete_by);
    if (c.completed_at) set_time(m.mutable_completed_at(), *c.completed_at);
    m.set_completed_late(c.completed_at && *c.completed_at > c.complete_by);
    m.set_referral_id(c.referral_id);
    encode_points(c, m);
    for (const channel::Goal& goal : channel::goals_of(c, rules.channel)) {
        v1::ChannelGoal* g = m.add_goals();
        g->set_goal(goal.name);
        if (goal.minutes) g->set_minutes(*goal.minutes);
        g->set_goal_min(goal.goal_min);
        g->set_met(goal.met);
    }
    m.set_order_flagged(c.order_flagged);
    for (const std::string_view guard : kSkippedGuards) m.add_skipped_guards(std::string(guard));
    m.set_reason_code(c.reason_code);
    m.set_etag(runtime::make_etag(c.changes));
    for (std::string& name : channel::allowed_actions(c, institution_id)) {
        m.add_allowed_actions(std::move(name));
    }
    return m;
}

Outcome<v1::ChannelCase> answer_case(CommandContext& context, const app::Work& work,
                                     const Outcome<channel::Case>& result) {
    if (!result.ok()) return result.refusal();
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    context.audit("channel_case/" + result->case_id, result->resident_id);
    return encode(*result, context.caller.institution_id, *rules);
}

app::PointInput input_of(const v1::TimePointInput& m) {
    return {m.code(), store::instant_of(m.at()),
            store::from_proto<domain::PointSource>(m.source())};
}

void check_input(Validator& v, const v1::TimePointInput& m) {
    v.id("code", m.code())
        .timestamp("at", m.has_at(), m.at())
        .enumerated("source", m.source())
        .expect(m.source() != v1::TIME_POINT_SOURCE_SYSTEM, "source", "FIELD_ENUM");
}

Violations check_capability(const v1::PublishCapabilityRequest& r) {
    const v1::ChannelCapability& capability = r.capability();
    Validator v;
    v.present("capability", r.has_capability()).etag("etag", r.etag());
    v.nested("capability", [&](Validator& c) {
        c.enumerated("channel", capability.channel())
            .optional_id("capability", capability.capability())
            .count("travel_times", capability.travel_times_size(), 0, kJourneysMax);
        c.each("travel_times", capability.travel_times(),
               [](Validator& inner, const v1::TravelTime& journey) {
                   inner.id("from_institution_id", journey.from_institution_id())
                       .range("travel_min", journey.travel_min(), 0, 1440);
               });
    });
    return v.done();
}

Violations check_alert(const v1::RaiseAlertRequest& r) {
    Validator v;
    v.optional_ulid("case_id", r.case_id())
        .enumerated("channel", r.channel())
        .enumerated("sender_kind", r.sender_kind())
        .optional_id("resident_id", r.resident_id())
        .count("time_points", r.time_points_size(), 0, kPointsMax);
    v.each("time_points", r.time_points(), check_input);
    return v.done();
}

// A time point in the future has not happened.
std::optional<Refusal> ahead(const google::protobuf::Timestamp& at, Instant now) {
    if (store::instant_of(at) <= now) return std::nullopt;
    return Refusal{"FIELD_INVALID", {{"field", "at"}}};
}

Outcome<v1::ChannelCase> raise(CommandContext& context, const app::Env& env,
                               const v1::RaiseAlertRequest& r) {
    app::NewAlert alert{r.case_id(),
                        store::from_proto<domain::ChannelKind>(r.channel()),
                        store::from_proto<domain::SenderKind>(r.sender_kind()),
                        r.resident_id(),
                        {}};
    for (const v1::TimePointInput& point : r.time_points()) {
        if (auto refusal = ahead(point.at(), context.now)) return *refusal;
        alert.points.push_back(input_of(point));
    }
    app::Work work = work_of(context, env);
    return answer_case(context, work, app::raise_alert(work, alert));
}

// A command on one case.
template <class Req, class Act>
void bind_case(runtime::Binder& binder, const app::EnvPtr& env, std::string_view name,
               void (*more)(Validator&, const Req&), Act act) {
    binder.command<Req, v1::ChannelCase>(
        method(name),
        {.validate =
             [more](const Req& r) {
                 Validator v;
                 v.id("case_id", r.case_id());
                 if (more != nullptr) more(v, r);
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return std::vector{"channel/" + r.case_id()}; },
         .run = [env, act](CommandContext& context, const Req& r) -> Outcome<v1::ChannelCase> {
             app::Work work = work_of(context, *env);
             return answer_case(context, work, act(work, r));
         }});
}

void bind_points(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_case<v1::AddTimePointRequest>(
        binder, env, "AddTimePoint",
        [](Validator& v, const v1::AddTimePointRequest& r) {
            v.present("time_point", r.has_time_point());
            v.nested("time_point", [&](Validator& p) { check_input(p, r.time_point()); });
        },
        [](app::Work& work, const v1::AddTimePointRequest& r) -> Outcome<channel::Case> {
            if (auto refusal = ahead(r.time_point().at(), work.now)) return *refusal;
            return app::add_point(work, r.case_id(), input_of(r.time_point()));
        });
    bind_case<v1::CorrectTimePointRequest>(
        binder, env, "CorrectTimePoint",
        [](Validator& v, const v1::CorrectTimePointRequest& r) {
            v.id("time_point_id", r.time_point_id())
                .timestamp("at", r.has_at(), r.at())
                .optional_id("correction_reason", r.correction_reason());
        },
        [](app::Work& work, const v1::CorrectTimePointRequest& r) -> Outcome<channel::Case> {
            if (auto refusal = ahead(r.at(), work.now)) return *refusal;
            return app::correct_point(work, r.case_id(), r.time_point_id(),
                                      store::instant_of(r.at()), r.correction_reason());
        });
}

void bind_steps(runtime::Binder& binder, const app::EnvPtr& env) {
    bind_case<v1::AcknowledgeAlertRequest>(
        binder, env, "AcknowledgeAlert", nullptr,
        [](app::Work& work, const v1::AcknowledgeAlertRequest& r) {
            return app::acknowledge_alert(work, r.case_id());
        });
    bind_case<v1::StandDownRequest>(
        binder, env, "StandDown",
        [](Validator& v, const v1::StandDownRequest& r) {
            v.etag("etag", r.etag()).required("reason_code", r.reason_code());
        },
        [](app::Work& work, const v1::StandDownRequest& r) {
            return app::stand_down(work, r.case_id(), r.etag(), r.reason_code());
        });
    bind_case<v1::CompleteCaseRequest>(
        binder, env, "CompleteCase",
        [](Validator& v, const v1::CompleteCaseRequest& r) {
            v.etag("etag", r.etag()).optional_id("resident_id", r.resident_id());
        },
        [](app::Work& work, const v1::CompleteCaseRequest& r) {
            return app::complete_case(work, r.case_id(), r.etag(), r.resident_id());
        });
}

Outcome<v1::ChannelCase> get_case(QueryContext& context, const app::Env& env,
                                  const v1::GetCaseRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto found = store::channel_case(context.tx, r.case_id());
    if (!found) return Reason("NOT_FOUND");
    if (!sees_all(context.caller) &&
        !store::is_case_party(context.tx, r.case_id(), context.caller.institution_id)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({found->resident_id, "GetCase", "channel_case/" + found->case_id});
    return encode(*found, context.caller.institution_id, *rules);
}

Outcome<v1::ListCasesResponse> list_cases(QueryContext& context, const app::Env& env,
                                          const v1::ListCasesRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto only = store::from_proto<domain::ChannelKind>(r.channel());
    return page_of<v1::ListCasesResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kCasePage, seen_by(context.caller),
                                     domain::name_of(only), states_text<channel::State>(r.states()),
                                     position, limit);
        },
        [&](v1::ListCasesResponse& response, const storage::Row& row) {
            const auto c = store::channel_case(context.tx, row.text(0));
            context.access({c->resident_id, "ListCases", "channel_case/" + c->case_id});
            *response.add_cases() = encode(*c, context.caller.institution_id, *rules);
            return c->case_id;
        });
}

void bind_queries(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.query<v1::GetCaseRequest, v1::ChannelCase>(
        method("GetCase"),
        {.validate =
             [](const v1::GetCaseRequest& r) {
                 return Validator().id("case_id", r.case_id()).done();
             },
         .run = [env](QueryContext& c, const auto& r) { return get_case(c, *env, r); }});
    binder.query<v1::ListCasesRequest, v1::ListCasesResponse>(
        method("ListCases"),
        {.validate =
             [](const v1::ListCasesRequest& r) {
                 Validator v;
                 v.optional_enumerated("channel", r.channel())
                     .count("states", r.states_size(), 0, 8)
                     .page_size(r.page_size());
                 for (const int state : r.states()) {
                     v.expect(state != 0 && v1::ChannelState_IsValid(state), "states",
                              "FIELD_ENUM");
                 }
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return list_cases(c, *env, r); }});
}

}  // namespace

void bind_channels(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.command<v1::PublishCapabilityRequest, v1::ChannelCapability>(
        method("PublishCapability"),
        {.validate = check_capability,
         .lock_keys =
             [](const v1::PublishCapabilityRequest& r) {
                 return std::vector{"capability/" + v1::Channel_Name(r.capability().channel())};
             },
         .run = [env](CommandContext& context,
                      const v1::PublishCapabilityRequest& r) -> Outcome<v1::ChannelCapability> {
             app::Work work = work_of(context, *env);
             auto published = app::publish_capability(work, r.capability(), r.etag());
             if (published.ok()) context.audit("capability/" + published->institution_id());
             return published;
         }});
    binder.command<v1::RaiseAlertRequest, v1::ChannelCase>(
        method("RaiseAlert"),
        {.validate = check_alert,
         .lock_keys =
             [](const v1::RaiseAlertRequest& r) { return std::vector{"channel/" + r.case_id()}; },
         .run = [env](CommandContext& context,
                      const v1::RaiseAlertRequest& r) { return raise(context, *env, r); }});
    bind_steps(binder, env);
    bind_points(binder, env);
    bind_queries(binder, env);
}

}  // namespace yilian::referrals::rpc_edge
