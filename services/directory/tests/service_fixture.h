#pragma once

#include <gmock/gmock.h>

#include "libs/testkit/database.h"
#include "services/directory/tests/directory_site.h"
#include "yilian/directory/v1/events.pb.h"

namespace yilian::directory::testing {

inline constexpr const char* kContract = "01jwa1k00000000000000000c1";
inline constexpr const char* kNext = "01jwa1k00000000000000000c2";
inline constexpr const char* kOther = "01jwa1k00000000000000000c3";

// District 350104 (points enabled) on 2025-12-20 with its people and places and resident r; nothing
// may be broken afterwards.
class Service : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), ::testing::IsEmpty()); }

    DirectorySite site_{GetParam(), "350104"};
};

}  // namespace yilian::directory::testing
