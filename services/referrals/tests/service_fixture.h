#pragma once

#include <gmock/gmock.h>

#include <string>

#include "libs/testkit/database.h"
#include "services/referrals/tests/referral_site.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::referrals::testing {

// A request on this referral.
template <class Req>
[[nodiscard]] Req on(const v1::Referral& referral) {
    Req request;
    request.set_referral_id(referral.referral_id());
    return request;
}

// District 120111 with two residents and an offer of H1; nothing may be broken afterwards.
class Service : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r1");
        site_.resident("r2");
        site_.offer("H1");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), ::testing::IsEmpty()); }

    v1::Referral outpatient(v1::Priority priority = v1::PRIORITY_ROUTINE) {
        auto content = ReferralSite::content();
        content.set_kind(v1::REFERRAL_KIND_OUTPATIENT);
        content.set_priority(priority);
        return site_.accepted("r1", content);
    }
    v1::CreateReferralRequest draft_of(const std::string& resident_id) {
        v1::CreateReferralRequest request;
        request.set_referral_id(site_.next_id());
        request.set_resident_id(resident_id);
        *request.mutable_content() = ReferralSite::content();
        return request;
    }
    void die(const std::string& resident_id) {
        directory::v1::ResidentDeceased death;
        death.set_resident_id(resident_id);
        death.set_on("2026-03-05");
        site_.fact(death);
    }

    ReferralSite site_{GetParam(), "120111"};
};

}  // namespace yilian::referrals::testing
