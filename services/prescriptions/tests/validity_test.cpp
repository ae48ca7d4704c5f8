// RX-01 to RX-03 (the claim of RX-01 is in service_test.cpp).
#include "services/prescriptions/domain/validity.h"

#include <gtest/gtest.h>

#include "libs/calendar/local_time.h"
#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using namespace samples;

std::string ends(const policy::Pack& pack, std::int32_t days) {
    return calendar::rfc3339(valid_until(pack, day("2026-03-06"), days));
}

TEST(Validity, RX_01_EndsWithTheIssueDay) {
    EXPECT_EQ(validity_days(*pack(), Kind::kNormal, std::nullopt), 1);
    EXPECT_EQ(ends(*pack(), 1), "2026-03-07T00:00:00+08:00");
}

TEST(Validity, RX_02_NotedThreeDaysAreTheSixthToTheEighth) {
    EXPECT_EQ(validity_days(*pack(), Kind::kNormal, 3), 3);
    EXPECT_EQ(ends(*pack(), 3), "2026-03-09T00:00:00+08:00");
}

TEST(Validity, RX_03_IssueDayMayNotCount) {
    const auto p = pack_with({{"rx.validity.counts_issue_day", "false"}});
    EXPECT_EQ(ends(*p, 3), "2026-03-10T00:00:00+08:00");
}

TEST(Validity, KeysDecideTheDays) {
    EXPECT_EQ(validity_days(*pack(), Kind::kExtended, std::nullopt), 3);
    const auto p = pack_with({{"rx.validity.days", "2"}, {"rx.extended.validity_days", "5"}});
    EXPECT_EQ(validity_days(*p, Kind::kNormal, std::nullopt), 2);
    EXPECT_EQ(validity_days(*p, Kind::kExtended, std::nullopt), 5);
}

}  // namespace
}  // namespace yilian::prescriptions::domain
