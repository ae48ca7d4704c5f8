#include <any>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/rpc/client.h"
#include "services/prescriptions/app/endings.h"
#include "services/prescriptions/app/prescribe.h"
#include "services/prescriptions/app/review.h"
#include "services/prescriptions/domain/circulation.h"
#include "services/prescriptions/rpc/encode.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/rpc/validation.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/rows.h"
#include "yilian/directory/v1/contract_service.pb.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using domain::Prescription;
using runtime::CommandContext;
using runtime::Prepared;

constexpr std::chrono::milliseconds kContractDeadline{200};

std::vector<std::string> prescription_key(std::string_view id) {
    return {"prescription/" + std::string(id)};
}

Outcome<v1::Prescription> answer(CommandContext& context, const Env& env,
                                 const Outcome<Prescription>& result) {
    if (!result.ok()) return result.refusal();
    context.audit("prescription/" + result->prescription_id, result->resident_id);
    return encode(context.tx, *result,
                  {context.caller, context.now, context.policies, env.district});
}

// A method that changes one existing prescription.
template <class Req, class Change>
void bind_change(runtime::Binder& binder, const EnvPtr& env, std::string_view name,
                 std::function<void(rpc::Validator&, const Req&)> more, Change change) {
    binder.command<Req, v1::Prescription>(
        method(name),
        {.validate =
             [more](const Req& r) {
                 rpc::Validator v = of_prescription(r);
                 if (more) more(v, r);
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return prescription_key(r.prescription_id()); },
         .run = [env, change](CommandContext& context, const Req& r) -> Outcome<v1::Prescription> {
             app::Work work = work_of(context, *env);
             return answer(context, *env, change(work, r));
         }});
}

app::ContractAnswer contract_of(const std::any& prepared) {
    const auto* told = std::any_cast<app::ContractAnswer>(&prepared);
    return told == nullptr ? app::ContractAnswer{} : *told;
}

// events.md 6: when the copy has no contract, the directory is asked; without an answer the copy
// stands.
void ask_contract(const EnvPtr& env, const std::string& resident_id, const Prepared& then) {
    rpc::Client* directory = env->peers.find("directory");
    if (directory == nullptr) return then(std::any(app::ContractAnswer{}));
    directory::v1::GetContractStatusRequest request;
    request.set_resident_id(resident_id);
    request.set_on(calendar::local_date(env->clock.now()).text());
    directory->call<directory::v1::ContractStatus>(
        "yilian.directory.v1.ContractService/GetContractStatus", request,
        {.timeout = kContractDeadline},
        [then](const rpc::CallResult<directory::v1::ContractStatus>& result) {
            app::ContractAnswer told;
            if (result.ok() && result.value().contracted()) {
                told.contract_id = result.value().contract_id();
            }
            then(std::any(told));
        });
}

// Whose contract is asked for; `find` reads the resident, "" when there is nothing to ask.
void prepare_contract(const EnvPtr& env, const v1::PrescriptionContent& content,
                      std::function<std::string(storage::Transaction&)> find, Deadline deadline,
                      const Prepared& then) {
    if (content.kind() != v1::PRESCRIPTION_KIND_EXTENDED) {
        return then(std::any(app::ContractAnswer{}));
    }
    auto resident_id = std::make_shared<std::string>();
    const absl::Status queued = env->store.submit_read(
        [env, resident_id, find = std::move(find)](storage::Transaction& tx) {
            *resident_id = find(tx);
            const auto today = calendar::local_date(env->clock.now());
            if (store::contract_on(tx, *resident_id, today)) resident_id->clear();
        },
        [env, resident_id, then](const absl::Status& status) {
            if (!status.ok() || resident_id->empty()) return then(std::any(app::ContractAnswer{}));
            ask_contract(env, *resident_id, then);
        },
        deadline);
    if (!queued.ok()) then(std::any(app::ContractAnswer{}));
}

void bind_update(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::UpdateDraftRequest, v1::Prescription>(
        method("UpdateDraft"),
        {.validate =
             [](const v1::UpdateDraftRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 v.present("content", r.has_content());
                 v.nested("content", [&](rpc::Validator& c) { check_content(c, r.content()); });
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return prescription_key(r.prescription_id()); },
         .run = [env](CommandContext& context,
                      const v1::UpdateDraftRequest& r) -> Outcome<v1::Prescription> {
             app::Work work = work_of(context, *env);
             return answer(context, *env,
                           app::update_draft(work, r.prescription_id(), r.etag(), r.content(),
                                             contract_of(context.prepared)));
         },
         .prepare =
             [env](const rpc::Caller&, const v1::UpdateDraftRequest& r, Deadline deadline,
                   const Prepared& then) {
                 prepare_contract(
                     env, r.content(),
                     [id = r.prescription_id()](storage::Transaction& tx) {
                         const auto p = store::prescription(tx, id);
                         return p ? p->resident_id : std::string();
                     },
                     deadline, then);
             }});
}

void bind_drafts(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::DraftPrescriptionRequest, v1::Prescription>(
        method("DraftPrescription"),
        {.validate =
             [](const v1::DraftPrescriptionRequest& r) {
                 rpc::Validator v;
                 v.optional_ulid("prescription_id", r.prescription_id())
                     .id("resident_id", r.resident_id())
                     .present("content", r.has_content());
                 v.nested("content", [&](rpc::Validator& c) { check_content(c, r.content()); });
                 return v.done();
             },
         .lock_keys =
             [](const v1::DraftPrescriptionRequest& r) {
                 return std::vector{"resident/" + r.resident_id(),
                                    store::number_key(r.resident_id())};
             },
         .run = [env](CommandContext& context,
                      const v1::DraftPrescriptionRequest& r) -> Outcome<v1::Prescription> {
             app::Work work = work_of(context, *env);
             app::Draft command;
             command.prescription_id =
                 r.prescription_id().empty() ? context.ids.next_ulid() : r.prescription_id();
             command.resident_id = r.resident_id();
             command.content = r.content();
             command.contract = contract_of(context.prepared);
             return answer(context, *env, app::draft(work, command));
         },
         .prepare =
             [env](const rpc::Caller&, const v1::DraftPrescriptionRequest& r, Deadline deadline,
                   const Prepared& then) {
                 prepare_contract(
                     env, r.content(), [id = r.resident_id()](storage::Transaction&) { return id; },
                     deadline, then);
             }});
    bind_update(binder, env);
    bind_change<v1::AbandonPrescriptionRequest>(
        binder, env, "AbandonPrescription", {},
        [](app::Work& work, const v1::AbandonPrescriptionRequest& r) {
            return app::abandon(work, r.prescription_id(), r.etag());
        });
}

void bind_signing(runtime::Binder& binder, const EnvPtr& env) {
    bind_change<v1::SignPrescriptionRequest>(
        binder, env, "SignPrescription",
        [](rpc::Validator& v, const v1::SignPrescriptionRequest& r) {
            v.present("signature", r.has_signature());
            v.nested("signature", [&](rpc::Validator& s) {
                s.id("signer_id", r.signature().signer_id())
                    .id("algorithm", r.signature().algorithm())
                    .timestamp("signed_at", r.signature().has_signed_at(),
                               r.signature().signed_at())
                    .expect(r.signature().value().size() <= 1024, "value", "FIELD_RANGE");
            });
        },
        [env](app::Work& work, const v1::SignPrescriptionRequest& r) {
            const domain::Signature signature{r.signature().signer_id(), r.signature().algorithm(),
                                              store::instant_of(r.signature().signed_at()),
                                              r.signature().value()};
            return app::sign(work, r.prescription_id(), r.etag(), signature,
                             [env](const domain::Signature& s, std::string_view hash) {
                                 return env->signers.verify(s, hash);
                             });
        });
    bind_change<v1::DoubleSignRequest>(
        binder, env, "DoubleSign",
        [](rpc::Validator& v, const v1::DoubleSignRequest& r) {
            v.optional_id("override_reason_code", r.override_reason_code());
        },
        [](app::Work& work, const v1::DoubleSignRequest& r) {
            return app::double_sign(work, r.prescription_id(), r.etag(), r.override_reason_code());
        });
}

void bind_review(runtime::Binder& binder, const EnvPtr& env) {
    bind_change<v1::ReviewPassRequest>(
        binder, env, "ReviewPass", {}, [](app::Work& work, const v1::ReviewPassRequest& r) {
            return app::review_pass(work, r.prescription_id(), r.etag());
        });
    bind_change<v1::ReviewReturnRequest>(
        binder, env, "ReviewReturn",
        [](rpc::Validator& v, const v1::ReviewReturnRequest& r) {
            v.id("reason_code", r.reason_code())
                .count("rule_ids", r.rule_ids_size(), 0, 50)
                .each("rule_ids", r.rule_ids(),
                      [](rpc::Validator& inner, const std::string& id) { inner.id("", id); });
        },
        [](app::Work& work, const v1::ReviewReturnRequest& r) {
            return app::review_return(work, r.prescription_id(), r.etag(), r.reason_code(),
                                      {r.rule_ids().begin(), r.rule_ids().end()});
        });
    bind_change<v1::ReviewRefuseRequest>(
        binder, env, "ReviewRefuse",
        [](rpc::Validator& v, const v1::ReviewRefuseRequest& r) {
            v.id("reason_code", r.reason_code());
        },
        [](app::Work& work, const v1::ReviewRefuseRequest& r) {
            return app::review_refuse(work, r.prescription_id(), r.etag(), r.reason_code());
        });
}

void bind_cancel(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::CancelPrescriptionRequest, v1::CancelPrescriptionResponse>(
        method("CancelPrescription"),
        {.validate =
             [](const v1::CancelPrescriptionRequest& r) {
                 return of_prescription(r).id("reason_code", r.reason_code()).done();
             },
         .lock_keys = [](const auto& r) { return prescription_key(r.prescription_id()); },
         .run = [env](CommandContext& context, const v1::CancelPrescriptionRequest& r)
             -> Outcome<v1::CancelPrescriptionResponse> {
             app::Work work = work_of(context, *env);
             const auto cancelled = app::cancel(work, r.prescription_id(), r.etag(),
                                                r.reason_code(), roles_of(context.caller));
             if (!cancelled.ok()) return cancelled.refusal();
             const Prescription& p = cancelled->prescription;
             context.audit("prescription/" + p.prescription_id, p.resident_id);
             v1::CancelPrescriptionResponse response;
             response.set_answer(cancelled->with_dispenser ? v1::CANCEL_ANSWER_WITH_DISPENSER_MARKED
                                                           : v1::CANCEL_ANSWER_CANCELLED);
             *response.mutable_prescription() = encode(
                 context.tx, p, {context.caller, context.now, context.policies, env->district});
             return response;
         }});
}

}  // namespace

std::string method(std::string_view name) {
    return "yilian.prescriptions.v1.PrescriptionService/" + std::string(name);
}

app::Work work_of(CommandContext& context, const Env& env) {
    return runtime::work_of(context, env.district,
                            std::string(runtime::actor_kind(context.caller)));
}

void bind_prescribing(runtime::Binder& binder, const EnvPtr& env) {
    bind_drafts(binder, env);
    bind_signing(binder, env);
    bind_review(binder, env);
    bind_cancel(binder, env);
}

}  // namespace yilian::prescriptions::rpc_edge
