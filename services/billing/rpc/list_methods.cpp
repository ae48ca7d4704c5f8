#include <algorithm>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/ident/codes.h"
#include "libs/rpc/validate.h"
#include "services/billing/app/benefit_years.h"
#include "services/billing/app/lists.h"
#include "services/billing/rpc/encode.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/list_codec.h"
#include "yilian/billing/v1/settlement_list_service.pb.h"

namespace yilian::billing::rpc_edge {
namespace {

using app::Env;
using app::Unit;
using runtime::CommandContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SettlementListService/" + std::string(name);
}

// No single amount of a list is larger (10 billion yuan); sums of them cannot overflow.
constexpr std::int64_t kAmountMax = 1'000'000'000'000;

void check_amount(rpc::Validator& v, std::string_view field, std::int64_t fen) {
    v.range(field, fen, -kAmountMax, kAmountMax);
}

void check_head(rpc::Validator& v, const v1::SettlementList& l) {
    v.id("list_id", l.list_id())
        .range("version", l.version(), 1, 10'000)
        .id("institution_id", l.institution_id())
        .optional_enumerated("institution_level", l.institution_level())
        .optional_id("resident_id", l.resident_id())
        .optional_enumerated("insurance", l.insurance())
        .optional_enumerated("sex", l.sex())
        .optional_date("birth_date", l.birth_date())
        .optional_enumerated("treatment_type", l.treatment_type())
        .optional_enumerated("admission_way", l.admission_way())
        .optional_timestamp("admitted_at", l.has_admitted_at(), l.admitted_at())
        .optional_timestamp("discharged_at", l.has_discharged_at(), l.discharged_at())
        .optional_enumerated("discharge_way", l.discharge_way())
        .optional_id("receiving_institution_id", l.receiving_institution_id())
        .optional_id("readmission_reason_code", l.readmission_reason_code())
        .text("insured_region", l.insured_region(), 0, 12)
        .text("admission_dept", l.admission_dept(), 0, 16)
        .text("discharge_dept", l.discharge_dept(), 0, 16)
        .optional_id("referral_evidence_id", l.referral_evidence_id())
        .optional_id("aid_class", l.aid_class())
        .optional_enumerated("payment_method", l.payment_method())
        .optional_enumerated("bed_day_type", l.bed_day_type())
        .text("dx_code_version", l.dx_code_version(), 0, 16)
        .text("proc_code_version", l.proc_code_version(), 0, 16)
        .optional_timestamp("declared_at", l.has_declared_at(), l.declared_at())
        .optional_id("prescription_id", l.prescription_id());
}

void check_amounts(rpc::Validator& v, const v1::SettlementList& l) {
    check_amount(v, "total_fen", l.total_fen());
    check_amount(v, "self_paid_fen", l.self_paid_fen());
    check_amount(v, "class_b_first_fen", l.class_b_first_fen());
    check_amount(v, "over_limit_fen", l.over_limit_fen());
    check_amount(v, "account_pay_fen", l.account_pay_fen());
    check_amount(v, "cash_pay_fen", l.cash_pay_fen());
}

void check_parts(rpc::Validator& v, const v1::SettlementList& l) {
    v.count("diagnoses", l.diagnoses_size(), 0, 100)
        .count("procedures", l.procedures_size(), 0, 100)
        .count("charges", l.charges_size(), 0, 100)
        .count("funds", l.funds_size(), 0, 20)
        .count("icu_stays", l.icu_stays_size(), 0, 50)
        .count("transfusions", l.transfusions_size(), 0, 50);
    v.each("diagnoses", l.diagnoses(), [](rpc::Validator& inner, const v1::ListDiagnosis& d) {
        inner.enumerated("kind", d.kind()).text("code", d.code(), 1, 64);
    });
    v.each("procedures", l.procedures(), [](rpc::Validator& inner, const v1::ListProcedure& p) {
        inner.text("code", p.code(), 1, 64)
            .enumerated("type", p.type())
            .optional_timestamp("performed_at", p.has_performed_at(), p.performed_at())
            .text("anaesthesia", p.anaesthesia(), 0, 16)
            .optional_id("surgeon_id", p.surgeon_id());
        check_amount(inner, "cost_fen", p.cost_fen());
    });
    v.each("charges", l.charges(), [](rpc::Validator& inner, const v1::ListCharge& c) {
        inner.one_of(
            "class", c.class_(),
            {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14"});
        check_amount(inner, "amount_fen", c.amount_fen());
        check_amount(inner, "class_a_fen", c.class_a_fen());
        check_amount(inner, "class_b_fen", c.class_b_fen());
        check_amount(inner, "self_paid_fen", c.self_paid_fen());
        check_amount(inner, "other_fen", c.other_fen());
    });
    v.each("funds", l.funds(), [](rpc::Validator& inner, const v1::ListFund& f) {
        inner.enumerated("fund", f.fund());
        check_amount(inner, "amount_fen", f.amount_fen());
    });
    v.each("icu_stays", l.icu_stays(), [](rpc::Validator& inner, const v1::ListIcuStay& s) {
        inner.optional_timestamp("in_at", s.has_in_at(), s.in_at())
            .optional_timestamp("out_at", s.has_out_at(), s.out_at());
    });
}

Violations validate_submit(const v1::SubmitSettlementListRequest& r) {
    rpc::Validator v;
    v.present("list", r.has_list()).optional_id("batch_id", r.batch_id());
    if (r.has_list()) {
        v.nested("list", [&](rpc::Validator& inner) {
            check_head(inner, r.list());
            check_amounts(inner, r.list());
            check_parts(inner, r.list());
        });
    }
    return v.done();
}

// The same list gives the same bytes.
std::string bytes_of(const v1::SettlementList& list) {
    std::string out;
    {
        google::protobuf::io::StringOutputStream stream(&out);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        list.SerializeToCodedStream(&coded);
    }
    return out;
}

// An institution sends its own lists and those of the stations that it manages.
bool may_send(Unit& unit, const rpc::Caller& caller, const std::string& institution_id) {
    if (caller.institution_id == institution_id) return true;
    const auto institution = store::institution(unit.tx, institution_id, unit.today);
    return institution && institution->parent_id == caller.institution_id;
}

Outcome<v1::Case> run_submit(CommandContext& context, const Env& env,
                             const v1::SubmitSettlementListRequest& r) {
    Unit unit = app::unit_of(context, env);
    unit.told = told_of(context.prepared);
    const v1::SettlementList& list = r.list();
    context.audit("settlement_list/" + list.institution_id() + '/' + list.list_id(),
                  list.resident_id());
    if (!may_send(unit, context.caller, list.institution_id())) return not_your_record();
    const auto view = app::submit_list(
        unit, {store::decode(list), bytes_of(list), r.batch_id(), r.validate_only()});
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Outcome<v1::Case> run_withdraw(CommandContext& context, const Env& env,
                               const v1::WithdrawSettlementListRequest& r) {
    Unit unit = app::unit_of(context, env);
    const std::string& institution = context.caller.institution_id;
    context.audit("settlement_list/" + institution + '/' + r.list_id());
    const auto view = app::withdraw_list(unit, institution, r.list_id(), r.etag(), r.reason_code());
    if (!view.ok()) return view.refusal();
    return encode(*view, context.caller);
}

Outcome<common::v1::UndoReport> run_undo(CommandContext& context, const Env& env,
                                         const v1::UndoImportRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("import_batch/" + r.batch_id());
    const auto undone = app::undo_batch(unit, context.caller.institution_id, r.batch_id());
    if (!undone.ok()) return undone.refusal();
    common::v1::UndoReport report;
    report.set_batch_id(r.batch_id());
    report.set_undone_count(static_cast<std::int32_t>(*undone));
    return report;
}

Outcome<v1::Benefit> run_benefit(CommandContext& context, const Env& env,
                                 const v1::ComputeBenefitRequest& r) {
    Unit unit = app::unit_of(context, env);
    const std::string institution =
        r.institution_id().empty() ? context.caller.institution_id : r.institution_id();
    context.audit("settlement_list/" + institution + '/' + r.list_id());
    const auto view = app::find_case(context.tx, institution, r.list_id(), 0);
    if (!view || !view->list.in_force) return Reason("NOT_FOUND");
    const bool own = view->list.key.institution_id == context.caller.institution_id ||
                     view->list.payee_id == context.caller.institution_id;
    if (!own && !sees_all(context.caller)) return not_your_record();
    if (auto mismatch = runtime::check_etag(r.etag(), view->list.changes)) {
        return *std::move(mismatch);
    }
    const int year = CivilDate::parse(view->list.discharge_date)->year();
    const std::string surviving = store::surviving(context.tx, view->list.resident_id);
    unit.told = told_of(context.prepared);
    const auto computed =
        app::compute_year(unit, surviving, year, app::lists_of_year(unit, surviving, year));
    const auto own_benefit = std::ranges::find_if(computed, [&](const app::ComputedBenefit& c) {
        return c.list.key.case_key() == view->list.key.case_key();
    });
    if (own_benefit == computed.end()) return Reason("POLICY_NOT_IN_FORCE");
    if (!r.validate_only()) {
        if (unit.told) store::keep_answer(unit.tx, *unit.told);
        app::reprice(unit, view->list.resident_id, year);
    }
    return encode_benefit(own_benefit->list, own_benefit->benefit);
}

}  // namespace

bool sees_all(const rpc::Caller& caller) {
    for (const char* role : {"agency_clerk", "agency_approver", "auditor", "service", "operator"}) {
        if (caller.has_role(role)) return true;
    }
    return false;
}

Refusal not_your_record() { return {"AUTH_RECORD_ACCESS_DENIED", {}}; }

void bind_lists(runtime::Binder& binder, const Env& env, const EvidenceQuestion& question) {
    binder.command<v1::SubmitSettlementListRequest, v1::Case>(
        method("SubmitSettlementList"),
        {.validate = validate_submit,
         .lock_keys =
             [](const v1::SubmitSettlementListRequest& r) {
                 return std::vector<std::string>{
                     "resident/" + r.list().resident_id(),
                     "list/" + r.list().institution_id() + '/' + r.list().list_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_submit(c, env, r); },
         .prepare =
             [&question](const rpc::Caller&, const v1::SubmitSettlementListRequest& r,
                         Deadline deadline, runtime::Prepared then) {
                 const v1::SettlementList& l = r.list();
                 question.ask(
                     {l.referral_evidence_id(), l.institution_id(), l.resident_id(),
                      l.has_admitted_at() ? store::instant_of(l.admitted_at()) : Instant{}},
                     deadline, std::move(then));
             }});
    binder.command<v1::WithdrawSettlementListRequest, v1::Case>(
        method("WithdrawSettlementList"),
        {.validate =
             [](const v1::WithdrawSettlementListRequest& r) {
                 return rpc::Validator()
                     .id("list_id", r.list_id())
                     .etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys =
             [](const v1::WithdrawSettlementListRequest& r) {
                 return std::vector<std::string>{"withdraw/" + r.list_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_withdraw(c, env, r); }});
    binder.command<v1::UndoImportRequest, common::v1::UndoReport>(
        method("UndoImport"),
        {.validate =
             [](const v1::UndoImportRequest& r) {
                 return rpc::Validator().id("batch_id", r.batch_id()).done();
             },
         .lock_keys =
             [](const v1::UndoImportRequest& r) {
                 return std::vector<std::string>{"batch/" + r.batch_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_undo(c, env, r); }});
    binder.command<v1::ComputeBenefitRequest, v1::Benefit>(
        method("ComputeBenefit"),
        {.validate =
             [](const v1::ComputeBenefitRequest& r) {
                 return rpc::Validator()
                     .optional_id("institution_id", r.institution_id())
                     .id("list_id", r.list_id())
                     .etag("etag", r.etag())
                     .done();
             },
         .lock_keys =
             [](const v1::ComputeBenefitRequest& r) {
                 return std::vector<std::string>{"list/" + r.institution_id() + '/' + r.list_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_benefit(c, env, r); },
         .prepare =
             [&question](const rpc::Caller& caller, const v1::ComputeBenefitRequest& r,
                         Deadline deadline, runtime::Prepared then) {
                 const std::string& institution =
                     r.institution_id().empty() ? caller.institution_id : r.institution_id();
                 question.ask_for_list(institution, r.list_id(), deadline, std::move(then));
             }});
}

}  // namespace yilian::billing::rpc_edge
