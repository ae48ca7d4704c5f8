#pragma once

#include <fmt/format.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "libs/policy/yaml/reader.h"
#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/billing/domain/dip/score.h"
#include "tests/golden/shared_data.h"

// A made-up region of a few thousand DIP groups, for rates and instruction counts.
namespace yilian::billing::dip {

inline constexpr std::uint32_t kProcedures = 500;
inline constexpr std::uint32_t kDiagnoses = 3000;
inline constexpr std::uint32_t kInstitutions = 200;

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

    explicit Region(std::size_t case_count) {
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
        for (std::size_t i = 0; i < case_count; ++i) cases.push_back(any_case(random));
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

// Scores every case once; what comes of it is handed to `use`.
template <class Use>
void score_all(const Region& r, const Scorer& scorer, const Use& use) {
    for (const Case& c : r.cases) {
        use(scorer.score({.institution_id = *c.institution,
                          .principal_dx = *c.dx,
                          .procedures = c.procedures,
                          .total = c.total,
                          .facts = {.age_years = 70, .stay_days = 9, .severity = "CC"}}));
    }
}

}  // namespace yilian::billing::dip
