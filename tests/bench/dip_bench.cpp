// Rates of DIP (billing.md 17): cases scored a second and cases of history built into a catalogue a
// second, the engine alone, on a made-up region of a few thousand groups.
//   yilian_bench_dip --benchmark_min_time=2
#include <benchmark/benchmark.h>

#include "tests/bench/dip_made_region.h"

namespace yilian::billing::dip {
namespace {

constexpr std::size_t kCases = 200'000;

const Region& region() {
    static const Region kRegion(kCases);
    return kRegion;
}

void score_cases(benchmark::State& state) {
    const Region& r = region();
    const Scorer scorer = Scorer::of(r.dip, r.procedures, *r.catalogue, r.tables).value();
    std::int64_t done = 0;
    for (auto _ : state) {
        score_all(r, scorer, [](const auto& score) { benchmark::DoNotOptimize(score); });
        done += static_cast<std::int64_t>(r.cases.size());
    }
    state.SetItemsProcessed(done);
    state.counters["groups"] = benchmark::Counter(static_cast<double>(r.catalogue->groups().size()),
                                                  benchmark::Counter::kAvgThreads);
}
BENCHMARK(score_cases)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void build_catalogue(benchmark::State& state) {
    const Region& r = region();
    std::int64_t done = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(r.built());
        done += static_cast<std::int64_t>(r.cases.size());
    }
    state.SetItemsProcessed(done);
}
BENCHMARK(build_catalogue)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace yilian::billing::dip

BENCHMARK_MAIN();
