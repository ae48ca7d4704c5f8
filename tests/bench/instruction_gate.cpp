// The hot loops of the engines for counting instructions: grouping, DIP scoring, capitation. Each
// runs in a function of its own, so that callgrind counts it and nothing else; prints how many
// cases it did. instruction_gate.py runs it.
//   yilian_instruction_gate drg|dip|capitation
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/capitation.h"
#include "tests/bench/dip_made_region.h"
#include "tests/golden/drg_cases.h"

namespace yilian {
namespace {

constexpr int kRepeats = 50;

struct DrgWork {
    std::shared_ptr<const billing::drg::RulePack> pack;
    std::vector<golden::DrgCase> cases;
    std::vector<std::vector<std::string_view>> lists;
    std::vector<billing::drg::CaseInput> inputs;

    explicit DrgWork(const std::filesystem::path& folder)
        : pack(golden::load_pack(folder)), cases(golden::read_drg_cases(folder / "cases.csv")) {
        lists.reserve(cases.size() * 2);  // inputs view into it
        for (const golden::DrgCase& c : cases) {
            const auto& dx = lists.emplace_back(golden::split_codes(c.diagnoses, false));
            const auto& proc = lists.emplace_back(golden::split_codes(c.procedures, true));
            inputs.push_back({c.sex, c.age_years, c.age_days, c.weight_g, dx, proc});
        }
    }
};

std::vector<billing::EnrolmentVersion> enrolments(std::size_t count) {
    std::vector<billing::EnrolmentVersion> made(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto& v = made[i];
        v.enrolment_id = "E" + std::to_string(100'000 + i);
        v.resident_id = "R" + std::to_string(100'000 + i);
        v.consortium_id = "C" + std::to_string(i % 20);
        v.insurance = i % 3 == 0 ? "EMP" : "RES";
        v.sex = 1 + static_cast<int>(i % 2);
        v.birth_date =
            calendar::CivilDate::literal(1930, 1, 1).plus_days(static_cast<int>(i * 7919 % 33'000));
        v.valid_from =
            calendar::CivilDate::literal(2024, 6, 1).plus_days(static_cast<int>(i * 31 % 400));
    }
    return made;
}

billing::RateTable rates() {
    std::vector<policy::billing::RateCell> cells;
    for (int band = 0; band < 6; ++band) {
        for (const char* insurance : {"EMP", "RES"}) {
            policy::billing::RateCell cell;
            cell.cell_id = insurance + std::to_string(band);
            cell.age_from = band * 15;
            cell.age_to = band == 5 ? 200 : band * 15 + 14;
            cell.insurance = insurance;
            cell.month_rate_fen = amount::Fen::of_raw(3000 + band * 500);
            cells.push_back(std::move(cell));
        }
    }
    return billing::RateTable::of(std::move(cells)).value();
}

}  // namespace

// Names that callgrind is told; never inlined.
[[gnu::noinline]] std::size_t counted_drg(const DrgWork& work) {
    billing::drg::Workspace workspace;
    std::size_t grouped = 0;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
        for (const auto& input : work.inputs) {
            const auto result = billing::drg::group(*work.pack, input, {}, workspace);
            grouped += result.drg >= -1 ? 1 : 0;
        }
    }
    return grouped;
}

[[gnu::noinline]] std::size_t counted_dip(const billing::dip::Region& region,
                                          const billing::dip::Scorer& scorer) {
    std::size_t scored = 0;
    score_all(region, scorer, [&](const auto& score) { scored += score.ok() ? 1 : 0; });
    return scored;
}

[[gnu::noinline]] std::size_t counted_capitation(
    billing::CapitationPricer& pricer, const std::vector<billing::EnrolmentVersion>& versions) {
    for (const auto& v : versions) pricer.add_resident({&v, 1});
    return versions.size();
}

namespace {

std::size_t run(std::string_view what) {
    if (what == "drg") return counted_drg(DrgWork("services/billing/rules/demo"));
    if (what == "dip") {
        const billing::dip::Region region(4000);
        const auto scorer = billing::dip::Scorer::of(region.dip, region.procedures,
                                                     *region.catalogue, region.tables);
        return counted_dip(region, *scorer);
    }
    if (what == "capitation") {
        policy::billing::Capitation rules;
        rules.prepay_rate = amount::Rate::whole(1);
        const auto table = rates();
        billing::CapitationPricer pricer(rules, table, *calendar::CivilMonth::parse("2025-01"),
                                         *calendar::CivilMonth::parse("2025-12"), Instant::max());
        return counted_capitation(pricer, enrolments(4000));
    }
    return 0;
}

}  // namespace
}  // namespace yilian

int main(int argc, char** argv) {
    const std::size_t done = argc == 2 ? yilian::run(argv[1]) : 0;
    if (done == 0) {
        std::fputs("instruction_gate: drg, dip or capitation\n", stderr);
        return 2;
    }
    std::printf("%zu\n", done);
    return 0;
}
