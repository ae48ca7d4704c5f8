// Money does not depend on the order in which facts arrive (billing.md 15, 10): the same lists,
// evidence, contracts and registrations in any order end in the same statements, enrolments and
// balances.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "services/billing/app/capitation_months.h"
#include "services/billing/domain/capitation.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/queries.h"
#include "services/billing/tests/harness.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::billing::test {
namespace {

using testing::IsEmpty;

// Facts of one group come in their order, because they are of one aggregate; groups come in any.
using Group = std::vector<std::function<void(Harness&)>>;

template <class Make>
std::function<void(Harness&)> event(Make make, std::int64_t sequence = 1) {
    return [make, sequence](Harness& h) { h.event(*make(), sequence); };
}

std::function<void(Harness&)> list(v1::SettlementList l) {
    return [l](Harness& h) {
        const auto view = h.submit(l);
        EXPECT_TRUE(view.list.accepted) << store::findings_text(view.list.findings);
    };
}

std::vector<Group> facts() {
    std::vector<Group> groups;
    groups.push_back({event([] { return fact::membership("C1", "H1", true); }, 2)});
    groups.push_back({event([] { return fact::membership("C1", "B1", false); }, 2)});
    for (const std::string id : {"r", "q"}) {
        groups.push_back({event([id] { return fact::resident(id, "1967-06-15"); })});
        groups.push_back({event([id] { return fact::contract("c-" + id, id); })});
        groups.push_back({event([id] { return fact::enrolled("e-" + id, id, "2026-01-12"); })});
        groups.push_back({event(
            [id] {
                return fact::evidence("ev-" + id, "ref-" + id, id, "2026-03-18T14:15:00+08:00");
            },
            9)});
        groups.push_back({list(stay_s1(id, "ev-" + id))});
        groups.push_back({list(stay_s2(id, "ref-" + id))});
        groups.push_back({event([id] { return fact::dispensed("d-" + id, "p-" + id, id); })});
        groups.push_back({list(outpatient_s3(id, "p-" + id))});
    }
    groups[3].push_back(event([] { return fact::contract_ended("c-r", "r", "2026-03-20"); }, 2));
    groups[4].push_back(event([] {
        auto closed = std::make_unique<registries::v1::EnrolmentClosed>();
        closed->mutable_context()->set_district_code("350104");
        closed->set_enrolment_id("e-r");
        closed->set_resident_id("r");
        closed->set_disease_code("hypertension");
        closed->set_effective_on("2026-03-10");
        return closed;
    }));
    return groups;
}

struct Result {
    std::string statements;
    std::string capitation;
    std::map<std::string, std::int64_t> balances;
    friend bool operator==(const Result&, const Result&) = default;
};

Result play(const std::vector<Group>& groups, std::mt19937& random) {
    Harness h;
    h.now = at("2026-04-01T09:00:00+08:00");
    h.event(*fact::institution("H1", "hospital", common::v1::INSTITUTION_LEVEL_L3));
    h.event(*fact::institution("B1", "centre", common::v1::INSTITUTION_LEVEL_L1));
    h.event(*fact::institution("V1", "village_clinic", common::v1::INSTITUTION_LEVEL_L1, "B1"));
    std::vector<std::size_t> next(groups.size(), 0);
    std::vector<std::size_t> order;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        order.insert(order.end(), groups[g].size(), g);
    }
    std::ranges::shuffle(order, random);
    for (const std::size_t g : order) groups[g][next[g]++](h);

    Result result;
    h.now = at("2026-04-02T08:00:00+08:00");
    h.unit([&](app::Unit& u) {
        for (const char* period : {"2026-01", "2026-03", "2026-04"}) {
            const auto month =
                app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(period), {}, false});
            ASSERT_TRUE(month.ok()) << month.refusal().reason.code();
            result.capitation += month->digest + ' ' + month->amount.text() + '\n';
        }
    });
    h.now = at("2026-04-15T09:00:00+08:00");
    result.statements = h.publish_month("2026-03");
    h.read([&](storage::Transaction& tx) {
        result.balances.clear();
        for (const storage::Row& row :
             tx.select(store::kBalances, "", "", "", std::int64_t{1000})) {
            result.balances[row.text(0)] = row.i64(1);
        }
    });
    EXPECT_THAT(h.violations(), IsEmpty());
    return result;
}

TEST(Order, OfArrivalDoesNotChangeMoney) {
    std::mt19937 random(20260301);
    const auto groups = facts();
    const Result first = play(groups, random);
    EXPECT_EQ(first.balances.at("BASIC:2026"), -2 * 664782);
    EXPECT_EQ(first.balances.at("TEAM:t"), 2 * 8400);
    for (int i = 0; i < 12; ++i) {
        const Result other = play(groups, random);
        EXPECT_EQ(other.statements, first.statements) << "shuffle " << i;
        EXPECT_EQ(other.capitation, first.capitation) << "shuffle " << i;
        EXPECT_EQ(other.balances, first.balances) << "shuffle " << i;
    }
}

}  // namespace
}  // namespace yilian::billing::test
