// What the strict reader refuses, with file and line, all at once (issue item 5; billing.md 2.5,
// interop.md 2, traps.md 9).
#include "libs/policy/yaml/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libs/policy/keys.h"
#include "libs/policy/tests/shared_folder.h"

namespace yilian::policy::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Date kDay = Date::literal(2026, 3, 31);

// Nine lines; keys start in line 10.
std::string header(const std::string& extra = "") {
    return "schema: \"yilian.policy.pack/1\"\n"
           "region: \"990100\"\n"
           "version: 1\n"
           "effective_from: \"2024-01-01\"\n"
           "effective_to: null\n"
           "source: {title: \"test\", number: \"\", date: \"\"}\n" +
           extra +
           "# a comment\n"
           "# another\n"
           "keys:\n";
}

std::string entry(const std::string& key, const std::string& value, const std::string& unit = "") {
    return "  " + key + ": {value: " + value + (unit.empty() ? "" : ", unit: " + unit) +
           ", mark: P, source: \"test\"}\n";
}

LoadReport load(const std::string& overlay) {
    return load_packs({{"cn.yaml", base_pack_text()}, {"t.yaml", overlay}});
}

std::vector<std::string> problems_of(const LoadReport& report) {
    std::vector<std::string> out;
    for (const Problem& p : report.problems) {
        out.push_back(p.file + ":" + std::to_string(p.line) + " " + p.reason.text());
    }
    return out;
}

// Problems of an overlay whose keys section is `keys`.
std::vector<std::string> problems(const std::string& keys, const std::string& rest = "") {
    const LoadReport report = load(header() + keys + rest);
    EXPECT_EQ(report.packs == nullptr, !report.problems.empty());
    return problems_of(report);
}

TEST(PolicyReader, AnOverlayWithOneKeyIsThatKeyOverTheBase) {
    const LoadReport report = load(header() + entry("referral.review.urgent_min", "45", "min"));
    ASSERT_EQ(text_of(report.problems), "");
    const auto pack = report.packs->at("990100", kDay).value();
    EXPECT_EQ(pack->get(kReferralReviewUrgentMin), 45);
    EXPECT_EQ(pack->get(kReferralReviewEmergencyMin), 5);
    EXPECT_EQ(pack->origin("referral.review.urgent_min").document, "990100/1");
    EXPECT_EQ(pack->origin("referral.review.emergency_min").document, "cn/1");
}

TEST(PolicyReader, UnknownKeyIsNamedWithItsLine) {
    EXPECT_THAT(problems(entry("referral.review.urgent_minutes", "45", "min")),
                ElementsAre("t.yaml:10 POLICY_KEY_UNKNOWN"));
}

TEST(PolicyReader, DuplicateKeyIsRefusedThoughYamlCppWouldTakeTheFirst) {
    EXPECT_THAT(problems(entry("rx.shared.enabled", "true") + entry("rx.shared.enabled", "false")),
                ElementsAre("t.yaml:11 POLICY_KEY_DUPLICATE"));
}

TEST(PolicyReader, WrongTypesAreRefused) {
    EXPECT_THAT(
        problems(entry("rx.shared.enabled", "\"true\"") +               // 10
                 entry("rx.lines_max", "\"5\"", "count") +              // 11
                 entry("rx.lines_max_", "5", "count") +                 // 12
                 entry("contract.void_days", "7.5", "days") +           // 13
                 entry("points.cap.day", "010", "points") +             // 14
                 entry("rx.trace.required_from", "2026-01-01") +        // 15
                 entry("registry.fusion_model", "1314") +               // 16
                 entry("emergency.channels", "stroke") +                // 17
                 entry("points.rules", "[1, 2]", "points") +            // 18
                 entry("contract.team.model", "NO") +                   // 19
                 entry("directory.station.managed_by_centre", "yes")),  // 20
        ElementsAre("t.yaml:10 POLICY_TYPE", "t.yaml:11 POLICY_TYPE",
                    "t.yaml:12 POLICY_KEY_UNKNOWN", "t.yaml:13 POLICY_TYPE",
                    "t.yaml:14 POLICY_TYPE", "t.yaml:15 POLICY_TYPE", "t.yaml:16 POLICY_TYPE",
                    "t.yaml:17 POLICY_TYPE", "t.yaml:18 POLICY_TYPE", "t.yaml:19 POLICY_TYPE",
                    "t.yaml:20 POLICY_TYPE"));
}

TEST(PolicyReader, ValuesOutsideRangeOrSetAreRefused) {
    EXPECT_THAT(
        problems(entry("rx.long.max_days", "85", "days") +              // 10: above 84
                 entry("referral.scope", "province") +                  // 11
                 entry("emergency.channels", "[stroke, burns]") +       // 12
                 entry("slot.resource_kinds", "[BED, BED]") +           // 13
                 entry("rx.controlled.pain_days", "[3, 15]", "days") +  // 14
                 entry("rx.trace.required_from", "\"2026-02-30\"")),    // 15
        ElementsAre("t.yaml:10 POLICY_VALUE", "t.yaml:11 POLICY_VALUE", "t.yaml:12 POLICY_VALUE",
                    "t.yaml:13 POLICY_VALUE", "t.yaml:14 POLICY_VALUE", "t.yaml:15 POLICY_VALUE"));
}

TEST(PolicyReader, UnitsAreCheckedNotConverted) {
    EXPECT_THAT(
        problems(entry("referral.review.urgent_min", "2", "h") +
                 entry("referral.draft.remind_h", "24") + entry("rx.shared.enabled", "true", "bp")),
        ElementsAre("t.yaml:10 POLICY_UNIT", "t.yaml:11 POLICY_KEY_MISSING",
                    "t.yaml:12 POLICY_KEY_UNKNOWN"));
}

TEST(PolicyReader, EveryValueNamesMarkAndSource) {
    EXPECT_THAT(problems("  rx.shared.enabled: {value: true, mark: S}\n"
                         "  rx.extended.enabled: {value: true, source: \"x\"}\n"
                         "  rx.repeat.enabled: {value: true, mark: Q, source: \"x\"}\n"
                         "  rx.outflow.enabled: {value: true, mark: S, source: \"\"}\n"
                         "  rx.monitoring.enabled: {mark: S, source: \"x\"}\n"
                         "  rx.catalogue.unified: true\n"),
                ElementsAre("t.yaml:10 POLICY_KEY_MISSING", "t.yaml:11 POLICY_KEY_MISSING",
                            "t.yaml:12 POLICY_VALUE", "t.yaml:13 POLICY_VALUE",
                            "t.yaml:14 POLICY_KEY_MISSING", "t.yaml:15 POLICY_TYPE"));
}

TEST(PolicyReader, ExplicitEmptyIsAllowedOnlyWhereAKeyMayBeEmpty) {
    EXPECT_THAT(problems(entry("billing.out_of_catalogue.max_bp", "null", "bp") +
                         entry("registry.fusion_model", "null") +
                         entry("rx.essential.scheme_levels", "[]")),
                ElementsAre());
    EXPECT_THAT(problems(entry("rx.lines_max", "null", "count")),
                ElementsAre("t.yaml:10 POLICY_TYPE"));
}

TEST(PolicyReader, HeaderIsStrict) {
    EXPECT_THAT(problems_of(load("schema: \"yilian.policy.pack/2\"\n"
                                 "region: 350104\n"
                                 "version: 1\n"
                                 "effective_from: \"2024-01-01\"\n"
                                 "effective_to: null\n"
                                 "colour: red\n"
                                 "source: {title: \"t\", number: \"\"}\n"
                                 "keys: {}\n")),
                ElementsAre("t.yaml:1 POLICY_SCHEMA", "t.yaml:2 POLICY_TYPE",
                            "t.yaml:6 POLICY_KEY_UNKNOWN", "t.yaml:7 POLICY_KEY_MISSING"));
}

TEST(PolicyReader, YamlThatHidesThingsIsRefused) {
    EXPECT_THAT(problems_of(load("a: &x 1\nb: *x\n")),
                ElementsAre("t.yaml:1 POLICY_SYNTAX", "t.yaml:2 POLICY_SYNTAX"));
    EXPECT_THAT(problems_of(load("a: !!int \"1\"\n")), ElementsAre("t.yaml:1 POLICY_SYNTAX"));
    EXPECT_THAT(problems_of(load("a: 1\n---\nb: 2\n")), Contains("t.yaml:1 POLICY_SYNTAX"));
    EXPECT_THAT(problems_of(load("a: [1, 2\n")), Contains(HasSubstr("POLICY_SYNTAX")));
    EXPECT_THAT(problems_of(load("- 1\n")), ElementsAre("t.yaml:1 POLICY_SYNTAX"));
    EXPECT_THAT(problems_of(load("")), ElementsAre("t.yaml:1 POLICY_SYNTAX"));
    EXPECT_THAT(problems_of(load("350104: 1\nno: 2\n")),
                ElementsAre("t.yaml:1 POLICY_TYPE", "t.yaml:2 POLICY_TYPE"));
}

TEST(PolicyReader, TheBaseMustHaveEveryKey) {
    std::string base = base_pack_text();
    const std::string line =
        "  slot.hold_s: {value: 300, unit: s, mark: P, source: \"referrals.md 6\"}\n";
    const auto at = base.find(line);
    ASSERT_NE(at, std::string::npos);
    base.erase(at, line.size());
    const LoadReport report = load_packs({{"cn.yaml", base}});
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_EQ(report.problems[0].reason.code(), "POLICY_KEY_MISSING");
    EXPECT_THAT(report.problems[0].detail, HasSubstr("slot.hold_s"));
}

TEST(PolicyReader, LegalBoundsHaveTheirOwnReasons) {
    EXPECT_THAT(problems(entry("contract.fee.team_share_min_bp", "6999", "bp") +
                         entry("billing.surplus.staff_share_min_bp", "5999", "bp") +
                         entry("billing.surplus.regional_pool_max_bp", "4001", "bp") +
                         entry("billing.procurement.retained_max_bp", "5001", "bp") +
                         entry("billing.public_health_income.performance_max_bp", "7001", "bp") +
                         entry("billing.staff_income.growth_max_bp", "1501", "bp")),
                ElementsAre("t.yaml:10 POLICY_BELOW_FLOOR", "t.yaml:11 POLICY_BELOW_FLOOR",
                            "t.yaml:12 POLICY_ABOVE_CEILING", "t.yaml:13 POLICY_ABOVE_CEILING",
                            "t.yaml:14 POLICY_ABOVE_CEILING", "t.yaml:15 POLICY_ABOVE_CEILING"));
    EXPECT_THAT(problems(entry("contract.fee.team_share_min_bp", "7000", "bp") +
                         entry("billing.surplus.staff_share_min_bp", "6000", "bp") +
                         entry("billing.surplus.regional_pool_max_bp", "4000", "bp")),
                ElementsAre());
}

TEST(PolicyReader, KeysAreCheckedAgainstEachOther) {
    EXPECT_THAT(problems(entry("slot.quota.general_bp", "3400", "bp")),
                ElementsAre("t.yaml:10 POLICY_WEIGHTS_SUM"));
    EXPECT_THAT(problems(entry("contract.pay.dimensions", "{quantity: 5000, quality: 4999}", "bp")),
                ElementsAre("t.yaml:10 POLICY_WEIGHTS_SUM"));
    EXPECT_THAT(
        problems(entry("rx.long.min_days", "57", "days") + entry("rx.long.max_days", "56", "days")),
        ElementsAre("t.yaml:10 POLICY_VALUE"));
    EXPECT_THAT(problems(entry("contract.team.roles_allowed", "[GP]")),
                Contains(HasSubstr("POLICY_VALUE")));
}

TEST(PolicyReader, ListsCanAddToTheBase) {
    const LoadReport report = load(header() +
                                   "  contract.home_service.kinds: "
                                   "{add: [visit, palliative], mark: S, source: \"x\"}\n");
    ASSERT_EQ(text_of(report.problems), "");
    EXPECT_THAT(report.packs->at("990100", kDay).value()->get(kContractHomeServiceKinds),
                ElementsAre("visit", "nursing", "rehabilitation", "home_bed", "palliative"));
    EXPECT_THAT(problems("  rx.lines_max: {add: 5, unit: count, mark: S, source: \"x\"}\n"),
                ElementsAre("t.yaml:10 POLICY_TYPE"));
}

TEST(PolicyReader, DatedValuesBeginOnTheirDay) {
    const LoadReport report =
        load(header() +
             "  rx.lines_max: {dated: [{from: \"2025-01-01\", value: 6}, {from: \"2026-01-01\", "
             "value: 7}], unit: count, mark: S, source: \"x\"}\n");
    ASSERT_EQ(text_of(report.problems), "");
    const auto lines = [&](int year, unsigned month, unsigned day) {
        return report.packs->at("990100", Date::literal(year, month, day))
            .value()
            ->get(kRxLinesMax);
    };
    EXPECT_EQ(lines(2024, 12, 31), 5);  // base
    EXPECT_EQ(lines(2025, 1, 1), 6);
    EXPECT_EQ(lines(2025, 12, 31), 6);
    EXPECT_EQ(lines(2026, 1, 1), 7);
    EXPECT_THAT(problems("  rx.lines_max: {dated: [{from: \"2026-01-01\", value: 6}, {from: "
                         "\"2025-01-01\", value: 7}], unit: count, mark: S, source: \"x\"}\n"),
                ElementsAre("t.yaml:10 POLICY_VALUE"));
}

TEST(PolicyReader, ExamplesOfAPackAreHeldAgainstIt) {
    const std::string keys = entry("rx.lines_max", "6", "count");
    EXPECT_THAT(problems(keys,
                         "examples:\n"
                         "  - {key: rx.lines_max, date: \"2026-01-01\", value: 6}\n"
                         "  - {block: benefit.county_level, date: \"2026-01-01\", value: L2}\n"),
                ElementsAre());
    EXPECT_THAT(problems(keys,
                         "examples:\n"                                                // 11
                         "  - {key: rx.lines_max, date: \"2026-01-01\", value: 5}\n"  // 12
                         "  - {key: rx.lines_max, date: \"2023-12-31\", value: 6}\n"  // 13
                         "  - {block: benefit.county_level, date: \"2026-01-01\", value: L3}\n"
                         "  - {key: rx.lines_maximum, date: \"2026-01-01\", value: 6}\n"),
                ElementsAre("t.yaml:15 POLICY_KEY_UNKNOWN"));
    EXPECT_THAT(problems(keys,
                         "examples:\n"
                         "  - {key: rx.lines_max, date: \"2026-01-01\", value: 5}\n"
                         "  - {block: benefit.county_level, date: \"2026-01-01\", value: L3}\n"),
                ElementsAre("t.yaml:12 POLICY_EXAMPLE", "t.yaml:13 POLICY_EXAMPLE"));
    EXPECT_THAT(problems(keys,
                         "examples:\n"
                         "  - {key: rx.lines_max, date: \"2023-12-31\", value: 6}\n"),
                ElementsAre("t.yaml:12 POLICY_EXAMPLE"));
}

TEST(PolicyReader, KeysNamedWithoutNumberHaveNone) {
    const LoadReport report =
        load(header() + entry("rx.lines_max", "6", "count") +
             "not_stated:\n  - {key: billing.benefit.level_gap_bp, source: \"plan 3\"}\n");
    ASSERT_EQ(text_of(report.problems), "");
    EXPECT_THAT(report.packs->at("990100", kDay).value()->not_stated(),
                ElementsAre("billing.benefit.level_gap_bp"));
    EXPECT_THAT(problems(entry("rx.lines_max", "6", "count"),
                         "not_stated:\n  - {key: rx.lines_max, source: \"plan 3\"}\n"),
                ElementsAre("t.yaml:12 POLICY_VALUE"));
}

TEST(PolicyReader, ProblemsOfAllFilesAndOfKeysAndBlocksComeTogether) {
    const LoadReport report =
        load_packs({{"cn.yaml", base_pack_text()},
                    {"a.yaml", header() + entry("rx.lines_max", "\"6\"", "count") +
                                   "body:\n  capitation: {member_month: weekly}\n"},
                    {"b.yaml", "schema: 1\n"}});
    const std::string all = text_of(report.problems);
    EXPECT_THAT(all, HasSubstr("a.yaml:10: POLICY_TYPE: rx.lines_max"));
    EXPECT_THAT(all, HasSubstr("a.yaml:12: POLICY_VALUE: body.capitation.member_month: 'weekly' is "
                               "none of day_share, named_day, month_end"));
    EXPECT_THAT(all, HasSubstr("a.yaml:12: POLICY_KEY_MISSING: body.capitation.prepay_rate"));
    EXPECT_THAT(all, HasSubstr("b.yaml:1: POLICY_KEY_MISSING: region"));
}

TEST(PolicyReader, FolderHoldsOnlyPacksInFoldersOfTheirRegion) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(::testing::TempDir()) / "policy_reader_test";
    fs::remove_all(folder);
    fs::create_directories(folder / "cn");
    fs::create_directories(folder / "990200");
    std::ofstream(folder / "README.md") << "x";
    std::ofstream(folder / "cn/v1.yaml") << base_pack_text();
    std::ofstream(folder / "cn/MANIFEST.sig") << "x";
    EXPECT_EQ(text_of(load_directory(folder).problems), "");
    std::ofstream(folder / "990200/v1.yml") << header();
    std::ofstream(folder / "990200/v2.yaml") << header() + entry("rx.lines_max", "6", "count");
    std::ofstream(folder / "stray.yaml") << "x";
    std::vector<std::string> names;
    for (const Problem& p : load_directory(folder).problems) {
        names.push_back(fs::path(p.file).filename().string() + " " + p.reason.text());
    }
    EXPECT_THAT(names,
                ElementsAre("v1.yml POLICY_FILE", "v2.yaml POLICY_FILE", "stray.yaml POLICY_FILE"));
    fs::remove_all(folder);
    EXPECT_EQ(load_directory(folder).packs, nullptr);
}

}  // namespace
}  // namespace yilian::policy::testing
