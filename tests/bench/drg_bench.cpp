// Rates of the grouper (billing.md 17): cases a second of the engine alone, loading of a pack,
// and the command line from file to file.
//   yilian_bench_drg --benchmark_min_time=2
// The rule pack and its cases: YILIAN_SHARED_DIR/data/chs-drg-1.1, else shared/… of the working
// directory, else the project's demo pack.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "services/cli/drg_group.h"
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

// `yilian drg group`, CSV in and out, on a million rows; the argument is the number of threads.
void csv_end_to_end(benchmark::State& state) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("yilian-bench-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const std::string once = read_text(pack_folder() / "cases.csv");
    const std::size_t header = once.find('\n') + 1;
    const auto rows = static_cast<std::int64_t>(prepared().cases.size());
    const std::int64_t repeats = 1'000'000 / rows;
    cli::DrgGroupArgs args;
    args.rules = pack_folder().string();
    args.in = (folder / "cases.csv").string();
    args.out = (folder / "groups.csv").string();
    args.threads = static_cast<unsigned>(state.range(0));
    {
        std::ofstream out(args.in, std::ios::binary);
        out << once.substr(0, header);
        for (std::int64_t i = 0; i < repeats; ++i) out << std::string_view(once).substr(header);
    }
    for (auto _ : state) {
        if (cli::run_drg_group(args, std::cerr) != 0) state.SkipWithError("not grouped");
    }
    state.SetItemsProcessed(state.iterations() * repeats * rows);
    std::filesystem::remove_all(folder);
}
BENCHMARK(csv_end_to_end)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace yilian::golden

BENCHMARK_MAIN();
