#include <algorithm>
#include <set>

#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "services/referrals/app/review.h"
#include "services/referrals/app/submit.h"
#include "services/referrals/rpc/encode.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/content_codec.h"
#include "services/referrals/store/queries.h"
#include "services/referrals/store/referral_rows.h"
#include "services/referrals/store/values.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using domain::Referral;
using runtime::QueryContext;

Outcome<Referral> load_for_reading(QueryContext& context, std::string_view referral_id,
                                   std::string_view purpose) {
    auto r = store::referral(context.tx, referral_id);
    if (!r) return Reason("NOT_FOUND");
    if (!sees_all(context.caller) &&
        !store::is_party(context.tx, referral_id, context.caller.institution_id)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({r->resident_id, std::string(purpose), "referral/" + r->referral_id});
    return *std::move(r);
}

Outcome<v1::Referral> run_get(QueryContext& context, const app::Env& env,
                              const v1::GetReferralRequest& request) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto r = load_for_reading(context, request.referral_id(), "GetReferral");
    if (!r.ok()) return r.refusal();
    return encode(context.tx, *r, context.caller.institution_id, context.now, *rules);
}

// What the worklist reminds of. Only the state in which a record is awaited asks for documents.
std::vector<domain::Prompt> prompts_of(QueryContext& context, const Referral& r,
                                       const app::Rules& rules, const app::Env& env) {
    const bool has_record =
        r.state != domain::State::kArrived || !store::documents(context.tx, r.referral_id).empty();
    return domain::prompts_of(r, has_record, context.now, rules.prompts, env.days);
}

v1::ReferralSummary summary_of(QueryContext& context, const Referral& r, const app::Rules& rules,
                               const app::Env& env) {
    v1::ReferralSummary m;
    for (const domain::Prompt prompt : prompts_of(context, r, rules, env)) {
        m.add_prompts(static_cast<v1::ReferralPrompt>(prompt));
    }
    m.set_referral_id(r.referral_id);
    m.set_number(r.number);
    m.set_state(store::to_proto<v1::ReferralState>(r.state));
    m.set_resident_id(r.resident_id);
    m.set_direction(store::to_proto<v1::Direction>(r.content.direction));
    m.set_kind(store::to_proto<v1::ReferralKind>(r.content.kind));
    m.set_priority(store::to_proto<v1::Priority>(r.content.priority));
    m.set_sender_institution_id(r.sender_institution_id);
    if (const domain::Task* task = r.last_task()) {
        m.set_receiver_institution_id(task->receiver_institution_id);
    }
    m.set_main_diagnosis_code(r.main_diagnosis_code);
    store::set_time(m.mutable_state_since(), r.state_since);
    if (const auto due = due_of(r, rules, env.days)) store::set_time(m.mutable_due_at(), *due);
    m.set_etag(runtime::make_etag(r.changes));
    return m;
}

// The parameters of kReferralPage.
struct Filter {
    std::string institution_id;
    std::string side;
    std::string states;
};
Filter filter_of(const QueryContext& context, const v1::ListReferralsRequest& request) {
    Filter filter;
    filter.institution_id = seen_by(context.caller);
    if (request.side() == v1::RECORD_SIDE_SENDER) filter.side = "SENDER";
    if (request.side() == v1::RECORD_SIDE_RECEIVER) filter.side = "RECEIVER";
    if (request.prompt() != v1::REFERRAL_PROMPT_UNSPECIFIED) {
        // A prompt stands in one state only; other states of the request leave nothing.
        const auto state = domain::state_of(static_cast<domain::Prompt>(request.prompt()));
        const bool asked =
            request.states().empty() ||
            std::ranges::find(request.states(), static_cast<int>(state)) != request.states().end();
        filter.states = asked ? "|" + std::string(domain::name_of(state)) + "|" : "||";
        return filter;
    }
    filter.states = states_text<domain::State>(request.states());
    return filter;
}

Outcome<v1::ListReferralsResponse> run_list(QueryContext& context, const app::Env& env,
                                            const v1::ListReferralsRequest& request) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const Filter filter = filter_of(context, request);
    std::set<std::string> residents;
    auto response = page_of<v1::ListReferralsResponse>(
        context, request,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kReferralPage, filter.institution_id,
                                     request.resident_id(), filter.side, filter.states, position,
                                     limit);
        },
        [&](v1::ListReferralsResponse& page, const storage::Row& row) {
            const auto r = store::referral(context.tx, row.text(0));
            auto summary = summary_of(context, *r, *rules, env);
            const bool wanted =
                request.prompt() == v1::REFERRAL_PROMPT_UNSPECIFIED ||
                std::ranges::find(summary.prompts(), request.prompt()) != summary.prompts().end();
            if (wanted) {
                residents.insert(r->resident_id);
                *page.add_referrals() = std::move(summary);
            }
            return row.text(0);
        });
    for (const std::string& resident_id : residents) {
        context.access({resident_id, "ListReferrals", "referrals"});
    }
    return response;
}

Outcome<v1::ListWaitingResponse> run_waiting(QueryContext& context, const app::Env& env,
                                             const v1::ListWaitingRequest& request) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto page = context.page(request, runtime::kPageDefault, runtime::kPageMax);
    if (!page.ok()) return page.refusal();
    const auto queue =
        app::waiting_list(context.tx, context.caller.institution_id,
                          store::from_proto<domain::Kind>(request.kind()), context.now, *rules);
    // The order is that of the moment; a page goes on behind the referral it ended with.
    std::size_t at = 0;
    if (!page->position.empty()) {
        const auto last = std::ranges::find(queue, page->position, &domain::Waiting::referral_id);
        at = last == queue.end() ? 0 : static_cast<std::size_t>(last - queue.begin()) + 1;
    }
    v1::ListWaitingResponse response;
    for (; at < queue.size(); ++at) {
        if (response.entries_size() == page->size) {
            response.set_next_page_token(
                context.next_page_token(request, queue[at - 1].referral_id));
            break;
        }
        const domain::Waiting& waiting = queue[at];
        v1::WaitingEntry* entry = response.add_entries();
        entry->set_position(static_cast<std::int32_t>(at) + 1);
        entry->set_referral_id(waiting.referral_id);
        entry->set_resident_id(waiting.resident_id);
        entry->set_priority(store::to_proto<v1::Priority>(waiting.priority));
        entry->set_raised(domain::is_raised(waiting, context.now));
        entry->set_contracted(waiting.contracted);
        store::set_time(entry->mutable_accepted_at(), waiting.accepted_at);
        store::set_time(entry->mutable_promise_due_at(), waiting.promise_due_at);
        context.access({waiting.resident_id, "ListWaiting", "referral/" + waiting.referral_id});
    }
    return response;
}

void encode_line(const storage::Row& row, v1::HistoryEntry& entry) {
    entry.set_version(row.i64(0));
    entry.set_action(row.text(1));
    const auto from = domain::kLifecycle.state_named(row.text(2));
    if (from) entry.set_from_state(store::to_proto<v1::ReferralState>(*from));
    entry.set_to_state(
        store::to_proto<v1::ReferralState>(*domain::kLifecycle.state_named(row.text(3))));
    entry.set_actor_id(row.text(4));
    entry.set_actor_institution_id(row.text(5));
    store::set_time(entry.mutable_at(), row.instant(6));
    entry.set_reason_code(row.text(7));
    entry.set_policy_pack_version(static_cast<std::int32_t>(row.i64(8)));
    entry.set_correlation_id(row.text(9));
}

Outcome<v1::GetHistoryResponse> run_history(QueryContext& context,
                                            const v1::GetHistoryRequest& request) {
    const auto r = load_for_reading(context, request.referral_id(), "GetHistory");
    if (!r.ok()) return r.refusal();
    return page_of<v1::GetHistoryResponse>(
        context, request,
        [&](const std::string& position, std::int64_t limit) {
            const std::int64_t after = position.empty() ? 0 : std::stoll(position);
            return context.tx.select(store::kHistory, request.referral_id(), after, limit);
        },
        [](v1::GetHistoryResponse& response, const storage::Row& row) {
            encode_line(row, *response.add_entries());
            return std::to_string(row.i64(0));
        });
}

Outcome<v1::CriteriaResult> run_criteria(QueryContext& context, const app::Env& env,
                                         const v1::CheckCriteriaRequest& request) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    Referral r;
    if (!request.referral_id().empty()) {
        auto found = load_for_reading(context, request.referral_id(), "CheckCriteria");
        if (!found.ok()) return found.refusal();
        r = std::move(found).value();
    }
    domain::Facts more;
    for (const v1::Measurement& m : request.measurements()) more[m.code()] = m.value();
    const auto direction = request.direction() == v1::DIRECTION_UNSPECIFIED
                               ? r.content.direction
                               : store::from_proto<domain::Direction>(request.direction());
    const bool down = direction == domain::Direction::kDown;
    const auto criteria = app::criteria_of(
        context.tx, r, request.criteria_pack_id(),
        down ? domain::CriteriaSide::kDown : domain::CriteriaSide::kUp,
        r.content.receiver_institution_id, more, calendar::local_date(context.now), *rules);
    if (!criteria) {
        return Refusal{"CRITERIA_PACK_NOT_FOUND",
                       {{"criteria_pack_id", request.criteria_pack_id()}}};
    }
    return store::to_message(*criteria);
}

template <class Req>
Violations check_id(const Req& r) {
    return rpc::Validator().id("referral_id", r.referral_id()).done();
}

}  // namespace

void bind_referral_queries(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.query<v1::GetReferralRequest, v1::Referral>(
        referral_method("GetReferral"),
        {.validate = check_id<v1::GetReferralRequest>,
         .run = [env](QueryContext& c, const auto& r) { return run_get(c, *env, r); }});
    binder.query<v1::ListReferralsRequest, v1::ListReferralsResponse>(
        referral_method("ListReferrals"),
        {.validate =
             [](const v1::ListReferralsRequest& r) {
                 rpc::Validator v;
                 v.optional_id("resident_id", r.resident_id())
                     .optional_enumerated("side", r.side())
                     .optional_enumerated("prompt", r.prompt())
                     .page_size(r.page_size())
                     .count("states", r.states_size(), 0, 20);
                 for (const int state : r.states()) {
                     v.expect(state != 0 && v1::ReferralState_IsValid(state), "states",
                              "FIELD_ENUM");
                 }
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_list(c, *env, r); }});
    binder.query<v1::ListWaitingRequest, v1::ListWaitingResponse>(
        referral_method("ListWaiting"),
        {.validate =
             [](const v1::ListWaitingRequest& r) {
                 return rpc::Validator()
                     .enumerated("kind", r.kind())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_waiting(c, *env, r); }});
    binder.query<v1::GetHistoryRequest, v1::GetHistoryResponse>(
        referral_method("GetHistory"),
        {.validate =
             [](const v1::GetHistoryRequest& r) {
                 return rpc::Validator()
                     .id("referral_id", r.referral_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [](QueryContext& c, const auto& r) { return run_history(c, r); }});
    binder.query<v1::CheckCriteriaRequest, v1::CriteriaResult>(
        referral_method("CheckCriteria"),
        {.validate =
             [](const v1::CheckCriteriaRequest& r) {
                 rpc::Validator v;
                 v.optional_id("referral_id", r.referral_id())
                     .optional_id("criteria_pack_id", r.criteria_pack_id())
                     .optional_enumerated("direction", r.direction());
                 check_measurements(v, "measurements", r.measurements());
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return run_criteria(c, *env, r); }});
}

}  // namespace yilian::referrals::rpc_edge
