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
#include "services/billing/app/pools.h"
#include "services/billing/domain/capitation.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/store/queries.h"
#include "services/billing/tests/harness.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/referrals/v1/events.pb.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::billing::test {
namespace {

using testing::IsEmpty;

constexpr auto kL1 = common::v1::INSTITUTION_LEVEL_L1;

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

std::vector<Group> facts(bool with_evidence_of_q = true) {
    std::vector<Group> groups;
    groups.push_back({event([] { return fact::membership("C1", "H1", true); }, 2)});
    groups.push_back({event([] { return fact::membership("C1", "B1", false); }, 2)});
    for (const std::string id : {"r", "q"}) {
        groups.push_back({event([id] { return fact::resident(id, "1967-06-15"); })});
        groups.push_back({event([id] { return fact::contract("c-" + id, id); })});
        groups.push_back({event([id] { return fact::enrolled("e-" + id, id, "2026-01-12"); })});
        if (id != "q" || with_evidence_of_q) {
            groups.push_back({event(
                [id] {
                    return fact::evidence("ev-" + id, "ref-" + id, id, "2026-03-18T14:15:00+08:00");
                },
                9)});
        }
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

// Every group in its own order, the groups in any.
void arrive(Harness& h, const std::vector<Group>& groups, std::mt19937& random) {
    std::vector<std::size_t> next(groups.size(), 0);
    std::vector<std::size_t> order;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        order.insert(order.end(), groups[g].size(), g);
    }
    std::ranges::shuffle(order, random);
    for (const std::size_t g : order) groups[g][next[g]++](h);
}

void feed(Harness& h, const std::vector<Group>& groups, std::mt19937& random) {
    h.now = at("2026-04-01T09:00:00+08:00");
    h.event(*fact::institution("H1", "hospital", common::v1::INSTITUTION_LEVEL_L3));
    h.event(*fact::institution("B1", "centre", kL1));
    h.event(*fact::institution("V1", "village_clinic", kL1, "B1"));
    arrive(h, groups, random);
}

void price(Harness& h, Result& result, const std::vector<std::string>& periods) {
    h.unit([&](app::Unit& u) {
        for (const std::string& period : periods) {
            const auto month =
                app::price_month(u, {"", "C1", *calendar::CivilMonth::parse(period), {}, false});
            ASSERT_TRUE(month.ok()) << month.refusal().reason.code();
            result.capitation += month->digest + ' ' + month->amount.text() + '\n';
        }
    });
}

void finish(Harness& h, Result& result) {
    h.read([&](storage::Transaction& tx) {
        result.balances.clear();
        for (const storage::Row& row :
             tx.select(store::kBalances, "", "", "", std::int64_t{1000})) {
            result.balances[row.text(0)] = row.i64(1);
        }
    });
    EXPECT_THAT(h.violations(), IsEmpty());
}

Result play(const std::vector<Group>& groups, std::mt19937& random) {
    Harness h;
    Result result;
    feed(h, groups, random);
    h.now = at("2026-04-02T08:00:00+08:00");
    price(h, result, {"2026-01", "2026-03", "2026-04"});
    h.now = at("2026-04-15T09:00:00+08:00");
    result.statements = h.publish_month("2026-03");
    finish(h, result);
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

template <class Msg, class Fill>
std::function<void(Harness&)> fact_of(Fill fill, std::int64_t sequence = 1) {
    return [fill, sequence](Harness& h) {
        Msg message;
        message.mutable_context()->set_district_code("350104");
        fill(message);
        h.event(message, sequence);
    };
}

void move_stay(v1::SettlementList& l, const char* list_id, const char* from, const char* to,
               const char* declared) {
    l.set_list_id(list_id);
    store::set_instant(l.mutable_admitted_at(), at(from));
    store::set_instant(l.mutable_discharged_at(), at(to));
    store::set_instant(l.mutable_declared_at(), at(declared));
}

v1::SettlementList april_visit(int version, std::int64_t total) {
    auto l = outpatient_s3("r", "p-april");
    move_stay(l, "april", "2026-04-10T15:00:00+08:00", "2026-04-10T15:10:00+08:00",
              "2026-04-10T15:11:00+08:00");
    l.set_version(version);
    l.set_total_fen(total);
    l.set_cash_pay_fen(total);
    l.mutable_charges(0)->set_amount_fen(total);
    l.mutable_charges(0)->set_class_a_fen(total);
    return l;
}

// A transfer of q to another team and consortium, and a superseded evidence of r.
std::vector<Group> late_facts() {
    namespace dir = directory::v1;
    std::vector<Group> groups;
    // Evidence that comes late, and evidence that is replaced by an invalid one.
    groups.push_back({event(
        [] { return fact::evidence("ev-q", "ref-q", "q", "2026-03-18T14:15:00+08:00"); }, 9)});
    groups.push_back({event(
        [] {
            auto m = fact::evidence("ev-r2", "ref-r", "r", "2026-03-18T14:15:00+08:00");
            auto& e = static_cast<referrals::v1::ReferralEvidenceIssued&>(*m);
            e.set_supersedes_evidence_id("ev-r");
            e.set_valid(false);
            store::set_instant(e.mutable_issued_at(), at("2026-04-16T09:00:00+08:00"));
            return m;
        },
        10)});
    // A list of March that is sent late comes first in its year; one of April is corrected.
    groups.push_back({[](Harness& h) {
        auto l = stay_s1("q", "");
        move_stay(l, "late", "2026-02-27T11:00:00+08:00", "2026-03-01T09:00:00+08:00",
                  "2026-04-17T09:00:00+08:00");
        EXPECT_TRUE(h.submit(l).list.accepted);
    }});
    groups.push_back({list(april_visit(1, 8400)), list(april_visit(2, 9400))});
    // q changes consortium and insurance; r was somebody else as well.
    groups.push_back({fact_of<dir::ContractTeamChanged>(
        [](auto& m) {
            m.set_contract_id("c-q");
            m.set_resident_id("q");
            m.set_team_id("t");
            m.set_institution_id("B1");
            m.set_effective_on("2026-03-16");
            m.set_new_contract_id("c-q2");
        },
        2)});
    groups.push_back({event([] {
        auto m = fact::contract("c-q2", "q");
        auto& c = static_cast<dir::ContractActivated&>(*m);
        c.set_team_id("t2");
        c.set_institution_id("B2");
        c.set_valid_from("2026-03-16");
        c.set_fee_fen(0);
        return m;
    })});
    groups.push_back({event([] { return fact::membership("C2", "B2", true); }, 2)});
    groups.push_back({fact_of<dir::ResidentChanged>(
        [](auto& m) {
            m.set_resident_id("q");
            m.set_sex(common::v1::SEX_MALE);
            m.set_birth_date("1967-06-15");
            m.set_insurance(common::v1::INSURANCE_EMP);
            m.set_effective_on("2026-04-01");
        },
        2)});
    groups.push_back(
        {event([] { return fact::resident("p", "1967-06-15"); }), fact_of<dir::ResidentMerged>(
                                                                      [](auto& m) {
                                                                          m.set_from("p");
                                                                          m.set_to("r");
                                                                          m.set_on("2026-04-18");
                                                                      },
                                                                      2)});
    return groups;
}

Result play_on(const std::vector<Group>& early, const std::vector<Group>& late,
               std::mt19937& random) {
    Harness h;
    Result result;
    feed(h, early, random);
    h.now = at("2026-04-15T09:00:00+08:00");
    price(h, result, {"2026-01", "2026-03"});
    result.statements = h.publish_month("2026-03");
    h.unit([](app::Unit& u) { ASSERT_TRUE(app::close_period(u, "2026-03", "").ok()); });
    h.now = at("2026-04-20T09:00:00+08:00");
    arrive(h, late, random);
    h.now = at("2026-05-18T09:00:00+08:00");
    price(h, result, {"2026-01", "2026-03"});  // in April nobody is left in C1
    result.statements += h.publish_month("2026-04");
    finish(h, result);
    return result;
}

TEST(Order, OfWhatComesAfterTheMonthIsClosedDoesNotChangeTheDifferences) {
    std::mt19937 random(20260301);
    auto early = facts(false);
    // p has a stay of his own before it is known that he is r.
    early.push_back({event([] { return fact::institution("B2", "centre", kL1); })});
    early.push_back({[](Harness& h) {
        auto l = stay_s1("p", "");
        move_stay(l, "s1-p", "2026-01-06T11:00:00+08:00", "2026-01-08T09:00:00+08:00",
                  "2026-01-09T09:00:00+08:00");
        EXPECT_TRUE(h.submit(l).list.accepted);
    }});
    const auto late = late_facts();
    const Result first = play_on(early, late, random);
    EXPECT_NE(first.statements.find("\"corrections\":[{"), std::string::npos);
    for (int i = 0; i < 12; ++i) {
        const Result other = play_on(early, late, random);
        EXPECT_EQ(other.statements, first.statements) << "shuffle " << i;
        EXPECT_EQ(other.capitation, first.capitation) << "shuffle " << i;
        EXPECT_EQ(other.balances, first.balances) << "shuffle " << i;
    }
}

}  // namespace
}  // namespace yilian::billing::test
