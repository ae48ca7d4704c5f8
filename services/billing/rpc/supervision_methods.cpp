#include <charconv>

#include "libs/rpc/validate.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/supervision.h"
#include "services/billing/rpc/methods.h"
#include "services/billing/rpc/pages.h"
#include "services/billing/rpc/supervision_encode.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::rpc_edge {
namespace {

using amount::Fen;
using app::Env;
using app::Unit;
using calendar::CivilDate;
using calendar::CivilMonth;
using runtime::CommandContext;
using runtime::QueryContext;

std::string method(std::string_view name) {
    return "yilian.billing.v1.SupervisionService/" + std::string(name);
}

Outcome<v1::ChargeLinesReceipt> run_lines(CommandContext& context, const Env& env,
                                          const v1::SubmitChargeLinesRequest& r) {
    if (r.institution_id() != context.caller.institution_id) return not_your_record();
    Unit unit = app::unit_of(context, env);
    context.audit("charge_lines/" + r.institution_id() + '/' + r.list_id());
    app::ChargeLines what{r.institution_id(), r.list_id(), {}};
    for (const v1::ChargeLine& l : r.lines()) {
        what.lines.push_back({r.institution_id(), r.list_id(), l.line_no(), l.item_code(),
                              *CivilDate::parse(l.used_on()), l.quantity_milli(),
                              Fen::of_raw(l.amount_fen()), l.dept(), l.ordered_item_code()});
    }
    const auto sum = app::submit_charge_lines(unit, what);
    if (!sum.ok()) return sum.refusal();
    v1::ChargeLinesReceipt receipt;
    receipt.set_list_id(r.list_id());
    receipt.set_line_count(r.lines_size());
    receipt.set_amount_fen(sum->raw());
    return receipt;
}

Outcome<v1::DrugSalesReceipt> run_sales(CommandContext& context, const Env& env,
                                        const v1::SubmitDrugSalesRequest& r) {
    if (r.institution_id() != context.caller.institution_id) return not_your_record();
    Unit unit = app::unit_of(context, env);
    context.audit("drug_sales/" + r.institution_id());
    std::vector<supervision::SaleFact> sales;
    for (const v1::DrugSale& s : r.sales()) {
        sales.push_back({r.institution_id(), s.sale_id(), s.resident_id(), s.item_code(),
                         *CivilDate::parse(s.sold_on()), s.quantity_milli(), s.prescribed_milli(),
                         Fen::of_raw(s.amount_fen()), s.contact_digest()});
    }
    const auto kept = app::submit_drug_sales(unit, sales);
    if (!kept.ok()) return kept.refusal();
    v1::DrugSalesReceipt receipt;
    receipt.set_added_count(static_cast<std::int32_t>(kept->added));
    receipt.set_known_count(static_cast<std::int32_t>(kept->known));
    return receipt;
}

Outcome<v1::SupervisionReport> run_supervision(CommandContext& context, const Env& env,
                                               const v1::RunSupervisionRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("supervision/" + r.period());
    const auto report = app::run_supervision(unit, *CivilMonth::parse(r.period()));
    if (!report.ok()) return report.refusal();
    v1::SupervisionReport m;
    m.set_period(r.period());
    m.set_list_count(report->lists);
    for (const app::RuleCount& count : report->rules) {
        v1::RuleCount* rule = m.add_rules();
        rule->set_rule_id(count.rule_id);
        rule->set_hit_count(static_cast<std::int32_t>(count.hits));
        rule->set_raised_count(static_cast<std::int32_t>(count.raised));
    }
    return m;
}

Outcome<v1::ListSupervisionRulesResponse> run_rules(QueryContext& context, const Env& env,
                                                    const v1::ListSupervisionRulesRequest& r) {
    const auto page = context.page(r, 50, 500);
    if (!page.ok()) return page.refusal();
    std::size_t at = 0;
    const std::string& p = page->position;
    std::from_chars(p.data(), p.data() + p.size(), at);
    v1::ListSupervisionRulesResponse response;
    if (env.supervision == nullptr) return response;
    const auto& rules = env.supervision->rules;
    for (; at < rules.size(); ++at) {
        if (response.rules_size() == page->size) {
            response.set_next_page_token(context.next_page_token(r, std::to_string(at)));
            break;
        }
        *response.add_rules() = encode(rules[at]);
    }
    return response;
}

Outcome<v1::SupervisionFinding> run_get(QueryContext& context, const v1::GetFindingRequest& r) {
    const auto row = store::finding(context.tx, r.finding_id());
    if (!row) return Reason("NOT_FOUND");
    if (row->institution_id != context.caller.institution_id && !sees_all(context.caller)) {
        return not_your_record();
    }
    return encode(*row, context.caller, store::trail(context.tx, row->finding_id));
}

Outcome<v1::ListFindingsResponse> run_list(QueryContext& context,
                                           const v1::ListFindingsRequest& r) {
    const auto institution = own_or_all(context.caller, r.institution_id());
    if (!institution.ok()) return institution.refusal();
    return page_of<v1::ListFindingsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kFindingPage, *institution, r.family(),
                                     name_of(r.state()), r.period(), position, limit);
        },
        [&](v1::ListFindingsResponse& response, const storage::Row& row) {
            const store::FindingRow finding = store::finding_of(row);
            *response.add_findings() = encode(finding, context.caller, {});
            return finding.finding_id;
        });
}

Outcome<v1::SupervisionFinding> answer(CommandContext& context,
                                       const Outcome<store::FindingRow>& row) {
    if (!row.ok()) return row.refusal();
    return encode(*row, context.caller, store::trail(context.tx, row->finding_id));
}

Outcome<v1::SupervisionFinding> run_ask(CommandContext& context, const Env& env,
                                        const v1::AskFindingRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("finding/" + r.finding_id());
    return answer(context, app::ask_finding(unit, r.finding_id(), r.etag(), r.reason_code()));
}

Outcome<v1::SupervisionFinding> run_answer(CommandContext& context, const Env& env,
                                           const v1::AnswerFindingRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("finding/" + r.finding_id());
    const auto row = store::finding(context.tx, r.finding_id());
    if (row && row->institution_id != context.caller.institution_id) return not_your_record();
    return answer(context,
                  app::answer_finding(unit, r.finding_id(), r.etag(), r.reason_code(),
                                      {r.document_digests().begin(), r.document_digests().end()}));
}

Outcome<v1::SupervisionFinding> run_decide(CommandContext& context, const Env& env,
                                           const v1::DecideFindingRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("finding/" + r.finding_id());
    return answer(
        context, app::decide_finding(unit, r.finding_id(), r.etag(),
                                     {r.decision(), Fen::of_raw(r.amount_fen()), r.reason_code()}));
}

Outcome<v1::DrawReviewSampleResponse> run_draw(CommandContext& context, const Env& env,
                                               const v1::DrawReviewSampleRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("review/" + r.period());
    const app::Sample sample = app::draw_reviews(unit, *CivilMonth::parse(r.period()));
    v1::DrawReviewSampleResponse response;
    response.set_list_count(sample.lists);
    for (const store::ReviewRow& row : sample.reviews) *response.add_reviews() = encode(row, {});
    return response;
}

Outcome<v1::ListReviewsResponse> run_reviews(QueryContext& context,
                                             const v1::ListReviewsRequest& r) {
    const auto institution = own_or_all(context.caller, "");
    if (!institution.ok()) return institution.refusal();
    return page_of<v1::ListReviewsResponse>(
        context, r,
        [&](const std::string& position, std::int64_t limit) {
            return context.tx.select(store::kReviewPage, *institution, r.period(), position, limit);
        },
        [](v1::ListReviewsResponse& response, const storage::Row& row) {
            const store::ReviewRow review = store::review_of(row);
            *response.add_reviews() = encode(review, {});
            return review.review_id;
        });
}

Outcome<v1::ListReview> run_decide_review(CommandContext& context, const Env& env,
                                          const v1::DecideReviewRequest& r) {
    Unit unit = app::unit_of(context, env);
    context.audit("review/" + r.review_id());
    const auto row =
        app::decide_review(unit, r.review_id(), r.etag(),
                           {r.override(), r.reason_code(), Fen::of_raw(r.amount_fen())});
    if (!row.ok()) return row.refusal();
    return encode(*row, store::trail(context.tx, row->review_id));
}

Violations validate_lines(const v1::SubmitChargeLinesRequest& r) {
    rpc::Validator v;
    v.id("institution_id", r.institution_id())
        .id("list_id", r.list_id())
        .count("lines", r.lines_size(), 1, 2000);
    int place = 0;
    v.each("lines", r.lines(), [&](rpc::Validator& inner, const v1::ChargeLine& l) {
        inner.expect(l.line_no() == ++place, "line_no", "FIELD_RANGE")
            .id("item_code", l.item_code())
            .date("used_on", l.used_on())
            .range("quantity_milli", l.quantity_milli(), 1, 1'000'000'000)
            .range("amount_fen", l.amount_fen(), 0, kFenMax / 2000)
            .optional_id("dept", l.dept())
            .optional_id("ordered_item_code", l.ordered_item_code());
    });
    return v.done();
}

Violations validate_sales(const v1::SubmitDrugSalesRequest& r) {
    rpc::Validator v;
    v.id("institution_id", r.institution_id()).count("sales", r.sales_size(), 1, 1000);
    v.each("sales", r.sales(), [](rpc::Validator& inner, const v1::DrugSale& s) {
        inner.id("sale_id", s.sale_id())
            .id("resident_id", s.resident_id())
            .id("item_code", s.item_code())
            .date("sold_on", s.sold_on())
            .range("quantity_milli", s.quantity_milli(), 1, 1'000'000'000)
            .range("prescribed_milli", s.prescribed_milli(), 0, 1'000'000'000)
            .range("amount_fen", s.amount_fen(), 0, kFenMax / 1000)
            .expect(s.contact_digest().empty() || is_digest(s.contact_digest()), "contact_digest",
                    "FIELD_FORMAT");
    });
    return v.done();
}

Violations validate_decide(const v1::DecideFindingRequest& r) {
    return rpc::Validator()
        .id("finding_id", r.finding_id())
        .required_etag("etag", r.etag())
        .one_of("decision", r.decision(), {"DISMISS", "CONFIRM", "DEDUCT", "FINAL", "WITHDRAW"})
        .range("amount_fen", r.amount_fen(), 0, kFenMax)
        .expect(r.amount_fen() == 0 || r.decision() == "DEDUCT", "amount_fen", "FIELD_NOT_ALLOWED")
        .id("reason_code", r.reason_code())
        .done();
}

template <class Req>
std::vector<std::string> finding_key(const Req& r) {
    return {"finding/" + r.finding_id()};
}
template <class Req>
Violations validate_month(const Req& r) {
    return rpc::Validator().month("period", r.period()).done();
}

void bind_input(runtime::Binder& binder, const Env& env) {
    binder.command<v1::SubmitChargeLinesRequest, v1::ChargeLinesReceipt>(
        method("SubmitChargeLines"),
        {.validate = validate_lines,
         .lock_keys =
             [](const v1::SubmitChargeLinesRequest& r) {
                 return std::vector<std::string>{"charge_lines/" + r.institution_id() + '/' +
                                                 r.list_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_lines(c, env, r); }});
    binder.command<v1::SubmitDrugSalesRequest, v1::DrugSalesReceipt>(
        method("SubmitDrugSales"),
        {.validate = validate_sales,
         .lock_keys =
             [](const v1::SubmitDrugSalesRequest& r) {
                 return std::vector<std::string>{"drug_sales/" + r.institution_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_sales(c, env, r); }});
    binder.command<v1::RunSupervisionRequest, v1::SupervisionReport>(
        method("RunSupervision"),
        {.validate = validate_month<v1::RunSupervisionRequest>,
         .lock_keys =
             [](const v1::RunSupervisionRequest& r) {
                 return std::vector<std::string>{"supervision/" + r.period()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_supervision(c, env, r); }});
    binder.query<v1::ListSupervisionRulesRequest, v1::ListSupervisionRulesResponse>(
        method("ListSupervisionRules"),
        {.validate =
             [](const v1::ListSupervisionRulesRequest& r) {
                 return rpc::Validator().page_size(r.page_size()).done();
             },
         .run = [&env](QueryContext& c, const auto& r) { return run_rules(c, env, r); }});
}

void bind_findings(runtime::Binder& binder, const Env& env) {
    binder.query<v1::GetFindingRequest, v1::SupervisionFinding>(
        method("GetFinding"),
        {.validate =
             [](const v1::GetFindingRequest& r) {
                 return rpc::Validator().id("finding_id", r.finding_id()).done();
             },
         .run = run_get});
    binder.query<v1::ListFindingsRequest, v1::ListFindingsResponse>(
        method("ListFindings"), {.validate =
                                     [](const v1::ListFindingsRequest& r) {
                                         rpc::Validator v;
                                         v.optional_id("institution_id", r.institution_id())
                                             .optional_id("family", r.family())
                                             .optional_enumerated("state", r.state())
                                             .page_size(r.page_size());
                                         if (!r.period().empty()) v.month("period", r.period());
                                         return v.done();
                                     },
                                 .run = run_list});
    binder.command<v1::AskFindingRequest, v1::SupervisionFinding>(
        method("AskFinding"),
        {.validate =
             [](const v1::AskFindingRequest& r) {
                 return rpc::Validator()
                     .id("finding_id", r.finding_id())
                     .required_etag("etag", r.etag())
                     .optional_id("reason_code", r.reason_code())
                     .done();
             },
         .lock_keys = finding_key<v1::AskFindingRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_ask(c, env, r); }});
    binder.command<v1::AnswerFindingRequest, v1::SupervisionFinding>(
        method("AnswerFinding"),
        {.validate =
             [](const v1::AnswerFindingRequest& r) {
                 rpc::Validator v;
                 v.id("finding_id", r.finding_id())
                     .required_etag("etag", r.etag())
                     .id("reason_code", r.reason_code());
                 check_documents(v, r.document_digests(), 0);
                 return v.done();
             },
         .lock_keys = finding_key<v1::AnswerFindingRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_answer(c, env, r); }});
    binder.command<v1::DecideFindingRequest, v1::SupervisionFinding>(
        method("DecideFinding"),
        {.validate = validate_decide,
         .lock_keys = finding_key<v1::DecideFindingRequest>,
         .run = [&env](CommandContext& c, const auto& r) { return run_decide(c, env, r); }});
}

void bind_reviews(runtime::Binder& binder, const Env& env) {
    binder.command<v1::DrawReviewSampleRequest, v1::DrawReviewSampleResponse>(
        method("DrawReviewSample"),
        {.validate = validate_month<v1::DrawReviewSampleRequest>,
         .lock_keys =
             [](const v1::DrawReviewSampleRequest& r) {
                 return std::vector<std::string>{"reviews/" + r.period()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_draw(c, env, r); }});
    binder.query<v1::ListReviewsRequest, v1::ListReviewsResponse>(
        method("ListReviews"), {.validate =
                                    [](const v1::ListReviewsRequest& r) {
                                        rpc::Validator v;
                                        v.page_size(r.page_size());
                                        if (!r.period().empty()) v.month("period", r.period());
                                        return v.done();
                                    },
                                .run = run_reviews});
    binder.command<v1::DecideReviewRequest, v1::ListReview>(
        method("DecideReview"),
        {.validate =
             [](const v1::DecideReviewRequest& r) {
                 return rpc::Validator()
                     .id("review_id", r.review_id())
                     .required_etag("etag", r.etag())
                     .id("reason_code", r.reason_code())
                     .range("amount_fen", r.amount_fen(), 0, kFenMax)
                     .expect(r.amount_fen() == 0 || r.override(), "amount_fen", "FIELD_NOT_ALLOWED")
                     .done();
             },
         .lock_keys =
             [](const v1::DecideReviewRequest& r) {
                 return std::vector<std::string>{"review/" + r.review_id()};
             },
         .run = [&env](CommandContext& c, const auto& r) { return run_decide_review(c, env, r); }});
}

}  // namespace

void bind_supervision(runtime::Binder& binder, const Env& env) {
    bind_input(binder, env);
    bind_findings(binder, env);
    bind_reviews(binder, env);
}

}  // namespace yilian::billing::rpc_edge
