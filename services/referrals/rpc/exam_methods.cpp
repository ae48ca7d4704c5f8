#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "services/referrals/app/exams.h"
#include "services/referrals/rpc/methods.h"
#include "services/referrals/rpc/reading.h"
#include "services/referrals/store/exam_queries.h"
#include "services/referrals/store/values.h"

namespace yilian::referrals::rpc_edge {
namespace {

namespace exam = domain::exam;
using rpc::Validator;
using runtime::CommandContext;
using runtime::QueryContext;
using store::set_time;
using store::to_proto;

constexpr int kCodesMax = 1000;
constexpr std::size_t kDigestLength = 64;

std::string method(std::string_view name) {
    return "yilian.referrals.v1.DiagnosticsService/" + std::string(name);
}

void encode_reports(const exam::Order& order, v1::ExamOrder& m) {
    for (auto report = order.reports.rbegin(); report != order.reports.rend(); ++report) {
        v1::ExamReport* r = m.add_reports();
        *r = store::parsed<v1::ExamReport>(report->stored);
        r->set_report_id(report->report_id);
        r->set_version(report->version);
        r->set_read_by(report->read_by);
        r->set_verified_by(report->verified_by);
        set_time(r->mutable_reported_at(), report->reported_at);
        if (report->signed_at) set_time(r->mutable_signed_at(), *report->signed_at);
        r->set_mark(report->mark);
        r->set_latest(report == order.reports.rbegin());
    }
}

v1::ExamOrder encode(const exam::Order& order, std::string_view institution_id,
                     const app::Rules& rules, bool with_reports) {
    v1::ExamOrder m;
    m.set_order_id(order.order_id);
    m.set_resident_id(order.resident_id);
    m.set_base_institution_id(order.base_institution_id);
    m.set_centre_id(order.centre_id);
    m.set_item_code(order.item_code);
    if (const auto item = exam::item_of(order.item_code, rules.exam)) {
        m.set_exam_class(to_proto<v1::ExamClass>(item->exam_class));
    }
    m.set_priority(to_proto<v1::ExamPriority>(order.priority));
    m.set_ordering_practitioner_id(order.ordering_practitioner_id);
    m.set_device_id(order.device_id);
    m.set_referral_id(order.referral_id);
    m.set_channel_case_id(order.channel_case_id);
    m.set_state(to_proto<v1::ExamState>(order.state));
    m.set_reason_code(order.reason_code);
    m.set_reader_id(order.reader_id);
    set_time(m.mutable_ordered_at(), order.ordered_at);
    if (order.acquired_at) set_time(m.mutable_acquired_at(), *order.acquired_at);
    if (order.uploaded_at) set_time(m.mutable_uploaded_at(), *order.uploaded_at);
    if (order.report_due_at) set_time(m.mutable_report_due_at(), *order.report_due_at);
    if (order.reported_at) set_time(m.mutable_reported_at(), *order.reported_at);
    if (order.report_due_at && order.reported_at) {
        m.set_late_min(exam::late_min(*order.report_due_at, *order.reported_at));
    }
    m.set_document_id(order.document_id);
    if (with_reports) encode_reports(order, m);
    m.set_etag(runtime::make_etag(order.changes));
    for (std::string& name : exam::allowed_actions(order, institution_id)) {
        m.add_allowed_actions(std::move(name));
    }
    return m;
}

v1::RecognitionDecision encode(const store::RecognitionRow& row) {
    v1::RecognitionDecision m;
    m.set_decision_id(row.decision_id);
    m.set_item_code(row.item_code);
    m.set_resident_id(row.resident_id);
    m.set_prior_report_id(row.decision.prior_report_id);
    m.set_outcome(to_proto<v1::RecognitionOutcome>(row.decision.outcome));
    m.set_reason_code(row.decision.reason_code);
    m.set_decided_by(row.decided_by);
    set_time(m.mutable_decided_at(), row.decided_at);
    return m;
}

v1::CriticalValue encode(const exam::Critical& c, const app::Rules& rules) {
    v1::CriticalValue m;
    m.set_critical_id(c.critical_id);
    m.set_order_id(c.order_id);
    m.set_resident_id(c.resident_id);
    m.set_item_code(c.item_code);
    m.set_state(to_proto<v1::CriticalState>(c.state));
    m.set_duty(to_proto<v1::CriticalDuty>(c.duty));
    set_time(m.mutable_raised_at(), c.raised_at);
    if (c.notified_at) {
        set_time(m.mutable_notified_at(), *c.notified_at);
        m.set_notified_late(*c.notified_at >
                            c.raised_at + std::chrono::minutes(rules.exam.notify_min));
    }
    m.set_acknowledged_by(c.acknowledged_by);
    if (c.acknowledged_at) set_time(m.mutable_acknowledged_at(), *c.acknowledged_at);
    m.set_treatment_code(c.treatment_code);
    if (c.treated_at) set_time(m.mutable_treated_at(), *c.treated_at);
    if (c.closed_at) {
        set_time(m.mutable_closed_at(), *c.closed_at);
        m.set_closed_late(*c.closed_at > c.raised_at + std::chrono::hours(rules.exam.close_h));
    }
    m.set_etag(runtime::make_etag(c.changes));
    return m;
}

Outcome<v1::CheckPriorResponse> check_prior(QueryContext& context, const app::Env& env,
                                            const v1::CheckPriorRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto priors =
        app::prior_results(context.tx, context.caller.institution_id, r.resident_id(),
                           r.item_code(), context.now, calendar::local_date(context.now), *rules);
    if (!priors.ok()) return priors.refusal();
    v1::CheckPriorResponse response;
    for (const exam::Prior& prior : *priors) {
        v1::PriorReport* p = response.add_priors();
        p->set_report_id(prior.report_id);
        p->set_order_id(prior.order_id);
        p->set_item_code(prior.item_code);
        set_time(p->mutable_signed_at(), prior.signed_at);
        p->set_age_h(static_cast<std::int32_t>(
            std::chrono::floor<std::chrono::hours>(context.now - prior.signed_at).count()));
        p->set_quality_result(prior.passed ? "PASSED" : "FAILED");
        p->set_mark(prior.mark);
        p->set_recognisable(prior.recognisable());
    }
    context.access({r.resident_id(), "CheckPrior", "exams"});
    return response;
}

Outcome<v1::OrderExamResponse> order(CommandContext& context, const app::Env& env,
                                     const v1::OrderExamRequest& r) {
    app::Work work = work_of(context, env);
    const auto ordered =
        app::order_exam(work, {r.order_id(),
                               r.resident_id(),
                               r.centre_id(),
                               r.item_code(),
                               store::from_proto<domain::ExamPriority>(r.priority()),
                               r.referral_id(),
                               r.channel_case_id(),
                               {r.prior_report_id(), r.recognise(), r.repeat_reason_code()}});
    if (!ordered.ok()) return ordered.refusal();
    const auto rules = work.rules();
    if (!rules.ok()) return rules.refusal();
    v1::OrderExamResponse response;
    if (ordered->order) {
        context.audit("exam/" + ordered->order->order_id, r.resident_id());
        *response.mutable_order() =
            encode(*ordered->order, context.caller.institution_id, *rules, true);
    }
    if (ordered->recognised) {
        context.audit("recognition/" + ordered->recognised->decision_id, r.resident_id());
        *response.mutable_decision() = encode(*ordered->recognised);
    }
    return response;
}

Violations check_order(const v1::OrderExamRequest& r) {
    return Validator()
        .optional_ulid("order_id", r.order_id())
        .id("resident_id", r.resident_id())
        .id("centre_id", r.centre_id())
        .id("item_code", r.item_code())
        .enumerated("priority", r.priority())
        .optional_id("referral_id", r.referral_id())
        .optional_id("channel_case_id", r.channel_case_id())
        .optional_id("prior_report_id", r.prior_report_id())
        .optional_id("repeat_reason_code", r.repeat_reason_code())
        .done();
}

Violations check_site(const v1::PublishExamSiteRequest& r) {
    Validator v;
    v.present("site", r.has_site()).etag("etag", r.etag());
    v.nested("site", [&](Validator& s) {
        check_codes(s, "read_groups", r.site().read_groups(), kCodesMax);
        check_codes(s, "device_ids", r.site().device_ids(), kCodesMax);
        s.count("readers", r.site().readers_size(), 0, kCodesMax);
        s.each("readers", r.site().readers(), [](Validator& inner, const v1::ExamReader& reader) {
            inner.id("practitioner_id", reader.practitioner_id())
                .id("item_group", reader.item_group())
                .range("grade", reader.grade(), 1, 2);
        });
    });
    return v.done();
}

Violations check_report(const v1::ReportExamRequest& r) {
    Validator v;
    v.id("order_id", r.order_id())
        .etag("etag", r.etag())
        .optional_id("text_document_id", r.text_document_id())
        .one_of("quality_result", r.quality_result(), {"PASSED", "FAILED"});
    check_codes(v, "finding_codes", r.finding_codes(), kCodesMax);
    v.count("values", r.values_size(), 0, kCodesMax);
    v.each("values", r.values(), [](Validator& inner, const v1::ExamValue& value) {
        inner.id("code", value.code())
            .text("unit", value.unit(), 0, 32)
            .expect(value.flag().empty() || value.flag() == "H" || value.flag() == "L" ||
                        value.flag() == "CRITICAL",
                    "flag", "FIELD_ENUM");
    });
    return v.done();
}

template <class Req>
Violations check_step(const Req& r) {
    Validator v;
    v.id("order_id", r.order_id()).etag("etag", r.etag());
    if constexpr (requires { r.reason_code(); }) v.id("reason_code", r.reason_code());
    if constexpr (requires { r.device_id(); }) v.id("device_id", r.device_id());
    if constexpr (requires { r.reader_id(); }) v.id("reader_id", r.reader_id());
    if constexpr (requires { r.received_sha256(); }) {
        v.id("document_id", r.document_id())
            .text("sha256", r.sha256(), kDigestLength, kDigestLength)
            .text("received_sha256", r.received_sha256(), kDigestLength, kDigestLength);
    }
    return v.done();
}

template <class Req>
app::ExamStep step_of(exam::Action action, const Req& r) {
    app::ExamStep step;
    step.order_id = r.order_id();
    step.etag = r.etag();
    step.action = action;
    if constexpr (requires { r.reason_code(); }) step.code = r.reason_code();
    if constexpr (requires { r.device_id(); }) step.code = r.device_id();
    if constexpr (requires { r.reader_id(); }) step.code = r.reader_id();
    if constexpr (requires { r.received_sha256(); }) {
        step.document_id = r.document_id();
        step.sha256 = r.sha256();
        step.received_sha256 = r.received_sha256();
    }
    if constexpr (requires { r.quality_result(); }) {
        *step.report.mutable_finding_codes() = r.finding_codes();
        step.report.set_text_document_id(r.text_document_id());
        *step.report.mutable_values() = r.values();
        step.report.set_quality_result(r.quality_result());
    }
    return step;
}

template <class Req>
void bind_step(runtime::Binder& binder, const app::EnvPtr& env, exam::Action action,
               Violations (*validate)(const Req&) = check_step<Req>) {
    binder.command<Req, v1::ExamOrder>(
        method(exam::kLifecycle.name(action)),
        {.validate = validate,
         .lock_keys = [](const Req& r) { return std::vector{"exam/" + r.order_id()}; },
         .run = [env, action](CommandContext& context, const Req& r) -> Outcome<v1::ExamOrder> {
             app::Work work = work_of(context, *env);
             const auto order = app::step_exam(work, step_of(action, r));
             if (!order.ok()) return order.refusal();
             const auto rules = work.rules();
             if (!rules.ok()) return rules.refusal();
             context.audit("exam/" + order->order_id, order->resident_id);
             return encode(*order, context.caller.institution_id, *rules, true);
         }});
}

template <class Req, class Act>
void bind_critical(runtime::Binder& binder, const app::EnvPtr& env, std::string_view name,
                   Act act) {
    binder.command<Req, v1::CriticalValue>(
        method(name),
        {.validate =
             [](const Req& r) {
                 Validator v;
                 if constexpr (requires { r.order_id(); }) {
                     v.optional_ulid("critical_id", r.critical_id()).id("order_id", r.order_id());
                 } else {
                     v.id("critical_id", r.critical_id());
                 }
                 if constexpr (requires { r.treatment_code(); }) {
                     v.optional_id("treatment_code", r.treatment_code());
                 }
                 return v.done();
             },
         .lock_keys = [](const Req& r) { return std::vector{"critical/" + r.critical_id()}; },
         .run = [env, act](CommandContext& context, const Req& r) -> Outcome<v1::CriticalValue> {
             app::Work work = work_of(context, *env);
             const Outcome<exam::Critical> critical = act(work, r);
             if (!critical.ok()) return critical.refusal();
             const auto rules = work.rules();
             if (!rules.ok()) return rules.refusal();
             context.audit("critical_value/" + critical->critical_id, critical->resident_id);
             return encode(*critical, *rules);
         }});
}

Outcome<v1::ExamOrder> get_exam(QueryContext& context, const app::Env& env,
                                const v1::GetExamRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto order = store::exam(context.tx, r.order_id());
    if (!order) return Reason("NOT_FOUND");
    if (!sees_all(context.caller) &&
        exam::roles_of(*order, context.caller.institution_id).empty()) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({order->resident_id, "GetExam", "exam/" + order->order_id});
    return encode(*order, context.caller.institution_id, *rules, true);
}

Outcome<v1::ListExamsResponse> list_exams(QueryContext& context, const app::Env& env,
                                          const v1::ListExamsRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    return page_of<v1::ListExamsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kExamPage, seen_by(context.caller), r.resident_id(),
                                     states_text<exam::State>(r.states()), position, limit);
        },
        [&](v1::ListExamsResponse& response, const storage::Row& row) {
            const auto order = store::exam(context.tx, row.text(0));
            context.access({order->resident_id, "ListExams", "exam/" + order->order_id});
            *response.add_orders() = encode(*order, context.caller.institution_id, *rules, false);
            return order->order_id;
        });
}

Outcome<v1::CriticalValue> get_critical(QueryContext& context, const app::Env& env,
                                        const v1::GetCriticalRequest& r) {
    const auto rules = rules_of(context, env);
    if (!rules.ok()) return rules.refusal();
    const auto c = store::critical(context.tx, r.critical_id());
    if (!c) return Reason("NOT_FOUND");
    const std::string& institution = context.caller.institution_id;
    if (!sees_all(context.caller) && institution != c->centre_id &&
        institution != c->base_institution_id) {
        return Reason("AUTH_RECORD_ACCESS_DENIED");
    }
    context.access({c->resident_id, "GetCritical", "critical_value/" + c->critical_id});
    return encode(*c, *rules);
}

void bind_queries(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.query<v1::CheckPriorRequest, v1::CheckPriorResponse>(
        method("CheckPrior"),
        {.validate =
             [](const v1::CheckPriorRequest& r) {
                 return Validator()
                     .id("resident_id", r.resident_id())
                     .id("item_code", r.item_code())
                     .done();
             },
         .run = [env](QueryContext& c, const auto& r) { return check_prior(c, *env, r); }});
    binder.query<v1::GetExamRequest, v1::ExamOrder>(
        method("GetExam"),
        {.validate =
             [](const v1::GetExamRequest& r) {
                 return Validator().id("order_id", r.order_id()).done();
             },
         .run = [env](QueryContext& c, const auto& r) { return get_exam(c, *env, r); }});
    binder.query<v1::ListExamsRequest, v1::ListExamsResponse>(
        method("ListExams"),
        {.validate =
             [](const v1::ListExamsRequest& r) {
                 Validator v;
                 v.optional_id("resident_id", r.resident_id())
                     .count("states", r.states_size(), 0, 10)
                     .page_size(r.page_size());
                 for (const int state : r.states()) {
                     v.expect(state != 0 && v1::ExamState_IsValid(state), "states", "FIELD_ENUM");
                 }
                 return v.done();
             },
         .run = [env](QueryContext& c, const auto& r) { return list_exams(c, *env, r); }});
    binder.query<v1::GetCriticalRequest, v1::CriticalValue>(
        method("GetCritical"),
        {.validate =
             [](const v1::GetCriticalRequest& r) {
                 return Validator().id("critical_id", r.critical_id()).done();
             },
         .run = [env](QueryContext& c, const auto& r) { return get_critical(c, *env, r); }});
}

void bind_criticals(runtime::Binder& binder, const app::EnvPtr& env) {
    using exam::CriticalStep;
    bind_critical<v1::RaiseCriticalRequest>(
        binder, env, "RaiseCritical", [](app::Work& work, const v1::RaiseCriticalRequest& r) {
            return app::raise_critical(work, r.critical_id(), r.order_id());
        });
    bind_critical<v1::NotifyCriticalRequest>(
        binder, env, "NotifyCritical", [](app::Work& work, const v1::NotifyCriticalRequest& r) {
            return app::step_critical(work, r.critical_id(), CriticalStep::kNotify, "");
        });
    bind_critical<v1::AcknowledgeCriticalRequest>(
        binder, env, "AcknowledgeCritical",
        [](app::Work& work, const v1::AcknowledgeCriticalRequest& r) {
            return app::step_critical(work, r.critical_id(), CriticalStep::kAcknowledge, "");
        });
    bind_critical<v1::CloseCriticalRequest>(
        binder, env, "CloseCritical", [](app::Work& work, const v1::CloseCriticalRequest& r) {
            return app::step_critical(work, r.critical_id(), CriticalStep::kClose,
                                      r.treatment_code());
        });
}

}  // namespace

void bind_exams(runtime::Binder& binder, const app::EnvPtr& env) {
    binder.command<v1::PublishExamSiteRequest, v1::ExamSite>(
        method("PublishExamSite"),
        {.validate = check_site,
         .lock_keys = [](const auto&) { return std::vector<std::string>{"exam_sites"}; },
         .run = [env](CommandContext& context,
                      const v1::PublishExamSiteRequest& r) -> Outcome<v1::ExamSite> {
             app::Work work = work_of(context, *env);
             auto site = app::publish_exam_site(work, r.site(), r.etag());
             if (site.ok()) context.audit("exam_site/" + site->institution_id());
             return site;
         }});
    binder.command<v1::OrderExamRequest, v1::OrderExamResponse>(
        method("OrderExam"),
        {.validate = check_order,
         .lock_keys =
             [](const v1::OrderExamRequest& r) {
                 return std::vector{"exams_of/" + r.resident_id()};
             },
         .run = [env](CommandContext& c, const auto& r) { return order(c, *env, r); }});
    bind_step<v1::RecordAcquisitionRequest>(binder, env, exam::Action::kAcquire);
    bind_step<v1::UploadExamRequest>(binder, env, exam::Action::kUpload);
    bind_step<v1::AssignExamRequest>(binder, env, exam::Action::kAssign);
    bind_step<v1::StartReadingRequest>(binder, env, exam::Action::kStart);
    bind_step<v1::RequestRepeatRequest>(binder, env, exam::Action::kRepeat);
    bind_step<v1::ReportExamRequest>(binder, env, exam::Action::kReport, check_report);
    bind_step<v1::VerifyExamRequest>(binder, env, exam::Action::kVerify);
    bind_step<v1::SignExamRequest>(binder, env, exam::Action::kSign);
    bind_step<v1::ConfirmDeliveryRequest>(binder, env, exam::Action::kDeliver);
    bind_step<v1::AmendExamRequest>(binder, env, exam::Action::kAmend);
    bind_step<v1::CancelExamRequest>(binder, env, exam::Action::kCancel);
    bind_criticals(binder, env);
    bind_queries(binder, env);
}

}  // namespace yilian::referrals::rpc_edge
