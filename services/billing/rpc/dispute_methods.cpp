#include "libs/rpc/validate.h"
#include "services/billing/app/dispute.h"
#include "services/billing/app/run_steps.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/rpc/supervision_encode.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::rpc_edge {
namespace {

using amount::Fen;
using app::Env;
using app::Unit;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.DisputeService/" + std::string(name);
}

std::vector<std::string> strings(const google::protobuf::RepeatedPtrField<std::string>& from) {
    return {from.begin(), from.end()};
}

Outcome<v1::Dispute> answer(CommandContext& context, const Outcome<store::DisputeRow>& row) {
    if (!row.ok()) return row.refusal();
    return encode(*row, context.caller, store::trail(context.tx, row->dispute_id));
}

// A party's own dispute, or nothing that may be told.
Outcome<Allowed> own(CommandContext& context, const std::string& dispute_id) {
    const auto row = store::dispute(context.tx, dispute_id);
    if (!row) return Reason("NOT_FOUND");
    if (row->institution_id != context.caller.institution_id) return not_your_record();
    return Allowed{};
}

Outcome<v1::Dispute> run_open(CommandContext& context, const Env& env,
                              const v1::OpenDisputeRequest& r) {
    Unit unit = app::unit_of(context, env);
    app::NewDispute what;
    what.dispute_id = r.dispute_id().empty() ? context.ids.next_ulid() : r.dispute_id();
    what.run_id = r.run_id();
    what.party = r.party();
    what.subject = name_of(r.subject());
    what.subject_id = r.subject_id();
    what.disputed = Fen::of_raw(r.disputed_fen());
    what.claimed = Fen::of_raw(r.claimed_fen());
    what.reason_code = r.reason_code();
    what.documents = strings(r.document_digests());
    context.audit("dispute/" + what.dispute_id);
    if (app::institution_of(unit, r.party()) != context.caller.institution_id) {
        return not_your_record();
    }
    return answer(context, app::open_dispute(unit, what));
}

Outcome<v1::Dispute> run_evidence(CommandContext& context, const Env& env,
                                  const v1::AddEvidenceRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("dispute/" + r.dispute_id());
    if (const auto mine = own(context, r.dispute_id()); !mine.ok()) return mine.refusal();
    return answer(context,
                  app::add_evidence(unit, r.dispute_id(), r.etag(), strings(r.document_digests())));
}

Outcome<v1::Dispute> run_request(CommandContext& context, const Env& env,
                                 const v1::RequestEvidenceRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("dispute/" + r.dispute_id());
    return answer(context, app::request_evidence(unit, r.dispute_id(), r.etag(), r.reason_code()));
}

Outcome<v1::Dispute> run_review(CommandContext& context, const Env& env,
                                const v1::StartReviewRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("dispute/" + r.dispute_id());
    return answer(context, app::start_review(unit, r.dispute_id(), r.etag()));
}

Outcome<v1::Dispute> run_decide(CommandContext& context, const Env& env,
                                const v1::DecideDisputeRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("dispute/" + r.dispute_id());
    return answer(
        context, app::decide_dispute(unit, r.dispute_id(), r.etag(),
                                     {r.outcome(), Fen::of_raw(r.granted_fen()), r.reason_code()}));
}

Outcome<v1::Dispute> run_withdraw(CommandContext& context, const Env& env,
                                  const v1::WithdrawDisputeRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("dispute/" + r.dispute_id());
    if (const auto mine = own(context, r.dispute_id()); !mine.ok()) return mine.refusal();
    return answer(context, app::withdraw_dispute(unit, r.dispute_id(), r.etag(), r.reason_code()));
}

Outcome<v1::Dispute> run_get(QueryContext& context, const v1::GetDisputeRequest& r) {
    const auto row = store::dispute(context.tx, r.dispute_id());
    if (!row) return Reason("NOT_FOUND");
    if (row->institution_id != context.caller.institution_id && !sees_all(context.caller)) {
        return not_your_record();
    }
    return encode(*row, context.caller, store::trail(context.tx, row->dispute_id));
}

Outcome<v1::ListDisputesResponse> run_list(QueryContext& context,
                                           const v1::ListDisputesRequest& r) {
    const auto party = own_or_all(context.caller, r.party());
    if (!party.ok()) return party.refusal();
    return page_of<v1::ListDisputesResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kDisputePage, *party, r.run_id(), position, limit);
        },
        [&](v1::ListDisputesResponse& response, const storage::Row& row) {
            const store::DisputeRow dispute = store::dispute_of(row);
            *response.add_disputes() = encode(dispute, context.caller, {});
            return dispute.dispute_id;
        });
}

Violations validate_open(const v1::OpenDisputeRequest& r) {
    rpc::Validator v;
    v.optional_ulid("dispute_id", r.dispute_id())
        .id("run_id", r.run_id())
        .id("party", r.party())
        .enumerated("subject", r.subject());
    if (r.subject() == v1::DISPUTE_SUBJECT_TARGET) {
        v.optional_id("subject_id", r.subject_id());
    } else {
        v.id("subject_id", r.subject_id());
    }
    v.range("disputed_fen", r.disputed_fen(), 0, kFenMax)
        .range("claimed_fen", r.claimed_fen(), 1, kFenMax)
        .id("reason_code", r.reason_code());
    check_documents(v, r.document_digests(), 1);
    return v.done();
}

template <class Req>
std::vector<std::string> dispute_key(const Req& r) {
    return {"dispute/" + r.dispute_id()};
}

void bind_party(runtime::Binder& binder, const Env& env) {
    binder.command<v1::OpenDisputeRequest, v1::Dispute>(
        method("OpenDispute"),
        {.validate = validate_open,
         .lock_keys =
             [](const v1::OpenDisputeRequest& r) {
                 return std::vector<std::string>{"party/" + r.party(), "run/" + r.run_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_open(c, env, r); }});
    binder.command<v1::AddEvidenceRequest, v1::Dispute>(
        method("AddEvidence"),
        {.validate =
             [](const v1::AddEvidenceRequest& r) {
                 rpc::Validator v;
                 v.ulid("dispute_id", r.dispute_id()).etag("etag", r.etag());
                 check_documents(v, r.document_digests(), 1);
                 return v.done();
             },
         .lock_keys = dispute_key<v1::AddEvidenceRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_evidence(c, env, r); }});
    binder.command<v1::WithdrawDisputeRequest, v1::Dispute>(
        method("WithdrawDispute"),
        {.validate =
             [](const v1::WithdrawDisputeRequest& r) {
                 return rpc::Validator()
                     .ulid("dispute_id", r.dispute_id())
                     .etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = dispute_key<v1::WithdrawDisputeRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_withdraw(c, env, r); }});
}

void bind_agency(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RequestEvidenceRequest, v1::Dispute>(
        method("RequestEvidence"),
        {.validate =
             [](const v1::RequestEvidenceRequest& r) {
                 return rpc::Validator()
                     .ulid("dispute_id", r.dispute_id())
                     .etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = dispute_key<v1::RequestEvidenceRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_request(c, env, r); }});
    binder.command<v1::StartReviewRequest, v1::Dispute>(
        method("StartReview"),
        {.validate =
             [](const v1::StartReviewRequest& r) {
                 return rpc::Validator()
                     .ulid("dispute_id", r.dispute_id())
                     .etag("etag", r.etag())
                     .done();
             },
         .lock_keys = dispute_key<v1::StartReviewRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_review(c, env, r); }});
    binder.command<v1::DecideDisputeRequest, v1::Dispute>(
        method("DecideDispute"),
        {.validate =
             [](const v1::DecideDisputeRequest& r) {
                 return rpc::Validator()
                     .ulid("dispute_id", r.dispute_id())
                     .required_etag("etag", r.etag())
                     .one_of("outcome", r.outcome(), {"UPHELD", "PARTLY_UPHELD", "REJECTED"})
                     .range("granted_fen", r.granted_fen(), 0, kFenMax)
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = dispute_key<v1::DecideDisputeRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_decide(c, env, r); }});
}

}  // namespace

void bind_disputes(runtime::Binder& binder, const Env& env) {
    bind_party(binder, env);
    bind_agency(binder, env);
    binder.query<v1::GetDisputeRequest, v1::Dispute>(
        method("GetDispute"),
        {.validate =
             [](const v1::GetDisputeRequest& r) {
                 return rpc::Validator().ulid("dispute_id", r.dispute_id()).done();
             },
         .run = run_get});
    binder.query<v1::ListDisputesRequest, v1::ListDisputesResponse>(
        method("ListDisputes"), {.validate =
                                     [](const v1::ListDisputesRequest& r) {
                                         return rpc::Validator()
                                             .optional_id("party", r.party())
                                             .optional_id("run_id", r.run_id())
                                             .page_size(r.page_size())
                                             .done();
                                     },
                                 .run = run_list});
}

}  // namespace yilian::billing::rpc_edge
