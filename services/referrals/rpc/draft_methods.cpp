#include <utility>

#include "libs/calendar/local_time.h"
#include "services/referrals/app/drafts.h"
#include "services/referrals/app/submit.h"
#include "services/referrals/rpc/encode.h"
#include "services/referrals/rpc/methods.h"
#include "yilian/referrals/v1/referral_service.pb.h"

namespace yilian::referrals::rpc_edge {
namespace {

using runtime::CommandContext;

constexpr int kCodesMax = 100;

void check_texts(rpc::Validator& v, const v1::ReferralContent& c) {
    v.text("comment", c.comment(), 0, 500)
        .text("chief_complaint", c.chief_complaint(), 0, 500)
        .text("present_illness", c.present_illness(), 0, 4000)
        .text("past_history", c.past_history(), 0, 4000)
        .text("treatment_so_far", c.treatment_so_far(), 0, 4000);
}

}  // namespace

void check_codes(rpc::Validator& v, std::string_view field,
                 const google::protobuf::RepeatedPtrField<std::string>& codes, int max) {
    v.count(field, codes.size(), 0, max);
    for (int i = 0; i < codes.size(); ++i) {
        v.id(std::string(field) + "[" + std::to_string(i) + "]", codes[i]);
    }
}

void check_measurements(rpc::Validator& v, std::string_view field,
                        const google::protobuf::RepeatedPtrField<v1::Measurement>& values) {
    v.count(field, values.size(), 0, kCodesMax);
    v.each(field, values, [](rpc::Validator& inner, const v1::Measurement& m) {
        inner.id("code", m.code()).range("value", m.value(), 0, 1'000'000'000);
    });
}

void check_content(rpc::Validator& v, const v1::ReferralContent& c) {
    v.optional_enumerated("direction", c.direction())
        .optional_enumerated("kind", c.kind())
        .optional_enumerated("priority", c.priority())
        .optional_id("sender_department_code", c.sender_department_code())
        .optional_id("sender_practitioner_id", c.sender_practitioner_id())
        .optional_id("receiver_institution_id", c.receiver_institution_id())
        .optional_id("receiver_department_code", c.receiver_department_code())
        .optional_id("reason_code", c.reason_code())
        .optional_id("beyond_county_reason_code", c.beyond_county_reason_code())
        .optional_id("override_reason_code", c.override_reason_code())
        .optional_id("transport_mode", c.transport_mode())
        .optional_id("transfer_condition", c.transfer_condition())
        .optional_id("plan_document_id", c.plan_document_id())
        .optional_date("requested_from", c.requested_from())
        .optional_date("requested_to", c.requested_to())
        .optional_date("follow_up_date", c.follow_up_date());
    check_texts(v, c);
    v.count("diagnoses", c.diagnoses_size(), 0, kCodesMax);
    v.each("diagnoses", c.diagnoses(), [](rpc::Validator& inner, const v1::Diagnosis& d) {
        inner.text("code", d.code(), 1, 32).optional_id("code_system", d.code_system());
    });
    check_measurements(v, "measurements", c.measurements());
    check_codes(v, "allergy_codes", c.allergy_codes(), kCodesMax);
    check_codes(v, "drug_codes", c.drug_codes(), kCodesMax);
    check_codes(v, "document_ids", c.document_ids(), kCodesMax);
    v.nested("consent", [&](rpc::Validator& inner) {
        inner.optional_enumerated("method", c.consent().method())
            .optional_timestamp("given_at", c.consent().has_given_at(), c.consent().given_at())
            .optional_id("form_document_id", c.consent().form_document_id());
    });
}

app::Work work_of(CommandContext& context, const app::Env& env) {
    app::Work work{context.tx,
                   context.now,
                   calendar::local_date(context.now),
                   env,
                   {context.caller.subject, context.caller.institution_id,
                    std::string(runtime::actor_kind(context.caller))},
                   context.meta.correlation_id,
                   [&context](const events::EventDraft& draft) { (void)context.append(draft); },
                   [](std::string_view, std::string_view) {}};
    if (const auto* contract = std::any_cast<store::ContractCopy>(&context.prepared)) {
        work.answered_contract = *contract;
    }
    return work;
}

std::string referral_method(std::string_view name) {
    return "yilian.referrals.v1.ReferralService/" + std::string(name);
}

std::string slot_method(std::string_view name) {
    return "yilian.referrals.v1.SlotService/" + std::string(name);
}

Outcome<v1::Referral> answer(CommandContext& context, const app::Env& env,
                             const Outcome<domain::Referral>& result) {
    if (!result.ok()) return result.refusal();
    context.audit("referral/" + result->referral_id, result->resident_id);
    const app::Work work = work_of(context, env);
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    return encode(context.tx, *result, context.caller.institution_id, context.now, *rules);
}

void bind_drafts(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.command<v1::CreateReferralRequest, v1::Referral>(
        referral_method("CreateReferral"),
        {.validate =
             [](const v1::CreateReferralRequest& r) {
                 return rpc::Validator()
                     .optional_ulid("referral_id", r.referral_id())
                     .id("resident_id", r.resident_id())
                     .optional_id("chain_id", r.chain_id())
                     .optional_id("advice_action_id", r.advice_action_id())
                     .nested("content", [&](auto& v) { check_content(v, r.content()); })
                     .done();
             },
         .lock_keys =
             [](const v1::CreateReferralRequest& r) {
                 return std::vector{"resident/" + r.resident_id()};
             },
         .run = [env](CommandContext& context,
                      const v1::CreateReferralRequest& r) -> Outcome<v1::Referral> {
             app::Work work = work_of(context, *env);
             return answer(
                 context, *env,
                 app::create_referral(work, {r.referral_id(), r.resident_id(), r.content(),
                                             r.chain_id(), r.advice_action_id()}));
         }});
    bind_change<v1::UpdateDraftRequest>(
        binder, env, "UpdateDraft",
        [](rpc::Validator& v, const v1::UpdateDraftRequest& r) {
            v.present("content", r.has_content()).nested("content", [&](auto& inner) {
                check_content(inner, r.content());
            });
        },
        [](app::Work& work, const v1::UpdateDraftRequest& r) {
            return app::update_draft(work, r.referral_id(), r.etag(), r.content());
        });
    bind_change<v1::DiscardDraftRequest>(binder, env, "DiscardDraft", nullptr,
                                         [](app::Work& work, const v1::DiscardDraftRequest& r) {
                                             return app::discard_draft(work, r.referral_id(),
                                                                       r.etag());
                                         });
}

void bind_submits(runtime::Binder& binder, const app::EnvPtr& env,
                  const ContractQuestion& contract_question) {
    const auto ask = [contract_question](const auto&, const auto& r, Deadline deadline,
                                         runtime::Prepared then) {
        contract_question.ask(r.referral_id(), deadline, std::move(then));
    };
    auto submit = change_spec<v1::SubmitReferralRequest>(
        env, nullptr, [](app::Work& work, const v1::SubmitReferralRequest& r) {
            return app::submit_referral(work, r.referral_id(), r.etag());
        });
    submit.prepare = ask;
    binder.command<v1::SubmitReferralRequest, v1::Referral>(referral_method("SubmitReferral"),
                                                            std::move(submit));
    auto resubmit = change_spec<v1::ResubmitReferralRequest>(
        env,
        [](rpc::Validator& v, const v1::ResubmitReferralRequest& r) {
            v.present("content", r.has_content()).nested("content", [&](auto& inner) {
                check_content(inner, r.content());
            });
        },
        [](app::Work& work, const v1::ResubmitReferralRequest& r) {
            return app::resubmit_referral(work, r.referral_id(), r.etag(), r.content());
        });
    resubmit.prepare = ask;
    binder.command<v1::ResubmitReferralRequest, v1::Referral>(referral_method("ResubmitReferral"),
                                                              std::move(resubmit));
}

}  // namespace yilian::referrals::rpc_edge
