// The packs of deploy/policies against policy-trace.md 9, cell by cell, and their sources against
// the seeds (issue item 5; XQ-, LS-, JN-, CL- and CS- rows).
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "libs/policy/keys.h"
#include "libs/policy/tests/shared_folder.h"
#include "libs/policy/tests/trace_readings.h"
#include "libs/policy/tests/trace_table.h"
#include "libs/policy/yaml/reader.h"

namespace yilian::policy::testing {
namespace {

constexpr Date kDay = Date::literal(2026, 3, 31);
const std::vector<std::string> kDistricts{"120111", "370212", "120112", "370725", "350104"};

const LoadReport& packs() {
    static const LoadReport report = load_directory(source_root() / "deploy/policies");
    return report;
}

std::shared_ptr<const Pack> pack_of(const std::string& column, Date day = kDay) {
    return packs().packs->at(column == "base" ? "cn" : column, day).value();
}

const std::string& trace() {
    static const std::string text = text_of_file(shared_folder() / "spec/policy-trace.md");
    return text;
}

bool says_nothing(const std::string& cell) { return cell.empty() || cell == "–"; }

std::string goal_number(const Value& value) {
    const Goal* goal = std::get_if<Goal>(&value);
    return goal == nullptr ? "" : std::to_string(goal->value);
}

TEST(PolicyTrace, PacksOfAllDistrictsLoadWithoutProblemOrWarning) {
    EXPECT_EQ(text_of(packs().problems), "");
    EXPECT_EQ(text_of(packs().warnings), "");
    ASSERT_NE(packs().packs, nullptr);
    for (const auto& district : kDistricts) EXPECT_TRUE(packs().packs->at(district, kDay).ok());
}

TEST(PolicyTrace, IndexIsExactlyThatOfSection9) {
    std::set<std::string> written;
    for (const Cell& cell : read_trace_cells(trace())) written.insert(cell.key);
    std::set<std::string> known;
    for (const KeySpec& spec : all_keys()) known.insert(std::string(spec.name));
    EXPECT_EQ(known, written);
    EXPECT_EQ(known.size(), all_keys().size()) << "a key stands twice in keys.cpp";
    EXPECT_GT(known.size(), 300U);
}

TEST(PolicyTrace, EveryCellOfSection9IsTheValueOfThePack) {
    std::size_t plain = 0;
    std::set<std::string> used;
    for (const Cell& cell : read_trace_cells(trace())) {
        const auto pack = pack_of(cell.column);
        const Value& held = pack->value(cell.key);
        const std::string where = cell.key + " | " + cell.column + " | " + cell.text;
        const KeySpec& spec = all_keys()[*key_index(cell.key)];
        if (says_nothing(cell.text)) {
            if (cell.column == "base") {
                EXPECT_EQ(text_of(held), "") << where;
            } else {
                EXPECT_EQ(held, pack_of("base")->value(cell.key)) << where;
                EXPECT_TRUE(pack->origin(cell.key).document.starts_with("cn/")) << where;
            }
        } else if (const auto reading = kReadings.find(where); reading != kReadings.end()) {
            used.insert(reading->first);
            EXPECT_EQ(text_of(held), reading->second) << where;
        } else if (const auto expected = plain_value(spec, cell.text)) {
            ++plain;
            if (spec.kind == Kind::kGoal) {
                EXPECT_EQ(goal_number(held), goal_number(*expected)) << where;
            } else {
                EXPECT_EQ(text_of(held), text_of(*expected)) << where;
            }
        } else {
            ADD_FAILURE() << "no reading of: " << where << "\n  pack: " << text_of(held);
        }
    }
    EXPECT_GT(plain, 400U);
    EXPECT_EQ(used.size(), kReadings.size()) << "a reading belongs to no cell any more";
}

TEST(PolicyTrace, JN32_JN33_ReferralScopeWidensByServiceDate) {
    const auto scope = [](int year, unsigned month, unsigned day) {
        return pack_of("120112", Date::literal(year, month, day))->get(kReferralScope);
    };
    EXPECT_EQ(scope(2025, 12, 30), "consortium");
    EXPECT_EQ(scope(2025, 12, 31), "district");
    EXPECT_EQ(scope(2027, 12, 30), "district");
    EXPECT_EQ(scope(2027, 12, 31), "city");
    const auto before = pack_of("120112", Date::literal(2025, 12, 30));
    const auto after = pack_of("120112", Date::literal(2025, 12, 31));
    EXPECT_EQ(before->digest(), after->digest()) << "one document, one digest";
    EXPECT_EQ(before->in_force().to, Date::literal(2025, 12, 31));
}

TEST(PolicyTrace, JN27_NursesHaveTwoGoalsOneAfterTheOther) {
    const auto goal = [](Date day) { return pack_of("120112", day)->get(kTargetNursesPer1000E2); };
    EXPECT_EQ(goal(Date::literal(2025, 6, 1)), (Goal{430, {}, Date::literal(2025, 12, 31)}));
    EXPECT_EQ(goal(Date::literal(2026, 1, 1)), (Goal{500, {}, Date::literal(2027, 12, 31)}));
}

TEST(PolicyTrace, KeysWithoutANumberInThePlanAreNamed) {
    std::set<std::string> expected;
    for (const Cell& cell : read_trace_cells(trace())) {
        const bool open = cell.text.find("not stated") != std::string::npos ||
                          cell.text == "principle only" || cell.text == "(raise)" ||
                          cell.text == "(unclear)";
        if (open) expected.insert(cell.column + " " + cell.key);
    }
    std::set<std::string> named;
    for (const auto& district : kDistricts) {
        for (const auto& key : pack_of(district)->not_stated()) named.insert(district + " " + key);
    }
    EXPECT_EQ(named, expected);
}

TEST(PolicyTrace, StatedDistrictValuesCiteSeedFileSectionAndRow) {
    const auto sections = read_trace_sections(trace());
    const std::regex form(R"((\d{3}_[0-9a-f]{16}\.txt) (.+?)( \(([A-Z0-9, -]+)\))?)");
    const std::map<std::string, std::string> prefix{
        {"120111", "XQ"}, {"370212", "LS"}, {"120112", "JN"}, {"370725", "CL"}, {"350104", "CS"}};
    std::size_t cited = 0;
    for (const auto& district : kDistricts) {
        const auto pack = pack_of(district);
        for (const KeySpec& spec : all_keys()) {
            const Origin& origin = pack->origin(spec.name);
            if (!origin.document.starts_with(district)) continue;
            std::smatch parts;
            const std::string where =
                district + " " + std::string(spec.name) + ": " + origin.source;
            ASSERT_TRUE(std::regex_match(origin.source, parts, form)) << where;
            EXPECT_TRUE(std::filesystem::exists(shared_folder() / "seeds" / parts[1].str()))
                << where;
            ++cited;
            const std::string ids = parts[4].str();
            const std::regex id_form(R"([A-Z]{2}-\d\d)");
            for (std::sregex_iterator at(ids.begin(), ids.end(), id_form), end; at != end; ++at) {
                EXPECT_TRUE(at->str().starts_with(prefix.at(district))) << where;
                ASSERT_TRUE(sections.contains(at->str())) << where;
                EXPECT_NE(parts[2].str().find(sections.at(at->str())), std::string::npos) << where;
            }
        }
    }
    EXPECT_GT(cited, 200U);
}

TEST(PolicyTrace, EveryBaseValueHasSourceAndMark) {
    const auto base = pack_of("base");
    for (const KeySpec& spec : all_keys()) {
        EXPECT_FALSE(base->origin(spec.name).source.empty()) << spec.name;
        EXPECT_EQ(base->origin(spec.name).document, "cn/1") << spec.name;
    }
}

}  // namespace
}  // namespace yilian::policy::testing
