#pragma once

#include "libs/rpc/validate.h"
#include "libs/runtime/app.h"
#include "services/referrals/app/work.h"
#include "services/referrals/rpc/contract_question.h"
#include "yilian/referrals/v1/types.pb.h"

// The methods of yilian.referrals.v1: validation, conversion, scope. What they do stands in app/.
namespace yilian::referrals::rpc_edge {

void bind_drafts(runtime::Binder& binder, const app::EnvPtr& env);
void bind_submits(runtime::Binder& binder, const app::EnvPtr& env,
                  const ContractQuestion& contract_question);
void bind_reviews(runtime::Binder& binder, const app::EnvPtr& env);
void bind_care(runtime::Binder& binder, const app::EnvPtr& env);
void bind_referral_queries(runtime::Binder& binder, const app::EnvPtr& env);
void bind_evidence_queries(runtime::Binder& binder, const app::EnvPtr& env);
void bind_channels(runtime::Binder& binder, const app::EnvPtr& env);
void bind_exams(runtime::Binder& binder, const app::EnvPtr& env);
void bind_measures(runtime::Binder& binder);
void bind_slots(runtime::Binder& binder, const app::EnvPtr& env);
void bind_slot_queries(runtime::Binder& binder, const app::EnvPtr& env);

// For the files of this folder.
[[nodiscard]] app::Work work_of(runtime::CommandContext& context, const app::Env& env);
[[nodiscard]] std::string referral_method(std::string_view name);
[[nodiscard]] std::string slot_method(std::string_view name);
void check_content(rpc::Validator& v, const v1::ReferralContent& content);
// Up to `max` codes or client-made ids.
void check_codes(rpc::Validator& v, std::string_view field,
                 const google::protobuf::RepeatedPtrField<std::string>& codes, int max);
void check_measurements(rpc::Validator& v, std::string_view field,
                        const google::protobuf::RepeatedPtrField<v1::Measurement>& values);
// The answer of a changing method on one referral: audited, with what the caller may do next.
[[nodiscard]] Outcome<v1::Referral> answer(runtime::CommandContext& context, const app::Env& env,
                                           const Outcome<domain::Referral>& result);

// A method that changes one existing referral: `more` adds validation, `act` is the use case.
template <class Req, class Act>
runtime::CommandSpec<Req, v1::Referral> change_spec(const app::EnvPtr& env,
                                                    void (*more)(rpc::Validator&, const Req&),
                                                    Act act) {
    return {
        .validate =
            [more](const Req& r) {
                rpc::Validator v;
                v.id("referral_id", r.referral_id()).etag("etag", r.etag());
                if (more != nullptr) more(v, r);
                return v.done();
            },
        .lock_keys = [](const Req& r) { return std::vector{"referral/" + r.referral_id()}; },
        .run = [env, act](runtime::CommandContext& context, const Req& r) -> Outcome<v1::Referral> {
            app::Work work = work_of(context, *env);
            return answer(context, *env, act(work, r));
        }};
}

template <class Req, class Act>
void bind_change(runtime::Binder& binder, const app::EnvPtr& env, std::string_view name,
                 void (*more)(rpc::Validator&, const Req&), Act act) {
    binder.command<Req, v1::Referral>(referral_method(name), change_spec<Req>(env, more, act));
}

}  // namespace yilian::referrals::rpc_edge
