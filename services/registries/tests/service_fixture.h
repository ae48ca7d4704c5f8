#pragma once

#include <gmock/gmock.h>

#include "libs/testkit/database.h"
#include "services/registries/tests/registry_site.h"
#include "yilian/registries/v1/events.pb.h"

namespace yilian::registries::testing {

// District 350104 on 2026-01-12 with its people and places and resident r under contract with team
// t; nothing may be broken afterwards.
class Service : public ::testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        site_.people_and_places();
        site_.resident("r");
        site_.contract("r");
    }
    void TearDown() override { EXPECT_THAT(site_.violations(), ::testing::IsEmpty()); }

    RegistrySite site_{GetParam(), "350104"};
};

}  // namespace yilian::registries::testing
