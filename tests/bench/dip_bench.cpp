// Rates of DIP (billing.md 17): cases scored a second and cases of history built into a catalogue a
// second, the engine alone, on a made-up region of a few thousand groups.
//   yilian_bench_dip --benchmark_min_time=2
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>

#include "libs/policy/yaml/reader.h"
#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/billing/domain/dip/score.h"
#include "tests/golden/shared_data.h"

namespace yilian::billing::dip {
namespace {

constexpr std::uint32_t kProcedures = 500;
constexpr std::uint32_t kDiagnoses = 3000;
constexpr std::uint32_t kInstitutions = 200;
constexpr std::size_t kCases = 200'000;

struct Case {
    const std::string* dx;
    const std::string* institution;
    std::vector<UsedProcedure> procedures;
    Fen total;
};

// The same on every machine: only the generator's own numbers are used.
struct Region {
    Dip dip;
    ProcedureTable procedures;
    std::vector<std::string> codes;
    std::vector<std::string> diagnoses;
    std::vector<std::string> institutions;
    std::vector<Case> cases;
    std::optional<Catalogue> catalogue;
    ScoreTables tables;

    Region() {
        const auto report = policy::read_params(
            golden::read_text("services/billing/domain/dip/examples/national.yaml"),
            "national.yaml");
        dip = report.blocks->dip.value();
        for (std::uint32_t i = 0; i < kProcedures; ++i) {
            codes.push_back(fmt::format("{:02}.{}000", 10 + i / 10, i % 10));
            procedures.add(codes.back(),
                           {i % 3 == 0 ? ProcedureRank::kTherapeutic : ProcedureRank::kSurgery,
                            i % 37 == 0, ""});
        }
        std::mt19937 random(20260301);
        for (std::uint32_t i = 0; i < kDiagnoses; ++i) {
            diagnoses.push_back(fmt::format("{}{:02}.{}00", static_cast<char>('A' + random() % 20),
                                            random() % 30, random() % 10));
        }
        for (std::uint32_t i = 0; i < kInstitutions; ++i) {
            institutions.push_back(fmt::format("H{}", i));
            tables.institutions[institutions.back()] = {fmt::format("L{}", i % 3 + 1),
                                                        Rate::parse("0.95").value()};
        }
        for (std::size_t i = 0; i < kCases; ++i) cases.push_back(any_case(random));
        build();
    }

    Case any_case(std::mt19937& random) const {
        Case c{&diagnoses[random() % kDiagnoses],
               &institutions[random() % kInstitutions],
               {},
               Fen::of_raw(100'000 + random() % 2'000'000)};
        for (auto count = random() % 4; count > 0; --count) {
            const auto often_low =
                (random() % kProcedures) * (random() % kProcedures) / kProcedures;
            c.procedures.push_back({codes[often_low], Fen::of_raw(random() % c.total.raw())});
        }
        return c;
    }

    [[nodiscard]] BuiltCatalogue built() const {
        CatalogueBuilder builder(dip, procedures);
        for (const Case& c : cases) builder.add({2026, *c.dx, c.procedures, c.total});
        return builder.build().value();
    }

    void build() {
        std::vector<Group> groups;
        for (const BuiltGroup& b : built().groups) {
            groups.push_back(b.group);
            tables.references[b.group.code]["L1"] = b.group.ref_fen;
            tables.coefficients[institutions[7]][b.group.code] = Rate::parse("1.1").value();
        }
        catalogue = Catalogue::of(std::move(groups)).value();
    }
};

const Region& region() {
    static const Region kRegion;
    return kRegion;
}

void score_cases(benchmark::State& state) {
    const Region& r = region();
    const Scorer scorer = Scorer::of(r.dip, r.procedures, *r.catalogue, r.tables).value();
    std::int64_t done = 0;
    for (auto _ : state) {
        for (const Case& c : r.cases) {
            benchmark::DoNotOptimize(
                scorer.score({.institution_id = *c.institution,
                              .principal_dx = *c.dx,
                              .procedures = c.procedures,
                              .total = c.total,
                              .facts = {.age_years = 70, .stay_days = 9, .severity = "CC"}}));
        }
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
