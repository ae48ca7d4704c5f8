// A year-end in memory (billing.md 17): scores ten million cases and distributes a budget over them
// by their points, to the fen. Prints one JSON object.
//   yilian_bench_month [CASES]
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "libs/amount/allocation.h"
#include "libs/calendar/civil_date.h"
#include "libs/policy/testing/packs.h"
#include "services/billing/domain/points.h"

namespace {

using namespace yilian;
using amount::Fen;
using amount::Points;
using amount::Rate;
using Seconds = std::chrono::duration<double>;

// Costs that differ from case to case, the same in every run.
class Costs {
  public:
    Fen next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return Fen::of_raw(100'000 + static_cast<std::int64_t>(state_ >> 44U));
    }

  private:
    std::uint64_t state_ = 20260301;
};

struct Scored {
    std::vector<Points> points;
    Points sum;
};

Scored score(const policy::billing::Drg& drg, std::int64_t cases) {
    Scored out;
    out.points.reserve(static_cast<std::size_t>(cases));
    Costs costs;
    const Rate coefficient = Rate::parse("1.0425").value();
    for (std::int64_t i = 0; i < cases; ++i) {
        const Fen cost = costs.next();
        const Fen average = Fen::of_raw(300'000 + i % 700 * 1000);
        const auto scored = billing::score_drg(drg, "FV23", {cost, average, coefficient});
        out.points.push_back(scored.points);
        out.sum = out.sum + scored.points;
    }
    return out;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
    return Seconds(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t cases = argc > 1 ? std::stoll(argv[1]) : 10'000'000;
    const auto pack =
        policy::testing::shipped_pack("350104", *calendar::CivilDate::parse("2026-03-01"));
    const auto& drg = *pack->blocks().drg;

    auto begin = std::chrono::steady_clock::now();
    const Scored scored = score(drg, cases);
    const double score_s = seconds_since(begin);

    begin = std::chrono::steady_clock::now();
    std::vector<std::string> ids;
    ids.reserve(scored.points.size());
    std::vector<amount::Claim> claims;
    claims.reserve(scored.points.size());
    for (std::size_t i = 0; i < scored.points.size(); ++i) {
        ids.push_back(fmt::format("{:010}", i));
        claims.push_back({ids.back(), scored.points[i].raw()});
    }
    const double prepare_s = seconds_since(begin);

    begin = std::chrono::steady_clock::now();
    const Fen total = Fen::of_raw(5'000'000'000'000);
    const auto shares = amount::allocate(total, claims);
    const double allocate_s = seconds_since(begin);
    if (!shares.ok()) {
        fmt::print(stderr, "month_bench: {}\n", shares.refusal().reason.text());
        return 1;
    }
    std::int64_t sum = 0;
    for (const Fen share : shares.value()) sum += share.raw();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "{{\"cases\":{},\"score_s\":{:.2f},\"claims_s\":{:.2f},\"allocate_s\":{:.2f},"
        "\"cases_per_s\":{:.0f},\"residual_fen\":{},\"peak_mib\":{}}}\n",
        cases, score_s, prepare_s, allocate_s,
        static_cast<double>(cases) / (score_s + prepare_s + allocate_s), total.raw() - sum,
        usage.ru_maxrss / 1024);
    return 0;
}
