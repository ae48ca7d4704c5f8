#include <algorithm>
#include <functional>
#include <utility>

#include "libs/runtime/work.h"
#include "services/directory/app/contracts.h"
#include "services/directory/rpc/checks.h"
#include "services/directory/rpc/contract_encode.h"
#include "services/directory/rpc/methods.h"

namespace yilian::directory::rpc_edge {
namespace {

using calendar::CivilDate;
using domain::Contract;
using runtime::CommandContext;
using runtime::work_of;

constexpr std::int64_t kFeeFenMax = 1'000'000'000;

std::string method(std::string_view name) {
    return "yilian.directory.v1.ContractService/" + std::string(name);
}

std::optional<CivilDate> date_or_none(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return *CivilDate::parse(text);
}

v1::Contract encode_for(CommandContext& context, const Env& env, const Contract& c) {
    return encode(c, {context.tx, context.caller, context.policies, env.district, context.now});
}

// A contract belongs to its team's institution.
std::optional<Refusal> out_of_scope(CommandContext& context, const std::string& contract_id) {
    const auto c = store::contract(context.tx, contract_id);
    if (!c) return Refusal{"NOT_FOUND"};
    context.audit("contract/" + contract_id, c->resident_id);
    if (c->institution_id != context.caller.institution_id) {
        return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
    }
    return std::nullopt;
}

// The contract's own institution or that of the team that takes over.
std::optional<Refusal> out_of_change(CommandContext& context, const v1::ChangeTeamRequest& r) {
    auto refusal = out_of_scope(context, r.contract_id());
    const auto team = store::team(context.tx, r.new_team_id());
    if (refusal && refusal->reason == Reason("AUTH_RECORD_ACCESS_DENIED") && team &&
        team->record.institution_id() == context.caller.institution_id) {
        return std::nullopt;
    }
    return refusal;
}

void check_fee(rpc::Validator& v, std::int64_t fee_fen,
               const google::protobuf::RepeatedPtrField<v1::PayerShare>& split) {
    v.range("fee_fen", fee_fen, 0, kFeeFenMax).count("payer_split", split.size(), 0, 20);
    v.each("payer_split", split, [](rpc::Validator& inner, const v1::PayerShare& share) {
        inner.id("payer", share.payer()).range("amount_fen", share.amount_fen(), 0, kFeeFenMax);
    });
    std::int64_t sum = 0;
    for (const v1::PayerShare& share : split) {
        sum += std::clamp<std::int64_t>(share.amount_fen(), 0, kFeeFenMax);
    }
    v.expect(split.empty() || sum == fee_fen, "payer_split", "FIELD_SUM");
}

void check_packages(rpc::Validator& v,
                    const google::protobuf::RepeatedPtrField<std::string>& packages) {
    v.count("package_ids", packages.size(), 0, 20)
        .each("package_ids", packages,
              [](rpc::Validator& inner, const std::string& id) { inner.text("", id, 1, 80); });
}

void check_signed(rpc::Validator& v, bool has, const v1::ContractSignature& signature) {
    v.present("signature", has);
    if (!has) return;
    v.nested("signature", [&](rpc::Validator& inner) {
        inner.optional_enumerated("method", signature.method())
            .optional_id("document_id", signature.document_id());
    });
}

Violations validate_offer(const v1::OfferContractRequest& r) {
    rpc::Validator v;
    v.optional_ulid("contract_id", r.contract_id())
        .id("resident_id", r.resident_id())
        .id("team_id", r.team_id())
        .optional_id("family_doctor_id", r.family_doctor_id())
        .optional_enumerated("party", r.party())
        .date("valid_from", r.valid_from())
        .date("valid_to", r.valid_to());
    check_packages(v, r.package_ids());
    check_fee(v, r.fee_fen(), r.payer_split());
    return v.done();
}

Outcome<v1::Contract> run_offer(CommandContext& context, const Env& env,
                                const v1::OfferContractRequest& r) {
    const auto team = store::team(context.tx, r.team_id());
    if (team && team->record.institution_id() != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    Contract offer;
    offer.contract_id = r.contract_id().empty() ? context.ids.next_ulid() : r.contract_id();
    offer.resident_id = r.resident_id();
    offer.team_id = r.team_id();
    offer.family_doctor_id = r.family_doctor_id();
    offer.party = r.party() == v1::CONTRACT_PARTY_UNSPECIFIED ? "RESIDENT" : name_of(r.party());
    offer.package_ids.assign(r.package_ids().begin(), r.package_ids().end());
    offer.valid_from = *CivilDate::parse(r.valid_from());
    offer.valid_to = *CivilDate::parse(r.valid_to());
    offer.fee_fen = r.fee_fen();
    offer.payer_split = split_bytes(r.payer_split());
    context.audit("contract/" + offer.contract_id, r.resident_id());
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto offered = app::offer_contract(work, std::move(offer));
    if (!offered.ok()) return offered.refusal();
    return encode_for(context, env, *offered);
}

void bind_offer(runtime::Binder& binder, const Env& env) {
    binder.command<v1::OfferContractRequest, v1::Contract>(
        method("OfferContract"),
        {.validate = validate_offer,
         .lock_keys =
             [](const v1::OfferContractRequest& r) {
                 return std::vector{"resident/" + r.resident_id(), "team/" + r.team_id()};
             },
         .run = [env](CommandContext& c, const auto& r) { return run_offer(c, env, r); }});
}

// A method that changes one existing contract of the caller's institution by `change(Work&, Req)`.
template <class Req>
void bind_change(runtime::Binder& binder, const Env& env, std::string_view name,
                 std::function<void(rpc::Validator&, const Req&)> more,
                 std::function<Outcome<Contract>(runtime::Work&, const Req&)> change) {
    binder.command<Req, v1::Contract>(
        method(name),
        {.validate =
             [more](const Req& r) {
                 rpc::Validator v;
                 v.id("contract_id", r.contract_id()).etag("etag", r.etag());
                 if (more) more(v, r);
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return std::vector{"contract/" + r.contract_id()}; },
         .run = [env, change](CommandContext& context, const Req& r) -> Outcome<v1::Contract> {
             if (auto refusal = out_of_scope(context, r.contract_id())) return *refusal;
             runtime::Work work = work_of(context, env.district, "CLINICIAN");
             const auto changed = change(work, r);
             if (!changed.ok()) return changed.refusal();
             return encode_for(context, env, *changed);
         }});
}

void bind_sign(runtime::Binder& binder, const Env& env) {
    bind_change<v1::SignContractRequest>(
        binder, env, "SignContract",
        [](rpc::Validator& v, const v1::SignContractRequest& r) {
            check_signed(v, r.has_signature(), r.signature());
            v.optional_date("valid_from", r.valid_from()).optional_date("valid_to", r.valid_to());
        },
        [](runtime::Work& work, const v1::SignContractRequest& r) {
            return app::sign_contract(work, r.contract_id(), r.etag(), signature_of(r.signature()),
                                      r.valid_from(), r.valid_to());
        });
    bind_change<v1::DeclineOfferRequest>(binder, env, "DeclineOffer", nullptr,
                                         [](runtime::Work& work, const v1::DeclineOfferRequest& r) {
                                             return app::decline_offer(work, r.contract_id(),
                                                                       r.etag());
                                         });
}

bool is_end_reason_of_a_person(v1::ContractEndReason reason) {
    return reason == v1::CONTRACT_END_REASON_MOVED || reason == v1::CONTRACT_END_REASON_DIED ||
           reason == v1::CONTRACT_END_REASON_RESIDENT_WISH ||
           reason == v1::CONTRACT_END_REASON_TEAM_EXIT;
}

void bind_end(runtime::Binder& binder, const Env& env) {
    bind_change<v1::VoidContractRequest>(
        binder, env, "VoidContract",
        [](rpc::Validator& v, const v1::VoidContractRequest& r) {
            v.optional_id("reason_code", r.reason_code());
        },
        [](runtime::Work& work, const v1::VoidContractRequest& r) {
            return app::void_contract(work, r.contract_id(), r.etag());
        });
    bind_change<v1::EndContractRequest>(
        binder, env, "EndContract",
        [](rpc::Validator& v, const v1::EndContractRequest& r) {
            v.expect(is_end_reason_of_a_person(r.end_reason()), "end_reason",
                     "FIELD_REASON_CODE_INVALID")
                .optional_date("effective_on", r.effective_on());
        },
        [](runtime::Work& work, const v1::EndContractRequest& r) {
            return app::end_contract(work, r.contract_id(), r.etag(), name_of(r.end_reason()),
                                     date_or_none(r.effective_on()));
        });
}

Outcome<v1::RenewContractResponse> run_renew(CommandContext& context, const Env& env,
                                             const v1::RenewContractRequest& r) {
    if (auto refusal = out_of_scope(context, r.contract_id())) return *refusal;
    const auto old = store::contract(context.tx, r.contract_id());
    Contract next;
    next.contract_id = r.new_contract_id().empty() ? context.ids.next_ulid() : r.new_contract_id();
    next.valid_to = *CivilDate::parse(r.valid_to());
    next.package_ids.assign(r.package_ids().begin(), r.package_ids().end());
    if (next.package_ids.empty()) next.package_ids = old->package_ids;
    next.fee_fen = r.has_fee_fen() ? r.fee_fen() : old->fee_fen;
    next.payer_split = r.has_fee_fen() ? split_bytes(r.payer_split()) : old->payer_split;
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto both = app::renew_contract(work, r.contract_id(), r.etag(), std::move(next),
                                          signature_of(r.signature()));
    if (!both.ok()) return both.refusal();
    context.audit("contract/" + both->next.contract_id, both->next.resident_id);
    v1::RenewContractResponse response;
    *response.mutable_renewed() = encode_for(context, env, both->old);
    *response.mutable_signed_() = encode_for(context, env, both->next);
    return response;
}

void bind_renew(runtime::Binder& binder, const Env& env) {
    binder.command<v1::RenewContractRequest, v1::RenewContractResponse>(
        method("RenewContract"),
        {.validate =
             [](const v1::RenewContractRequest& r) {
                 rpc::Validator v;
                 v.id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .optional_ulid("new_contract_id", r.new_contract_id())
                     .date("valid_to", r.valid_to());
                 check_signed(v, r.has_signature(), r.signature());
                 check_packages(v, r.package_ids());
                 check_fee(v, r.fee_fen(), r.payer_split());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"contract/" + r.contract_id()}; },
         .run = [env](CommandContext& c, const auto& r) { return run_renew(c, env, r); }});
}

Outcome<v1::ChangeTeamResponse> run_change_team(CommandContext& context, const Env& env,
                                                const v1::ChangeTeamRequest& r) {
    if (auto refusal = out_of_change(context, r)) return *refusal;
    runtime::Work work = work_of(context, env.district, "CLINICIAN");
    const auto both = app::change_team(
        work, r.contract_id(), r.etag(),
        {r.new_contract_id().empty() ? context.ids.next_ulid() : r.new_contract_id(),
         r.new_team_id(), r.reason_code(), date_or_none(r.effective_on())},
        signature_of(r.signature()));
    if (!both.ok()) return both.refusal();
    context.audit("contract/" + both->next.contract_id, both->next.resident_id);
    v1::ChangeTeamResponse response;
    *response.mutable_changed() = encode_for(context, env, both->old);
    *response.mutable_signed_() = encode_for(context, env, both->next);
    return response;
}

void bind_change_team(runtime::Binder& binder, const Env& env) {
    binder.command<v1::ChangeTeamRequest, v1::ChangeTeamResponse>(
        method("ChangeTeam"),
        {.validate =
             [](const v1::ChangeTeamRequest& r) {
                 rpc::Validator v;
                 v.id("contract_id", r.contract_id())
                     .etag("etag", r.etag())
                     .optional_ulid("new_contract_id", r.new_contract_id())
                     .id("new_team_id", r.new_team_id())
                     .optional_id("reason_code", r.reason_code())
                     .optional_date("effective_on", r.effective_on());
                 check_signed(v, r.has_signature(), r.signature());
                 return v.done();
             },
         .lock_keys =
             [](const v1::ChangeTeamRequest& r) {
                 return std::vector{"contract/" + r.contract_id(), "team/" + r.new_team_id()};
             },
         .run = [env](CommandContext& c, const auto& r) { return run_change_team(c, env, r); }});
}

}  // namespace

void bind_contract_commands(runtime::Binder& binder, const Env& env) {
    bind_offer(binder, env);
    bind_sign(binder, env);
    bind_end(binder, env);
    bind_renew(binder, env);
    bind_change_team(binder, env);
}

}  // namespace yilian::directory::rpc_edge
