#include "services/referrals/domain/slots.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "libs/calendar/local_time.h"

namespace yilian::referrals::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instant at(std::string_view text) { return *calendar::parse_rfc3339(std::string(text) + "+08:00"); }

SlotPolicy base_policy() {
    SlotPolicy p;
    p.shares_bp = {500, 3000, 3000, 3500};
    p.release_contracted_h = 72;
    p.release_referral_h = 24;
    p.hold_s = 300;
    return p;
}

std::vector<std::int32_t> capacities(const ByClass<Places>& places) {
    std::vector<std::int32_t> out;
    for (const Places& p : places) out.push_back(p.capacity);
    return out;
}

TEST(Slots, R06QuotasOfForty) {
    EXPECT_THAT(*divide(40, base_policy().shares_bp), ElementsAre(2, 12, 12, 14));
}

TEST(Slots, R07LargestRemainderTieToContracted) {
    EXPECT_THAT(*divide(25, base_policy().shares_bp), ElementsAre(1, 8, 7, 9));
}

TEST(Slots, SharesMustSumToTheWhole) {
    const auto places = divide(25, {500, 3000, 3000, 3400});
    ASSERT_FALSE(places.ok());
    EXPECT_EQ(places.refusal().reason.code(), "QUOTA_SUM_INVALID");
}

TEST(Slots, R08UnusedContractedPlacesFlowToReferral) {
    ByClass<Places> places{{{2, 0}, {12, 9}, {12, 0}, {14, 0}}};
    const Instant start = at("2026-03-20T09:00:00");
    EXPECT_THAT(release(places, start, at("2026-03-17T08:59:59"), base_policy()), IsEmpty());
    EXPECT_THAT(release(places, start, at("2026-03-17T09:00:00"), base_policy()),
                ElementsAre(Release{QuotaClass::kContractedReferral, QuotaClass::kReferral, 3}));
    EXPECT_THAT(capacities(places), ElementsAre(2, 9, 15, 14));
    // Nothing unused, nothing released; asking again changes nothing.
    EXPECT_THAT(release(places, start, at("2026-03-17T09:00:00"), base_policy()), IsEmpty());
}

TEST(Slots, EmergencyPlacesAreKeptUntilTwoHoursBefore) {
    ByClass<Places> places{{{2, 0}, {9, 9}, {15, 15}, {14, 14}}};
    const Instant start = at("2026-03-20T09:00:00");
    EXPECT_THAT(release(places, start, at("2026-03-20T06:59:59"), base_policy()), IsEmpty());
    EXPECT_THAT(release(places, start, at("2026-03-20T07:00:00"), base_policy()),
                ElementsAre(Release{QuotaClass::kEmergency, QuotaClass::kGeneral, 2}));
}

TEST(Slots, APlaceGivenBackLateFlowsOnAtOnce) {
    // Contracted, given back a day before: its release point and that of referral have passed.
    ByClass<Places> places{{{2, 2}, {1, 0}, {3, 3}, {4, 4}}};
    EXPECT_THAT(
        release(places, at("2026-03-20T09:00:00"), at("2026-03-19T10:00:00"), base_policy()),
        ElementsAre(Release{QuotaClass::kContractedReferral, QuotaClass::kReferral, 1},
                    Release{QuotaClass::kReferral, QuotaClass::kGeneral, 1}));
    EXPECT_THAT(capacities(places), ElementsAre(2, 0, 3, 5));
}

TEST(Slots, NextReleaseWalksThroughThePoints) {
    const Instant start = at("2026-03-20T09:00:00");
    EXPECT_EQ(next_release(start, at("2026-03-01T00:00:00"), base_policy()),
              at("2026-03-17T09:00:00"));
    EXPECT_EQ(next_release(start, at("2026-03-17T09:00:00"), base_policy()),
              at("2026-03-19T09:00:00"));
    EXPECT_EQ(next_release(start, at("2026-03-19T09:00:00"), base_policy()),
              at("2026-03-20T07:00:00"));
    EXPECT_EQ(next_release(start, at("2026-03-20T07:00:00"), base_policy()), std::nullopt);
    SlotPolicy other = base_policy();
    other.release_contracted_h = 96;
    other.release_referral_h = 12;
    EXPECT_EQ(next_release(start, at("2026-03-01T00:00:00"), other), at("2026-03-16T09:00:00"));
    EXPECT_EQ(next_release(start, at("2026-03-16T09:00:00"), other), at("2026-03-19T21:00:00"));
}

// Invariant 7.
RC_GTEST_PROP(Slots, QuotasSumToTheCapacityBeforeAndAfterReleases, ()) {
    const auto capacity = *rc::gen::inRange(1, 500);
    const auto shares = *divide(capacity, base_policy().shares_bp);
    ByClass<Places> places{};
    for (std::size_t i = 0; i < kQuotaClasses; ++i) {
        places[i] = {shares[i], *rc::gen::inRange(0, shares[i] + 1)};
    }
    const Instant start = at("2026-03-20T09:00:00");
    for (int step = 0; step < 4; ++step) {
        const Instant now = start - std::chrono::minutes(*rc::gen::inRange(0, 100 * 60));
        (void)release(places, start, now, base_policy());
        std::int32_t sum = 0;
        for (const Places& p : places) {
            sum += p.capacity;
            RC_ASSERT(p.taken <= p.capacity);
        }
        RC_ASSERT(sum == capacity);
    }
}

Waiting waiting(std::string id, Priority priority, bool contracted, int days_waited,
                std::string_view promise) {
    const Instant accepted = at("2026-03-20T09:00:00") - std::chrono::hours(24 * days_waited);
    return {std::move(id), Direction::kUp, priority, contracted, accepted, accepted, at(promise)};
}

std::vector<std::string> order(std::vector<Waiting> queue, bool contracted_priority = true) {
    sort_by_service(queue, at("2026-03-20T09:00:00"), contracted_priority);
    std::vector<std::string> ids;
    for (const Waiting& w : queue) ids.push_back(w.referral_id);
    return ids;
}

TEST(WaitingList, R09UrgentThenContractedThenLongestWait) {
    const auto a = waiting("A", Priority::kRoutine, true, 3, "2026-03-31T09:00:00");
    const auto b = waiting("B", Priority::kRoutine, false, 8, "2026-03-26T09:00:00");
    const auto c = waiting("C", Priority::kUrgent, false, 1, "2026-03-23T09:00:00");
    EXPECT_THAT(order({a, b, c}), ElementsAre("C", "A", "B"));
    EXPECT_THAT(order({a, b, c}, false), ElementsAre("C", "B", "A"));
}

TEST(WaitingList, R10ABrokenPromiseRaisesOneStep) {
    const auto a = waiting("A", Priority::kRoutine, true, 3, "2026-03-31T09:00:00");
    const auto b = waiting("B", Priority::kRoutine, false, 15, "2026-03-19T09:00:00");
    const auto c = waiting("C", Priority::kUrgent, false, 1, "2026-03-23T09:00:00");
    EXPECT_THAT(order({a, b, c}), ElementsAre("B", "C", "A"));
}

TEST(WaitingList, ARaiseNeverMakesAnEmergency) {
    auto urgent = waiting("U", Priority::kUrgent, false, 30, "2026-03-01T09:00:00");
    auto emergency = waiting("E", Priority::kEmergency, false, 0, "2026-03-20T09:00:00");
    EXPECT_THAT(order({urgent, emergency}), ElementsAre("E", "U"));
}

// Invariant 11.
RC_GTEST_PROP(WaitingList, BecomingContractedNeverLowersThePosition, ()) {
    std::vector<Waiting> queue;
    const auto size = *rc::gen::inRange(1, 12);
    for (int i = 0; i < size; ++i) {
        queue.push_back(waiting(std::string(1, static_cast<char>('a' + i)),
                                static_cast<Priority>(*rc::gen::inRange(1, 4)),
                                *rc::gen::arbitrary<bool>(), *rc::gen::inRange(0, 20),
                                *rc::gen::element(std::string_view("2026-03-19T09:00:00"),
                                                  std::string_view("2026-03-25T09:00:00"))));
    }
    const auto before = order(queue);
    auto& raised = queue[static_cast<std::size_t>(*rc::gen::inRange(0, size))];
    raised.contracted = true;
    const auto after = order(queue);
    const auto position = [&](const std::vector<std::string>& ids) {
        return std::find(ids.begin(), ids.end(), raised.referral_id) - ids.begin();
    };
    RC_ASSERT(position(after) <= position(before));
}

TEST(Holds, ClassesAreTakenByThoseTheyAreFor) {
    const Taker anybody{};
    const Taker referred{true, false, false};
    const Taker contracted{true, false, true};
    const Taker emergency{true, true, false};
    EXPECT_TRUE(may_take(QuotaClass::kGeneral, anybody));
    EXPECT_FALSE(may_take(QuotaClass::kReferral, anybody));
    EXPECT_TRUE(may_take(QuotaClass::kReferral, referred));
    EXPECT_FALSE(may_take(QuotaClass::kContractedReferral, referred));
    EXPECT_TRUE(may_take(QuotaClass::kContractedReferral, contracted));
    EXPECT_FALSE(may_take(QuotaClass::kEmergency, contracted));
    EXPECT_TRUE(may_take(QuotaClass::kEmergency, emergency));
}

Slot slot() {
    Slot s;
    s.slot_id = "s";
    s.quota = QuotaClass::kGeneral;
    s.capacity = 1;
    s.start_at = at("2026-03-20T09:00:00");
    return s;
}

std::string refusal(const Outcome<Allowed>& outcome) {
    return outcome.ok() ? "" : outcome.refusal().reason.text();
}

TEST(Holds, GuardsOfHoldSlot) {
    const Instant now = at("2026-03-20T09:00:00");
    EXPECT_EQ(refusal(check_hold(slot(), {}, true, now)), "");
    EXPECT_EQ(refusal(check_hold(slot(), {}, true, now + std::chrono::milliseconds(1))),
              "SLOT_IN_PAST");
    EXPECT_EQ(refusal(check_hold(slot(), {}, false, now)), "BOOKING_WINDOW_CLOSED");
    Slot taken = slot();
    taken.used = 1;
    EXPECT_EQ(refusal(check_hold(taken, {}, true, now)), "SLOT_FULL");
    taken.overbook = 1;
    EXPECT_EQ(refusal(check_hold(taken, {}, true, now)), "");
    taken.consumed = 1;
    EXPECT_EQ(refusal(check_hold(taken, {}, true, now)), "SLOT_FULL");
    Slot referred = slot();
    referred.quota = QuotaClass::kReferral;
    EXPECT_EQ(refusal(check_hold(referred, {}, true, now)), "QUOTA_CLASS_NOT_ALLOWED");
}

TEST(Holds, GuardsOfBooking) {
    Hold h;
    h.hold_id = "h";
    h.quota = QuotaClass::kReferral;
    h.referral_id = "r";
    h.resident_id = "p";
    h.institution_id = "B1";
    h.state = HoldState::kTentative;
    h.start_at = at("2026-03-20T09:00:00");
    h.expires_at = at("2026-03-19T09:05:00");
    const Instant now = at("2026-03-19T09:03:00");
    const Taker taker{true, false, false};
    EXPECT_EQ(refusal(check_booking(h, "r", "p", "B1", taker, now)), "");
    EXPECT_EQ(refusal(check_booking(h, "r2", "p", "B1", taker, now)), "HOLD_NOT_YOURS");
    EXPECT_EQ(refusal(check_booking(h, "r", "q", "B1", taker, now)), "HOLD_NOT_YOURS");
    EXPECT_EQ(refusal(check_booking(h, "r", "p", "B2", taker, now)), "HOLD_NOT_YOURS");
    EXPECT_EQ(refusal(check_booking(h, "r", "p", "B1", taker, h.expires_at)), "HOLD_EXPIRED");
    EXPECT_EQ(refusal(check_booking(h, "r", "p", "B1", {}, now)), "QUOTA_CLASS_NOT_ALLOWED");
    Hold past = h;
    past.start_at = now - std::chrono::minutes(1);
    EXPECT_EQ(refusal(check_booking(past, "r", "p", "B1", taker, now)), "SLOT_IN_PAST");
    for (const auto& [state, reason] : {std::pair{HoldState::kReleased, "HOLD_NOT_FOUND"},
                                        std::pair{HoldState::kExpired, "HOLD_EXPIRED"},
                                        std::pair{HoldState::kConfirmed, "HOLD_NOT_YOURS"}}) {
        Hold other = h;
        other.state = state;
        EXPECT_EQ(refusal(check_booking(other, "r", "p", "B1", taker, now)), reason);
    }
}

TEST(Holds, BookingWindows) {
    const auto today = calendar::CivilDate::literal(2026, 3, 10);
    const std::vector<BookingWindow> windows{{Priority::kUrgent, 0, 3}, {Priority::kRoutine, 2, 9}};
    EXPECT_TRUE(window_open(windows, Priority::kUrgent, today, today.plus_days(3)));
    EXPECT_FALSE(window_open(windows, Priority::kUrgent, today, today.plus_days(4)));
    EXPECT_FALSE(window_open(windows, Priority::kRoutine, today, today.plus_days(1)));
    EXPECT_TRUE(window_open(windows, Priority::kEmergency, today, today.plus_days(40)));
    EXPECT_TRUE(window_open({}, Priority::kRoutine, today, today.plus_days(40)));
}

}  // namespace
}  // namespace yilian::referrals::domain
