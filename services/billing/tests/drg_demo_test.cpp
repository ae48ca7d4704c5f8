// The demo pack: every case worked by hand, and every kind of rule in use.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "services/billing/domain/drg/weights.h"
#include "tests/golden/drg_cases.h"

namespace yilian::billing::drg {
namespace {

std::filesystem::path demo_folder() {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    return std::filesystem::path(source != nullptr ? source : ".") / "services/billing/rules/demo";
}

TEST(DrgDemo, EveryCaseWorkedByHand) {
    EXPECT_GE(golden::compare_cases(demo_folder(), demo_folder() / "cases.csv", {}), 40U);
    EXPECT_GE(golden::compare_cases(demo_folder(), demo_folder() / "cases_qy.csv", {.qy = true}),
              5U);
    EXPECT_GE(golden::compare_cases(demo_folder(), demo_folder() / "cases_mapped.csv",
                                    {.map_codes = true}),
              5U);
}

TEST(DrgDemo, UsesEveryKindOfRule) {
    const auto pack = golden::load_pack(demo_folder());
    ASSERT_NE(pack, nullptr);
    EXPECT_GE(pack->mdcs().size(), 8U);
    EXPECT_GE(pack->drgs().size(), 60U);
    std::set<std::string> kinds;
    for (const Mdc& m : pack->mdcs()) {
        if (!m.need_principal_dx) kinds.insert("mdc without dx");
        if (m.sex) kinds.insert("sex " + std::to_string(*m.sex));
        if (m.age_years) kinds.insert("age");
        if (m.min_body_regions > 0) kinds.insert("regions");
        if (m.qy_after_adrg) kinds.insert("qy");
    }
    for (const Adrg& a : pack->adrgs()) {
        kinds.insert("dx " + std::to_string(static_cast<int>(a.dx_rule)));
        kinds.insert("proc " + std::to_string(static_cast<int>(a.proc_rule)));
        if (a.formula.terms.size() > 1) kinds.insert("terms");
        if (a.age_days_max) kinds.insert("days");
        if (a.weight_min && !a.weight_below) kinds.insert("weight open");
        if (a.weight_below) kinds.insert("weight band");
        std::string split;
        for (std::size_t i = 0; i < a.drg_count; ++i) {
            split += pack->drgs()[a.first_drg + i].code.back();
        }
        kinds.insert("split " + split);
    }
    EXPECT_EQ(kinds,
              (std::set<std::string>{
                  "age",     "days",   "dx 0",        "dx 1",       "dx 2",     "mdc without dx",
                  "proc 0",  "proc 1", "proc 2",      "proc 3",     "proc 4",   "qy",
                  "regions", "sex 1",  "sex 2",       "split 135",  "split 15", "split 35",
                  "split 9", "terms",  "weight band", "weight open"}));
}

// events.md 7.
TEST(DrgDemo, WeightsOfTheWalk) {
    const auto files = read_rule_pack(demo_folder());
    ASSERT_TRUE(files.ok());
    const auto pack = golden::load_pack(demo_folder());
    const auto weights = Weights::build(files->tables, *pack);
    ASSERT_TRUE(weights.ok());
    EXPECT_EQ(weights->average_of_all(), amount::Fen::of_raw(980000));
    std::size_t with_weight = 0;
    for (std::size_t i = 0; i < pack->drgs().size(); ++i) {
        const auto& w = weights->of(i);
        with_weight += w.has_value();
        if (pack->drgs()[i].code == "FV23") {
            EXPECT_EQ(w->average.text(), "607600");
            EXPECT_EQ(w->relative.text(), "0.62000000");
            EXPECT_EQ(w->base_points.text(), "62.0000");
        }
        if (pack->drgs()[i].code == "FV25") {
            EXPECT_EQ(w->average.text(), "441000");
            EXPECT_EQ(w->relative.text(), "0.45000000");
            EXPECT_EQ(w->base_points.text(), "45.0000");
        }
    }
    EXPECT_EQ(with_weight, pack->drgs().size());
}

TEST(DrgDemo, TheDigestCoversEveryTableAndNothingElse) {
    const auto files = read_rule_pack(demo_folder());
    ASSERT_TRUE(files.ok());
    EXPECT_EQ(files->tables.count("cases.csv"), 0U);
    EXPECT_EQ(files->tables.size(), 15U);
    EXPECT_EQ(files->digest.size(), 64U);
}

}  // namespace
}  // namespace yilian::billing::drg
