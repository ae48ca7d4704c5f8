#pragma once

#include <gmock/gmock.h>

#include <string>

#include "libs/testkit/database.h"
#include "services/prescriptions/tests/prescription_site.h"

namespace yilian::prescriptions::testing {

// District 350104 with the resident r1; nothing may be broken afterwards.
class Service : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r1");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), ::testing::IsEmpty()); }

    PrescriptionSite site_{GetParam(), "350104"};
};

}  // namespace yilian::prescriptions::testing
