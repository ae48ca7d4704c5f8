#include <algorithm>

#include "libs/calendar/local_time.h"
#include "libs/rpc/validate.h"
#include "services/registries/app/record_visit.h"
#include "services/registries/rpc/access.h"
#include "services/registries/rpc/encode.h"
#include "services/registries/rpc/methods.h"
#include "services/registries/store/queries.h"
#include "services/registries/store/visit_codec.h"

namespace yilian::registries::rpc_edge {
namespace {

using runtime::CommandContext;
using runtime::QueryContext;

void check_data(rpc::Validator& v, const v1::VisitData& data) {
    v.date("visit_on", data.visit_on()).enumerated("mode", data.mode());
    v.count("symptoms", data.symptoms_size(), 0, 50)
        .count("danger_signs", data.danger_signs_size(), 0, 20)
        .count("drugs", data.drugs_size(), 0, 50)
        .count("reactions", data.reactions_size(), 0, 20)
        .each("danger_signs", data.danger_signs(),
              [](rpc::Validator& inner, const std::string& code) { inner.id("", code); })
        .each("reactions", data.reactions(),
              [](rpc::Validator& inner, const std::string& code) { inner.id("", code); });
}

Violations validate_record(const v1::RecordVisitRequest& r) {
    rpc::Validator v;
    v.optional_ulid("visit_id", r.visit_id())
        .id("resident_id", r.resident_id())
        .optional_id("performer_id", r.performer_id())
        .optional_id("referral_id", r.referral_id())
        .present("data", r.has_data());
    if (r.has_data()) {
        v.nested("data", [&](rpc::Validator& inner) { check_data(inner, r.data()); });
    }
    return v.done();
}

Outcome<v1::Visit> run_record(CommandContext& context, const std::string& district,
                              const v1::RecordVisitRequest& r) {
    runtime::Work work = work_of(context, district);
    app::RecordVisit command;
    command.visit.visit_id = r.visit_id().empty() ? context.ids.next_ulid() : r.visit_id();
    command.visit.resident_id = r.resident_id();
    command.visit.performer_id =
        r.performer_id().empty() ? context.caller.subject : r.performer_id();
    command.visit.institution_id = context.caller.institution_id;
    command.visit.referral_id = r.referral_id();
    store::read_data(r.data(), command.visit);
    command.data = r.data().SerializeAsString();
    context.audit("visit/" + command.visit.visit_id, r.resident_id());
    const std::string id = command.visit.visit_id;
    const auto recorded = app::record_visit(work, std::move(command));
    if (!recorded.ok()) return recorded.refusal();
    return encode(context.tx, *store::visit(context.tx, id));
}

Outcome<v1::Visit> run_void(CommandContext& context, const std::string& district,
                            const v1::VoidVisitRequest& r) {
    runtime::Work work = work_of(context, district);
    const auto visit = store::visit(context.tx, r.visit_id());
    context.audit("visit/" + r.visit_id(), visit ? visit->visit.resident_id : "");
    const auto voided = app::void_visit(work, r.visit_id(), r.etag(), r.reason_code());
    if (!voided.ok()) return voided.refusal();
    return encode(context.tx, *store::visit(context.tx, r.visit_id()));
}

Outcome<v1::PreviewClassificationResponse> run_preview(QueryContext& context,
                                                       const std::string& district,
                                                       const v1::PreviewClassificationRequest& r) {
    if (!may_read(context, district, r.resident_id())) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    domain::Visit visit;
    visit.visit_id = "~";  // after every other visit of the day
    visit.resident_id = r.resident_id();
    store::read_data(r.data(), visit);
    const auto classes = app::preview(context.tx, context.policies, district, visit);
    if (!classes.ok()) return classes.refusal();
    v1::PreviewClassificationResponse response;
    Metadata missing;
    for (const app::PreviewedClass& c : *classes) {
        const auto& wanted = r.disease_codes();
        if (!wanted.empty() && std::ranges::find(wanted, c.disease_code) == wanted.end()) continue;
        for (const std::string& field : c.classification.missing) {
            missing.emplace_back(field, "missing");
        }
        *response.add_classifications() = encode(c);
    }
    if (!missing.empty()) return Refusal{"NOT_COMPUTABLE", std::move(missing)};
    context.access({r.resident_id(), "TREATMENT", "classification", false});
    return response;
}

Outcome<v1::Visit> run_get(QueryContext& context, const std::string& district,
                           const v1::GetVisitRequest& r) {
    const auto visit = store::visit(context.tx, r.visit_id());
    if (!visit) return Reason("NOT_FOUND");
    if (visit->visit.institution_id != context.caller.institution_id &&
        !may_read(context, district, visit->visit.resident_id)) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({visit->visit.resident_id, "TREATMENT", "visit/" + r.visit_id(), false});
    return encode(context.tx, *visit);
}

Outcome<v1::ListVisitsResponse> run_list(QueryContext& context, const std::string& district,
                                         const v1::ListVisitsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    if (!may_read(context, district, r.resident_id())) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    v1::ListVisitsResponse response;
    std::string position;
    for (const storage::Row& row : context.tx.select(
             store::kVisitPage, r.resident_id(), page->position, std::int64_t{page->size} + 1)) {
        if (response.visits_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const store::StoredVisit visit = store::visit_of(row);
        position = visit.visit.visit_on.text() + "/" + visit.visit.visit_id;
        *response.add_visits() = encode(context.tx, visit);
    }
    context.access({r.resident_id(), "TREATMENT", "visits", false});
    return response;
}

Outcome<v1::GetControlStatusResponse> run_status(QueryContext& context,
                                                 const v1::GetControlStatusRequest& r) {
    v1::GetControlStatusResponse response;
    response.set_resident_id(r.resident_id());
    for (const domain::Enrolment& e : store::enrolments_of(context.tx, r.resident_id())) {
        const auto& wanted = r.disease_codes();
        const bool asked =
            wanted.empty() || std::ranges::find(wanted, e.disease_code) != wanted.end();
        if (e.open() && e.confirmed_on && asked) *response.add_statuses() = encode_status(e);
    }
    if (response.statuses().empty()) return Reason("ENROLMENT_NOT_FOUND");
    context.access({r.resident_id(), "TREATMENT", "control_status", false});
    return response;
}

Violations validate_void(const v1::VoidVisitRequest& r) {
    return rpc::Validator()
        .id("visit_id", r.visit_id())
        .etag("etag", r.etag())
        .expect(!r.reason_code().empty(), "reason_code", "FIELD_REASON_CODE_INVALID")
        .optional_id("reason_code", r.reason_code())
        .done();
}

Violations validate_preview(const v1::PreviewClassificationRequest& r) {
    rpc::Validator v;
    v.id("resident_id", r.resident_id()).present("data", r.has_data());
    if (r.has_data()) {
        v.nested("data", [&](rpc::Validator& inner) { check_data(inner, r.data()); });
    }
    return v.done();
}

void bind_visit_commands(runtime::Binder& binder, const std::string& district) {
    binder.command<v1::RecordVisitRequest, v1::Visit>(
        method("RecordVisit"),
        {.validate = validate_record,
         .lock_keys = [](const auto& r) { return std::vector{"resident/" + r.resident_id()}; },
         .run = [district](CommandContext& c,
                           const auto& r) { return run_record(c, district, r); }});
    binder.command<v1::VoidVisitRequest, v1::Visit>(
        method("VoidVisit"),
        {.validate = validate_void,
         .lock_keys = [](const auto& r) { return std::vector{"visit/" + r.visit_id()}; },
         .run = [district](CommandContext& c, const auto& r) { return run_void(c, district, r); }});
}

void bind_visit_queries(runtime::Binder& binder, const std::string& district) {
    binder.query<v1::PreviewClassificationRequest, v1::PreviewClassificationResponse>(
        method("PreviewClassification"),
        {.validate = validate_preview, .run = [district](QueryContext& c, const auto& r) {
             return run_preview(c, district, r);
         }});
    binder.query<v1::GetVisitRequest, v1::Visit>(
        method("GetVisit"),
        {.validate =
             [](const v1::GetVisitRequest& r) {
                 return rpc::Validator().id("visit_id", r.visit_id()).done();
             },
         .run = [district](QueryContext& c, const auto& r) { return run_get(c, district, r); }});
    binder.query<v1::ListVisitsRequest, v1::ListVisitsResponse>(
        method("ListVisits"),
        {.validate =
             [](const v1::ListVisitsRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .page_size(r.page_size())
                     .done();
             },
         .run = [district](QueryContext& c, const auto& r) { return run_list(c, district, r); }});
    binder.query<v1::GetControlStatusRequest, v1::GetControlStatusResponse>(
        method("GetControlStatus"), {.validate =
                                         [](const v1::GetControlStatusRequest& r) {
                                             return rpc::Validator()
                                                 .id("resident_id", r.resident_id())
                                                 .count("disease_codes", r.disease_codes_size(), 0,
                                                        20)
                                                 .done();
                                         },
                                     .run = run_status});
}

}  // namespace

void bind_visits(runtime::Binder& binder, const std::string& district) {
    bind_visit_commands(binder, district);
    bind_visit_queries(binder, district);
}

}  // namespace yilian::registries::rpc_edge
