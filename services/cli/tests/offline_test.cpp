// billing.md 16.1 and 16.5 to 16.9: the offline commands on bad rows, many rows and any number of
// threads. What they compute is held to the examples in tests/golden.
#include "services/cli/offline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "libs/testkit/temp_dir.h"
#include "services/cli/allocate.h"
#include "services/cli/benefit.h"
#include "services/cli/capitation.h"
#include "services/cli/exit_code.h"
#include "services/cli/pool_settle.h"
#include "services/cli/share.h"

namespace yilian::cli {
namespace {

constexpr const char* kReport = "file,row,column,reason,value\n";
constexpr const char* kStays =
    "person_id,stay_id,seq,level,total_fen,self_paid_fen,class_b_first_fen,over_limit_fen,referral,"
    "chain_id,county_ratio_evidence,filed,aid_class\n";
constexpr const char* kEnrolments =
    "enrolment_id,version,resident_id,consortium_id,insurance,sex,birth_date,chronic_from,"
    "valid_from,valid_to,recorded_at,status\n";
constexpr const char* kConsortia =
    "consortium_id,members,benchmark_fen,expenditure_fen,excluded_fen,quality_score\n";

class Offline : public ::testing::Test {
  protected:
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ifstream in(file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put_params(const std::string& block) const {
        put("params.yaml",
            R"({"schema": "yilian.billing.params/1", "region": "990100", "version": "t",
"effective_from": "2025-01-01", "effective_to": "2026-01-01",
"source": {"title": "t", "number": "", "date": "2025-01-01"}, "body": {)" +
                block + "}}");
    }
    template <class Args>
    [[nodiscard]] Args args() const {
        Args a;
        a.params = file("params.yaml");
        a.in = file("in.csv");
        a.out = file("out.csv");
        return a;
    }
    [[nodiscard]] std::string report() const { return read("out.csv.errors.csv"); }
    // "7,sex,FIELD_ENUM,***\n" of a file.
    [[nodiscard]] std::string at(const std::string& name, const std::string& rest) const {
        return file(name) + "," + rest + "\n";
    }

    // How a command failed: "4 CSV_EMPTY: …".
    [[nodiscard]] static std::string failure(const std::function<int()>& command) {
        try {
            return "no failure, " + std::to_string(command());
        } catch (const CommandFailed& failed) {
            return std::to_string(failed.code()) + " " + failed.what();
        }
    }

    testkit::TempDir dir_;
};

constexpr const char* kSharing = R"("sharing": {"gate": "0.60", "scale_by_quality": true,
"staff_rate": "0.65", "surplus": {"min_rate_curve": [[1, "0.01"]], "first_unit": true,
"max_rate": "0.5", "cap_rate": "0.10"}, "overspend": {"min_rate_curve": [[1, "0.01"]],
"mode": "fixed", "rate": "0.50", "floor": "0.40", "ceiling": "0.75", "cap_rate": "0.15"},
"rounding": {"reward": "half_away", "contribution": "half_away"}})";

TEST_F(Offline, B16_7_BadRowsAreReportedAndOthersAreShared) {
    put_params(kSharing);
    put("in.csv", std::string(kConsortia) +
                      "C2,10,1000,900,0,1\n"
                      "C1,10,0,900,0,1\n"
                      "C3,10,1000,900,901,1\n"
                      "C4,10,1000,1000,0,1\n"
                      "C2,10,1000,800,0,1\n"
                      "C5,10,1000,900,0,1.5\n"
                      "C0,10,1000,1100,0,0.5\n");
    put("weights.csv",
        "consortium_id,institution_id,weight\nC2,H2,1\nC2,H1,1\nC2,H2,5\nC0,H3,0\nC9,H9,1\n");
    auto a = args<ShareArgs>();
    a.weights = file("weights.csv");
    a.members_out = file("members.csv");
    EXPECT_EQ(share_files(a), 1);
    EXPECT_EQ(read("out.csv"),
              "consortium_id,surplus_fen,surplus_rate,min_rate,final_rate,reward_fen,"
              "contribution_fen,outcome,capped,staff_fen\n"
              "C0,-100,-0.10000000,0.01000000,0.50000000,0,50,CONTRIBUTION,0,0\n"
              "C2,100,0.10000000,0.01000000,0.50000000,50,0,REWARD,0,33\n"
              "C4,0,0.00000000,0.00000000,0.00000000,0,0,BALANCED,0,0\n");
    EXPECT_EQ(read("members.csv"),
              "consortium_id,institution_id,reward_fen,contribution_fen\nC2,H1,25,0\nC2,H2,25,0\n");
    EXPECT_EQ(report(), kReport + at("in.csv", "3,benchmark_fen,FIELD_RANGE,0") +
                            at("in.csv", "4,excluded_fen,SHARE_EXCLUDED_TOO_LARGE,901") +
                            at("in.csv", "6,consortium_id,ROW_DUPLICATE_KEY,C2") +
                            at("in.csv", "7,quality_score,FIELD_RANGE,1.5") +
                            at("weights.csv", "4,institution_id,ROW_DUPLICATE_KEY,H2") +
                            at("weights.csv", "5,weight,ALLOC_NO_WEIGHT,0"));
}

TEST_F(Offline, B16_1_StrictWritesTheReportOnly) {
    put_params(kSharing);
    put("in.csv", std::string(kConsortia) + "C1,10,1000,900,0,1\nC2,10,1000,900,0,x\n");
    put("out.csv", "old");
    auto a = args<ShareArgs>();
    a.strict = true;
    a.errors = file("bad.csv");
    EXPECT_EQ(share_files(a), 5);
    EXPECT_EQ(read("out.csv"), "old");
    EXPECT_EQ(read("bad.csv"), kReport + at("in.csv", "3,quality_score,FIELD_FORMAT,x"));
    put("in.csv", std::string(kConsortia) + "C1,10,1000,900,0,1\n");
    EXPECT_EQ(share_files(a), 0);
    EXPECT_NE(read("out.csv"), "old");
    EXPECT_EQ(read("bad.csv"), kReport);
}

TEST_F(Offline, B16_1_WhatRefusesTheWholeRunTouchesNoFile) {
    put("in.csv", kConsortia);
    const auto run = [&](auto change) {
        auto a = args<ShareArgs>();
        change(a);
        return failure([&] { return share_files(a); });
    };
    const auto nothing = [](ShareArgs&) {};
    EXPECT_TRUE(run(nothing).starts_with("4 FILE_NOT_READABLE: ")) << "no parameters";
    put_params(R"("allocate": {"amount_fen": 1, "share_rate": "1",
"factors": [{"name": "a", "weight": "1"}], "zero_denominator": "drop"})");
    EXPECT_EQ(run(nothing), "3 POLICY_KEY_MISSING: " + file("params.yaml") + ": body.sharing");
    put_params(kSharing);
    EXPECT_TRUE(run([&](ShareArgs& a) {
                    a.out = file("absent/out.csv");
                }).starts_with("6 FILE_NOT_WRITABLE: "));
    EXPECT_TRUE(run([&](ShareArgs& a) {
                    a.errors = file("absent/bad.csv");
                }).starts_with("6 FILE_NOT_WRITABLE: "));
    EXPECT_TRUE(run([&](ShareArgs& a) { a.weights = file("in.csv"); }).starts_with("2 USAGE: "));
    put("in.csv", "");
    EXPECT_TRUE(run(nothing).starts_with("4 CSV_EMPTY: "));
    put("in.csv", std::string("members,") + kConsortia);
    EXPECT_TRUE(run(nothing).starts_with("4 CSV_DUPLICATE_COLUMN: "));
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
        const std::string name = entry.path().filename().string();
        EXPECT_TRUE(name == "in.csv" || name == "params.yaml") << name;
    }
}

TEST_F(Offline, B16_9_FactorsNobodyHas) {
    const auto params = [&](const char* zero) {
        put_params(R"("allocate": {"amount_fen": 100, "share_rate": "1",
"factors": [{"name": "beds", "weight": "0.5"}, {"name": "visits", "weight": "0.5"}],
"zero_denominator": ")" +
                   std::string(zero) + "\"}");
    };
    put("in.csv", "visits,institution_id,beds\n3,B,0\n1,A,0\n,C,1\n7,A,7\n");
    params("drop");
    EXPECT_EQ(allocate_files(args<OfflineArgs>()), 1);
    EXPECT_EQ(read("out.csv"), "institution_id,amount_fen\nA,13\nB,37\n");
    EXPECT_EQ(report(), kReport + at("in.csv", "4,visits,FIELD_REQUIRED,") +
                            at("in.csv", "5,institution_id,ROW_DUPLICATE_KEY,A"));
    params("renormalise");
    EXPECT_EQ(allocate_files(args<OfflineArgs>()), 1);
    EXPECT_EQ(read("out.csv"), "institution_id,amount_fen\nA,25\nB,75\n");
    put("in.csv", "visits,institution_id,beds\n0,A,0\n");
    EXPECT_TRUE(failure([&] {
                    return allocate_files(args<OfflineArgs>());
                }).starts_with("3 ALLOC_NO_WEIGHT: "));
    EXPECT_EQ(read("out.csv"), "institution_id,amount_fen\nA,25\nB,75\n");
}

TEST_F(Offline, B16_6_PoolsThatCannotBeSettledDoNotStopTheOthers) {
    put_params(R"("settle": {"corridor": [], "compensation_limit": "reserve", "deposit_rate": "0",
"rounding": {"reserve": "half_away", "corridor": "half_away", "deposit": "half_away",
"point_value": "half_away"}})");
    put("pools.csv",
        "pool_id,budget_fen,reserve_rate,out_of_pool_fen,payment_ratio\n"
        "P3,100,0,101,1\nP2,100,0,0,1\nP1,90,0,0,1\nP1,80,0,0,1\n");
    put("in.csv",
        "pool_id,institution_id,points,actual_fen,prepaid_fen,quality_score\n"
        "P1,B,1,0,0,1\nP9,A,1,0,0,1\nP2,A,0,0,0,1\nP1,A,2,70,0,1\nP1,A,9,0,0,1\nP3,A,1,0,0,1\n");
    auto a = args<PoolSettleArgs>();
    a.pools = file("pools.csv");
    EXPECT_EQ(settle_pools(a), 1);
    EXPECT_EQ(read("out.csv"),
              "pool_id,institution_id,points,target_fen,actual_fen,usage,band,corridor_fen,"
              "settled_fen,deposit_fen,released_fen,prepaid_fen,final_fen\n"
              "P1,A,2.0000,60,70,1.16666667,,60,60,0,0,0,60\n"
              "P1,B,1.0000,30,0,0.00000000,,30,30,0,0,0,30\n");
    EXPECT_EQ(report(), kReport + at("in.csv", "3,pool_id,POOL_UNKNOWN,P9") +
                            at("in.csv", "6,institution_id,ROW_DUPLICATE_KEY,A") +
                            at("pools.csv", "2,,POOL_NEGATIVE,") +
                            at("pools.csv", "3,,POOL_NO_POINTS,") +
                            at("pools.csv", "5,pool_id,ROW_DUPLICATE_KEY,P1"));
}

constexpr const char* kBenefit = R"("benefit": {"levels": {"L1": {"deductible_fen": 15000,
"ratio": "0.88"}, "L3": {"deductible_fen": 90000, "ratio": "0.65"}},
"ordinal_factors": ["1", "0.5"], "basic_cap_fen": 20000000, "chain_mode": "cancelled",
"county_level": "L1", "county_ratio_on_up": true, "unfiled_penalty": "0.10",
"serious": {"bands": [], "cap_fen": 0}, "aid": {"NONE": {"deductible_fen": 0, "ratio": "0",
"cap_fen": 0, "serious_threshold_factor": "1", "serious_rate_add": "0"}},
"rounding": {"basic": "half_away", "aid": "half_away"}})";

TEST_F(Offline, B16_8_StaysByPersonAndSequenceEqualOnesInFileOrder) {
    put_params(kBenefit);
    put("in.csv", std::string(kStays) +
                      "p2,s5,1,L1,100000,0,0,0,NONE,,0,1,NONE\n"
                      "p1,s3,10,L1,100000,0,0,0,NONE,,0,1,NONE\n"
                      "p1,s2,9,L1,100000,0,0,0,NONE,,0,1,NONE\n"
                      "p1,s1,9,L1,100000,0,0,0,NONE,,0,0,NONE\n"
                      "p1,s9,1,L1,100,50,50,1,NONE,,0,1,NONE\n"
                      "p1,s9,1,L2,100,0,0,0,SIDE,,2,1,RICH\n"
                      "p-secret,s5,1,L1,100000,0,0,0,NONE,,0,1,NONE\n"
                      "p secret,s6,1,L1,100000,0,0,0,NONE,,0,1,NONE\n"
                      "p3,s7,1,L1,1,9223372036854775807,9223372036854775807,0,NONE,,0,1,NONE\n");
    EXPECT_EQ(compute_benefits(args<OfflineArgs>()), 1);
    const std::string header =
        "person_id,stay_id,in_policy_fen,deductible_fen,waiver,ratio,county_ratio_used,basic_fen,"
        "serious_fen,aid_fen,personal_in_policy_fen,personal_total_fen\n";
    EXPECT_EQ(read("out.csv"), header +
                                   "p1,s2,100000,15000,NONE,0.88000000,0,74800,0,0,25200,25200\n"
                                   "p1,s1,100000,7500,NONE,0.78000000,0,72150,0,0,27850,27850\n"
                                   "p1,s3,100000,7500,NONE,0.88000000,0,81400,0,0,18600,18600\n"
                                   "p2,s5,100000,15000,NONE,0.88000000,0,74800,0,0,25200,25200\n");
    EXPECT_EQ(report(), kReport + at("in.csv", "6,,BEN_NEGATIVE_IN_POLICY,") +
                            at("in.csv", "7,level,FIELD_ENUM,L2") +
                            at("in.csv", "7,referral,FIELD_ENUM,SIDE") +
                            at("in.csv", "7,county_ratio_evidence,FIELD_ENUM,2") +
                            at("in.csv", "7,aid_class,FIELD_ENUM,RICH") +
                            at("in.csv", "8,stay_id,ROW_DUPLICATE_KEY,s5") +
                            at("in.csv", "9,person_id,FIELD_FORMAT,***") +
                            at("in.csv", "10,,BEN_NEGATIVE_IN_POLICY,"));
}

class OfflineCapitation : public Offline {
  protected:
    OfflineCapitation() {
        put_params(R"("capitation": {"member_month": "day_share", "named_day": 15,
"age_on": "month_first_day", "prepay_rate": "0.90", "rounding": {"cell": "half_away",
"prepay": "down"}})");
        put("rates.csv",
            "cell_id,age_from,age_to,sex,chronic,insurance,month_rate_fen\n"
            "ADULT,0,64,*,*,RES,3100\n");
    }
    [[nodiscard]] CapitationArgs months() const {
        auto a = args<CapitationArgs>();
        a.rates = file("rates.csv");
        a.from = "2025-01";
        a.to = "2025-03";
        a.known_at = "2025-12-31T00:00:00+08:00";
        a.summary = file("summary.csv");
        return a;
    }
};

TEST_F(OfflineCapitation, B16_5_BadRowsAndMembersWithoutACell) {
    // r1 turns 65 on 15 January: February and March match no cell, January does.
    put("in.csv",
        std::string(kEnrolments) +
            "e1,1,r1,CX,RES,1,1960-01-15,,2025-01-01,,2025-01-01T00:00:00+08:00,ACTIVE\n"
            "e2,1,r2,CX,RES,1,1990-01-15,,2025-01-01,2025-01-01,"
            "2025-01-01T00:00:00+08:00,ACTIVE\n"
            "e3,1,r3,CX,RES,3,1990-13-15,,2025-01-01,,2025-01-01T00:00:00+08:00,ACTIVE\n"
            "e1,1,r1,CX,RES,1,1960-01-15,,2025-01-01,,2025-01-01T00:00:00+08:00,ACTIVE\n"
            "e4,1,r4,CX,EMP,1,1990-01-15,,2025-01-01,,2025-01-01T00:00:00+08:00,ACTIVE\n");
    EXPECT_EQ(price_capitation(months()), 1);
    EXPECT_EQ(read("out.csv"),
              "consortium_id,period,cell_id,members,units,unit_base,rate_fen,amount_fen\n"
              "CX,2025-01,ADULT,1,31,31,3100,3100\n");
    EXPECT_EQ(read("summary.csv"),
              "consortium_id,period,head_count,amount_fen,prepay_fen\nCX,2025-01,1,3100,2790\n");
    EXPECT_EQ(report(), kReport + at("in.csv", "2,resident_id,CAP_NO_CELL,***") +
                            at("in.csv", "3,valid_to,CAP_EMPTY_INTERVAL,2025-01-01") +
                            at("in.csv", "4,sex,FIELD_ENUM,***") +
                            at("in.csv", "4,birth_date,FIELD_FORMAT,***") +
                            at("in.csv", "5,version,ROW_DUPLICATE_KEY,1") +
                            at("in.csv", "6,resident_id,CAP_NO_CELL,***"));
}

TEST_F(OfflineCapitation, B16_5_ArgumentsAndRatesAreChecked) {
    put("in.csv", kEnrolments);
    const auto run = [&](auto change) {
        auto a = months();
        change(a);
        return failure([&] { return price_capitation(a); });
    };
    EXPECT_TRUE(run([](auto& a) { a.from = "2025-1"; }).starts_with("2 FIELD_FORMAT: --from"));
    EXPECT_TRUE(run([](auto& a) { a.to = "2024-12"; }).starts_with("2 FIELD_RANGE: "));
    EXPECT_TRUE(
        run([](auto& a) { a.known_at = "2025-01-01"; }).starts_with("2 FIELD_FORMAT: --known-at"));
    EXPECT_TRUE(run([&](auto& a) { a.booked = file("in.csv"); }).starts_with("2 USAGE: "));
    const auto nothing = [](auto&) {};
    const std::string header = "cell_id,age_from,age_to,sex,chronic,insurance,month_rate_fen\n";
    put("rates.csv", header + "A,0,64,*,*,RES,3100\nB,60,70,1,*,*,3100\n");
    EXPECT_TRUE(run(nothing).starts_with("3 RATE_CELL_OVERLAP: cell=A other=B"));
    put("rates.csv", header + "A,10,9,*,*,RES,3100\n");
    EXPECT_TRUE(run(nothing).starts_with("3 RULES_TABLE_MALFORMED: "));
    put("rates.csv", "cell_id\n");
    EXPECT_TRUE(run(nothing).starts_with("4 CSV_MISSING_COLUMN: "));
    EXPECT_FALSE(std::filesystem::exists(file("out.csv")));
}

// Residents over many batches, versions in mixed order: the bytes depend on neither threads nor
// the order of the rows.
TEST_F(OfflineCapitation, B16_1_TheSameBytesForAnyNumberOfThreadsAndAnyOrder) {
    std::vector<std::string> rows;
    for (int i = 0; i < 9000; ++i) {
        const std::string id = std::to_string(i * 7919 % 9000);
        const std::string start =
            "2025-0" + std::to_string(1 + i % 3) + "-1" + std::to_string(i % 9);
        const std::string year = std::to_string(1955 + i % 60);
        rows.push_back("e" + id + ",1,r" + id + ",C" + std::to_string(i % 5) + ",RES,1," + year +
                       "-03-02,," + start + ",,2025-01-01T00:00:00+08:00,ACTIVE\n");
        if (i % 4 == 0) {
            rows.push_back("e" + id + ",2,r" + id + ",C" + std::to_string(i % 5) + ",RES,1," +
                           year + "-03-02,," + start +
                           ",2025-03-25,2025-02-01T00:00:00+08:00,ACTIVE\n");
        }
    }
    const auto write = [&] {
        std::string text = kEnrolments;
        for (const std::string& row : rows) text += row;
        put("in.csv", text);
    };
    write();
    auto a = months();
    a.threads = 1;
    EXPECT_EQ(price_capitation(a), 1);
    const std::string pricing = read("out.csv");
    const std::string errors = report();
    EXPECT_GT(pricing.size(), 500U);
    EXPECT_NE(errors.find("CAP_NO_CELL"), std::string::npos);
    for (const unsigned threads : {2U, 3U, 8U, 0U, 4'000'000'000U}) {
        a.threads = threads;
        EXPECT_EQ(price_capitation(a), 1);
        EXPECT_EQ(read("out.csv"), pricing) << threads;
        EXPECT_EQ(report(), errors) << threads;
    }
    std::reverse(rows.begin(), rows.end());
    write();
    EXPECT_EQ(price_capitation(a), 1);
    EXPECT_EQ(read("out.csv"), pricing);
}

}  // namespace
}  // namespace yilian::cli
