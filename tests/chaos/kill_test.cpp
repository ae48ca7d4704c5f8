// reliability.md 3: P1 no lost event, P2 exactly-once effect, P3 order, P4 one dispenser, P6 the
// ledger balances, P8 the same answer to a resend, P12 acknowledged data survive. All five services
// are killed, again and again, in the middle of a run of the whole loop. A failing seed is printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fmt/format.h"
#include "tests/chaos/nemesis.h"
#include "tests/chaos/played.h"

namespace yilian::chaos {
namespace {

using testing::IsEmpty;

bool full() { return std::getenv("YILIAN_FULL") != nullptr; }

Load load() { return full() ? Load{150, 1, 1} : Load{}; }

// The same run without faults: what each command publishes, and the summary.
const Played& without_faults() {
    static const Played played = [] {
        Fleet fleet(cli::service_names());
        return play(
            fleet, load(), [] {}, [] {});
    }();
    return played;
}

void strike_and_check(std::uint64_t seed, int strikes,
                      const std::function<Nemesis::Strike(Fleet&)>& strike_of) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const Played& calm = without_faults();
    ASSERT_THAT(calm.history.size(), testing::Gt(200U));
    EXPECT_THAT(check(calm, calm), IsEmpty()) << "without faults";
    Fleet fleet(cli::service_names());
    Nemesis nemesis(seed, fleet.names(), strikes, calm.commands(), strike_of(fleet));
    const Played struck = play(
        fleet, load(), [&] { nemesis.on_command(); }, [&] { nemesis.finish(); });
    EXPECT_EQ(nemesis.done(), strikes * 5) << "strikes in the middle of the run";
    EXPECT_THAT(check(struck, calm), IsEmpty());
}

TEST(Kill, EachServiceKilledTwentyTimesInTheMiddleOfARunLosesAndDoublesNothing) {
    for (const std::uint64_t seed :
         full() ? std::vector<std::uint64_t>{1, 2, 3} : std::vector<std::uint64_t>{20260301}) {
        std::unique_ptr<Killer> killer;
        strike_and_check(seed, full() ? 60 : 20, [&](Fleet& fleet) -> Nemesis::Strike {
            killer = std::make_unique<Killer>(fleet);
            return [&killer](const std::string& victim, int number, std::uint64_t draw) {
                (*killer)(victim, number, draw);
            };
        });
        EXPECT_EQ(killer->never_served(), 0);
        EXPECT_GE(killer->by_failpoint(), 20) << "of 50 lives with an armed failpoint";
    }
}

TEST(Kill, SigtermUnderLoadLosesNothingAndEndsWithZero) {
    std::atomic<int> not_zero{0};
    strike_and_check(20260303, 3, [&](Fleet& fleet) -> Nemesis::Strike {
        return [&](const std::string& victim, int /*number*/, std::uint64_t /*draw*/) {
            if (fleet.process(victim).terminate() != 0) ++not_zero;
            fleet.start(victim);
            if (!fleet.wait_serving(victim)) ++not_zero;
        };
    });
    EXPECT_EQ(not_zero, 0) << "exit codes other than 0";
}

}  // namespace
}  // namespace yilian::chaos
