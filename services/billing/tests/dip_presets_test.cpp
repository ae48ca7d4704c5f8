// billing.md 4.4 and 4.5: the parameters that are shipped as examples read and mean what they say.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "libs/policy/yaml/reader.h"
#include "services/billing/domain/dip/score.h"

namespace yilian::billing::dip {
namespace {

std::string example(const std::string& name) {
    const char* root = std::getenv("YILIAN_SOURCE_DIR");
    std::ifstream in(
        std::string(root != nullptr ? root : ".") + "/services/billing/domain/dip/examples/" + name,
        std::ios::binary);
    EXPECT_TRUE(in.good()) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

Dip dip_in(const std::string& yaml) {
    const auto report = policy::read_params(yaml, "national.yaml");
    for (const auto& problem : report.problems) {
        ADD_FAILURE() << problem.reason.code() << " " << problem.line << " " << problem.detail;
    }
    return report.blocks.value_or(policy::billing::Blocks{}).dip.value_or(Dip{});
}

// The national parameters with other bands.
Dip with_bands(const std::string& bands) {
    std::string yaml = example("national.yaml");
    const auto begin = yaml.find("    deviation: [");
    const auto end = yaml.find("    blank: ");
    std::string list = example(bands);
    for (auto at = list.find('\n'); at != std::string::npos; at = list.find('\n')) list[at] = ' ';
    return dip_in(yaml.replace(begin, end - begin, "    deviation: " + list + "\n"));
}

// "D band flag" at costs of a reference of 100, K = 0.8.
std::string at(const Dip& dip, std::int64_t cost) {
    const auto d =
        deviation_of(dip, Fen::of_raw(cost), Fen::of_raw(100), Rate::parse("0.8").value());
    return d.d.text().substr(0, 4) + " " + std::to_string(d.band + 1) + " " + std::string(d.flag);
}

TEST(DipPresets, B4_5_National) {
    const Dip dip = dip_in(example("national.yaml"));
    EXPECT_EQ(at(dip, 49), "0.49 1 LOW");
    EXPECT_EQ(at(dip, 50), "1.00 2 ");
    EXPECT_EQ(at(dip, 200), "1.00 2 ");
    EXPECT_EQ(at(dip, 201), "1.01 3 HIGH");
    EXPECT_EQ(at(dip, 501), "4.01 4 EXTREME");
}

TEST(DipPresets, B4_5_KInside) {
    const Dip closed = with_bands("deviation_k_inside.json");
    const Dip open = with_bands("deviation_k_inside_open.json");
    for (const Dip* dip : {&closed, &open}) {
        EXPECT_EQ(at(*dip, 50), "0.50 1 LOW");
        EXPECT_EQ(at(*dip, 51), "0.80 2 ");
        EXPECT_EQ(at(*dip, 200), "0.80 2 ");
        EXPECT_EQ(at(*dip, 500), "3.80 3 HIGH");
    }
    EXPECT_EQ(at(closed, 501), "0.80 4 EXTREME");
    EXPECT_EQ(at(open, 501), "3.81 3 HIGH");
}

TEST(DipPresets, B4_5_BothClosed) {
    const Dip dip = with_bands("deviation_both_closed.json");
    EXPECT_EQ(at(dip, 50), "0.50 1 LOW");
    EXPECT_EQ(at(dip, 51), "1.00 2 ");
    EXPECT_EQ(at(dip, 200), "1.00 3 HIGH");
    EXPECT_EQ(at(dip, 501), "4.01 3 HIGH");
}

TEST(DipPresets, B4_5_SteppedLow) {
    const Dip dip = with_bands("deviation_stepped_low.json");
    EXPECT_EQ(at(dip, 40), "0.40 1 LOW");
    EXPECT_EQ(at(dip, 41), "0.61 2 LOW");
    EXPECT_EQ(at(dip, 80), "1.00 2 LOW");
    EXPECT_EQ(at(dip, 81), "1.00 3 ");
    EXPECT_EQ(at(dip, 201), "1.01 4 HIGH");
}

TEST(DipPresets, B4_4_ReferenceSets) {
    const Dip dip = dip_in(example("national.yaml"));
    const auto rules = [&](const CaseFacts& facts) {
        std::string text;
        for (const auto id : auxiliary_of(dip, facts).rules) text += std::string(id) + " ";
        return text;
    };
    EXPECT_EQ(rules({.age_years = 0, .age_days = 28}), "AGE-0-28D ");
    EXPECT_EQ(rules({.age_years = 0, .age_days = 29}), "AGE-29D-1Y ");
    EXPECT_EQ(rules({.age_years = 1}), "AGE-1-6 ");
    EXPECT_EQ(rules({.age_years = 6}), "AGE-1-6 ");
    EXPECT_EQ(rules({.age_years = 7}), "AGE-7-17 ");
    EXPECT_EQ(rules({.age_years = 18}), "");
    EXPECT_EQ(rules({.age_years = 66}), "AGE-66 ");
    EXPECT_EQ(rules({.stay_days = 3, .severity = "MILD"}), "SEV-I-A ");
    EXPECT_EQ(rules({.stay_days = 4, .severity = "MILD"}), "SEV-I-B ");
    EXPECT_EQ(rules({.stay_days = 4, .severity = "CC"}), "SEV-II ");
    EXPECT_EQ(rules({.stay_days = 4, .severity = "MCC"}), "SEV-III ");
    EXPECT_EQ(rules({.stay_days = 3, .discharge_way = "5"}), "SEV-IV-A ");
    EXPECT_EQ(rules({.stay_days = 4, .severity = "MCC", .discharge_way = "5"}), "SEV-IV-B ");
    EXPECT_EQ(rules({.tumour = "METASTASIS"}), "TUM-IV ");
    EXPECT_EQ(rules({.tumour = "RADIO"}), "TUM-V-A ");
    EXPECT_EQ(rules({.tumour = "CHEMO"}), "TUM-V-B ");
    EXPECT_EQ(rules({.stay_days = 4, .tumour = "CHEMO", .discharge_way = "5"}), "TUM-VI ");
    EXPECT_EQ(rules({.stay_days = 1, .severity = "CC"}), "SEV-II SUP-LOW-STANDARD ");
}

}  // namespace
}  // namespace yilian::billing::dip
