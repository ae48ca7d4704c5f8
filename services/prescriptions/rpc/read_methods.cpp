#include <utility>

#include "libs/calendar/local_time.h"
#include "services/prescriptions/app/system_check.h"
#include "services/prescriptions/rpc/encode.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/rpc/validation.h"
#include "services/prescriptions/store/content_codec.h"
#include "services/prescriptions/store/copy_rows.h"
#include "services/prescriptions/store/queries.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using runtime::QueryContext;

Outcome<v1::PreCheckResponse> pre_check(const Env& env, QueryContext& context,
                                        const v1::PreCheckRequest& r) {
    if (!store::resident(context.tx, r.resident_id())) return Reason("RESIDENT_NOT_FOUND");
    const auto today = calendar::local_date(context.now);
    const auto pack = context.policies.at(env.district, today);
    if (!pack.ok()) return pack.refusal();
    domain::Prescription numbered;
    store::set_content(numbered, r.content());
    const auto checked = app::system_check(
        context.tx, **pack,
        {numbered.content, r.resident_id(), context.caller.institution_id, "", today});
    if (!checked.ok()) return checked.refusal();
    context.access({r.resident_id(), "TREATMENT", "pre_check", false});
    v1::PreCheckResponse response;
    response.set_rule_set_version(checked->rule_set_version);
    response.set_highest_level(
        store::to_proto<v1::FindingLevel>(domain::highest(checked->findings)));
    for (const domain::Finding& f : checked->findings) {
        *response.add_findings() = store::finding_message(f);
    }
    return response;
}

Outcome<v1::Prescription> get(const Env& env, QueryContext& context,
                              const v1::GetPrescriptionRequest& r) {
    const auto p = store::prescription(context.tx, r.prescription_id());
    if (!p) return Reason("NOT_FOUND");
    const Reader reader{context.caller, context.now, context.policies, env.district};
    if (!may_read(context.tx, *p, reader)) return Reason("AUTH_RECORD_ACCESS_DENIED");
    context.access({p->resident_id, "TREATMENT", "prescription/" + p->prescription_id, false});
    return encode(context.tx, *p, reader);
}

std::string states_of(const v1::ListPrescriptionsRequest& r) {
    std::string out;
    for (const int state : r.states()) {
        out += '|';
        out += domain::kLifecycle.name(static_cast<domain::State>(state));
    }
    return out.empty() ? out : out + "|";
}

Outcome<v1::ListPrescriptionsResponse> list(const Env& env, QueryContext& context,
                                            const v1::ListPrescriptionsRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    const bool of_resident = !r.resident_id().empty();
    const storage::Query& query = of_resident ? store::kPageOfResident : store::kPageOfInstitution;
    const Reader reader{context.caller, context.now, context.policies, env.district};
    v1::ListPrescriptionsResponse response;
    std::string position;
    int seen = 0;
    for (const storage::Row& row :
         context.tx.select(query, of_resident ? r.resident_id() : context.caller.institution_id,
                           page->position, states_of(r), std::int64_t{page->size} + 1)) {
        if (seen++ == page->size) {
            response.set_next_page_token(context.next_page_token(r, position));
            break;
        }
        const domain::Prescription p = store::prescription_of(context.tx, row);
        position = p.prescription_id;
        if (of_resident && !may_read(context.tx, p, reader)) continue;
        *response.add_prescriptions() = encode_summary(p);
        if (!of_resident) {
            context.access(
                {p.resident_id, "TREATMENT", "prescription/" + p.prescription_id, false});
        }
    }
    if (of_resident) context.access({r.resident_id(), "TREATMENT", "prescriptions", false});
    return response;
}

}  // namespace

void bind_reads(runtime::Binder& binder, const EnvPtr& env) {
    binder.query<v1::PreCheckRequest, v1::PreCheckResponse>(
        method("PreCheck"),
        {.validate =
             [](const v1::PreCheckRequest& r) {
                 rpc::Validator v;
                 v.id("resident_id", r.resident_id()).present("content", r.has_content());
                 v.nested("content", [&](rpc::Validator& c) { check_content(c, r.content()); });
                 return v.done();
             },
         .run = [env](QueryContext& context,
                      const v1::PreCheckRequest& r) { return pre_check(*env, context, r); }});
    binder.query<v1::GetPrescriptionRequest, v1::Prescription>(
        method("GetPrescription"),
        {.validate =
             [](const v1::GetPrescriptionRequest& r) {
                 return rpc::Validator().ulid("prescription_id", r.prescription_id()).done();
             },
         .run = [env](QueryContext& context,
                      const v1::GetPrescriptionRequest& r) { return get(*env, context, r); }});
    binder.query<v1::ListPrescriptionsRequest, v1::ListPrescriptionsResponse>(
        method("ListPrescriptions"),
        {.validate =
             [](const v1::ListPrescriptionsRequest& r) {
                 rpc::Validator v;
                 v.optional_id("resident_id", r.resident_id())
                     .page_size(r.page_size())
                     .count("states", r.states_size(), 0, 18);
                 v.each("states", r.states(), [](rpc::Validator& inner, int state) {
                     inner.enumerated("", static_cast<v1::PrescriptionState>(state));
                 });
                 return v.done();
             },
         .run = [env](QueryContext& context,
                      const v1::ListPrescriptionsRequest& r) { return list(*env, context, r); }});
}

}  // namespace yilian::prescriptions::rpc_edge
