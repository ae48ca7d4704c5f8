// Broker and database die under the running platform and come back: nothing acknowledged is lost,
// everything is applied once (reliability.md 3: P1 to P8, P11), and the services live through it.
// YILIAN_TEST_STORE and YILIAN_TEST_BROKER say which real parts there are to kill.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>

#include "fmt/format.h"
#include "tests/chaos/nemesis.h"
#include "tests/chaos/played.h"
#include "yilian/billing/v1/ledger_service.pb.h"

namespace yilian::chaos {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr int kStrikes = 4;
constexpr std::uint64_t kSeed = 20260304;

int strikes() { return std::getenv("YILIAN_FULL") != nullptr ? 5 * kStrikes : kStrikes; }

const Played& without_faults() {
    static const Played played = [] {
        Fleet fleet(cli::service_names());
        return play(
            fleet, {}, [] {}, [] {});
    }();
    return played;
}

std::map<std::string, pid_t> lives(Fleet& fleet) {
    std::map<std::string, pid_t> pids;
    for (const std::string& name : fleet.names()) {
        pids[name] = fleet.process(name).ended() ? -1 : fleet.process(name).pid();
    }
    return pids;
}

// Strikes `what` during a play; the services must be the same processes afterwards.
void live_through(const std::string& what,
                  const std::function<Nemesis::Strike(Fleet&)>& strike_of) {
    SCOPED_TRACE(fmt::format("seed {}", kSeed));
    const Played& calm = without_faults();
    EXPECT_THAT(check(calm, calm), IsEmpty()) << "without faults";
    Fleet fleet(cli::service_names());
    const auto before = lives(fleet);
    Nemesis nemesis(kSeed, {what}, strikes(), calm.commands(), strike_of(fleet));
    const bool topic_kept = what != "broker" || fleet.broker().keeps_its_log();
    const Played struck = play(
        fleet, {}, [&] { nemesis.on_command(); }, [&] { nemesis.finish(); }, topic_kept);
    EXPECT_EQ(nemesis.done(), strikes());
    EXPECT_EQ(lives(fleet), before) << "a service ended";
    EXPECT_THAT(check(struck, calm), IsEmpty());
}

TEST(Outage, BrokerKilledAndRestartedUnderLoad) {
    live_through("broker", [](Fleet& fleet) -> Nemesis::Strike {
        return [&](const std::string&, int, std::uint64_t draw) {
            on_lasting_thread([&] { fleet.broker().kill9(); });
            std::this_thread::sleep_for(std::chrono::milliseconds(draw % 400));
            on_lasting_thread([&] { fleet.broker().start(); });
        };
    });
}

// What a client is told while there is no database.
std::string reason_without_database(Fleet& fleet) {
    const auto answer = fleet.client("billing", "OPERATOR", {"operator"})
                            ->call<billing::v1::GetBalanceResponse>(
                                "yilian.billing.v1.LedgerService/GetBalance",
                                billing::v1::GetBalanceRequest(), {.timeout = 10s});
    return answer.ok() ? "OK" : fmt::format("code {}", static_cast<int>(answer.error().code));
}

void kill_the_database() {
    std::atomic<int> unavailable{0};
    live_through("database", [&](Fleet& fleet) -> Nemesis::Strike {
        return [&](const std::string&, int number, std::uint64_t draw) {
            on_lasting_thread([&] {
                if (number % 2 == 0) {
                    fleet.postgres()->kill9();
                } else {
                    fleet.postgres()->stop();
                }
            });
            const std::string told = reason_without_database(fleet);
            EXPECT_EQ(told, fmt::format("code {}", static_cast<int>(rpc::Code::kUnavailable)));
            ++unavailable;
            std::this_thread::sleep_for(std::chrono::milliseconds(draw % 400));
            on_lasting_thread([&] { fleet.postgres()->restart(); });
        };
    });
    EXPECT_EQ(unavailable, strikes());
}

// There is a database to kill only where the store is a server.
class DatabaseOutage : public testing::Test {
  public:
    void TestBody() override { kill_the_database(); }
};

[[maybe_unused]] const bool registered = [] {
    const char* store = std::getenv("YILIAN_TEST_STORE");
    if (store == nullptr || std::string(store) != "postgres") return false;
    testing::RegisterTest("Outage", "DatabaseKilledAndRestartedUnderLoad", nullptr, nullptr,
                          __FILE__, __LINE__,
                          []() -> testing::Test* { return new DatabaseOutage(); });
    return true;
}();

}  // namespace
}  // namespace yilian::chaos
