#include <set>
#include <utility>

#include "services/prescriptions/app/dispensing.h"
#include "services/prescriptions/rpc/encode.h"
#include "services/prescriptions/rpc/methods.h"
#include "services/prescriptions/rpc/validation.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

using domain::Prescription;
using runtime::CommandContext;

constexpr int kTraceCodesMax = 200;
constexpr std::int64_t kQuantityMax = 1'000'000'000;

Outcome<v1::Prescription> answer(CommandContext& context, const Env& env,
                                 const Outcome<Prescription>& result) {
    if (!result.ok()) return result.refusal();
    context.audit("prescription/" + result->prescription_id, result->resident_id);
    return encode(context.tx, *result,
                  {context.caller, context.now, context.policies, env.district});
}

void check_secret(rpc::Validator& v, const std::string& secret) {
    v.text("secret", secret, 1, 128);
}

void check_trace_codes(rpc::Validator& v,
                       const google::protobuf::RepeatedPtrField<std::string>& codes) {
    v.count("trace_codes", codes.size(), 0, kTraceCodesMax)
        .each("trace_codes", codes,
              [](rpc::Validator& inner, const std::string& code) { inner.id("", code); });
    const std::set<std::string> distinct(codes.begin(), codes.end());
    v.expect(static_cast<int>(distinct.size()) == codes.size(), "trace_codes", "FIELD_DUPLICATE");
}

// A pack is in one place: units that name its code meet.
template <class Req>
std::vector<std::string> keys_with_trace_codes(const Req& r) {
    std::vector<std::string> keys{"prescription/" + r.prescription_id()};
    for (const std::string& code : r.trace_codes()) keys.push_back("trace/" + code);
    return keys;
}

v1::ClaimPrescriptionResponse encode_claim(CommandContext& context, const Env& env,
                                           const Prescription& p) {
    v1::ClaimPrescriptionResponse response;
    *response.mutable_claim() = encode(*p.claim);
    *response.mutable_prescription() =
        encode(context.tx, p, {context.caller, context.now, context.policies, env.district});
    return response;
}

std::string secret_of(const Env& env, const rpc::Caller& caller,
                      const v1::ClaimPrescriptionRequest& r) {
    return env.secrets.make(caller.institution_id, r.prescription_id(), r.request_id(),
                            r.secret_seed());
}

void bind_claims(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::ClaimPrescriptionRequest, v1::ClaimPrescriptionResponse>(
        method("ClaimPrescription"),
        {.validate =
             [](const v1::ClaimPrescriptionRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 v.optional_ulid("claim_id", r.claim_id());
                 if (!r.secret_seed().empty()) v.text("secret_seed", r.secret_seed(), 16, 64);
                 return v.done();
             },
         .lock_keys =
             [](const auto& r) { return std::vector{"prescription/" + r.prescription_id()}; },
         .run = [env](CommandContext& context, const v1::ClaimPrescriptionRequest& r)
             -> Outcome<v1::ClaimPrescriptionResponse> {
             app::Work work = work_of(context, *env);
             const auto claimed =
                 app::claim(work, r.prescription_id(), r.etag(),
                            {r.claim_id().empty() ? context.ids.next_ulid() : r.claim_id(),
                             app::secret_sha256(secret_of(*env, context.caller, r))});
             if (!claimed.ok()) return claimed.refusal();
             context.audit("prescription/" + claimed->prescription_id, claimed->resident_id);
             return encode_claim(context, *env, *claimed);
         },
         .reveal =
             [env](const rpc::Caller& caller, const v1::ClaimPrescriptionRequest& r,
                   v1::ClaimPrescriptionResponse& response) {
                 response.set_secret(secret_of(*env, caller, r));
             }});
    binder.command<v1::ReleaseClaimRequest, v1::Prescription>(
        method("ReleaseClaim"),
        {.validate =
             [](const v1::ReleaseClaimRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 check_secret(v, r.secret());
                 return v.done();
             },
         .lock_keys =
             [](const auto& r) { return std::vector{"prescription/" + r.prescription_id()}; },
         .run =
             [env](CommandContext& context, const v1::ReleaseClaimRequest& r) {
                 app::Work work = work_of(context, *env);
                 return answer(context, *env,
                               app::release(work, r.prescription_id(), r.etag(), r.secret()));
             }});
}

app::DispenseCommand command_of(CommandContext& context, const v1::DispenseLineRequest& r) {
    const v1::DispensingChecks& checks = r.checks();
    app::DispenseCommand command;
    command.secret = r.secret();
    command.dispense_id = r.dispense_id().empty() ? context.ids.next_ulid() : r.dispense_id();
    command.line_no = r.line_no();
    command.quantity_milli = r.quantity_milli();
    command.four_checks = checks.prescription_checked() && checks.drug_checked() &&
                          checks.incompatibility_checked() && checks.rationality_checked();
    command.checked_by = checks.checked_by();
    command.trace_codes = {r.trace_codes().begin(), r.trace_codes().end()};
    command.substitute_code = r.substitute_code();
    return command;
}

void bind_lines(runtime::Binder& binder, const EnvPtr& env) {
    binder.command<v1::DispenseLineRequest, v1::Prescription>(
        method("DispenseLine"),
        {.validate =
             [](const v1::DispenseLineRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 check_secret(v, r.secret());
                 v.optional_ulid("dispense_id", r.dispense_id())
                     .range("line_no", r.line_no(), 1, 50)
                     .range("quantity_milli", r.quantity_milli(), 1, kQuantityMax)
                     .optional_id("checks.checked_by", r.checks().checked_by())
                     .optional_id("substitute_code", r.substitute_code());
                 check_trace_codes(v, r.trace_codes());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return keys_with_trace_codes(r); },
         .run =
             [env](CommandContext& context, const v1::DispenseLineRequest& r) {
                 app::Work work = work_of(context, *env);
                 return answer(
                     context, *env,
                     app::dispense_line(
                         work, r.prescription_id(), r.etag(), command_of(context, r),
                         [&context](const events::EventDraft& draft) { context.report(draft); }));
             }});
    binder.command<v1::MarkNotDispensedRequest, v1::Prescription>(
        method("MarkNotDispensed"),
        {.validate =
             [](const v1::MarkNotDispensedRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 check_secret(v, r.secret());
                 v.range("line_no", r.line_no(), 1, 50).id("reason_code", r.reason_code());
                 return v.done();
             },
         .lock_keys =
             [](const auto& r) { return std::vector{"prescription/" + r.prescription_id()}; },
         .run =
             [env](CommandContext& context, const v1::MarkNotDispensedRequest& r) {
                 app::Work work = work_of(context, *env);
                 return answer(context, *env,
                               app::mark_not_dispensed(work, r.prescription_id(), r.etag(),
                                                       r.secret(), r.line_no(), r.reason_code()));
             }});
    binder.command<v1::ReverseDispenseRequest, v1::Prescription>(
        method("ReverseDispense"),
        {.validate =
             [](const v1::ReverseDispenseRequest& r) {
                 rpc::Validator v = of_prescription(r);
                 v.ulid("dispense_id", r.dispense_id());
                 check_trace_codes(v, r.trace_codes());
                 return v.done();
             },
         .lock_keys = [](const auto& r) { return keys_with_trace_codes(r); },
         .run =
             [env](CommandContext& context, const v1::ReverseDispenseRequest& r) {
                 app::Work work = work_of(context, *env);
                 return answer(
                     context, *env,
                     app::reverse_dispense(work, r.prescription_id(), r.etag(), r.dispense_id(),
                                           {r.trace_codes().begin(), r.trace_codes().end()}));
             }});
}

}  // namespace

void bind_dispensing(runtime::Binder& binder, const EnvPtr& env) {
    bind_claims(binder, env);
    bind_lines(binder, env);
}

}  // namespace yilian::prescriptions::rpc_edge
