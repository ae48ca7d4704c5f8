#include "services/billing/app/supervision.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "libs/calendar/local_time.h"
#include "libs/crypto/digest.h"
#include "libs/runtime/command.h"
#include "services/billing/app/findings.h"
#include "services/billing/app/ledger_book.h"
#include "services/billing/app/rule_book.h"
#include "services/billing/store/copies.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/queries.h"
#include "services/billing/store/supervision_queries.h"

namespace yilian::billing::app {
namespace {

using calendar::CivilMonth;
using calendar::local_date;
using supervision::CaseFact;
using supervision::Facts;

const supervision::RuleSet& rules_of(const Unit& unit) {
    static const supervision::RuleSet none;
    return unit.env.supervision == nullptr ? none : *unit.env.supervision;
}

std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// CC and MCC among the other diagnoses, by the pack that grouped the case.
std::int64_t complications_of(Unit& unit, const SettlementList& list, CivilDate day) {
    const auto policy = unit.pack(day);
    if (!policy.ok() || !(*policy)->blocks().drg) return 0;
    const auto rules = unit.env.rules.at(unit.tx, **policy, day);
    if (!rules.ok() || (*rules)->pack == nullptr) return 0;
    const drg::RulePack& pack = *(*rules)->pack;
    return std::ranges::count_if(list.diagnoses, [&](const ListDiagnosis& d) {
        if (d.main || d.kind != DiagnosisKind::kWestern) return false;
        const drg::CodeId code = pack.dx_codes().find(d.code);
        return code != drg::kUnknownCode &&
               pack.dx_facts(code).severity != drg::SeverityClass::kNone;
    });
}

void add_treatment(const SettlementList& list, CaseFact& c) {
    c.insurance = list.insurance;
    c.level = list.level;
    c.type = name_of(list.treatment_type);
    c.sex = list.sex;
    c.age_years = list.age_years.value_or(0);
    c.stay_days = list.stay_days;
    for (const std::int64_t days : list.nursing_days) c.nursing_days += days;
    c.dept = list.discharge_dept;
    c.readmission_planned = list.readmission_planned;
    c.total = list.total;
    c.self_paid = list.self_paid;
    c.prescription_id = list.prescription_id;
    c.operations = std::ranges::count_if(list.procedures, [](const ListProcedure& p) {
        return p.type == ProcedureType::kOperation;
    });
    if (const std::string_view main = list.main_diagnosis(); !main.empty()) {
        c.diagnoses.emplace_back(main);
    }
    for (const ListDiagnosis& d : list.diagnoses) {
        if (!d.main && d.kind == DiagnosisKind::kWestern) c.diagnoses.push_back(d.code);
    }
}

CaseFact case_of(Unit& unit, const storage::Row& row, CivilMonth month) {
    CaseFact c;
    c.institution_id = row.text(0);
    c.list_id = row.text(1);
    c.resident_id = store::surviving(unit.tx, row.text(3));
    store::ListRow kept;
    kept.data = row.bytes(7);
    const SettlementList list = store::content_of(kept);
    c.discharged_at = row.instant(5);
    c.discharged_on = local_date(c.discharged_at);
    c.admitted_at = list.admitted_at.value_or(c.discharged_at);
    c.admitted_on = local_date(c.admitted_at);
    c.in_month = row.text(6) == month.text();
    c.group_code = row.text(8);
    c.group_average = Fen::of_raw(row.i64(9));
    c.points = amount::Points::of_raw(row.i64(10));
    add_treatment(list, c);
    if (c.in_month && !c.group_code.empty()) {
        c.complications = complications_of(unit, list, c.discharged_on);
    }
    return c;
}

void read_lines_and_sales(Unit& unit, const std::string& from, const std::string& to,
                          Facts& facts) {
    for (const storage::Row& row : unit.tx.select(store::kChargeLines, from, to)) {
        facts.lines.push_back({row.text(0), row.text(1), row.i64(2), row.text(3),
                               *CivilDate::parse(row.text(4)), row.i64(5), Fen::of_raw(row.i64(6)),
                               row.text(7), row.text(8)});
    }
    const std::string first = facts.month.first_day().text();
    const std::string last = facts.month.last_day().text();
    for (const storage::Row& row : unit.tx.select(store::kDrugSales, first, last)) {
        facts.sales.push_back({row.text(0), row.text(1), store::surviving(unit.tx, row.text(2)),
                               row.text(3), *CivilDate::parse(row.text(4)), row.i64(5), row.i64(6),
                               Fen::of_raw(row.i64(7)), row.text(8)});
    }
}

Outcome<Facts> facts_of(Unit& unit, CivilMonth month) {
    const auto pack = unit.pack(month.last_day());
    if (!pack.ok()) return pack.refusal();
    Facts facts;
    facts.month = month;
    if (const auto& limits = (*pack)->blocks().supervision) {
        facts.out_of_catalogue_max = limits->out_of_catalogue_max;
        facts.special_service_max = limits->special_service_max;
    }
    const std::string from = month.first_day().plus_days(-supervision::kLookBackDays).text();
    const std::string to = month.last_day().text();
    for (const storage::Row& row : unit.tx.select(store::kSupervisedLists, from, to)) {
        facts.cases.push_back(case_of(unit, row, month));
    }
    read_lines_and_sales(unit, from, to, facts);
    for (const storage::Row& row : unit.tx.select(store::kDispensesOfPaid, month.text())) {
        facts.dispenses.push_back({row.text(0), row.text(1), row.text(2), row.i64(3)});
    }
    const std::int64_t declare_ms =
        ((*pack)->blocks().run ? (*pack)->blocks().run->declare_days : 30) * 86'400'000;
    for (const storage::Row& row : unit.tx.select(store::kListQuality, month.text(), declare_ms)) {
        facts.quality.push_back({row.text(0), row.i64(1), row.i64(2), row.i64(3)});
    }
    return facts;
}

std::string name(ReviewState state) { return std::string(kReviewLifecycle.name(state)); }

void note(Unit& unit, const store::ReviewRow& row, ReviewAction action, const std::string& from) {
    store::add_trail(unit.tx, row.review_id,
                     {0,
                      unit.now,
                      unit.actor.id,
                      std::string(kReviewLifecycle.name(action)),
                      from,
                      name(row.state),
                      row.reason_code,
                      {}});
    unit.touch("review", row.review_id);
}

// The lists of one institution that the sample takes: those with the smallest digests.
std::vector<storage::Row> taken(std::vector<storage::Row> lists, CivilMonth month,
                                amount::Rate rate) {
    const std::int64_t count =
        supervision::sample_size(static_cast<std::int64_t>(lists.size()), rate);
    std::ranges::sort(lists, {}, [&](const storage::Row& row) {
        return crypto::sha256_hex(month.text() + '\n' + row.text(0) + '/' + row.text(1));
    });
    lists.erase(lists.begin() + count, lists.end());
    std::ranges::sort(lists, {}, [](const storage::Row& row) { return row.text(1); });
    return lists;
}

store::ReviewRow draw_one(Unit& unit, const storage::Row& list, CivilMonth month) {
    store::ReviewRow row;
    row.review_id = transaction_id("review", {month.text(), list.text(0), list.text(1)});
    if (auto drawn = store::review(unit.tx, row.review_id)) return *std::move(drawn);
    row.institution_id = list.text(0);
    row.list_id = list.text(1);
    row.version = list.i64(2);
    row.period = month.text();
    row.state = kReviewLifecycle.create(ReviewAction::kDraw, ReviewState::kDrawn);
    store::save(unit.tx, row);
    note(unit, row, ReviewAction::kDraw, "");
    return row;
}

}  // namespace

std::shared_ptr<const supervision::RuleSet> load_supervision_rules(
    const std::filesystem::path& folder, const runtime::PackTrust& trust) {
    auto set = std::make_shared<supervision::RuleSet>();
    if (!std::filesystem::is_directory(folder)) return set;
    if (const absl::Status trusted = trust.check(folder); !trusted.ok()) {
        throw std::invalid_argument(std::string(trusted.message()));
    }
    std::vector<supervision::Defect> defects;
    *set = supervision::read_rules(text_of_file(folder / "rules.csv"),
                                   text_of_file(folder / "items.csv"), defects);
    if (defects.empty()) return set;
    std::string text = "supervision rules:";
    for (const supervision::Defect& d : defects) {
        text += '\n' + (folder / d.file).string() + ':' + std::to_string(d.line) + ' ' + d.column +
                ' ' + d.problem;
    }
    throw std::invalid_argument(text);
}

Outcome<Fen> submit_charge_lines(Unit& unit, const ChargeLines& what) {
    if (!store::list_in_force(unit.tx, what.institution_id, what.list_id)) {
        return Reason("NOT_FOUND");
    }
    if (const auto named =
            unit.tx.select_one(store::kFindingOfList, what.institution_id, what.list_id)) {
        return Refusal{"CHARGE_LINES_FIXED", {{"finding_id", named->text(0)}}};
    }
    unit.tx.run(store::kDropChargeLines, what.institution_id, what.list_id);
    Fen sum;
    for (const supervision::LineFact& l : what.lines) {
        unit.tx.run(store::kAddChargeLine, what.institution_id, what.list_id, l.line_no,
                    l.item_code, l.used_on.text(), l.quantity_milli, l.amount.raw(), l.dept,
                    l.ordered_item_code);
        sum += l.amount;
    }
    unit.touch("charge_lines", what.institution_id + '/' + what.list_id);
    return sum;
}

Outcome<SalesReceipt> submit_drug_sales(Unit& unit,
                                        const std::vector<supervision::SaleFact>& sales) {
    SalesReceipt receipt;
    std::vector<const supervision::SaleFact*> fresh;
    for (const supervision::SaleFact& s : sales) {
        const auto known = unit.tx.select_one(store::kDrugSale, s.institution_id, s.sale_id);
        if (!known) {
            fresh.push_back(&s);
            continue;
        }
        const bool same = known->text(0) == s.resident_id && known->text(1) == s.item_code &&
                          known->text(2) == s.sold_on.text() && known->i64(3) == s.quantity_milli &&
                          known->i64(4) == s.prescribed_milli && known->i64(5) == s.amount.raw() &&
                          known->text(6) == s.contact_digest;
        if (!same) return Refusal{"ID_REUSED", {{"sale_id", s.sale_id}}};
        ++receipt.known;
    }
    for (const supervision::SaleFact* s : fresh) {
        unit.tx.run(store::kAddDrugSale, s->institution_id, s->sale_id, s->resident_id,
                    s->item_code, s->sold_on.text(), s->quantity_milli, s->prescribed_milli,
                    s->amount.raw(), s->contact_digest);
        ++receipt.added;
    }
    return receipt;
}

Outcome<SupervisionReport> run_supervision(Unit& unit, CivilMonth month) {
    if (month.first_day() > unit.today) return Reason("DATE_IN_FUTURE");
    const auto facts = facts_of(unit, month);
    if (!facts.ok()) return facts.refusal();
    SupervisionReport report;
    report.lists = std::ranges::count_if(facts->cases, &CaseFact::in_month);
    const supervision::RuleSet& set = rules_of(unit);
    for (const supervision::Rule& rule : set.rules) {
        if (!rule.in_force(month.last_day())) continue;
        RuleCount count{rule.id, 0, 0};
        for (const supervision::Hit& hit : supervision::evaluate(set, rule, *facts)) {
            ++count.hits;
            const Raised raised =
                raise_finding(unit, {rule.id, hit.record, hit.institution_id, hit.list_ids,
                                     month.text(), hit.amount, hit.evidence});
            if (raised.is_new) ++count.raised;
        }
        report.rules.push_back(std::move(count));
    }
    return report;
}

Sample draw_reviews(Unit& unit, CivilMonth month) {
    Sample sample;
    const supervision::Rule* rule = rules_of(unit).rule(kReviewRule, month.last_day());
    const amount::Rate rate = rule == nullptr ? amount::Rate() : rule->rate("sample_rate");
    std::map<std::string, std::vector<storage::Row>> by_institution;
    for (storage::Row& row : unit.tx.select(store::kAcceptedOfMonth, month.text())) {
        ++sample.lists;
        const std::string institution = row.text(0);
        by_institution[institution].push_back(std::move(row));
    }
    for (auto& [institution, lists] : by_institution) {
        for (const storage::Row& row : taken(std::move(lists), month, rate)) {
            sample.reviews.push_back(draw_one(unit, row, month));
        }
    }
    return sample;
}

Outcome<store::ReviewRow> decide_review(Unit& unit, std::string_view review_id,
                                        std::string_view etag, const ReviewDecision& decision) {
    auto row = store::review(unit.tx, review_id);
    if (!row) return Reason("NOT_FOUND");
    if (auto mismatch = runtime::check_etag(etag, row->changes)) return *std::move(mismatch);
    if (kReviewLifecycle.is_final(row->state)) {
        return Refusal{"REVIEW_DECIDED", {{"state", name(row->state)}}};
    }
    const std::string from = name(row->state);
    const ReviewAction action =
        decision.override_machine ? ReviewAction::kOverride : ReviewAction::kConfirm;
    row->state = *kReviewLifecycle.enter(
        row->state, action,
        decision.override_machine ? ReviewState::kOverridden : ReviewState::kConfirmed);
    row->reason_code = decision.reason_code;
    row->changes += 1;
    if (decision.override_machine) {
        row->finding_id = raise_finding(unit, {std::string(kReviewRule),
                                               row->review_id,
                                               row->institution_id,
                                               {row->list_id},
                                               row->period,
                                               decision.amount,
                                               {{"reason", decision.reason_code},
                                                {"list_version", std::to_string(row->version)}}})
                              .finding_id;
    }
    store::save(unit.tx, *row);
    note(unit, *row, action, from);
    return *std::move(row);
}

}  // namespace yilian::billing::app
