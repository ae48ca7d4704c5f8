#include <functional>
#include <utility>

#include "libs/rpc/validate.h"
#include "services/registries/app/enrol.h"
#include "services/registries/rpc/encode.h"
#include "services/registries/rpc/methods.h"

namespace yilian::registries::rpc_edge {
namespace {

using app::Work;
using domain::Enrolment;
using domain::EnrolmentAction;
using runtime::CommandContext;

Outcome<v1::Enrolment> answer(CommandContext& context, const Outcome<Enrolment>& result) {
    if (!result.ok()) return result.refusal();
    return encode(*result, context.caller);
}

Violations validate_candidate(const v1::RegisterCandidateRequest& r) {
    return rpc::Validator()
        .optional_ulid("enrolment_id", r.enrolment_id())
        .id("resident_id", r.resident_id())
        .id("disease_code", r.disease_code())
        .optional_id("team_id", r.team_id())
        .done();
}

Outcome<v1::Enrolment> run_candidate(CommandContext& context, const std::string& district,
                                     const v1::RegisterCandidateRequest& r) {
    Work work = work_of(context, district);
    const std::string id = r.enrolment_id().empty() ? context.ids.next_ulid() : r.enrolment_id();
    context.audit("enrolment/" + id, r.resident_id());
    return answer(context, app::register_candidate(
                               work, {id, r.resident_id(), r.disease_code(), r.team_id(), ""}));
}

Violations validate_confirm(const v1::ConfirmEnrolmentRequest& r) {
    return rpc::Validator()
        .id("enrolment_id", r.enrolment_id())
        .etag("etag", r.etag())
        .optional_id("resident_id", r.resident_id())
        .optional_id("disease_code", r.disease_code())
        .optional_id("team_id", r.team_id())
        .optional_date("confirmed_on", r.confirmed_on())
        .text("evidence_ref", r.evidence_ref(), 0, 64)
        .text("consent_document_id", r.consent_document_id(), 0, 64)
        .done();
}

Outcome<v1::Enrolment> run_confirm(CommandContext& context, const std::string& district,
                                   const v1::ConfirmEnrolmentRequest& r) {
    Work work = work_of(context, district);
    app::Confirmation command{
        {r.enrolment_id(), r.resident_id(), r.disease_code(), r.team_id(), ""},
        r.etag(),
        std::nullopt,
        r.evidence_ref(),
        r.consent_document_id()};
    if (!r.confirmed_on().empty()) {
        command.confirmed_on = *calendar::CivilDate::parse(r.confirmed_on());
    }
    const auto existing = store::enrolment(context.tx, r.enrolment_id());
    context.audit("enrolment/" + r.enrolment_id(),
                  existing ? existing->resident_id : r.resident_id());
    // A candidate that was sent away for confirmation is confirmed where the diagnosis is made.
    if (existing && existing->institution_id != context.caller.institution_id &&
        existing->confirmation_via != "REFERRAL") {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    return answer(context, app::confirm(work, command));
}

void bind_new(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::RegisterCandidateRequest, v1::Enrolment>(
        method("RegisterCandidate"),
        {.validate = validate_candidate,
         .lock_keys = [](const auto& r) { return std::vector{"resident/" + r.resident_id()}; },
         .run = [district](CommandContext& c,
                           const auto& r) { return run_candidate(c, district, r); }});
    binder.command<v1::ConfirmEnrolmentRequest, v1::Enrolment>(
        method("ConfirmEnrolment"),
        {.validate = validate_confirm,
         .lock_keys =
             [](const v1::ConfirmEnrolmentRequest& r) {
                 std::vector<std::string> keys{"enrolment/" + r.enrolment_id()};
                 if (!r.resident_id().empty()) {
                     keys.insert(keys.begin(), "resident/" + r.resident_id());
                 }
                 return keys;
             },
         .run = [district](CommandContext& c,
                           const auto& r) { return run_confirm(c, district, r); }});
}

// A method that changes one existing enrolment by `change(Work&, Enrolment, Req)`. Only the
// institution that cares may call it, unless `anybody`.
template <class Req>
struct Change {
    std::function<void(rpc::Validator&, const Req&)> more;
    std::function<Outcome<Enrolment>(Work&, Enrolment, const Req&)> change;
    bool anybody = false;
};

template <class Req>
Outcome<v1::Enrolment> run_change(CommandContext& context, const std::string& district,
                                  const Change<Req>& spec, const Req& r) {
    Work work = work_of(context, district);
    auto found = app::find(work, r.enrolment_id(), "");
    if (!found.ok()) return found.refusal();
    context.audit("enrolment/" + r.enrolment_id(), found->resident_id);
    if (!spec.anybody && found->institution_id != context.caller.institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    if (auto refusal = runtime::check_etag(r.etag(), found->changes)) return *refusal;
    return answer(context, spec.change(work, std::move(found).value(), r));
}

template <class Req>
void bind_change(runtime::Binder& binder, const std::string& district, std::string_view name,
                 Change<Req> spec) {
    binder.command<Req, v1::Enrolment>(
        method(name),
        {.validate =
             [spec](const Req& r) {
                 rpc::Validator v;
                 v.id("enrolment_id", r.enrolment_id()).etag("etag", r.etag());
                 if (spec.more) spec.more(v, r);
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return std::vector{"enrolment/" + r.enrolment_id()}; },
         .run = [district, spec](CommandContext& c,
                                 const Req& r) { return run_change(c, district, spec, r); }});
}

template <class Req>
void needs_reason(rpc::Validator& v, const Req& r) {
    v.expect(!r.reason_code().empty(), "reason_code", "FIELD_REASON_CODE_INVALID")
        .optional_id("reason_code", r.reason_code());
}

void bind_ends(runtime::Binder& binder, const std::string& district) {
    bind_change<v1::RequestConfirmationRequest>(
        binder, district, "RequestConfirmation",
        {[](rpc::Validator& v, const auto& r) { v.enumerated("via", r.via()); },
         [](Work& work, const Enrolment& e, const v1::RequestConfirmationRequest& r) {
             return app::request_confirmation(
                 work, e.enrolment_id, r.etag(),
                 r.via() == v1::CONFIRMATION_VIA_REFERRAL ? "REFERRAL" : "VISIT");
         }});
    bind_change<v1::RejectDiagnosisRequest>(
        binder, district, "RejectDiagnosis",
        {needs_reason<v1::RejectDiagnosisRequest>,
         [](Work& work, Enrolment e, const v1::RejectDiagnosisRequest& r) {
             return app::close(work, std::move(e), EnrolmentAction::kReject, r.reason_code(),
                               work.today);
         }});
    bind_change<v1::CloseEnrolmentRequest>(
        binder, district, "CloseEnrolment",
        {needs_reason<v1::CloseEnrolmentRequest>,
         [](Work& work, Enrolment e, const v1::CloseEnrolmentRequest& r) {
             return app::close(work, std::move(e), EnrolmentAction::kClose, r.reason_code(),
                               work.today);
         }});
}

void bind_pauses(runtime::Binder& binder, const std::string& district) {
    bind_change<v1::SuspendEnrolmentRequest>(
        binder, district, "SuspendEnrolment",
        {[](rpc::Validator& v, const v1::SuspendEnrolmentRequest& r) {
             needs_reason(v, r);
             v.date("until_on", r.until_on());
         },
         [](Work& work, Enrolment e, const v1::SuspendEnrolmentRequest& r) {
             return app::suspend(work, std::move(e), *calendar::CivilDate::parse(r.until_on()),
                                 r.reason_code());
         }});
    bind_change<v1::ResumeEnrolmentRequest>(
        binder, district, "ResumeEnrolment",
        {nullptr, [](Work& work, Enrolment e, const v1::ResumeEnrolmentRequest&) {
             return app::resume(work, std::move(e));
         }});
    bind_change<v1::RefuseEnrolmentRequest>(
        binder, district, "RefuseEnrolment",
        {[](rpc::Validator& v, const auto& r) { v.id("document_id", r.document_id()); },
         [](Work& work, Enrolment e, const v1::RefuseEnrolmentRequest&) {
             return app::refuse(work, std::move(e));
         }});
    bind_change<v1::ReturnEnrolmentRequest>(
        binder, district, "ReturnEnrolment",
        {[](rpc::Validator& v, const auto& r) {
             v.optional_id("consent_document_id", r.consent_document_id());
         },
         [](Work& work, Enrolment e, const v1::ReturnEnrolmentRequest& r) -> Outcome<Enrolment> {
             if (r.consent_document_id().empty()) return Reason("CONSENT_MISSING");
             return app::agree_again(work, std::move(e));
         }});
}

Outcome<Enrolment> run_move(Work& work, Enrolment e, const v1::MoveEnrolmentRequest& r) {
    const std::string& to = r.to_institution_id();
    const bool known = r.outside() ? to.empty() : store::institution_known(work.tx, to);
    if (!known || to == e.institution_id) {
        return Refusal{"TARGET_NOT_FOUND", {{"institution_id", to}}};
    }
    return app::move(work, std::move(e), to, work.today);
}

void bind_moves(runtime::Binder& binder, const std::string& district) {
    bind_change<v1::MoveEnrolmentRequest>(binder, district, "MoveEnrolment",
                                          {[](rpc::Validator& v, const auto& r) {
                                               v.optional_id("to_institution_id",
                                                             r.to_institution_id());
                                           },
                                           run_move});
    bind_change<v1::AcceptTransferRequest>(
        binder, district, "AcceptTransfer",
        {[](rpc::Validator& v, const auto& r) { v.id("team_id", r.team_id()); },
         [](Work& work, Enrolment e, const v1::AcceptTransferRequest& r) {
             return app::accept_transfer(work, std::move(e), r.team_id());
         },
         true});
}

}  // namespace

void bind_enrolments(runtime::Binder& binder, const std::string& district) {
    bind_new(binder, district);
    bind_ends(binder, district);
    bind_pauses(binder, district);
    bind_moves(binder, district);
}

}  // namespace yilian::registries::rpc_edge
