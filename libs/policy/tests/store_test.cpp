// Versions, days, digests and the swap of packs (billing.md 2.4 and 2.5, interop.md 2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "libs/policy/keys.h"
#include "libs/policy/tests/shared_folder.h"
#include "libs/policy/yaml/reader.h"

namespace yilian::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// An overlay of region 990100; `lines` is the value of rx.lines_max.
std::string overlay(int version, const std::string& from, const std::string& to, int lines,
                    const std::string& extra = "") {
    return "schema: \"yilian.policy.pack/1\"\nregion: \"990100\"\nversion: " +
           std::to_string(version) + "\neffective_from: \"" + from +
           "\"\neffective_to: " + (to.empty() ? "null" : "\"" + to + "\"") +
           "\nsource: {title: \"test\", number: \"\", date: \"\"}\n" + extra +
           "keys:\n  rx.lines_max: {value: " + std::to_string(lines) +
           ", unit: count, mark: P, source: \"test\"}\n";
}

LoadReport load(const std::vector<std::string>& overlays) {
    std::vector<PackText> texts{{"cn.yaml", base_pack_text()}};
    for (const std::string& text : overlays) {
        texts.push_back({"v" + std::to_string(texts.size()) + ".yaml", text});
    }
    return load_packs(texts);
}

std::vector<std::string> reasons(const LoadReport& report) {
    std::vector<std::string> out;
    for (const Problem& p : report.problems) out.push_back(p.file + " " + p.reason.text());
    return out;
}

std::int64_t lines_on(const LoadReport& report, Date day) {
    return report.packs->at("990100", day).value()->get(kRxLinesMax);
}

TEST(PolicyStore, ADayWithoutPackIsRefused) {
    const LoadReport report = load({overlay(1, "2024-01-01", "2025-01-01", 6)});
    ASSERT_EQ(text_of(report.problems), "");
    const PolicyStore store(report.packs);
    EXPECT_TRUE(store.at("990100", Date::literal(2024, 1, 1)).ok());
    EXPECT_TRUE(store.at("990100", Date::literal(2024, 12, 31)).ok());
    for (const Date day : {Date::literal(2023, 12, 31), Date::literal(2025, 1, 1)}) {
        const auto refused = store.at("990100", day);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.refusal().reason.code(), "POLICY_NOT_IN_FORCE");
        EXPECT_THAT(refused.refusal().metadata,
                    ElementsAre(std::pair<std::string, std::string>("district", "990100"),
                                std::pair<std::string, std::string>("date", day.text())));
    }
    EXPECT_FALSE(store.at("990200", Date::literal(2024, 6, 1)).ok());
    EXPECT_FALSE(PolicyStore().at("990100", Date::literal(2024, 6, 1)).ok());
}

TEST(PolicyStore, BaseAloneStandsAsRegionCn) {
    const LoadReport report = load({});
    EXPECT_EQ(report.packs->at("cn", Date::literal(2026, 1, 1)).value()->get(kRxLinesMax), 5);
}

TEST(PolicyStore, VersionsFollowEachOtherByServiceDate) {
    const LoadReport report =
        load({overlay(1, "2024-01-01", "2025-01-01", 6), overlay(2, "2025-01-01", "", 7)});
    ASSERT_EQ(text_of(report.problems), "");
    EXPECT_EQ(lines_on(report, Date::literal(2024, 12, 31)), 6);
    EXPECT_EQ(lines_on(report, Date::literal(2025, 1, 1)), 7);
}

TEST(PolicyStore, OverlapGapAndSameVersionAreRefused) {
    EXPECT_THAT(reasons(load({overlay(1, "2024-01-01", "", 6), overlay(2, "2025-01-01", "", 7)})),
                ElementsAre("v2.yaml POLICY_OVERLAP"));
    EXPECT_THAT(
        reasons(load({overlay(1, "2024-01-01", "2025-01-01", 6), overlay(2, "2025-01-02", "", 7)})),
        ElementsAre("v2.yaml POLICY_GAP"));
    EXPECT_THAT(
        reasons(load({overlay(1, "2024-01-01", "2025-01-01", 6), overlay(1, "2025-01-01", "", 7)})),
        ElementsAre("v2.yaml POLICY_OVERLAP"));
    EXPECT_THAT(reasons(load({overlay(1, "2020-12-31", "", 6)})), ElementsAre("v1.yaml POLICY_GAP"))
        << "the national base begins on 2021-01-01";
}

TEST(PolicyStore, ACorrectionTakesOverFromItsDayAndTheOldVersionCanStillBeRead) {
    const LoadReport before = load({overlay(1, "2024-01-01", "", 6)});
    const LoadReport report =
        load({overlay(1, "2024-01-01", "", 6), overlay(2, "2025-07-01", "", 7, "supersedes: 1\n")});
    ASSERT_EQ(text_of(report.problems), "");
    EXPECT_EQ(lines_on(report, Date::literal(2025, 6, 30)), 6);
    EXPECT_EQ(lines_on(report, Date::literal(2025, 7, 1)), 7);
    const Date day = Date::literal(2025, 8, 1);
    const auto old = before.packs->at("990100", day).value();
    const auto again = report.packs->recorded("990100", 1, old->digest(), day);
    ASSERT_NE(again, nullptr) << "a decision made before the correction can be run again";
    EXPECT_EQ(again->get(kRxLinesMax), 6);
    EXPECT_EQ(report.packs->recorded("990100", 1, "other", day), nullptr);
    EXPECT_EQ(report.packs->recorded("990100", 3, old->digest(), day), nullptr);
    EXPECT_THAT(reasons(load({overlay(1, "2024-01-01", "", 6),
                              overlay(2, "2025-01-01", "", 7, "supersedes: 2\n")})),
                ElementsAre("v2.yaml POLICY_OVERLAP", "v2.yaml POLICY_VALUE"));
}

TEST(PolicyDigest, DependsOnContentAlone) {
    const std::string text = overlay(1, "2024-01-01", "", 6);
    const auto digest = [](const std::string& one) {
        const LoadReport report = load({one});
        EXPECT_EQ(text_of(report.problems), "");
        return report.packs->at("990100", Date::literal(2026, 1, 1)).value()->digest();
    };
    const std::string reordered =
        "# another comment\n"
        "keys: {rx.lines_max: {source: \"test\", mark: \"P\", unit: count, value: 6}}\n"
        "source: {date: \"\", title: \"test\", number: \"\"}\n"
        "effective_to: null\neffective_from: '2024-01-01'\nversion: 1\nregion: \"990100\"\n"
        "schema: \"yilian.policy.pack/1\"\n";
    EXPECT_EQ(digest(text), digest(text));
    EXPECT_EQ(digest(text), digest(reordered));
    EXPECT_NE(digest(text), digest(overlay(1, "2024-01-01", "", 7)));
    EXPECT_NE(digest(text), digest(overlay(2, "2024-01-01", "", 6)));
    EXPECT_THAT(digest(text), ::testing::MatchesRegex("[0-9a-f]{64}"));
}

// The canonical form is a promise: digests stand on decisions for years. Computed once with another
// JSON implementation (names sorted, no blanks) and sha256.
TEST(PolicyDigest, CanonicalFormDoesNotChangeBetweenReleases) {
    const LoadReport report = load({overlay(1, "2024-01-01", "", 6)});
    ASSERT_EQ(text_of(report.problems), "");
    EXPECT_EQ(report.packs->documents()[1].digest,
              "9f1165333baf330cbc3ef04c51e55841f5237bc04f48a525decb66294d92324f");
}

TEST(PolicyReaderView, NotesTheKeysADecisionRead) {
    const LoadReport report = load({overlay(1, "2024-01-01", "", 6)});
    const PolicyReader policy(report.packs->at("990100", Date::literal(2026, 1, 1)).value());
    EXPECT_THAT(policy.keys_read(), IsEmpty());
    EXPECT_EQ(policy.get(kRxLinesMax), 6);
    EXPECT_TRUE(policy.get(kRxPiecesSeparate));
    EXPECT_EQ(policy.get(kRxLinesMax), 6);
    EXPECT_EQ(policy.get(kBillingOutOfCatalogueMaxBp), std::nullopt);
    EXPECT_THAT(policy.keys_read(), ElementsAre("billing.out_of_catalogue.max_bp", "rx.lines_max",
                                                "rx.pieces_separate"));
}

TEST(PolicyStore, SwapsWhileOthersRead) {
    const LoadReport one = load({overlay(1, "2024-01-01", "", 6)});
    const LoadReport two = load({overlay(2, "2024-01-01", "", 7)});
    PolicyStore store(one.packs);
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    std::thread reader([&] {
        while (!stop) {
            const auto pack = store.at("990100", Date::literal(2026, 1, 1));
            const bool whole = pack.ok() && (*pack)->get(kRxLinesMax) == (*pack)->version() + 5;
            if (!whole) ++wrong;
        }
    });
    for (int i = 0; i < 1000; ++i) store.publish(i % 2 == 0 ? two.packs : one.packs);
    stop = true;
    reader.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store.current(), one.packs);
}

}  // namespace
}  // namespace yilian::policy::testing
