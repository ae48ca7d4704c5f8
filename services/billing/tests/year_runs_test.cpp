// Years of pools and consortia, runs in chunks, statements made again from the log, and what-ifs,
// on both databases (billing.md 7.4, 8, 11.1 to 11.3; rows 18, 19, 24, 25, 29, 30).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "services/billing/app/capitation_months.h"
#include "services/billing/app/consortium_years.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/app/payments.h"
#include "services/billing/app/pool_years.h"
#include "services/billing/app/pools.h"
#include "services/billing/app/runs.h"
#include "services/billing/app/what_ifs.h"
#include "services/billing/rpc/statement_forms.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/list_rows.h"
#include "services/billing/store/statement_events.h"
#include "services/billing/store/year_rows.h"
#include "services/billing/tests/harness.h"
#include "yilian/billing/v1/settlement_service.pb.h"

namespace yilian::billing::test {
namespace {

using amount::Fen;
using amount::Points;
using amount::Rate;
using app::Unit;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kMonth = "INSTITUTION_MONTH-2026-03";
constexpr const char* kYear = "POOL_YEAR-RES-2026-2026";
constexpr const char* kShared = "CONSORTIUM_YEAR-C1-2026";

// What an institution holds after its year, nothing paid by the bank yet.
std::int64_t paid_of(const store::Figures& figures, const std::string& id) {
    const auto& own = figures.at(id);
    return own.at("settled_fen") - own.at("deposit_fen") + own.at("released_fen");
}

std::string refusal_of(const auto& outcome) {
    return outcome.ok() ? "OK" : std::string(outcome.refusal().reason.code());
}

class YearRuns : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam()};

    void create_pool(std::int64_t budget) {
        h.unit([&](Unit& u) {
            store::PoolRow pool;
            pool.pool_id = "RES-2026";
            pool.insurance = "RES";
            pool.year = "2026";
            pool.budget = Fen::of_raw(budget);
            pool.reserve_rate = Rate::parse("0.05").value();
            pool.rates.payment_ratio = Rate::parse("0.68").value();
            pool.rates.v_bud_num = 9650;
            pool.rates.prepay_rate = Rate::parse("0.95").value();
            pool.rates.reserve_rate = pool.reserve_rate;
            pool.approval_document_id = "D1";
            const auto created = app::create_pool(u, std::move(pool));
            ASSERT_TRUE(created.ok()) << refusal_of(created);
        });
    }
    // The walk up to the published month of March.
    void walk(std::int64_t budget = 1'000'000) {
        create_pool(budget);
        feed_places(h);
        h.now = at("2026-03-02T08:00:00+08:00");
        price("2026-03");
        h.now = at("2026-03-18T14:30:00+08:00");
        h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
        h.now = at("2026-03-27T09:30:00+08:00");
        h.submit(stay_s1("r", "ev1"));
        h.submit(stay_s2("r", "ev1"));
        h.now = at("2026-03-31T15:11:00+08:00");
        h.event(*fact::dispensed("d1", "p1", "r"));
        h.submit(outpatient_s3("r", "p1"));
        h.now = at("2026-04-15T09:00:00+08:00");
        h.publish_month("2026-03");
        h.actor = "clerk";
        h.now = at("2026-12-10T09:00:00+08:00");
    }
    void price(const std::string& period) {
        h.unit([&](Unit& u) {
            const auto month =
                app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(period), {}, false});
            ASSERT_TRUE(month.ok()) << refusal_of(month);
        });
    }
    store::RunRow run(const std::string& id) {
        std::optional<store::RunRow> row;
        h.read([&](storage::Transaction& tx) { row = store::run(tx, id); });
        EXPECT_TRUE(row) << id;
        return row.value_or(store::RunRow{});
    }
    static std::string etag_of(const store::RunRow& row) {
        return '"' + std::to_string(row.changes) + '"';
    }
    // COMPUTED -> PUBLISHED by another person.
    void publish(const std::string& id) {
        h.actor = "approver";
        const auto computed = run(id);
        h.unit([&](Unit& u) {
            const auto approved =
                app::approve_run(u, id, etag_of(computed), computed.result_digest);
            ASSERT_TRUE(approved.ok()) << refusal_of(approved);
        });
        const auto approved = run(id);
        h.unit([&](Unit& u) {
            const auto published = app::publish_run(u, id, etag_of(approved));
            ASSERT_TRUE(published.ok()) << refusal_of(published);
        });
        h.actor = "clerk";
    }
    app::StartPoolYear year() {
        return {"",
                "RES-2026",
                "2026",
                {},
                {{"B1", Rate::parse("0.9").value()}, {"H1", Rate::parse("1").value()}}};
    }
    app::ShareYear sharing() {
        app::ShareYear what;
        what.consortium_id = "C1";
        what.year = "2026";
        what.quality = Rate::parse("0.9").value();
        what.items = {{"NEGOTIATED", "CS40", 1'000'000, "D2"},
                      {"EXCLUDED", "EPIDEMIC", 100'000, "D3"},
                      {"WEIGHT", "H1", 70'000, "POPULATION"},
                      {"WEIGHT", "B1", 30'000, "POPULATION"}};
        return what;
    }
    void start(const app::StartPoolYear& what) {
        h.unit([&](Unit& u) {
            const auto started = app::start_pool_year(u, what);
            ASSERT_TRUE(started.ok()) << refusal_of(started);
        });
    }
    void share(const app::ShareYear& what) {
        h.unit([&](Unit& u) {
            const auto started = app::share_year_of(u, what);
            ASSERT_TRUE(started.ok()) << refusal_of(started);
        });
    }
    std::string refused(const app::StartPoolYear& what) {
        std::string code;
        h.unit([&](Unit& u) { code = refusal_of(app::start_pool_year(u, what)); });
        return code;
    }
    std::string refused(const app::ShareYear& what) {
        std::string code;
        h.unit([&](Unit& u) { code = refusal_of(app::share_year_of(u, what)); });
        return code;
    }
    store::Figures figures_of(const std::string& run_id) {
        store::Figures figures;
        h.read([&](storage::Transaction& tx) { figures = store::figures(tx, run_id); });
        return figures;
    }
    std::string statement(const std::string& run_id, const std::string& party) {
        std::string content;
        h.read([&](storage::Transaction& tx) {
            const auto row = store::statement(tx, run_id, party);
            ASSERT_TRUE(row) << run_id << ' ' << party;
            content = row->content;
        });
        return content;
    }
    // Every statement, by run and party.
    std::map<std::pair<std::string, std::string>, std::string> statements() {
        std::map<std::pair<std::string, std::string>, std::string> all;
        static constexpr storage::Query kAll{
            "test.statements", "SELECT run_id, party, content FROM statements WHERE published = 1"};
        h.read([&](storage::Transaction& tx) {
            for (const auto& row : tx.select(kAll)) {
                all[{row.text(0), row.text(1)}] = row.bytes(2);
            }
        });
        return all;
    }
    // Those made again from the outbox, in its order.
    std::map<std::pair<std::string, std::string>, std::string> made_again() {
        store::StatementHistory history;
        static constexpr storage::Query kLog{"test.log",
                                             "SELECT type, payload FROM outbox ORDER BY position"};
        h.read([&](storage::Transaction& tx) {
            for (const auto& row : tx.select(kLog)) history.see(row.text(0), row.bytes(1));
        });
        std::map<std::pair<std::string, std::string>, std::string> all;
        for (const auto& [key, made] : history.statements()) all[key] = made.content;
        return all;
    }
};
YILIAN_ON_BOTH_DRIVERS(YearRuns);

TEST_P(YearRuns, ROW24_TheYearOfAPoolIsClearedAndBooked) {
    walk();
    start(year());
    const auto computed = run(kYear);
    EXPECT_EQ(computed.state, RunState::kComputed);
    EXPECT_EQ(computed.case_count, 2);
    publish(kYear);
    const auto figures = figures_of(kYear);
    EXPECT_EQ(figures.at("").at("available_fen"), 950'000);
    EXPECT_EQ(figures.at("B1").at("prepaid_fen"), 118'316);
    EXPECT_EQ(figures.at("H1").at("prepaid_fen"), 402'928);
    EXPECT_EQ(figures.at("B1").at("actual_fen"), 141'680);
    EXPECT_EQ(figures.at("H1").at("actual_fen"), 515'710);
    EXPECT_EQ(figures.at("B1").at("points_e4"), 189'796);
    EXPECT_EQ(figures.at("B1").at("target_fen") + figures.at("H1").at("target_fen"), 950'000);
    EXPECT_GT(figures.at("H1").at("deposit_fen"), 0);
    EXPECT_EQ(h.balance("RESERVE:RES-2026"), figures.at("").at("reserve_end_fen"));
    EXPECT_EQ(h.balance("PAYABLE:H1"), paid_of(figures, "H1"));
    h.read([&](storage::Transaction& tx) {
        EXPECT_EQ(app::find_case(tx, "B1", "s1-r", 0)->list.state, CaseState::kSettled);
    });
    EXPECT_EQ(h.balance("POOL:RES-2026"), 0);
    EXPECT_EQ(h.balance("DEPOSIT:B1"), 0);
    EXPECT_EQ(h.balance("FUND:RES-2026"), -1'000'000);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(YearRuns, ROW24_AShortYearLeavesClaims) {
    walk(300'000);
    start(year());
    publish(kYear);
    EXPECT_LT(h.balance("CLAIM:H1"), 0);
    EXPECT_EQ(h.balance("POOL:RES-2026"), 0);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(YearRuns, RefusalsOfAYear) {
    EXPECT_EQ(refused(year()), "NOT_FOUND");
    create_pool(1'000'000);
    EXPECT_EQ(refused(year()), "RUN_INPUT_EMPTY");
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("r", ""));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.unit([&](Unit& u) {
        ASSERT_TRUE(
            app::start_month(u, {"", "350104", *calendar::CivilMonth::parse("2026-03"), {}}).ok());
    });
    EXPECT_EQ(refused(year()), "PERIOD_HAS_OPEN_RUN");
    publish(kMonth);
    auto what = year();
    what.quality.erase("B1");
    EXPECT_EQ(refused(what), "QUALITY_SCORE_MISSING");
    start(year());
    EXPECT_EQ(refused(year()), "RUN_ALREADY_OPEN");
    what = year();
    what.run_id = kYear;
    EXPECT_EQ(refused(what), "OK") << "computed again by its id";
    const auto again = run(kYear);
    h.unit([&](Unit& u) {
        const auto own = app::approve_run(u, kYear, etag_of(again), again.result_digest);
        EXPECT_EQ(refusal_of(own), "SAME_PERSON");
    });
    publish(kYear);
    EXPECT_EQ(refused(year()), "STATE_TRANSITION_NOT_ALLOWED");
}

TEST_P(YearRuns, ROW19_AReplacedYearBooksTheDifferencesAlone) {
    walk();
    start(year());
    publish(kYear);
    const auto old = run(kYear);
    h.unit([&](Unit& u) {
        const auto adjusted = app::adjust_pool(u, "RES-2026", "\"1\"", Fen::of_raw(200'000), "D9");
        ASSERT_TRUE(adjusted.ok()) << refusal_of(adjusted);
        const auto next = app::supersede_run(u, kYear, etag_of(old), "again");
        ASSERT_TRUE(next.ok()) << refusal_of(next);
    });
    publish("again");
    EXPECT_EQ(run(kYear).state, RunState::kSuperseded);
    const auto figures = figures_of("again");
    EXPECT_EQ(figures.at("").at("available_fen"), 1'140'000);
    EXPECT_EQ(h.balance("RESERVE:RES-2026"), figures.at("").at("reserve_end_fen"));
    EXPECT_EQ(h.balance("PAYABLE:H1"), paid_of(figures, "H1"));
    EXPECT_EQ(h.balance("POOL:RES-2026"), 0);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(YearRuns, ROW24_TheSurplusOfAConsortiumIsSharedAndBooked) {
    walk();
    share(sharing());
    publish(kShared);
    const auto figures = figures_of(kShared);
    EXPECT_EQ(figures.at("").at("benchmark_fen"), 1'005'890);
    // All three lists of the resident, wherever they were treated.
    EXPECT_EQ(figures.at("").at("expenditure_fen"), 664'782);
    EXPECT_EQ(figures.at("").at("surplus_fen"), 1'005'890 - 664'782 + 100'000);
    const auto reward = figures.at("").at("reward_fen");
    EXPECT_GT(reward, 0);
    EXPECT_EQ(figures.at("B1").at("amount_fen") + figures.at("H1").at("amount_fen"), reward);
    const auto staff = figures.at("B1").at("staff_fen");
    EXPECT_GE(staff * 100, figures.at("B1").at("amount_fen") * 65);
    EXPECT_EQ(h.balance("STAFF:B1"), staff);
    EXPECT_EQ(h.balance("SURPLUS:C1"), 0);
    EXPECT_THAT(statement(kShared, "C1"),
                AllOf(HasSubstr("\"outcome\":\"REWARD\""), HasSubstr("\"code\":\"EPIDEMIC\"")));
    EXPECT_THAT(statement(kShared, "B1"), Not(HasSubstr("\"institution_id\":\"H1\"")));
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(YearRuns, ROW24_OverspendIsAClaimOnTheMembers) {
    walk();
    auto what = sharing();
    what.items = {{"NEGOTIATED", "CS40", 394'110, "D2"}, {"WEIGHT", "H1", 10'000, "WORKLOAD"}};
    share(what);
    publish(kShared);
    const auto figures = figures_of(kShared);
    EXPECT_EQ(figures.at("").at("surplus_fen"), 400'000 - 664'782);
    EXPECT_GT(figures.at("").at("contribution_fen"), 0);
    EXPECT_EQ(h.balance("CLAIM:H1"), -figures.at("").at("contribution_fen"));
    EXPECT_THAT(h.violations(), IsEmpty());
}

// Two time axes: the year is what was known at its cut-off, whatever is corrected later.
TEST_P(YearRuns, ROW18_TheBenchmarkOfAYearIsAsKnownAtItsCutOff) {
    walk();
    h.now = at("2026-05-10T09:00:00+08:00");
    h.event(*fact::contract_ended("c", "r", "2026-03-11"), 2);
    price("2026-03");
    h.now = at("2026-12-10T09:00:00+08:00");
    auto what = sharing();
    what.cut_off_at = at("2026-04-16T00:00:00+08:00");
    share(what);
    const auto early = figures_of(kShared);
    EXPECT_EQ(early.at("").at("benchmark_fen"), 1'005'890);
    EXPECT_EQ(early.at("").at("expenditure_fen"), 664'782);
    what.run_id = kShared;
    what.cut_off_at = at("2026-12-01T00:00:00+08:00");
    what.items[1].value = 0;
    share(what);
    const auto late = figures_of(kShared);
    EXPECT_EQ(late.at("").at("benchmark_fen"), 1'001'900) << "10 of 31 days";
    EXPECT_EQ(late.at("").at("expenditure_fen"), 0) << "enrolled on no day of discharge";
    what.cut_off_at = at("2026-04-16T00:00:00+08:00");
    what.items[1].value = 100'000;
    share(what);
    EXPECT_EQ(figures_of(kShared), early);
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(YearRuns, RefusalsOfSharing) {
    auto what = sharing();
    what.quality.reset();
    EXPECT_EQ(refused(what), "QUALITY_SCORE_MISSING");
    what = sharing();
    what.items.erase(what.items.begin());
    EXPECT_EQ(refused(what), "BENCHMARK_ZERO") << "no month is priced and nothing negotiated";
    EXPECT_EQ(refused(sharing()), "SHARE_EXCLUDED_TOO_LARGE");
    walk();
    what = sharing();
    what.items.resize(2);
    EXPECT_EQ(refused(what), "RUN_INPUT_EMPTY");
}

TEST_P(YearRuns, ROW29_EveryStatementIsMadeAgainFromTheLogByteForByte) {
    walk();
    start(year());
    publish(kYear);
    share(sharing());
    publish(kShared);
    // Late evidence of another stay is a correction of the next month's statement.
    h.now = at("2026-04-20T09:00:00+08:00");
    const auto kept = statements();
    EXPECT_EQ(kept.size(), 2U + 2U + 3U);
    EXPECT_EQ(made_again(), kept);
}

TEST_P(YearRuns, ROW29_CorrectionsOfALaterMonthAreMadeAgainToo) {
    create_pool(1'000'000);
    feed_places(h);
    h.now = at("2026-03-27T09:30:00+08:00");
    h.submit(stay_s1("r", "ev1"));
    h.submit(stay_s2("r", "ev1"));
    h.now = at("2026-04-15T09:00:00+08:00");
    h.publish_month("2026-03");
    // The evidence comes after the month: a difference, stated by April.
    h.event(*fact::evidence("ev1", "ref1", "r", "2026-03-18T14:15:00+08:00"), 9);
    auto april = outpatient_s3("r", "");
    april.set_list_id("s9");
    store::set_instant(april.mutable_admitted_at(), at("2026-04-20T15:00:00+08:00"));
    store::set_instant(april.mutable_discharged_at(), at("2026-04-20T15:10:00+08:00"));
    store::set_instant(april.mutable_declared_at(), at("2026-04-20T15:11:00+08:00"));
    h.now = at("2026-04-20T15:11:00+08:00");
    h.submit(april);
    h.now = at("2026-05-15T09:00:00+08:00");
    h.publish_month("2026-04");
    const auto kept = statements();
    EXPECT_THAT(kept.at({"INSTITUTION_MONTH-2026-04", "H1"}),
                HasSubstr("\"refers_to\":\"" + std::string(kMonth)));
    EXPECT_EQ(made_again(), kept);
}

TEST_P(YearRuns, ROW29_FormsComeFromTheMachineFormAlone) {
    walk();
    start(year());
    publish(kYear);
    const std::string json = statement(kYear, "H1");
    const std::string csv = rpc_edge::statement_csv(json);
    EXPECT_TRUE(csv.starts_with("section,record,figure,value\n"));
    EXPECT_THAT(csv, HasSubstr("totals,,prepaid_fen,402928\n"));
    const std::string html = rpc_edge::statement_html(json, "2026-12-24");
    EXPECT_EQ(html, rpc_edge::statement_html(json, "2026-12-24"));
    EXPECT_THAT(html, AllOf(HasSubstr("<svg"), HasSubstr("4,029.28"), HasSubstr("2026-12-24")));
    EXPECT_THAT(html, Not(HasSubstr("http://")));
    EXPECT_THAT(html, Not(HasSubstr("https://")));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
    EXPECT_THAT(rpc_edge::statement_html(statement(kMonth, "B1"), ""), HasSubstr("FV23"));
}

TEST_P(YearRuns, ROW30_AWhatIfReportsDifferencesAndBooksNothing) {
    walk();
    h.read([&](storage::Transaction& tx) { EXPECT_EQ(store::ledger_sum(tx), Fen()); });
    const auto payable = h.balance("PAYABLE:H1");
    v1::DifferenceReport report;
    const auto try_out = [&](const std::string& id, const char* k) {
        h.unit([&](Unit& u) {
            app::TryOut what;
            what.what_if_id = id;
            what.pool_id = "RES-2026";
            what.period = "2026";
            if (k != nullptr) what.coefficients["H1"] = Rate::parse(k).value();
            what.policy_on = k == nullptr ? "2026-03-25" : "";
            const auto tried = app::try_out(u, what);
            ASSERT_TRUE(tried.ok()) << refusal_of(tried);
            ASSERT_TRUE(report.ParseFromString(tried->report));
        });
    };
    try_out("w1", "0.9");
    ASSERT_EQ(report.cases_size(), 1);
    EXPECT_EQ(report.cases(0).list_id(), "s2-r");
    EXPECT_EQ(report.cases(0).before_e4(), 646'350);
    EXPECT_EQ(report.cases(0).after_e4(), 558'000) << "620,000 x 0.9";
    EXPECT_THAT(report.cases(0).because(), testing::ElementsAre("k_coef"));
    ASSERT_EQ(report.institutions_size(), 2);
    EXPECT_EQ(report.institutions(0).difference_fen() + report.institutions(1).difference_fen(), 0);
    EXPECT_EQ(report.available_fen(), 950'000);
    const std::string digest = report.report_sha256();
    try_out("w2", "0.9");
    EXPECT_EQ(report.report_sha256(), digest) << "the same question has the same answer";
    // Unchanged parameters give an empty report.
    try_out("w3", nullptr);
    EXPECT_EQ(report.case_difference_count(), 0);
    EXPECT_EQ(report.institutions_size(), 0);
    EXPECT_EQ(h.balance("PAYABLE:H1"), payable);
}

TEST_P(YearRuns, ROW30_WhatIfsAreBoundedAndForgotten) {
    walk();
    const auto tried = [&](const std::string& id) {
        std::string code;
        h.unit([&](Unit& u) {
            app::TryOut what;
            what.what_if_id = id;
            what.pool_id = "RES-2026";
            what.period = "2026-03";
            what.coefficients["H1"] = Rate::whole(1);
            code = refusal_of(app::try_out(u, what));
        });
        return code;
    };
    for (int i = 0; i < app::kMostWhatIfs; ++i) ASSERT_EQ(tried("w" + std::to_string(i)), "OK");
    EXPECT_EQ(tried("one-more"), "WHATIF_LIMIT_REACHED");
    h.now = at("2027-03-12T09:00:00+08:00");
    EXPECT_EQ(tried("one-more"), "OK") << "the old ones are forgotten after 90 days";
}

}  // namespace
}  // namespace yilian::billing::test
