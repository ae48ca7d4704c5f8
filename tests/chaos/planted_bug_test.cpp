// A checker that never fails proves nothing: real programs with one bug planted each, and the
// checker that must report it. The same load without a bug is found good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "fmt/format.h"
#include "libs/runtime/testing/test_site.h"
#include "tests/chaos/played.h"
#include "yilian/billing/v1/ledger_service.pb.h"
#include "yilian/billing/v1/settlement_service.pb.h"
#include "yilian/directory/v1/resident_service.pb.h"

namespace yilian::chaos {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace dir = directory::v1;
namespace bil = billing::v1;

constexpr int kResidents = 30;
constexpr const char* kRegister = "yilian.directory.v1.ResidentService/RegisterResident";
constexpr const char* kRegistered = "yilian.directory.resident.registered.v1";

Fleet::Environment bug(const std::string& name) { return {{"YILIAN_BUG", name}}; }

// Thirty residents registered in directory and copied by registries.
struct Seen {
    std::vector<Told> history;
    EventsOfCommands expected;
    std::vector<LogEvent> log;
    std::vector<LogEvent> log_after;
    std::set<std::string> topic_ids;
    std::vector<Consumption> consumers;
};

dir::RegisterResidentRequest registration(int number) {
    dir::RegisterResidentRequest r;
    r.set_request_id(runtime::new_request_id());
    r.set_resident_id(fmt::format("res-{}", number));
    r.mutable_identity()->set_document_kind("PASSPORT");
    r.mutable_identity()->set_document_number(fmt::format("CHAOS-{}", number));
    r.mutable_identity()->set_name("chaos");
    r.set_sex(common::v1::SEX_MALE);
    r.set_birth_date("1970-01-01");
    r.set_insurance(common::v1::INSURANCE_RES);
    r.set_insured_region("350104");
    return r;
}

Seen register_residents(const Fleet::Environment& of_directory,
                        const Fleet::Environment& of_registries) {
    Fleet fleet({"directory", "registries"},
                {{"directory", of_directory}, {"registries", of_registries}});
    auto client = fleet.client("directory", "REGISTRAR", {"registrar"});
    History history;
    Seen seen;
    for (int i = 0; i < kResidents; ++i) {
        const dir::RegisterResidentRequest request = registration(i);
        const History::Again send = [&client, request] {
            return client->call_raw_blocking(kRegister, request, {.timeout = 5s});
        };
        history.add({"directory", kRegister, request.request_id(), until_answered(send), {}}, send);
        seen.expected[request.request_id()] = {kRegistered};
    }
    wait_until_quiet(fleet);
    seen.log = log_of(fleet);
    history.send_all_again();
    wait_until_quiet(fleet);
    seen.history = history.told();
    seen.log_after = log_of(fleet);
    seen.topic_ids = ids_in_topics(fleet, seen.log_after);
    seen.consumers = consumption(fleet, seen.log_after);
    return seen;
}

Findings p1(const Seen& seen) {
    return lost(seen.history, seen.expected, seen.log, seen.topic_ids);
}
Findings p2(const Seen& seen) {
    return doubled(seen.consumers, seen.history, seen.expected, seen.log_after);
}

TEST(PlantedBug, WithoutOneEveryCheckerIsContent) {
    const Seen seen = register_residents({}, {});
    EXPECT_EQ(seen.log.size(), kResidents);
    EXPECT_THAT(p1(seen), IsEmpty());
    EXPECT_THAT(p2(seen), IsEmpty());
    EXPECT_THAT(out_of_order(seen.log_after), IsEmpty());
    EXPECT_THAT(answered_otherwise(seen.history), IsEmpty());
}

TEST(PlantedBug, P1ReportsACommandAcknowledgedWithoutCommit) {
    const Findings found = p1(register_residents(bug("ack_without_commit:7"), {}));
    EXPECT_THAT(found, Not(IsEmpty()));
    EXPECT_THAT(found, Each(StartsWith("P1: RegisterResident")));
}

TEST(PlantedBug, P1ReportsAnEventMarkedButNeverSent) {
    const Seen seen = register_residents(bug("event_lost:7"), {});
    EXPECT_THAT(p1(seen), Not(IsEmpty()));
    EXPECT_THAT(p2(seen), Not(IsEmpty())) << "its consumer misses it, too";
}

TEST(PlantedBug, P2ReportsAnEventAppliedTwice) {
    const Seen seen = register_residents({}, bug("event_applied_twice:7"));
    EXPECT_THAT(p1(seen), IsEmpty());
    EXPECT_THAT(p2(seen), testing::ElementsAre("P2: registries has 1 doubled effects"));
}

TEST(PlantedBug, P8ReportsAnAnswerThatWasNotKept) {
    const Findings found =
        answered_otherwise(register_residents(bug("answer_not_kept:7"), {}).history);
    EXPECT_THAT(found, Not(IsEmpty()));
    EXPECT_THAT(found, Each(StartsWith("P8: another answer")));
}

bil::CreatePoolRequest pool() {
    bil::CreatePoolRequest r;
    r.set_request_id(runtime::new_request_id());
    r.set_pool_id("RES-2026");
    r.set_insurance(common::v1::INSURANCE_RES);
    r.set_year("2026");
    r.set_budget_fen(100'000'000);
    r.set_reserve_rate_e8(5'000'000);
    r.set_payment_ratio_e8(70'000'000);
    r.set_budget_value_num(1);
    r.set_budget_value_den(1);
    r.set_prepay_rate_e8(95'000'000);
    r.set_approval_document_id("doc-1");
    return r;
}

Findings p6_of_a_new_pool(const Fleet::Environment& of_billing) {
    Fleet fleet({"billing"}, {{"billing", of_billing}});
    const auto made =
        fleet.client("billing", "AGENCY", {"agency_clerk"})
            ->call<bil::Pool>("yilian.billing.v1.SettlementService/CreatePool", pool());
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().reason);
    const auto balance =
        fleet.client("billing", "OPERATOR", {"operator"})
            ->call<bil::GetBalanceResponse>("yilian.billing.v1.LedgerService/GetBalance",
                                            bil::GetBalanceRequest());
    EXPECT_TRUE(balance.ok());
    if (!balance.ok()) return {};
    EXPECT_GT(balance.value().balances_size(), 1) << "something was posted";
    return unbalanced({{0, balance.value().ledger_sum_fen()}}, log_of(fleet));
}

TEST(PlantedBug, P6ReportsAPostingThatDoesNotBalance) {
    EXPECT_THAT(p6_of_a_new_pool({}), IsEmpty());
    EXPECT_THAT(p6_of_a_new_pool(bug("posting_unbalanced:1")),
                testing::ElementsAre("P6: the ledger stood at 1 fen at 0"));
}

}  // namespace
}  // namespace yilian::chaos
