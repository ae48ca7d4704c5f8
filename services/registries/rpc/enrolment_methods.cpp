#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/registries/app/enrol.h"
#include "services/registries/rpc/encode.h"
#include "services/registries/rpc/methods.h"
#include "services/registries/store/queries.h"

namespace yilian::registries::rpc_edge {
namespace {

using domain::Enrolment;
using domain::EnrolmentAction;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.registries.v1.RegistryService/" + std::string(name);
}

constexpr int kImportRowsMax = 500;

Outcome<v1::Enrolment> answer(CommandContext& context, const Outcome<Enrolment>& result) {
    if (!result.ok()) return result.refusal();
    context.audit("enrolment/" + result->enrolment_id, result->resident_id);
    return encode(*result, context.caller);
}

// The caller's institution must be the one that cares (security.md 3).
std::optional<Refusal> out_of_scope(const CommandContext& context, const Enrolment& e) {
    if (context.caller.institution_id == e.institution_id) return std::nullopt;
    return Refusal{"AUTH_RECORD_ACCESS_DENIED"};
}

// A method that changes one existing enrolment by `change(Work&, Enrolment)`.
template <class Req, class Change>
void bind_change(runtime::Binder& binder, const std::string& district, std::string_view name,
                 std::function<void(rpc::Validator&, const Req&)> more, bool same_institution,
                 Change change) {
    binder.command<Req, v1::Enrolment>(
        method(name),
        {.validate =
             [more](const Req& r) {
                 rpc::Validator v;
                 v.id("enrolment_id", r.enrolment_id()).etag("etag", r.etag());
                 if (more) more(v, r);
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return std::vector{"enrolment/" + r.enrolment_id()}; },
         .run =
             [district, same_institution, change](CommandContext& context,
                                                  const Req& r) -> Outcome<v1::Enrolment> {
             app::Work work = work_of(context, district);
             auto found = app::find(work, r.enrolment_id(), r.etag());
             if (!found.ok()) return found.refusal();
             if (same_institution) {
                 if (auto refusal = out_of_scope(context, *found)) return *refusal;
             }
             return answer(context, change(work, std::move(found).value(), r));
         }});
}

void reason(rpc::Validator& v, const std::string& code) { v.id("reason_code", code); }

Outcome<common::v1::ImportReport> run_import(CommandContext& context, const std::string& district,
                                             const v1::ImportEnrolmentsRequest& r) {
    app::Work work = work_of(context, district);
    common::v1::ImportReport report;
    report.set_batch_id(r.batch_id());
    report.set_row_count(r.rows_size());
    report.set_dry_run(r.dry_run());
    if (!r.dry_run()) {
        context.tx.run(store::kAddBatch, r.batch_id(), context.caller.institution_id, context.now);
    }
    for (int i = 0; i < r.rows_size(); ++i) {
        const v1::EnrolmentRow& row = r.rows(i);
        const app::NewEnrolment what{row.enrolment_id(), row.resident_id(), row.disease_code(),
                                     row.team_id(), row.institution_id()};
        if (const auto there = store::enrolment(context.tx, row.enrolment_id());
            there && there->resident_id == row.resident_id() &&
            there->disease_code == row.disease_code()) {
            report.set_unchanged_count(report.unchanged_count() + 1);
            continue;
        }
        const auto on = *calendar::CivilDate::parse(row.confirmed_on());
        std::optional<Refusal> refusal;
        if (r.dry_run()) {
            const auto allowed = app::may_import(work, what, on);
            if (!allowed.ok()) refusal = allowed.refusal();
        } else {
            const auto imported =
                app::import_confirmed(work, what, on, row.source(), r.batch_id());
            if (!imported.ok()) refusal = imported.refusal();
        }
        if (!refusal) {
            report.set_accepted_count(report.accepted_count() + 1);
            continue;
        }
        report.set_refused_count(report.refused_count() + 1);
        common::v1::RowRefusal* refused = report.add_refusals();
        refused->set_row_index(i);
        refused->set_reason(refusal->reason.text());
    }
    context.audit("batch/" + r.batch_id());
    return report;
}

Outcome<common::v1::UndoReport> run_undo(CommandContext& context, const std::string& district,
                                         const v1::UndoImportRequest& r) {
    const auto batch = context.tx.select_one(store::kBatch, r.batch_id());
    if (!batch) return Reason("BATCH_NOT_FOUND");
    if (batch->flag(0)) return Reason("BATCH_ALREADY_UNDONE");
    std::vector<Enrolment> rows;
    for (const storage::Row& row : context.tx.select(store::kEnrolmentsOfBatch, r.batch_id())) {
        rows.push_back(store::enrolment_of(row));
        if (rows.back().changes != 1) return Reason("BATCH_IN_USE");
    }
    app::Work work = work_of(context, district);
    common::v1::UndoReport report;
    report.set_batch_id(r.batch_id());
    context.tx.run(store::kUndoBatch, r.batch_id());
    for (Enrolment& e : rows) {
        // Consumers have seen the enrolment: taking it back is an end with a reason, not a hole.
        const auto closed =
            app::close(work, std::move(e), EnrolmentAction::kClose, "IMPORT_UNDONE");
        if (!closed.ok()) return closed.refusal();
        report.set_undone_count(report.undone_count() + 1);
    }
    context.audit("batch/" + r.batch_id());
    return report;
}

void bind_new(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::RegisterCandidateRequest, v1::Enrolment>(
        method("RegisterCandidate"),
        {.validate =
             [](const v1::RegisterCandidateRequest& r) {
                 return rpc::Validator()
                     .optional_ulid("enrolment_id", r.enrolment_id())
                     .id("resident_id", r.resident_id())
                     .id("disease_code", r.disease_code())
                     .optional_id("team_id", r.team_id())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"resident/" + r.resident_id()}; },
         .run =
             [district](CommandContext& context, const v1::RegisterCandidateRequest& r) {
                 app::Work work = work_of(context, district);
                 return answer(
                     context,
                     app::register_candidate(
                         work, {r.enrolment_id().empty() ? context.ids.next_ulid()
                                                         : r.enrolment_id(),
                                r.resident_id(), r.disease_code(), r.team_id(), ""}));
             }});
    binder.command<v1::ConfirmEnrolmentRequest, v1::Enrolment>(
        method("ConfirmEnrolment"),
        {.validate =
             [](const v1::ConfirmEnrolmentRequest& r) {
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
             },
         .lock_keys =
             [](const v1::ConfirmEnrolmentRequest& r) {
                 return std::vector{r.resident_id().empty() ? "enrolment/" + r.enrolment_id()
                                                            : "resident/" + r.resident_id()};
             },
         .run =
             [district](CommandContext& context, const v1::ConfirmEnrolmentRequest& r) {
                 app::Work work = work_of(context, district);
                 app::Confirmation command{{r.enrolment_id(), r.resident_id(), r.disease_code(),
                                            r.team_id(), ""},
                                           r.etag(),
                                           std::nullopt,
                                           r.evidence_ref(),
                                           r.consent_document_id()};
                 if (!r.confirmed_on().empty()) {
                     command.confirmed_on = *calendar::CivilDate::parse(r.confirmed_on());
                 }
                 return answer(context, app::confirm(work, command));
             }});
}

void bind_imports(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::ImportEnrolmentsRequest, common::v1::ImportReport>(
        method("ImportEnrolments"),
        {.validate =
             [](const v1::ImportEnrolmentsRequest& r) {
                 return rpc::Validator()
                     .id("batch_id", r.batch_id())
                     .count("rows", r.rows_size(), 1, kImportRowsMax)
                     .each("rows", r.rows(),
                           [](rpc::Validator& v, const v1::EnrolmentRow& row) {
                               v.id("enrolment_id", row.enrolment_id())
                                   .id("resident_id", row.resident_id())
                                   .id("disease_code", row.disease_code())
                                   .id("institution_id", row.institution_id())
                                   .optional_id("team_id", row.team_id())
                                   .date("confirmed_on", row.confirmed_on())
                                   .text("source", row.source(), 1, 64);
                           })
                     .done();
             },
         .lock_keys =
             [](const v1::ImportEnrolmentsRequest& r) {
                 std::vector<std::string> keys{"batch/" + r.batch_id()};
                 for (const v1::EnrolmentRow& row : r.rows()) {
                     keys.push_back("resident/" + row.resident_id());
                 }
                 return keys;
             },
         .run = [district](CommandContext& c, const auto& r) { return run_import(c, district, r); }});
    binder.command<v1::UndoImportRequest, common::v1::UndoReport>(
        method("UndoImport"),
        {.validate =
             [](const v1::UndoImportRequest& r) {
                 return rpc::Validator().id("batch_id", r.batch_id()).done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"batch/" + r.batch_id()}; },
         .run = [district](CommandContext& c, const auto& r) { return run_undo(c, district, r); }});
}

void bind_changes(runtime::Binder& binder, const std::string& district) {
    bind_change<v1::RequestConfirmationRequest>(
        binder, district, "RequestConfirmation",
        [](rpc::Validator& v, const auto& r) { v.enumerated("via", r.via()); }, true,
        [](app::Work& work, Enrolment e, const v1::RequestConfirmationRequest& r) {
            return app::request_confirmation(
                work, e.enrolment_id, r.etag(),
                r.via() == v1::CONFIRMATION_VIA_REFERRAL ? "REFERRAL" : "VISIT");
        });
    bind_change<v1::RejectDiagnosisRequest>(
        binder, district, "RejectDiagnosis",
        [](rpc::Validator& v, const auto& r) { reason(v, r.reason_code()); }, true,
        [](app::Work& work, Enrolment e, const v1::RejectDiagnosisRequest& r) {
            return app::close(work, std::move(e), EnrolmentAction::kReject, r.reason_code());
        });
    bind_change<v1::CloseEnrolmentRequest>(
        binder, district, "CloseEnrolment",
        [](rpc::Validator& v, const auto& r) { reason(v, r.reason_code()); }, true,
        [](app::Work& work, Enrolment e, const v1::CloseEnrolmentRequest& r) {
            return app::close(work, std::move(e), EnrolmentAction::kClose, r.reason_code());
        });
    bind_change<v1::SuspendEnrolmentRequest>(
        binder, district, "SuspendEnrolment",
        [](rpc::Validator& v, const auto& r) {
            reason(v, r.reason_code());
            v.date("until_on", r.until_on());
        },
        true, [](app::Work& work, Enrolment e, const v1::SuspendEnrolmentRequest& r) {
            return app::suspend(work, std::move(e), *calendar::CivilDate::parse(r.until_on()),
                                r.reason_code());
        });
    bind_change<v1::ResumeEnrolmentRequest>(
        binder, district, "ResumeEnrolment", nullptr, true,
        [](app::Work& work, Enrolment e, const auto&) { return app::resume(work, std::move(e)); });
    bind_change<v1::RefuseEnrolmentRequest>(
        binder, district, "RefuseEnrolment",
        [](rpc::Validator& v, const auto& r) { v.id("document_id", r.document_id()); }, true,
        [](app::Work& work, Enrolment e, const auto&) { return app::refuse(work, std::move(e)); });
    bind_change<v1::ReturnEnrolmentRequest>(
        binder, district, "ReturnEnrolment", nullptr, true,
        [](app::Work& work, Enrolment e,
           const v1::ReturnEnrolmentRequest& r) -> Outcome<Enrolment> {
            if (r.consent_document_id().empty()) return Reason("CONSENT_MISSING");
            return app::agree_again(work, std::move(e));
        });
    bind_change<v1::MoveEnrolmentRequest>(
        binder, district, "MoveEnrolment",
        [](rpc::Validator& v, const auto& r) {
            v.optional_id("to_institution_id", r.to_institution_id());
        },
        true,
        [](app::Work& work, Enrolment e, const v1::MoveEnrolmentRequest& r) -> Outcome<Enrolment> {
            if (r.to_institution_id().empty() != r.outside()) return Reason("TARGET_NOT_FOUND");
            return app::move(work, std::move(e), r.to_institution_id());
        });
    bind_change<v1::AcceptTransferRequest>(
        binder, district, "AcceptTransfer",
        [](rpc::Validator& v, const auto& r) { v.id("team_id", r.team_id()); }, false,
        [](app::Work& work, Enrolment e, const v1::AcceptTransferRequest& r) {
            return app::accept_transfer(work, std::move(e), r.team_id());
        });
}

Outcome<v1::ListDueResponse> run_due(QueryContext& context, const v1::ListDueRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    const auto today = calendar::local_date(context.now);
    const std::string until = r.until_on().empty() ? today.text() : r.until_on();
    const storage::Query& query = r.team_id().empty() ? store::kEnrolmentsDueOfInstitution
                                                      : store::kEnrolmentsDueOfTeam;
    const std::string& of = r.team_id().empty() ? r.institution_id() : r.team_id();
    v1::ListDueResponse response;
    std::string position;
    for (const storage::Row& row : context.tx.select(query, of, until, page->position,
                                                     std::int64_t{page->size} + 1)) {
        if (response.items_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const Enrolment e = store::enrolment_of(row);
        if (e.institution_id != context.caller.institution_id) {
            return Reason("AUTH_RECORD_ACCESS_DENIED");
        }
        position = e.standing.next_due_on->text() + "/" + e.enrolment_id;
        *response.add_items() = encode_due(e, today);
    }
    return response;
}

Outcome<v1::ListCareActionsResponse> run_actions(QueryContext& context,
                                                 const v1::ListCareActionsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    v1::ListCareActionsResponse response;
    std::string position = page->position;
    int seen = 0;
    for (const storage::Row& row :
         context.tx.select(store::kActionsOfTeam, r.team_id(), r.resident_id(), page->position,
                           std::int64_t{page->size} + 1)) {
        if (seen++ == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const v1::CareAction action = encode(store::care_action_of(row));
        position = action.due_on() + "/" + action.action_id();
        const auto& states = r.states();
        if (states.empty() || std::ranges::find(states, action.state()) != states.end()) {
            *response.add_actions() = action;
        }
    }
    return response;
}

void bind_queries(runtime::Binder& binder) {
    binder.query<v1::GetEnrolmentsRequest, v1::GetEnrolmentsResponse>(
        method("GetEnrolments"),
        {.validate =
             [](const v1::GetEnrolmentsRequest& r) {
                 return rpc::Validator().id("resident_id", r.resident_id()).done();
             },
         .run =
             [](QueryContext& context, const v1::GetEnrolmentsRequest& r) {
                 v1::GetEnrolmentsResponse response;
                 for (const Enrolment& e : store::enrolments_of(context.tx, r.resident_id())) {
                     *response.add_enrolments() = encode(e, context.caller);
                 }
                 context.access({r.resident_id(), "TREATMENT", "enrolments", false});
                 return Outcome<v1::GetEnrolmentsResponse>(response);
             }});
    binder.query<v1::ListDueRequest, v1::ListDueResponse>(
        method("ListDue"),
        {.validate =
             [](const v1::ListDueRequest& r) {
                 return rpc::Validator()
                     .expect(r.team_id().empty() != r.institution_id().empty(), "team_id",
                             "FIELD_REQUIRED")
                     .optional_date("until_on", r.until_on())
                     .page_size(r.page_size())
                     .done();
             },
         .run = run_due});
    binder.query<v1::ListCareActionsRequest, v1::ListCareActionsResponse>(
        method("ListCareActions"),
        {.validate =
             [](const v1::ListCareActionsRequest& r) {
                 return rpc::Validator()
                     .expect(!r.team_id().empty() || !r.resident_id().empty(), "team_id",
                             "FIELD_REQUIRED")
                     .page_size(r.page_size())
                     .done();
             },
         .run = run_actions});
}

void bind_close_action(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::CloseCareActionRequest, v1::CareAction>(
        method("CloseCareAction"),
        {.validate =
             [](const v1::CloseCareActionRequest& r) {
                 return rpc::Validator()
                     .id("action_id", r.action_id())
                     .etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = [](const auto& r) { return std::vector{"care_action/" + r.action_id()}; },
         .run =
             [district](CommandContext& context,
                        const v1::CloseCareActionRequest& r) -> Outcome<v1::CareAction> {
             app::Work work = work_of(context, district);
             const auto action = store::care_action(context.tx, r.action_id());
             if (!action) return Reason("ACTION_NOT_FOUND");
             if (auto refusal = runtime::check_etag(r.etag(), action->changes)) return *refusal;
             if (!action->pending()) {
                 return Refusal{"STATE_TRANSITION_NOT_ALLOWED",
                                {{"state", std::string(domain::name_of(action->state))},
                                 {"action", "CloseCareAction"}}};
             }
             app::finish_action(work, *action, domain::CareActionState::kClosed,
                                r.reason_code());
             context.audit("care_action/" + r.action_id(), action->resident_id);
             return encode(*store::care_action(context.tx, r.action_id()));
         }});
}

}  // namespace

app::Work work_of(CommandContext& context, const std::string& district) {
    return {context.tx,
            context.now,
            calendar::local_date(context.now),
            context.ids,
            context.policies,
            district,
            {context.caller.subject, context.caller.institution_id,
             context.caller.has_role("registrar") ? "REGISTRAR" : "CLINICIAN"},
            context.meta.correlation_id,
            [&context](const events::EventDraft& draft) { (void)context.append(draft); },
            [](std::string_view, std::string_view) {}};
}

void bind_enrolments(runtime::Binder& binder, const std::string& district) {
    bind_new(binder, district);
    bind_imports(binder, district);
    bind_changes(binder, district);
    bind_queries(binder);
    bind_close_action(binder, district);
}

}  // namespace yilian::registries::rpc_edge
