// Stays paid by bed-day (6.1) in the service, on both databases: X-24 with the tiers of 350104.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/billing/app/lists.h"
#include "services/billing/store/list_codec.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class BedDays : public testing::TestWithParam<storage::Dialect> {
  protected:
    Harness h{GetParam()};

    void SetUp() override {
        feed_places(h);
        h.now = at("2026-04-01T10:00:00+08:00");
    }

    // A stay of the resident at B1 from one day to another.
    static v1::SettlementList stay(const std::string& id, const std::string& from,
                                   const std::string& to, std::int32_t days) {
        v1::SettlementList l = stay_s1("r", "");
        l.set_list_id(id);
        l.set_payment_method(v1::PAYMENT_METHOD_BED_DAY);
        l.set_bed_day_type(v1::BED_DAY_TYPE_PSYCHIATRIC);
        store::set_instant(l.mutable_admitted_at(), at(from + "T11:00:00+08:00"));
        store::set_instant(l.mutable_discharged_at(), at(to + "T09:00:00+08:00"));
        store::set_instant(l.mutable_declared_at(), at("2026-04-01T09:00:00+08:00"));
        l.set_stay_days(days);
        l.set_discharge_way(v1::DISCHARGE_WAY_BY_ORDER);
        l.clear_receiving_institution_id();
        l.set_referral_evidence_id("");
        return l;
    }
    app::CaseView found(const std::string& id) {
        app::CaseView view;
        h.read([&](storage::Transaction& tx) { view = *app::find_case(tx, "B1", id, 0); });
        return view;
    }
};
YILIAN_ON_BOTH_DRIVERS(BedDays);

// Points a day at level 1: 16000 x 100 / 980000 = 1.6327 to day 60, then 1.3265.
TEST_P(BedDays, X24_TiersAndAQuickReadmission) {
    const auto first = h.submit(stay("p1", "2026-01-05", "2026-02-28", 54));
    ASSERT_TRUE(first.score) << store::findings_text(first.list.findings);
    EXPECT_EQ(first.score->scheme, "BED_DAY");
    EXPECT_EQ(first.score->group_code, "PSYCHIATRIC");
    EXPECT_EQ(first.score->points.text(), "88.1658");  // 54 x 1.6327
    const auto second = h.submit(stay("p2", "2026-03-06", "2026-03-16", 10));
    // Days 55 to 64: 6 x 1.6327 + 4 x 1.3265.
    EXPECT_EQ(second.score->points.text(), "15.1022");
    EXPECT_THAT(second.score->flags, ElementsAre("CONTINUED"));
    const auto third = h.submit(stay("p3", "2026-03-27", "2026-03-31", 4));
    EXPECT_EQ(third.score->points.text(), "6.5308") << "11 days later: a new stay";
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(BedDays, AStayThatComesOrGoesLateChangesThoseAfterIt) {
    EXPECT_EQ(h.submit(stay("p2", "2026-03-06", "2026-03-16", 10)).score->points.text(), "16.3270");
    h.submit(stay("p1", "2026-01-05", "2026-02-28", 54));
    EXPECT_EQ(found("p2").score->points.text(), "15.1022");
    h.unit([&](app::Unit& u) {
        ASSERT_TRUE(app::withdraw_list(u, "B1", "p1", "\"1\"", "ERROR").ok());
    });
    EXPECT_EQ(found("p2").score->points.text(), "16.3270");
    EXPECT_THAT(found("p2").score->flags, IsEmpty());
    EXPECT_THAT(h.violations(), IsEmpty());
}

TEST_P(BedDays, ATypeWithoutPriceIsRejected) {
    auto list = stay("p1", "2026-01-05", "2026-02-28", 54);
    list.set_bed_day_type(v1::BED_DAY_TYPE_MOTHER_AND_BABY);
    const auto view = h.submit(list);
    EXPECT_EQ(store::findings_text(view.list.findings),
              "bed_day_type SL_BED_DAY_TYPE REJECT|"
              "declared_at SL_DECLARED_LATE WARN");
    EXPECT_EQ(view.list.state, CaseState::kRejected);
}

}  // namespace
}  // namespace yilian::billing::test
