#include "libs/tabular/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "libs/tabular/csv_writer.h"
#include "libs/tabular/duplicate_finder.h"
#include "libs/tabular/spill_sorter.h"
#include "libs/tabular/tests/temp_folder.h"

namespace yilian::tabular {
namespace {

using testing::ElementsAre;

TEST(B161_Output, TargetsAppearTogetherAtCommit) {
    const TempFolder folder;
    (void)folder.write("a.csv", "old a");
    OutputSet outputs;
    OutputFile* a = outputs.create(folder.path("a.csv")).value();
    OutputFile* b = outputs.create(folder.path("b.csv")).value();
    a->append("new a");
    b->append(std::string(1'000'000, 'b'));
    EXPECT_EQ(folder.read("a.csv"), "old a");
    EXPECT_EQ(folder.read("b.csv"), "");
    ASSERT_TRUE(outputs.commit().ok());
    EXPECT_EQ(folder.read("a.csv"), "new a");
    EXPECT_EQ(folder.read("b.csv").size(), 1'000'000u);
    EXPECT_THAT(folder.names(), ElementsAre("a.csv", "b.csv"));
}

TEST(B161_Output, WithoutCommitNothingIsTouchedAndNothingIsLeft) {
    const TempFolder folder;
    (void)folder.write("a.csv", "old a");
    {
        OutputSet outputs;
        outputs.create(folder.path("a.csv")).value()->append("new");
        outputs.create(folder.path("b.csv")).value()->append("new");
        EXPECT_EQ(folder.names().size(), 3u);
    }
    EXPECT_EQ(folder.read("a.csv"), "old a");
    EXPECT_THAT(folder.names(), ElementsAre("a.csv"));
}

TEST(B161_Output, StrictAbandonsResultsButWritesTheReport) {
    const TempFolder folder;
    OutputSet outputs;
    OutputFile* result = outputs.create(folder.path("out.csv")).value();
    OutputFile* report = outputs.create(folder.path("out.csv.errors.csv")).value();
    result->append("x");
    report->append("y");
    outputs.abandon(result);
    ASSERT_TRUE(outputs.commit().ok());
    EXPECT_THAT(folder.names(), ElementsAre("out.csv.errors.csv"));
}

TEST(B161_Output, TargetsThatCannotBeWrittenAreRefusedAtTheStart) {
    const TempFolder folder;
    OutputSet outputs;
    const auto reason = [&](const std::string& path) {
        const auto created = outputs.create(path);
        return created.ok() ? std::string() : created.refusal().reason.text();
    };
    EXPECT_EQ(reason(folder.path("none/out.csv")), "FILE_NOT_WRITABLE");
    EXPECT_EQ(reason(folder.path("")), "FILE_NOT_WRITABLE") << "a folder";
    EXPECT_EQ(reason("/dev/null"), "FILE_NOT_WRITABLE") << "a device must not be replaced";
    EXPECT_EQ(reason(folder.path("a.csv")), "");
    EXPECT_EQ(reason(folder.path("a.csv")), "FILE_NOT_WRITABLE") << "given twice";
}

TEST(B161_Output, ASymbolicLinkKeepsPointing) {
    const TempFolder folder;
    (void)folder.write("real.csv", "old");
    ASSERT_EQ(::symlink("real.csv", folder.path("link.csv").c_str()), 0);
    OutputSet outputs;
    outputs.create(folder.path("link.csv")).value()->append("new");
    ASSERT_TRUE(outputs.commit().ok());
    EXPECT_EQ(folder.read("real.csv"), "new");
    EXPECT_THAT(folder.names(), ElementsAre("link.csv", "real.csv"));
}

TEST(B161_Output, AFailingRenamePutsTheOtherTargetsBack) {
    const TempFolder folder;
    (void)folder.write("a.csv", "old a");
    OutputSet outputs;
    outputs.create(folder.path("a.csv")).value()->append("new a");
    outputs.create(folder.path("b.csv")).value()->append("new b");
    outputs.create(folder.path("c.csv")).value()->append("new c");
    std::filesystem::create_directory(folder.path("c.csv"));  // appears while the command runs
    const auto committed = outputs.commit();
    ASSERT_FALSE(committed.ok());
    EXPECT_EQ(committed.refusal().reason, Reason("FILE_NOT_WRITABLE"));
    EXPECT_EQ(committed.refusal().metadata.at(0).second, folder.path("c.csv"));
    EXPECT_EQ(folder.read("a.csv"), "old a");
    EXPECT_FALSE(std::filesystem::exists(folder.path("b.csv")));
}

// Runs `body` in a child and says how it ended.
template <class Body>
int status_of_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) {
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

TEST(B161_Output, AFullDiskLeavesTheTargetAlone) {
    const TempFolder folder;
    (void)folder.write("a.csv", "old a");
    const int status = status_of_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{100'000, 100'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        OutputSet outputs;
        OutputFile* file = outputs.create(folder.path("a.csv")).value();
        for (int i = 0; i < 1000; ++i) file->append(std::string(1000, 'x'));
        const auto committed = outputs.commit();
        ::_exit(!committed.ok() && committed.refusal().reason == Reason("FILE_NOT_WRITABLE") ? 7
                                                                                             : 1);
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_EQ(folder.read("a.csv"), "old a");
}

TEST(B161_Output, AKillLeavesTheTargetAlone) {
    const TempFolder folder;
    (void)folder.write("a.csv", "old a");
    const int status = status_of_child([&] {
        OutputSet outputs;
        outputs.create(folder.path("a.csv")).value()->append(std::string(1'000'000, 'x'));
        ::kill(::getpid(), SIGKILL);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(folder.read("a.csv"), "old a");
}

// ---- CSV --------------------------------------------------------------------------------------

TEST(B161_Writer, OneFormForEveryValue) {
    const TempFolder folder;
    OutputSet outputs;
    OutputFile* file = outputs.create(folder.path("out.csv")).value();
    CsvWriter writer =
        CsvWriter::in_order(*file, {"id", "n", "fen", "points", "rate", "date", "period", "instant",
                                    "flag", "list", "none", "fen?"});
    writer.text("a,b")
        .integer(-7)
        .fen(amount::Fen::of_raw(12))
        .points(amount::Points::of_raw(15000))
        .rate(amount::Rate::of_raw(1))
        .date(calendar::CivilDate::literal(2026, 3, 6))
        .period(calendar::Period::containing(calendar::CivilDate::literal(2026, 3, 6)))
        .instant(instant_from_ms(1772784000000))
        .flag(true)
        .list({"x", "y"})
        .empty()
        .maybe_fen(std::optional<amount::Fen>())
        .end_row();
    writer.text("say \"hi\"\n").integer(0).empty().empty().empty().empty().empty().empty();
    writer.flag(false).list({}).text(" kept ").maybe_fen(std::optional(amount::Fen())).end_row();
    ASSERT_TRUE(writer.finish().ok());
    ASSERT_TRUE(outputs.commit().ok());
    EXPECT_EQ(
        folder.read("out.csv"),
        "id,n,fen,points,rate,date,period,instant,flag,list,none,fen?\n"
        "\"a,b\",-7,12,1.5000,0.00000001,2026-03-06,2026-03,2026-03-06T16:00:00+08:00,1,x|y,,\n"
        "\"say \"\"hi\"\"\n\",0,,,,,,,0,, kept ,0\n");
    EXPECT_EQ(writer.rows(), 2u);
}

TEST(B161_WriterDeathTest, ARowHasTheCellsOfTheHeader) {
    const TempFolder folder;
    OutputSet outputs;
    OutputFile* file = outputs.create(folder.path("out.csv")).value();
    CsvWriter writer = CsvWriter::in_order(*file, {"a", "b"});
    writer.text("1");
    EXPECT_DEATH(writer.end_row(), "fewer cells");
    EXPECT_DEATH((void)writer.finish(), "row not ended");
    EXPECT_DEATH(writer.text("2").text("3"), "more cells");
    EXPECT_DEATH((void)CsvWriter::sorted(*file, {"a"}, {"x"}, 1 << 20), "key column");
}

std::string sorted_file(const std::vector<std::pair<std::string, std::string>>& rows,
                        std::size_t budget) {
    const TempFolder folder;
    OutputSet outputs;
    OutputFile* file = outputs.create(folder.path("out.csv")).value();
    CsvWriter writer = CsvWriter::sorted(*file, {"n", "a", "b"}, {"a", "b"}, budget);
    int n = 0;
    for (const auto& [a, b] : rows) writer.integer(n++).text(a).text(b).end_row();
    EXPECT_TRUE(writer.finish().ok());
    EXPECT_EQ(folder.names().size(), 1u) << "sorted runs have no names";
    EXPECT_TRUE(outputs.commit().ok());
    return folder.read("out.csv");
}

TEST(B161_Writer, SortedByKeyColumnsByBytes) {
    EXPECT_EQ(sorted_file({{"ab", ""}, {"a", "b"}, {"B", "x"}, {"a", "B"}, {"村", "1"}, {"a", "b"}},
                          1 << 20),
              "n,a,b\n2,B,x\n3,a,B\n1,a,b\n5,a,b\n0,ab,\n4,村,1\n");
}

RC_GTEST_PROP(B161_Writer, SortingOnDiskGivesTheSameBytes, ()) {
    const auto cell = rc::gen::container<std::string>(rc::gen::element('a', 'b', '-'));
    const auto rows =
        *rc::gen::resize(40, rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
                                 rc::gen::pair(cell, cell)));
    auto expected = rows;
    std::string text = "n,a,b\n";
    std::vector<std::size_t> order(rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t x, std::size_t y) { return rows[x] < rows[y]; });
    for (const std::size_t i : order) {
        text += std::to_string(i) + "," + rows[i].first + "," + rows[i].second + "\n";
    }
    RC_ASSERT(sorted_file(rows, 1 << 20) == text);
    RC_ASSERT(sorted_file(rows, 100) == text);
}

RC_GTEST_PROP(B161_Duplicates, EveryRowButTheFirstOfAKeyIsFoundWhateverTheBudget, ()) {
    const auto cell = rc::gen::container<std::string>(rc::gen::element('a', 'b'));
    const auto rows =
        *rc::gen::resize(60, rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
                                 rc::gen::pair(cell, cell)));
    std::set<std::pair<std::string, std::string>> seen;
    std::set<std::uint64_t> expected;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!seen.insert(rows[i]).second) expected.insert(i);
    }
    for (const std::size_t budget : {std::size_t{1} << 20, std::size_t{150}}) {
        DuplicateFinder keys(".", budget);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            keys.add({rows[i].first, rows[i].second}, i, std::to_string(i));
        }
        std::set<std::uint64_t> found;
        RC_ASSERT(keys.drain([&](std::uint64_t row, std::string_view tag) {
                          RC_ASSERT(tag == std::to_string(row));
                          RC_ASSERT(found.insert(row).second);
                      })
                      .ok());
        RC_ASSERT(found == expected);
    }
}

TEST(B161_Writer, OfEqualKeysTheFirstIsKeptAndTheOthersAreTold) {
    for (const std::size_t budget : {std::size_t{1} << 20, std::size_t{60}}) {
        const TempFolder folder;
        OutputSet outputs;
        OutputFile* file = outputs.create(folder.path("out.csv")).value();
        std::vector<std::string> dropped;
        CsvWriter writer = CsvWriter::unique(
            *file, {"id", "n"}, {"id"}, budget, [&](std::uint64_t tag, std::string_view key) {
                dropped.push_back(std::string(key) + "@" + std::to_string(tag));
            });
        for (int i = 0; i < 40; ++i) {
            writer.text("k" + std::to_string(10 + i % 20))
                .integer(i)
                .end_row(static_cast<std::uint64_t>(i));
        }
        ASSERT_TRUE(writer.finish().ok());
        ASSERT_TRUE(outputs.commit().ok());
        std::string expected = "id,n\n";
        std::vector<std::string> others;
        for (int i = 0; i < 20; ++i) {
            const std::string key = "k" + std::to_string(10 + i);
            expected += key + "," + std::to_string(i) + "\n";
            others.push_back(key + "@" + std::to_string(20 + i));
        }
        EXPECT_EQ(folder.read("out.csv"), expected);
        EXPECT_EQ(dropped, others);
    }
}

TEST(SpillSorter, ManyRunsMergeStably) {
    SpillSorter sorter(".", 64 * 1024);
    constexpr int kRows = 100'000;
    for (int i = 0; i < kRows; ++i) {
        sorter.add(std::to_string(i * 7919 % 1000), std::to_string(i));
    }
    std::string last_key;
    int last = -1;
    int seen = 0;
    ASSERT_TRUE(sorter
                    .drain([&](std::string_view payload) {
                        const int i = std::stoi(std::string(payload));
                        const std::string key = std::to_string(i * 7919 % 1000);
                        EXPECT_LE(last_key, key);
                        EXPECT_TRUE(key != last_key || last < i);
                        last_key = key;
                        last = i;
                        ++seen;
                    })
                    .ok());
    EXPECT_EQ(seen, kRows);
}

TEST(SpillSorter, ARunThatCannotBeWrittenIsTold) {
    SpillSorter sorter("/nonexistent", 100);
    for (int i = 0; i < 100; ++i) sorter.add("key", "some payload");
    const auto drained = sorter.drain([](std::string_view) {});
    ASSERT_FALSE(drained.ok());
    EXPECT_EQ(drained.refusal().reason, Reason("FILE_NOT_WRITABLE"));
}

}  // namespace
}  // namespace yilian::tabular
