#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "libs/lifecycle/model.h"
#include "services/prescriptions/domain/prescription_table.h"

namespace yilian::prescriptions::domain {
namespace {

TEST(PrescriptionTable, IsSound) {
    EXPECT_THAT(lifecycle::problems(kLifecycle.model()), testing::IsEmpty());
}

TEST(PrescriptionTable, IsWhatTheReadmeShows) {
    std::ifstream in(std::string(std::getenv("YILIAN_SOURCE_DIR")) +
                     "/services/prescriptions/README.md");
    const std::string readme{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(lifecycle::documented(readme, "prescription"),
              lifecycle::markdown(kLifecycle.model()));
}

TEST(PrescriptionTable, NothingIsDispensedBeforeItIsEffective) {
    using enum State;
    for (const State s : {kDraft, kSigned, kSystemChecked, kPharmacistReview, kReturned, kRefused,
                          kFuture, kExpired, kCancelled, kClosed}) {
        EXPECT_FALSE(kLifecycle.legal(s, Action::kClaim)) << kLifecycle.name(s);
        EXPECT_FALSE(kLifecycle.legal(s, Action::kDispense)) << kLifecycle.name(s);
    }
}

}  // namespace
}  // namespace yilian::prescriptions::domain
