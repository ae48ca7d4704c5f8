// billing.md 16 and 17: the memory of an offline command does not grow with its input, repeated
// keys included. Peak of a child process for an input and for one several times as long.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>

#include "libs/testkit/temp_dir.h"
#include "services/cli/benefit.h"
#include "services/cli/capitation.h"

namespace yilian::cli {
namespace {

constexpr int kShort = 400'000;
constexpr int kLong = 1'600'000;
// What sorting and its keys may hold (two budgets of 64 MiB with their entries), code and buffers.
constexpr long kMostMib = 260;
// Blocks of more runs to merge.
constexpr long kMoreMib = 32;

struct Ended {
    int code = 0;
    long peak_mib = 0;
};

Ended in_child(const std::function<int()>& command) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(command());
    int status = 0;
    rusage usage{};
    EXPECT_EQ(::wait4(child, &status, 0, &usage), child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, usage.ru_maxrss / 1024};
}

class Memory : public testing::Test {
  protected:
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }
    void put_params(const std::string& block) const {
        std::ofstream(file("params.yaml"))
            << R"({"schema": "yilian.billing.params/1", "region": "990100", "version": "t",
"effective_from": "2025-01-01", "effective_to": "2026-01-01",
"source": {"title": "t", "number": "", "date": "2025-01-01"}, "body": {)"
            << block << "}}";
    }
    template <class Row>
    void put_rows(const char* header, int count, const Row& row) const {
        std::ofstream out(file("in.csv"), std::ios::binary);
        out << header << "\n";
        for (int i = 0; i < count; ++i) out << row(i) << "\n";
    }
    // The same command on both lengths; every hundredth row repeats a key.
    template <class Row>
    void expect_bounded(const char* header, const Row& row, const std::function<int()>& command) {
        put_rows(header, kShort, row);
        const Ended some = in_child(command);
        put_rows(header, kLong, row);
        const Ended many = in_child(command);
        RecordProperty("peak_mib_short", static_cast<int>(some.peak_mib));
        RecordProperty("peak_mib_long", static_cast<int>(many.peak_mib));
        EXPECT_EQ(some.code, 1);
        EXPECT_EQ(many.code, 1);
        EXPECT_LE(many.peak_mib, kMostMib);
        EXPECT_LE(many.peak_mib, std::max(some.peak_mib, 190L) + kMoreMib);
        std::ifstream errors(file("out.csv.errors.csv"));
        std::string line;
        int lines = -1;  // the header
        while (std::getline(errors, line)) ++lines;
        EXPECT_EQ(lines, kLong / 100);
    }
    template <class Args>
    [[nodiscard]] Args args() const {
        Args a;
        a.params = file("params.yaml");
        a.in = file("in.csv");
        a.out = file("out.csv");
        a.quiet = true;
        return a;
    }
    testkit::TempDir dir_;
};

int key(int i) { return i % 100 == 99 ? i - 1 : i; }

TEST_F(Memory, B16_8_Benefit) {
    put_params(R"("benefit": {"levels": {"L1": {"deductible_fen": 15000, "ratio": "0.88"}},
"ordinal_factors": ["1", "0.5"], "basic_cap_fen": 20000000, "chain_mode": "cancelled",
"county_level": "L1", "county_ratio_on_up": true, "unfiled_penalty": "0.10",
"serious": {"bands": [], "cap_fen": 0}, "aid": {"NONE": {"deductible_fen": 0, "ratio": "0",
"cap_fen": 0, "serious_threshold_factor": "1", "serious_rate_add": "0"}},
"rounding": {"basic": "half_away", "aid": "half_away"}})");
    expect_bounded(
        "person_id,stay_id,seq,level,total_fen,self_paid_fen,class_b_first_fen,over_limit_fen,"
        "referral,chain_id,county_ratio_evidence,filed,aid_class",
        [](int i) {
            return "person-" + std::to_string(i * 7919L % 400'009) + ",stay-" +
                   std::to_string(key(i)) + "," + std::to_string(i % 7) +
                   ",L1,100000,0,0,0,NONE,,0,1,NONE";
        },
        [&] { return compute_benefits(args<OfflineArgs>()); });
}

TEST_F(Memory, B16_5_Capitation) {
    put_params(R"("capitation": {"member_month": "day_share", "named_day": 15,
"age_on": "month_first_day", "prepay_rate": "0.90", "rounding": {"cell": "half_away",
"prepay": "down"}})");
    std::ofstream(file("rates.csv")) << "cell_id,age_from,age_to,sex,chronic,insurance,"
                                        "month_rate_fen\nALL,0,200,*,*,*,3100\n";
    auto a = args<CapitationArgs>();
    a.rates = file("rates.csv");
    a.from = "2025-01";
    a.to = "2025-12";
    a.known_at = "2025-12-31T00:00:00+08:00";
    expect_bounded(
        "enrolment_id,version,resident_id,consortium_id,insurance,sex,birth_date,chronic_from,"
        "valid_from,valid_to,recorded_at,status",
        [](int i) {
            return "e-" + std::to_string(key(i)) + ",1,r-" + std::to_string(i * 7919L % 1'600'033) +
                   ",CX,RES,1,1960-01-15,,2025-01-01,,2025-01-01T00:00:00+08:00,ACTIVE";
        },
        [&] { return price_capitation(a); });
}

}  // namespace
}  // namespace yilian::cli
