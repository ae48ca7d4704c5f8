// Lines and the state of the whole: RX-13, RX-14 (days covered), RX-21, RX-26, invariants 2, 6
// and 9.
#include "services/prescriptions/domain/circulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using namespace samples;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

Line open_line(std::int32_t no, std::int32_t days, std::int64_t quantity_milli) {
    Line l;
    l.line_no = no;
    l.generic_code = "D" + std::to_string(no);
    l.days = days;
    l.quantity_milli = quantity_milli;
    l.state = LineState::kWithDispenser;
    return l;
}

TEST(Circulation, RX_13_ThreePickUpsOfTwentyEightDays) {
    const std::vector<Line> lines{open_line(1, 84, 84'000)};
    const auto plan = plan_instances(*pack(), lines, 3, day("2026-01-05"));
    ASSERT_EQ(plan.size(), 3U);
    EXPECT_EQ(plan[0].due_on, day("2026-01-05"));
    EXPECT_EQ(plan[1].due_on, day("2026-02-02"));
    EXPECT_EQ(plan[2].due_on, day("2026-03-02"));
    EXPECT_EQ(plan[0].effective_on, day("2026-01-05"));
    EXPECT_EQ(plan[1].effective_on, day("2026-01-30"));
    EXPECT_EQ(plan[2].effective_on, day("2026-02-27"));
    for (const PlannedInstance& i : plan) {
        EXPECT_THAT(i.days, ElementsAre(28));
        EXPECT_THAT(i.quantity_milli, ElementsAre(28'000));
    }
    const auto earlier = plan_instances(*pack_with({{"rx.long.instance_lead_days", "5"}}), lines, 3,
                                        day("2026-01-05"));
    EXPECT_EQ(earlier[1].effective_on, day("2026-01-28"));
}

TEST(Circulation, InstancesAddUpAndDoNotOverlap) {
    EXPECT_TRUE(rc::check("invariant 6", [] {
        const auto count = *rc::gen::inRange<std::int32_t>(1, 7);
        const auto days = *rc::gen::inRange<std::int32_t>(count, 85);
        const auto per_day = *rc::gen::inRange<std::int64_t>(1, 4);
        const bool whole = *rc::gen::arbitrary<bool>();
        const std::int64_t quantity = days * per_day * (whole ? 1000 : 250);
        const std::vector<Line> lines{open_line(1, days, quantity)};
        const auto plan = plan_instances(*pack(), lines, count, day("2026-01-05"));
        std::int32_t sum_days = 0;
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < plan.size(); ++i) {
            sum_days += plan[i].days[0];
            sum += plan[i].quantity_milli[0];
            RC_ASSERT(plan[0].days[0] - plan[i].days[0] <= 1);
            RC_ASSERT(plan[i].quantity_milli[0] > 0);
            if (i > 0) {
                RC_ASSERT(plan[i].days[0] <= plan[i - 1].days[0]);
                RC_ASSERT(plan[i].due_on == plan[i - 1].due_on.plus_days(plan[i - 1].days[0]));
            }
        }
        RC_ASSERT(sum_days == days);
        RC_ASSERT(sum == quantity);
    }));
}

TEST(Circulation, RX_21_TwentyOfThirtyThenTenMore) {
    std::vector<Line> lines{open_line(1, 30, 30'000)};
    ASSERT_TRUE(dispense(lines[0], 20'000, day("2026-03-06")).ok());
    EXPECT_EQ(lines[0].state, LineState::kPartly);
    EXPECT_EQ(header_of(lines, true, true), State::kPartlyDispensed);
    const auto refused = dispense(lines[0], 15'000, day("2026-03-06"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.refusal().reason.text(), "QUANTITY_EXCEEDS_LINE");
    const auto rest = dispense(lines[0], 10'000, day("2026-03-06"));
    ASSERT_TRUE(rest.ok());
    EXPECT_EQ(rest->days_supplied, 10);
    EXPECT_EQ(lines[0].state, LineState::kFully);
    EXPECT_EQ(header_of(lines, true, true), State::kDispensed);
}

TEST(Circulation, RX_14_TwentyEightDaysFromTheFifthOfJanuaryCoverUntilTheFirstOfFebruary) {
    Line l = open_line(1, 28, 28'000);
    const auto booked = dispense(l, 28'000, day("2026-01-05"));
    ASSERT_TRUE(booked.ok());
    EXPECT_EQ(booked->covered_until, day("2026-02-01"));
    // The next one of 6 February leaves 2 to 5 February without drugs.
    EXPECT_EQ(calendar::days_between(booked->covered_until, day("2026-02-06")) - 1, 4);
}

TEST(Circulation, HeaderIsAFunctionOfTheLines) {
    const auto lines_in = [](std::vector<LineState> states) {
        std::vector<Line> lines;
        for (const LineState s : states) {
            Line l = open_line(static_cast<std::int32_t>(lines.size()) + 1, 7, 7000);
            l.state = s;
            if (s == LineState::kFully) l.dispensed_milli = 7000;
            if (s == LineState::kPartly || s == LineState::kOwing) l.dispensed_milli = 3000;
            lines.push_back(l);
        }
        return lines;
    };
    using enum LineState;
    EXPECT_EQ(header_of(lines_in({kToBeDispensed, kToBeDispensed}), false, false),
              State::kEffective);
    EXPECT_EQ(header_of(lines_in({kWithDispenser, kNotDispensed}), true, false), State::kClaimed);
    EXPECT_EQ(header_of(lines_in({kFully, kWithDispenser}), true, true), State::kPartlyDispensed);
    EXPECT_EQ(header_of(lines_in({kFully, kOwing}), true, true), State::kPartlyDispensed);
    EXPECT_EQ(header_of(lines_in({kFully, kNotDispensed}), false, true), State::kDispensed);
    EXPECT_EQ(header_of(lines_in({kNotDispensed, kNotDispensed}), false, false),
              State::kNotDispensed);
    EXPECT_EQ(header_of(lines_in({kCancelled}), false, false), State::kCancelled);
    EXPECT_EQ(header_of(lines_in({kExpired}), false, false), State::kExpired);
    EXPECT_EQ(header_of(lines_in({kNotDispensed}), false, true), State::kReversed);
}

TEST(Circulation, DispensedNeverExceedsPrescribedAndReversalRestoresIt) {
    EXPECT_TRUE(rc::check("invariant 2", [] {
        const auto quantity = *rc::gen::inRange<std::int64_t>(1, 100'000);
        const auto days = *rc::gen::inRange<std::int32_t>(1, 85);
        Line l = open_line(1, days, quantity);
        std::vector<std::int64_t> given;
        std::int32_t supplied = 0;
        for (const auto part : *rc::gen::container<std::vector<std::int64_t>>(
                 rc::gen::inRange<std::int64_t>(1, 50'000))) {
            const auto booked = dispense(l, part, day("2026-03-06"));
            if (booked.ok()) {
                given.push_back(part);
                supplied += booked->days_supplied;
            }
            RC_ASSERT(l.dispensed_milli <= l.quantity_milli);
            RC_ASSERT((l.state == LineState::kFully) == (l.open_milli() == 0));
        }
        if (l.open_milli() == 0) RC_ASSERT(supplied == days);
        for (const auto part : given) take_back(l, part);
        RC_ASSERT(l.dispensed_milli == 0);
    }));
}

Institution place(std::string id, std::string klass, std::vector<std::string> consortia = {"C1"},
                  std::string parent = "") {
    return {std::move(id), std::move(klass), std::move(parent), false, std::move(consortia)};
}
std::string reason(const Outcome<Allowed>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

TEST(Circulation, RX_26_CloudPharmacyIsForQualifiedClinicsAndTheTwoDiseases) {
    DispenserQuestion q;
    q.prescriber = place("B1", "township_hospital");
    q.dispenser = place("V1", "village_clinic");
    q.drugs = {drug("D1", "AMLODIPINE")};
    EXPECT_EQ(reason(may_dispense(*pack(kChangle), q)), "");
    const auto strict =
        pack_with({{"rx.cloud_pharmacy.qualified_classes", "[centre_village_clinic]"}}, kChangle);
    EXPECT_EQ(reason(may_dispense(*strict, q)), "DISPENSER_NOT_ALLOWED");
    q.drugs = {drug("D2", "ATORVASTATIN")};
    q.drugs[0].disease_codes = {"hyperlipidaemia"};
    const auto refused = may_dispense(*pack(kChangle), q);
    ASSERT_EQ(reason(refused), "DISPENSER_NOT_ALLOWED");
    EXPECT_THAT(refused.refusal().metadata, Contains(Pair("drug", "D2")));
    const auto wider = pack_with(
        {{"rx.cloud_pharmacy.diseases", "[hypertension, diabetes, dyslipidaemia]"}}, kChangle);
    EXPECT_EQ(reason(may_dispense(*wider, q)), "");
    EXPECT_EQ(
        reason(may_dispense(*pack_with({{"rx.cloud_pharmacy.enabled", "false"}}, kChangle), q)),
        "DISPENSER_NOT_ALLOWED");  // NORMAL of another house
}

TEST(Circulation, WhoMayDispenseFollowsTheKind) {
    DispenserQuestion q;
    q.prescriber = place("B1", "centre");
    q.dispenser = place("V1", "village_clinic", {"C1"}, "B1");
    EXPECT_EQ(reason(may_dispense(*pack(), q)), "");  // same house
    q.dispenser = place("V2", "village_clinic", {"C1"}, "B2");
    EXPECT_EQ(reason(may_dispense(*pack(), q)), "DISPENSER_NOT_ALLOWED");
    for (const Kind kind : {Kind::kExtended, Kind::kShared, Kind::kTcmPieces, Kind::kPreparation}) {
        q.kind = kind;
        EXPECT_EQ(reason(may_dispense(*pack(), q)), "") << name_of(kind);
    }
    q.kind = Kind::kTcmPieces;
    EXPECT_EQ(reason(may_dispense(*pack_with({{"rx.tcm.shared_pharmacy_enabled", "false"}}), q)),
              "DISPENSER_NOT_ALLOWED");
    q.kind = Kind::kPreparation;
    EXPECT_EQ(reason(may_dispense(*pack_with({{"rx.preparation.member_use_enabled", "false"}}), q)),
              "DISPENSER_NOT_ALLOWED");
    q.kind = Kind::kExtended;
    q.dispenser->consortia = {"C2"};
    EXPECT_EQ(reason(may_dispense(*pack(), q)), "DISPENSER_NOT_ALLOWED");
    q.dispenser = std::nullopt;
    EXPECT_EQ(reason(may_dispense(*pack(), q)), "REGION_NOT_ALLOWED");
    q.kind = Kind::kNormal;
    q.dispenser = place("P1", "pharmacy", {});
    q.dispenser->agreement_in_force = true;
    EXPECT_EQ(reason(may_dispense(*pack(), q)), "");
    EXPECT_EQ(reason(may_dispense(*pack_with({{"rx.outflow.enabled", "false"}}), q)),
              "DISPENSER_NOT_ALLOWED");
}

}  // namespace
}  // namespace yilian::prescriptions::domain
