#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/gate.h"
#include "libs/base/outcome.h"
#include "libs/base/strong_id.h"
#include "libs/base/ulid.h"
#include "libs/base/utf8.h"

namespace yilian {
namespace {

TEST(Outcome, HoldsValueOrRefusal) {
    const Outcome<int> yes = 7;
    const Outcome<int> no = Refusal{"SLOT_FULL", {{"pool_id", "p1"}}};
    EXPECT_TRUE(yes.ok());
    EXPECT_EQ(*yes, 7);
    EXPECT_FALSE(no.ok());
    EXPECT_EQ(no.refusal().reason, Reason("SLOT_FULL"));
    EXPECT_DEATH((void)no.value(), "value of a refused outcome");
}

TEST(StrongId, IdsOfDifferentRecordsDoNotConvert) {
    using A = StrongId<struct ATag>;
    using B = StrongId<struct BTag>;
    static_assert(!std::is_convertible_v<A, B>);
    EXPECT_LT(A("a"), A("b"));
}

TEST(Ulid, HasTheInteropForm) {
    RandomIds random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = random.next_ulid();
        EXPECT_TRUE(is_ulid(id)) << id;
        EXPECT_TRUE(seen.insert(id).second);
    }
    EXPECT_EQ(encode_ulid(0, 0, 0), std::string(26, '0'));
    EXPECT_EQ(encode_ulid((1ULL << 48U) - 1, 0xffff, ~0ULL), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    EXPECT_FALSE(is_ulid("8zzzzzzzzzzzzzzzzzzzzzzzzz"));
    EXPECT_FALSE(is_ulid("0ILO"));
}

TEST(Ulid, SeededSourceRepeats) {
    SeededIds a(42);
    SeededIds b(42);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(a.next_ulid(), b.next_ulid());
}

TEST(DrivenClock, NeverGoesBackwards) {
    DrivenClock clock(instant_from_ms(1000));
    clock.set(instant_from_ms(500));
    EXPECT_EQ(to_ms(clock.now()), 1000);
    clock.set(instant_from_ms(2000));
    EXPECT_EQ(to_ms(clock.now()), 2000);
}

TEST(Gate, ClosedGateGivesNoPassAndDrainsWhenTheLastPassEnds) {
    Gate gate;
    Gate::Pass pass = gate.enter();
    ASSERT_TRUE(pass);
    gate.close();
    EXPECT_FALSE(gate.enter());
    EXPECT_FALSE(gate.drain(std::chrono::milliseconds(1)));
    std::thread worker([p = std::move(pass)]() mutable { p.release(); });
    EXPECT_TRUE(gate.drain(std::chrono::seconds(10)));
    worker.join();
}

TEST(Utf8, WellFormedTextAndPlainText) {
    EXPECT_EQ(first_utf8_char("村").code_point, 0x6751U);
    EXPECT_EQ(first_utf8_char("村卫").length, 3u);
    EXPECT_EQ(first_utf8_char("").length, 0u);
    for (const std::string_view good : {"", "a", "é", "村卫生室", "\xF0\x9F\x8F\xA5"}) {
        EXPECT_TRUE(is_utf8(good));
        EXPECT_TRUE(is_plain_text(good));
    }
    for (const std::string_view broken :
         {"\x80", "\xC0\xAF", "\xE6\x9D", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "a\xC3("}) {
        EXPECT_FALSE(is_utf8(broken));
        EXPECT_FALSE(is_plain_text(broken));
    }
    for (const std::string_view control : {"a\nb", "\t", "\x7F", "\xC2\x85", "\x1B[0m"}) {
        EXPECT_TRUE(is_utf8(control));
        EXPECT_FALSE(is_plain_text(control));
    }
    EXPECT_FALSE(is_plain_text(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace yilian
