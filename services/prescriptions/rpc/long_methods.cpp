#include <any>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/rpc/client.h"
#include "services/prescriptions/app/long_assessment.h"
#include "services/prescriptions/app/review.h"
#include "services/prescriptions/rpc/encode.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/rpc/validation.h"
#include "services/prescriptions/store/copy_rows.h"
#include "yilian/registries/v1/registry_service.pb.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using app::OwnerAnswer;
using runtime::CommandContext;
using runtime::Prepared;
using runtime::QueryContext;

constexpr std::chrono::milliseconds kControlDeadline{200};

OwnerAnswer answer_of(const rpc::CallResult<registries::v1::GetControlStatusResponse>& result) {
    OwnerAnswer answer;
    if (!result.ok()) {
        // Not enrolled is an answer: there is no control to show.
        answer.answered = result.error().reason == "ENROLMENT_NOT_FOUND";
        return answer;
    }
    answer.answered = true;
    for (const registries::v1::ControlStatus& s : result.value().statuses()) {
        const auto visit_on = calendar::CivilDate::parse(s.visit_on());
        if (!visit_on.ok()) continue;
        answer.statuses.push_back({s.disease_code(), s.visit_id(), *visit_on,
                                   s.class_() == registries::v1::CONTROL_CLASS_SATISFIED});
    }
    return answer;
}

void ask_registry(const EnvPtr& env, const std::string& resident_id, const Prepared& then) {
    rpc::Client* registries = env->peers.find("registries");
    if (registries == nullptr) return then(std::any(OwnerAnswer{}));
    registries::v1::GetControlStatusRequest request;
    request.set_resident_id(resident_id);
    registries->call<registries::v1::GetControlStatusResponse>(
        "yilian.registries.v1.RegistryService/GetControlStatus", request,
        {.timeout = kControlDeadline},
        [then](const rpc::CallResult<registries::v1::GetControlStatusResponse>& result) {
            then(std::any(answer_of(result)));
        });
}

// Asks the registry beforehand when the copy cannot answer. Whether an answer was needed is decided
// again inside the unit; a kept answer of a resend is given without one.
void prepare_control(const EnvPtr& env, const std::string& resident_id,
                     const std::string& disease_code, Deadline deadline, const Prepared& then) {
    auto ask = std::make_shared<bool>(false);
    const absl::Status queued = env->store.submit_read(
        [env, ask, resident_id, disease_code](storage::Transaction& tx) {
            const auto today = calendar::local_date(env->clock.now());
            const auto pack = env->policies.at(env->district, today);
            *ask =
                pack.ok() && app::must_ask_registry(tx, **pack, resident_id, disease_code, today);
        },
        [env, ask, resident_id, then](const absl::Status& status) {
            if (!status.ok() || !*ask) return then(std::any(OwnerAnswer{}));
            ask_registry(env, resident_id, then);
        },
        deadline);
    if (!queued.ok()) then(std::any(OwnerAnswer{}));
}

OwnerAnswer told(const std::any& prepared) {
    const auto* answer = std::any_cast<OwnerAnswer>(&prepared);
    return answer == nullptr ? OwnerAnswer{} : *answer;
}

template <class Req>
Violations validate(const Req& r) {
    return rpc::Validator()
        .id("resident_id", r.resident_id())
        .id("disease_code", r.disease_code())
        .range("days", r.days(), 0, 3660)
        .count("drug_codes", r.drug_codes_size(), 0, 50)
        .each("drug_codes", r.drug_codes(),
              [](rpc::Validator& v, const std::string& code) { v.id("", code); })
        .expect(r.kind() == v1::PRESCRIPTION_KIND_UNSPECIFIED ||
                    r.kind() == v1::PRESCRIPTION_KIND_LONG ||
                    r.kind() == v1::PRESCRIPTION_KIND_EXTENDED,
                "kind", "FIELD_ENUM")
        .done();
}

template <class Req>
app::LongAsk ask_of(const Req& r, const rpc::Caller& caller) {
    app::LongAsk ask;
    ask.resident_id = r.resident_id();
    ask.disease_code = r.disease_code();
    ask.days = r.days();
    ask.drug_codes = {r.drug_codes().begin(), r.drug_codes().end()};
    ask.patient_confirmed = r.patient_confirmed();
    ask.doctor_id = caller.subject;
    ask.institution_id = caller.institution_id;
    return ask;
}

Outcome<v1::LongAssessment> assess(const Env& env, QueryContext& context,
                                   const v1::AssessLongRequest& r) {
    const auto today = calendar::local_date(context.now);
    const auto pack = context.policies.at(env.district, today);
    if (!pack.ok()) return pack.refusal();
    const auto decision = app::assess_long(context.tx, **pack, ask_of(r, context.caller), today,
                                           told(context.prepared));
    if (!decision.ok()) return decision.refusal();
    context.access({r.resident_id(), "TREATMENT", "long_eligibility/" + r.disease_code(), false});
    store::Eligibility e;
    e.resident_id = r.resident_id();
    e.disease_code = r.disease_code();
    e.eligible = true;
    e.evidence_visit_id = decision->evidence.visit_id;
    e.evidence_on = decision->evidence.visit_on;
    e.limit_days = decision->limit.days;
    e.binding_limit = decision->limit.source;
    e.strict = decision->strict;
    e.valid_until = decision->valid_until;
    v1::LongAssessment m = encode(e);
    m.clear_etag();  // nothing is stored
    return m;
}

Outcome<v1::LongAssessment> get(QueryContext& context, const v1::GetLongEligibilityRequest& r) {
    const auto e = store::eligibility_of_person(context.tx, r.resident_id(), r.disease_code());
    if (!e) return Reason("NOT_FOUND");
    const auto today = calendar::local_date(context.now);
    const rpc::Caller& caller = context.caller;
    const auto contract = store::contract_on(context.tx, r.resident_id(), today);
    const bool party =
        caller.has_role("auditor") || caller.has_role("service") ||
        app::works_with(context.tx, caller.institution_id, e->institution_id, today) ||
        (contract && contract->institution_id == caller.institution_id);
    if (!party) return Reason("AUTH_RECORD_ACCESS_DENIED");
    context.access({r.resident_id(), "TREATMENT", "long_eligibility/" + r.disease_code(), false});
    return encode(*e);
}

}  // namespace

void bind_long(runtime::Binder& binder, const EnvPtr& env) {
    binder.query<v1::AssessLongRequest, v1::LongAssessment>(
        method("AssessLong"),
        {.validate = validate<v1::AssessLongRequest>,
         .run = [env](QueryContext& context,
                      const v1::AssessLongRequest& r) { return assess(*env, context, r); },
         .prepare =
             [env](const rpc::Caller&, const v1::AssessLongRequest& r, Deadline deadline,
                   const Prepared& then) {
                 prepare_control(env, r.resident_id(), r.disease_code(), deadline, then);
             }});
    binder.command<v1::RecordLongAssessmentRequest, v1::LongAssessment>(
        method("RecordLongAssessment"),
        {.validate = validate<v1::RecordLongAssessmentRequest>,
         .lock_keys = [](const auto& r) { return std::vector{"resident/" + r.resident_id()}; },
         .run = [env](CommandContext& context,
                      const v1::RecordLongAssessmentRequest& r) -> Outcome<v1::LongAssessment> {
             app::Work work = work_of(context, *env);
             const auto recorded =
                 app::record_long(work, ask_of(r, context.caller), told(context.prepared));
             if (!recorded.ok()) return recorded.refusal();
             context.audit("long_eligibility/" + r.disease_code(), r.resident_id());
             return encode(*recorded);
         },
         .prepare =
             [env](const rpc::Caller&, const v1::RecordLongAssessmentRequest& r, Deadline deadline,
                   const Prepared& then) {
                 prepare_control(env, r.resident_id(), r.disease_code(), deadline, then);
             }});
    binder.query<v1::GetLongEligibilityRequest, v1::LongAssessment>(
        method("GetLongEligibility"),
        {.validate =
             [](const v1::GetLongEligibilityRequest& r) {
                 return rpc::Validator()
                     .id("resident_id", r.resident_id())
                     .id("disease_code", r.disease_code())
                     .done();
             },
         .run = [](QueryContext& context,
                   const v1::GetLongEligibilityRequest& r) { return get(context, r); }});
}

}  // namespace yilian::prescriptions::rpc_edge
