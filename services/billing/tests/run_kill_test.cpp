// ROW19: the run of a month, killed at random steps and taken up again, gives the statements, the
// ledger and the events of a run that nobody disturbed. On both databases; 200 kills with
// YILIAN_FULL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "libs/audit/audit.h"
#include "libs/outbox/migrations.h"
#include "libs/policy/testing/packs.h"
#include "libs/testkit/status.h"
#include "libs/timers/timers.h"
#include "services/billing/store/ledger_rows.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing {
std::span<const EmbeddedFile> migration_files();
}

namespace yilian::billing::test {
namespace {

constexpr int kInstitutions = 10;
constexpr int kResidents = 3;  // of each institution

class RunKill : public testing::TestWithParam<storage::Dialect> {
  protected:
    static std::string place(int i) { return (i < 10 ? "K0" : "K") + std::to_string(i); }

    // A month of one stay for each resident of ten institutions.
    std::unique_ptr<testkit::Database> seeded(bool shuffled) {
        auto database = testkit::new_database(GetParam());
        const std::vector<storage::MigrationSet> sets{audit::migrations(),
                                                      timers::migrations(),
                                                      outbox::migrations(),
                                                      {"billing", migration_files()}};
        EXPECT_THAT(database->migrate(sets), testkit::IsOk());
        const auto store = database->store({});
        EXPECT_THAT(store->start(), testkit::IsOk());
        {
            Harness h(*store, policy::testing::shipped_packs());
            feed_places(h);
            std::vector<std::pair<std::string, std::string>> stays;
            for (int i = 0; i < kInstitutions; ++i) {
                h.event(*fact::institution(place(i), "centre", common::v1::INSTITUTION_LEVEL_L1));
                for (int j = 0; j < kResidents; ++j) {
                    const std::string resident = place(i) + "-" + std::to_string(j);
                    h.event(*fact::resident(resident, "1967-06-15"));
                    stays.emplace_back(place(i), resident);
                }
            }
            if (shuffled) std::shuffle(stays.begin(), stays.end(), std::mt19937_64(20260301));
            h.now = at("2026-03-27T09:30:00+08:00");
            for (const auto& [institution, resident] : stays) {
                auto stay = stay_s1(resident, "");
                stay.set_institution_id(institution);
                h.submit(stay);
            }
        }
        store->stop();
        return database;
    }

    pid_t spawn(const testkit::Database& database, int runs, const std::string& failpoint) {
        const std::string program = std::getenv("YILIAN_RUN_CHILD");
        std::vector<std::string> texts{
            program, GetParam() == storage::Dialect::kSqlite ? "sqlite" : "postgres",
            database.address(), std::to_string(runs)};
        std::vector<char*> argv;
        for (std::string& text : texts) argv.push_back(text.data());
        argv.push_back(nullptr);
        std::vector<char*> environment;
        std::string armed = "YILIAN_FAILPOINT=" + failpoint;
        for (char** e = environ; *e != nullptr; ++e) environment.push_back(*e);
        if (!failpoint.empty()) environment.push_back(armed.data());
        environment.push_back(nullptr);
        pid_t pid = 0;
        EXPECT_EQ(
            posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environment.data()),
            0);
        return pid;
    }
    // The exit code; -1 when it was killed.
    static int wait(pid_t pid) {
        int status = 0;
        EXPECT_EQ(waitpid(pid, &status, 0), pid);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    // Statements, balances and events of a database that nobody uses any more.
    std::map<std::string, std::string> outcome(testkit::Database& database) {
        const auto store = database.store({});
        EXPECT_THAT(store->start(), testkit::IsOk());
        std::map<std::string, std::string> all;
        EXPECT_THAT(store->read([&](storage::Transaction& tx) {
            static constexpr storage::Query kStatements{
                "test.statements", "SELECT run_id, party, content, published FROM statements"};
            for (const auto& row : tx.select(kStatements)) {
                all["statement " + row.text(0) + ' ' + row.text(1)] =
                    row.bytes(2) + std::to_string(row.i64(3));
            }
            static constexpr storage::Query kSums{
                "test.sums",
                "SELECT account, CAST(SUM(fen) AS BIGINT), COUNT(*) FROM ledger_lines GROUP BY "
                "account"};
            for (const auto& row : tx.select(kSums)) {
                all["account " + row.text(0)] =
                    std::to_string(row.i64(1)) + " in " + std::to_string(row.i64(2));
            }
            static constexpr storage::Query kEvents{
                "test.events", "SELECT type, COUNT(*) FROM outbox GROUP BY type"};
            for (const auto& row : tx.select(kEvents)) {
                all["event " + row.text(0)] = std::to_string(row.i64(1));
            }
        }),
                    testkit::IsOk());
        {
            Harness h(*store, policy::testing::shipped_packs());
            EXPECT_THAT(h.violations(), testing::IsEmpty());
        }
        store->stop();
        return all;
    }
};
YILIAN_ON_BOTH_DRIVERS(RunKill);

TEST_P(RunKill, ROW19_KilledAtRandomStepsGivesOneIdenticalResult) {
    const bool full = std::getenv("YILIAN_FULL") != nullptr;
    const int kills = full ? 200 : 20;
    const int runs = 4 * kills;  // the faster a life, the more runs it ends before it is killed
    const auto calm = seeded(false);
    ASSERT_EQ(wait(spawn(*calm, runs, "")), 0);
    const auto expected = outcome(*calm);
    ASSERT_GT(expected.size(), static_cast<std::size_t>(runs * kInstitutions));

    const auto struck = seeded(true);
    std::mt19937_64 random(20260301);
    int killed = 0;
    int at_failpoint = 0;
    for (int life = 0; killed < kills && life < 4 * kills; ++life) {
        const std::string passage = std::to_string(1 + random() % 4);
        const auto draw = random() % 3;
        std::string failpoint;
        if (draw == 0) failpoint = "run_chunk_computed:" + passage;
        if (draw == 1) failpoint = "run_prepay_booked:" + passage;
        const pid_t pid = spawn(*struck, runs, failpoint);
        if (draw == 2) {
            std::this_thread::sleep_for(std::chrono::milliseconds(30 + random() % 250));
            kill(pid, SIGKILL);
        }
        const int code = wait(pid);
        if (code == -1) {
            ++killed;
            if (draw != 2) ++at_failpoint;
        } else {
            ASSERT_EQ(code, 0);
            break;
        }
    }
    EXPECT_GE(killed, kills) << "the chain of runs was too short";
    EXPECT_GT(at_failpoint, kills / 4);
    ASSERT_EQ(wait(spawn(*struck, runs, "")), 0);
    EXPECT_EQ(outcome(*struck), expected);
}

}  // namespace
}  // namespace yilian::billing::test
