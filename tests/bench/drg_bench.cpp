// Rates of the grouper (billing.md 17): cases a second of the engine alone, and loading of a pack.
//   yilian_bench_drg --benchmark_min_time=2
// The rule pack and its cases: YILIAN_SHARED_DIR/data/chs-drg-1.1, else shared/… of the working
// directory, else the project's demo pack.
#include <benchmark/benchmark.h>

#include "tests/golden/drg_cases.h"

namespace yilian::golden {
namespace {

std::filesystem::path pack_folder() {
    if (const auto dir = shared_dir(); dir && std::filesystem::exists(*dir / "data/chs-drg-1.1")) {
        return *dir / "data/chs-drg-1.1";
    }
    return "services/billing/rules/demo";
}

struct Prepared {
    std::vector<DrgCase> cases;
    std::vector<std::vector<std::string_view>> lists;
    std::vector<billing::drg::CaseInput> inputs;

    explicit Prepared(const std::filesystem::path& file) : cases(read_drg_cases(file)) {
        lists.reserve(cases.size() * 2);
        for (const DrgCase& c : cases) {
            const auto& dx = lists.emplace_back(split_codes(c.diagnoses, false));
            const auto& proc = lists.emplace_back(split_codes(c.procedures, true));
            inputs.push_back({c.sex, c.age_years, c.age_days, c.weight_g, dx, proc});
        }
    }
};

const Prepared& prepared() {
    static const Prepared kPrepared(pack_folder() / "cases.csv");
    return kPrepared;
}

void group_cases(benchmark::State& state) {
    static const auto kPack = load_pack(pack_folder());
    billing::drg::Workspace workspace;
    std::int64_t done = 0;
    for (auto _ : state) {
        for (const auto& input : prepared().inputs) {
            benchmark::DoNotOptimize(billing::drg::group(*kPack, input, {}, workspace));
        }
        done += static_cast<std::int64_t>(prepared().inputs.size());
    }
    state.SetItemsProcessed(done);
    state.counters["pack_bytes"] = static_cast<double>(kPack->bytes());
}
BENCHMARK(group_cases)->Threads(1)->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void explain_cases(benchmark::State& state) {
    static const auto kPack = load_pack(pack_folder());
    billing::drg::Workspace workspace;
    std::int64_t done = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < prepared().inputs.size(); ++i) {
            benchmark::DoNotOptimize(billing::drg::explain(*kPack, prepared().cases[i].id,
                                                           prepared().inputs[i], {}, workspace));
        }
        done += static_cast<std::int64_t>(prepared().inputs.size());
    }
    state.SetItemsProcessed(done);
}
BENCHMARK(explain_cases)->UseRealTime()->Unit(benchmark::kMillisecond);

void load_rules(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(load_pack(pack_folder()));
}
BENCHMARK(load_rules)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace yilian::golden

BENCHMARK_MAIN();
