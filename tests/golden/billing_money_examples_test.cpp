// billing-examples.md X-35 to X-38 (capitation), X-47 to X-51 (benefit) and
// X-52, X-53 (ledger). Inputs and results are read from the specification.
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/calendar/local_time.h"
#include "services/billing/domain/benefit.h"
#include "services/billing/domain/capitation.h"
#include "services/billing/domain/ledger.h"
#include "tests/golden/money_values.h"

namespace yilian::golden {
namespace {

using amount::Fen;
using amount::Rate;
using calendar::CivilDate;
using calendar::CivilMonth;

// --- capitation --------------------------------------------------------------------------------

std::optional<CivilDate> optional_date(const std::string& text) {
    if (text.empty() || text == "open") return std::nullopt;
    return CivilDate::parse(text).value();
}

policy::billing::Capitation capitation_of_x38() {
    return parameters(billing_example("X-38")->block("cap.yaml")).capitation.value();
}

billing::RateTable rates_of_x38() {
    std::vector<policy::billing::RateCell> cells;
    for (const auto& row : csv_rows(billing_example("X-38")->block("rates.csv"))) {
        policy::billing::RateCell c;
        c.cell_id = row.at("cell_id");
        c.age_from = std::stoi(row.at("age_from"));
        c.age_to = std::stoi(row.at("age_to"));
        if (row.at("sex") != "*") c.sex = std::stoi(row.at("sex"));
        if (row.at("chronic") != "*") c.chronic = row.at("chronic") == "1";
        if (row.at("insurance") != "*") c.insurance = row.at("insurance");
        c.month_rate_fen = fen(row, "month_rate_fen");
        cells.push_back(std::move(c));
    }
    return billing::RateTable::of(std::move(cells)).value();
}

billing::EnrolmentVersion adult(std::string id, CivilDate from, std::optional<CivilDate> to) {
    billing::EnrolmentVersion v;
    v.enrolment_id = "e-" + id;
    v.version = 1;
    v.resident_id = std::move(id);
    v.consortium_id = "CX";
    v.insurance = "RES";
    v.sex = 1;
    v.birth_date = CivilDate::literal(1980, 5, 5);
    v.valid_from = from;
    v.valid_to = to;
    return v;
}

billing::CapitationPrice priced(const policy::billing::Capitation& rules,
                                const std::vector<billing::EnrolmentVersion>& residents,
                                std::string_view first, std::string_view last, Instant at) {
    const auto rates = rates_of_x38();
    billing::CapitationPricer pricer(rules, rates, CivilMonth::parse(first).value(),
                                     CivilMonth::parse(last).value(), at);
    std::map<std::string, std::vector<billing::EnrolmentVersion>> by_resident;
    for (const auto& v : residents) by_resident[v.resident_id].push_back(v);
    for (const auto& [id, versions] : by_resident) pricer.add_resident(versions);
    return pricer.price();
}

std::string rows_text(const billing::CapitationPrice& price) {
    std::string text = "consortium_id,period,cell_id,members,units,unit_base,rate_fen,amount_fen\n";
    for (const auto& r : price.rows) {
        text += line({r.consortium_id, r.period.text(), r.cell_id, std::to_string(r.members),
                      std::to_string(r.units), std::to_string(r.unit_base), r.rate.text(),
                      r.amount.text()});
    }
    return text;
}

TEST(BillingExamples, X35_ThreeWaysToCountAMemberMonth) {
    const auto example = billing_example("X-35");
    if (!example) return;
    using policy::billing::MemberMonth;
    auto rules = capitation_of_x38();
    const std::pair<MemberMonth, const char*> ways[] = {
        {MemberMonth::kDayShare, "day_share (fen)"},
        {MemberMonth::kNamedDay, "named_day 15 (fen)"},
        {MemberMonth::kMonthEnd, "month_end (fen)"}};
    ASSERT_EQ(example->tables.at(0).size(), 7U);
    for (const auto& row : example->tables.at(0)) {
        for (const auto& [way, column] : ways) {
            rules.member_month = way;
            const auto price = priced(rules,
                                      {adult("r", *optional_date(row.at("valid from")),
                                             optional_date(row.at("valid to")))},
                                      "2025-03", "2025-03", Instant{});
            const Fen amount = price.rows.empty() ? Fen() : price.rows[0].amount;
            EXPECT_EQ(amount.text(), row.at(column)) << row.at("valid from") << " " << column;
        }
    }
}

TEST(BillingExamples, X36_NamedDay31InFebruary) {
    if (!billing_example("X-36")) return;
    auto rules = capitation_of_x38();
    rules.member_month = policy::billing::MemberMonth::kNamedDay;
    rules.named_day = 31;
    const auto covered = priced(rules, {adult("r", CivilDate::literal(2025, 2, 28), {})}, "2025-02",
                                "2025-02", Instant{});
    ASSERT_EQ(covered.rows.size(), 1U);
    EXPECT_EQ(covered.rows[0].amount.text(), "3100");
    const auto before =
        priced(rules, {adult("r", CivilDate::literal(2025, 1, 1), CivilDate::literal(2025, 2, 28))},
               "2025-02", "2025-02", Instant{});
    EXPECT_TRUE(before.rows.empty());
}

TEST(BillingExamples, X37_CellChangeAt65AndWithChronicFlag) {
    const auto example = billing_example("X-37");
    if (!example) return;
    const CivilDate start = CivilDate::literal(2025, 1, 1);
    auto r1 = adult("r1", start, {});
    r1.birth_date = CivilDate::literal(1960, 3, 2);
    auto r2 = adult("r2", start, {});
    r2.chronic_from = CivilDate::literal(2025, 3, 1);
    auto r3 = adult("r3", start, {});
    r3.chronic_from = CivilDate::literal(2025, 3, 2);
    EXPECT_EQ(rows_text(priced(capitation_of_x38(), {r1, r2, r3}, "2025-03", "2025-04", Instant{})),
              example->blocks.at(0).text);
}

std::vector<billing::EnrolmentVersion> versions_of_x38(const Example& example) {
    std::vector<billing::EnrolmentVersion> versions;
    for (const auto& row : csv_rows(example.block("enrolment.csv"))) {
        versions.push_back(
            {row.at("enrolment_id"), std::stoll(row.at("version")), row.at("resident_id"),
             row.at("consortium_id"), row.at("insurance"), std::stoi(row.at("sex")),
             CivilDate::parse(row.at("birth_date")).value(), optional_date(row.at("chronic_from")),
             CivilDate::parse(row.at("valid_from")).value(), optional_date(row.at("valid_to")),
             calendar::parse_rfc3339(row.at("recorded_at")).value(),
             row.at("status") == "CANCELLED"});
    }
    return versions;
}

TEST(BillingExamples, X38_TwoTimeAxesAndTheDifferenceBooking) {
    const auto example = billing_example("X-38");
    if (!example) return;
    const auto rules = capitation_of_x38();
    const auto versions = versions_of_x38(*example);
    const auto at = [](const char* text) { return calendar::parse_rfc3339(text).value(); };
    const auto summary = [](const billing::CapitationPrice& price) {
        std::string text = "consortium_id,period,head_count,amount_fen,prepay_fen\n";
        for (const auto& t : price.totals) {
            text += line({t.consortium_id, t.period.text(), std::to_string(t.head_count),
                          t.amount.text(), t.prepay.text()});
        }
        return text;
    };
    const Instant february = at("2025-02-28T23:59:59+08:00");
    const Instant april = at("2025-04-01T00:00:00+08:00");
    const auto first = priced(rules, versions, "2025-01", "2025-02", february);
    EXPECT_EQ(rows_text(first), example->block("pricing.csv"));
    EXPECT_EQ(summary(first), example->block("summary.csv"));
    const auto second = priced(rules, versions, "2025-01", "2025-02", april);
    EXPECT_EQ(rows_text(second), example->block("pricing2.csv"));
    EXPECT_EQ(summary(second), example->block("summary2.csv"));

    const CivilMonth jan = CivilMonth::parse("2025-01").value();
    const CivilMonth feb = CivilMonth::parse("2025-02").value();
    std::string diff = "consortium_id,period,cell_id,booked_fen,amount_fen,difference_fen\n";
    for (const auto& d : billing::differences(first.rows, second.rows, jan, feb)) {
        diff += line({d.consortium_id, d.period.text(), d.cell_id, d.booked.text(), d.amount.text(),
                      d.difference.text()});
    }
    EXPECT_EQ(diff, example->block("diff.csv"));
    EXPECT_TRUE(billing::differences(second.rows, second.rows, jan, feb).empty());
    EXPECT_EQ(rows_text(priced(rules, versions, "2025-01", "2025-02", february)), rows_text(first));
}

// --- benefit -----------------------------------------------------------------------------------

policy::billing::Benefit benefit_of_x48() {
    return parameters(billing_example("X-48")->block("benefit.yaml")).benefit.value();
}

billing::BenefitStay stay_of(const TableRow& row) {
    billing::BenefitStay s;
    s.level = row.at("level");
    s.total = fen(row, "total_fen");
    s.self_paid = fen(row, "self_paid_fen");
    s.class_b_first = fen(row, "class_b_first_fen");
    s.over_limit = fen(row, "over_limit_fen");
    if (row.at("referral") == "UP") s.referral = billing::ReferralKind::kUp;
    if (row.at("referral") == "DOWN") s.referral = billing::ReferralKind::kDown;
    s.chain_id = row.at("chain_id");
    s.county_evidence = row.at("county_ratio_evidence") == "1";
    s.filed = row.at("filed") == "1";
    s.aid_class = row.at("aid_class");
    return s;
}

std::string benefits_text(const policy::billing::Benefit& rules, const TableRows& stays) {
    std::string text =
        "person_id,stay_id,in_policy_fen,deductible_fen,waiver,ratio,county_ratio_used,basic_fen,"
        "serious_fen,aid_fen,personal_in_policy_fen,personal_total_fen\n";
    billing::BenefitYear year;
    for (const auto& row : stays) {
        const auto r = year.add(rules, stay_of(row)).value();
        text += line({row.at("person_id"), row.at("stay_id"), r.in_policy.text(),
                      r.deductible.text(), std::string(name_of(r.waiver)), r.ratio.text(),
                      r.county_ratio_used ? "1" : "0", r.basic.text(), r.serious.text(),
                      r.aid.text(), r.personal_in_policy.text(), r.personal_total.text()});
    }
    return text;
}

TEST(BillingExamples, X48_OneChainBothReadings) {
    const auto example = billing_example("X-48");
    if (!example) return;
    auto rules = benefit_of_x48();
    const auto stays = csv_rows(example->block("stays.csv"));
    EXPECT_EQ(benefits_text(rules, stays), example->block("benefits.csv"));
    rules.chain_mode = policy::billing::ChainMode::kCancelled;
    EXPECT_EQ(benefits_text(rules, stays),
              example->block_after("The same stays with `chain_mode: cancelled`"));
}

TEST(BillingExamples, X47_SeriousIllnessBandsAreMarginal) {
    const auto example = billing_example("X-47");
    if (!example) return;
    TableRow value;
    for (const auto& row : example->tables.at(0)) value[row.at("item")] = row.at("yuan");
    policy::billing::Benefit rules;
    rules.serious.bands = {
        {Fen::of_raw(1'000'000), Fen::of_raw(10'000'000), Rate::parse("0.5").value()},
        {Fen::of_raw(10'000'000), std::nullopt, Rate::parse("0.6").value()}};
    rules.serious.cap_fen = Fen::of_raw(30'000'000);
    const Fen remainder = Fen::of_raw(fen_of_yuan(value.at("personal in-policy remainder")));
    EXPECT_EQ(billing::serious_illness(rules, remainder, Rate::whole(1), Rate()).raw(),
              fen_of_yuan(value.at("serious-illness insurance")));
    rules.serious.cap_fen = Fen::of_raw(5'000'000);
    EXPECT_EQ(billing::serious_illness(rules, remainder, Rate::whole(1), Rate()).raw(), 5'000'000);
}

TEST(BillingExamples, X49_CountyRatioOnAnUpwardReferral) {
    const auto example = billing_example("X-49");
    if (!example) return;
    auto rules = benefit_of_x48();
    for (const auto& row : example->tables.at(0)) {
        rules.county_ratio_on_up = row.at("county_ratio_on_up") == "true";
        billing::BenefitStay stay;
        stay.level = "L3";
        stay.total = Fen::of_raw(5'000'000);
        stay.self_paid = Fen::of_raw(300'000);
        stay.referral = billing::ReferralKind::kUp;
        stay.chain_id = "ch";
        stay.county_evidence = row.at("evidence") == "1";
        stay.aid_class = "NONE";
        billing::BenefitYear year;
        const auto r = year.add(rules, stay).value();
        EXPECT_EQ(r.ratio.text(), row.at("ratio"));
        EXPECT_EQ(r.county_ratio_used ? "1" : "0", row.at("county ratio used"));
        EXPECT_EQ(r.deductible.text(), row.at("deductible"));
        EXPECT_EQ(r.waiver, billing::Waiver::kNone);
        EXPECT_EQ(r.basic.text(), row.at("basic"));
        EXPECT_EQ(r.serious.text(), row.at("serious"));
        // The table's personal total restates a total of 50,000 yuan.
        EXPECT_EQ(r.personal_total.text(), row.at("personal total"));
    }
}

TEST(BillingExamples, X50_ThirdLayer) {
    const auto example = billing_example("X-50");
    if (!example) return;
    const auto rules = benefit_of_x48();
    for (const auto& row : example->tables.at(0)) {
        billing::BenefitStay stay;
        stay.level = "L2";
        stay.total = Fen::of_raw(9'000'000);
        stay.self_paid = Fen::of_raw(800'000);
        stay.aid_class = row.at("class");
        billing::BenefitYear year;
        const auto r = year.add(rules, stay).value();
        EXPECT_EQ(r.in_policy.text(), row.at("in-policy"));
        EXPECT_EQ(r.basic.text(), row.at("basic"));
        EXPECT_EQ(r.serious.text(), row.at("serious"));
        EXPECT_EQ(r.aid.text(), row.at("aid"));
        EXPECT_EQ(r.personal_in_policy.text(), row.at("personal in-policy"));
        EXPECT_EQ(r.personal_total.text(), row.at("personal total"));
    }
}

TEST(BillingExamples, X51_YearCapNotFiledLaterStays) {
    const auto example = billing_example("X-51");
    if (!example) return;
    const auto rules = benefit_of_x48();
    billing::BenefitYear year;
    const std::map<std::string, std::string> levels{{"s1", "L3"}, {"s2", "L2"}, {"s3", "L1"}};
    for (const auto& row : example->tables.at(0)) {
        billing::BenefitStay stay;
        stay.level = levels.at(row.at("stay"));
        stay.total = fen(row, "in-policy");
        stay.filed = rules.levels.at(stay.level).ratio == Rate::parse(row.at("ratio")).value();
        stay.aid_class = "NONE";
        const auto r = year.add(rules, stay).value();
        EXPECT_EQ(r.deductible.text(), row.at("deductible"));
        EXPECT_EQ(r.ratio, Rate::parse(row.at("ratio")).value());
        EXPECT_EQ(r.basic.text(), row.at("basic"));
        EXPECT_EQ(r.serious.text(), row.at("serious"));
        EXPECT_EQ(r.personal_total.text(), row.at("personal total"));
    }
    EXPECT_EQ(year.basic_paid(), rules.basic_cap_fen);
}

// events.md 7, steps 15, 19 and 24.
TEST(BillingWalk, BenefitOfTheLoop) {
    if (!billing_example("X-48")) return;
    auto rules = benefit_of_x48();
    const auto stay = [](const char* level, std::int64_t total, std::int64_t self_paid,
                         std::int64_t class_b, billing::ReferralKind kind) {
        billing::BenefitStay s;
        s.level = level;
        s.total = Fen::of_raw(total);
        s.self_paid = Fen::of_raw(self_paid);
        s.class_b_first = Fen::of_raw(class_b);
        s.referral = kind;
        s.chain_id = "chain";
        s.aid_class = "NONE";
        return s;
    };
    using billing::ReferralKind;
    const auto s1 = stay("L1", 186000, 6000, 4000, ReferralKind::kNone);
    auto s2 = stay("L3", 843250, 31200, 18650, ReferralKind::kUp);
    for (const bool cancelled : {true, false}) {
        rules.chain_mode = cancelled ? policy::billing::ChainMode::kCancelled
                                     : policy::billing::ChainMode::kDifference;
        billing::BenefitYear year;
        const auto r1 = year.add(rules, s1).value();
        EXPECT_EQ(r1.basic.text(), "141680");
        EXPECT_EQ(r1.personal_in_policy.text(), "34320");
        EXPECT_EQ(r1.personal_total.text(), "44320");
        billing::BenefitYear without = year;
        const auto r2 = year.add(rules, s2).value();
        EXPECT_EQ(r2.deductible.text(), cancelled ? "0" : "75000");
        EXPECT_EQ(r2.basic.text(), cancelled ? "515710" : "466960");
        EXPECT_EQ(year.remainder().text(), cancelled ? "312010" : "360760");
        s2.referral = ReferralKind::kNone;
        EXPECT_EQ(without.add(rules, s2)->basic.text(), "463060");
        s2.referral = ReferralKind::kUp;

        billing::BenefitStay s3 = stay("L1", 8400, 0, 0, ReferralKind::kNone);
        const auto r3 = year.add_outpatient(rules, s3).value();
        EXPECT_EQ(r3.basic.text(), "7392");
        EXPECT_EQ(r3.personal_total.text(), "1008");
        EXPECT_EQ(year.stays(), 2);
    }
}

// --- ledger ------------------------------------------------------------------------------------

// "A -1,250,000; B +1,250,000" -> lines ordered by account.
std::vector<billing::Line> lines_of(std::string_view text) {
    std::vector<billing::Line> lines;
    while (!text.empty()) {
        const auto semicolon = text.find("; ");
        const std::string_view one = text.substr(0, semicolon);
        const auto blank = one.rfind(' ');
        lines.push_back(
            {std::string(one.substr(0, blank)), Fen::of_raw(whole_number(one.substr(blank + 1)))});
        text =
            semicolon == std::string_view::npos ? std::string_view() : text.substr(semicolon + 2);
    }
    std::ranges::sort(lines, {}, &billing::Line::account);
    return lines;
}

TEST(BillingExamples, X52_PostingsOfOneYear) {
    const auto example = billing_example("X-52");
    if (!example) return;
    const auto& rows = example->tables.at(0);
    const Fen settled = Fen::of_raw(694830508);
    const Fen prepaid = Fen::of_raw(625347457);
    const Fen deducted = Fen::of_raw(1250000);
    const std::vector<billing::Posting> postings{
        billing::budget_fixed("RES-2025", Fen::of_raw(1'260'000'000), Fen(), Fen()),
        billing::month_prepaid("RES-2025", "A", prepaid),
        billing::payment_confirmed("A", prepaid),
        billing::year_settled("RES-2025", "A", settled, Fen(), prepaid),
        billing::deduction_made("RES-2025", "A", deducted),
        billing::payment_confirmed("A", settled - prepaid - deducted)};
    ASSERT_EQ(rows.size(), postings.size());
    std::vector<billing::LedgerTransaction> ledger;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(postings[i].lines(), lines_of(rows[i].at("lines (fen)"))) << rows[i].at("event");
        ledger.push_back({.id = "T" + std::to_string(i),
                          .period = CivilMonth::parse("2025-12").value(),
                          .lines = postings[i].lines()});
        EXPECT_TRUE(billing::decide_booking({}, ledger.back()).ok());
    }
    const std::map<std::string, Fen> expected{{"DEDUCTION:RES-2025", Fen::of_raw(1250000)},
                                              {"FUND:RES-2025", Fen::of_raw(-1260000000)},
                                              {"PAID:A", Fen::of_raw(693580508)},
                                              {"PAYABLE:A", Fen()},
                                              {"POOL:RES-2025", Fen::of_raw(565169492)}};
    EXPECT_EQ(billing::balances(ledger), expected);
}

TEST(BillingExamples, X53_ReversalAndDifference) {
    const auto example = billing_example("X-53");
    if (!example) return;
    const auto& rows = example->tables.at(0);
    const CivilMonth february = CivilMonth::parse("2025-02").value();
    const CivilMonth april = CivilMonth::parse("2025-04").value();
    billing::LedgerState state{.closed_periods = {february, february.plus(1)}, .reversed = {}};
    const auto t1 = billing::capitation_prepaid("CX", Fen::of_raw(8990)).lines();
    EXPECT_EQ(t1, lines_of(rows[0].at("lines (fen)")));
    const auto t7 = billing::capitation_prepaid("CX", Fen::of_raw(6960 - 8990)).lines();
    EXPECT_EQ(t7, lines_of(rows[1].at("lines (fen)")));
    const std::vector<std::vector<billing::Line>> both{t1, t7};
    const auto t8 = billing::Posting::reversal_of(both).lines();
    EXPECT_EQ(t8, lines_of(rows[2].at("lines (fen)")));
    const auto t9 = billing::Posting().move("CAP_POOL:CX", "PAYABLE:CX_TEAM", Fen::of_raw(6960));
    EXPECT_EQ(t9.lines(), lines_of(rows[3].at("lines (fen)")));

    billing::LedgerTransaction reversal{
        .id = "T8", .period = april, .refers_to = {"T1", "T7"}, .reverses = true, .lines = t8};
    EXPECT_TRUE(billing::decide_booking(state, reversal).ok());
    state.reversed = {"T1", "T7"};
    EXPECT_EQ(billing::decide_booking(state, reversal).refusal().reason.code(),
              "LEDGER_ALREADY_REVERSED");
    reversal.reverses = false;  // naming a reversed transaction is not reversing it
    EXPECT_TRUE(billing::decide_booking(state, reversal).ok());
    reversal.period = february;
    EXPECT_EQ(billing::decide_booking(state, reversal).refusal().reason.code(), "PERIOD_CLOSED");
    EXPECT_EQ(billing::first_open_period(state, february), april);
    EXPECT_NE(example->prose.find("PERIOD_CLOSED"), std::string::npos);
}

}  // namespace
}  // namespace yilian::golden
