// The transition table of contracts.md 3 is sound, and README.md shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "libs/lifecycle/model.h"
#include "libs/lifecycle/walk.h"
#include "services/directory/domain/contract_table.h"

namespace yilian::directory::domain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ContractTable, IsSound) {
    EXPECT_THAT(lifecycle::problems(kContractLifecycle.model()), IsEmpty());
}

TEST(ContractTable, StandsInTheReadme) {
    std::ifstream file(std::string(std::getenv("YILIAN_SOURCE_DIR")) +
                       "/services/directory/README.md");
    std::stringstream text;
    text << file.rdbuf();
    const std::string readme = text.str();
    EXPECT_EQ(lifecycle::documented(readme, "contract"),
              lifecycle::markdown(kContractLifecycle.model()));
}

TEST(ContractTable, OffersOnlyMethodsToCallers) {
    const lifecycle::Set<ContractRole> lead{ContractRole::kTeam, ContractRole::kTeamLead};
    const auto names = [&](ContractState state) {
        return kContractLifecycle.allowed_action_names(
            state, lead, [](const lifecycle::RowData&) { return true; });
    };
    EXPECT_THAT(names(ContractState::kOffered), ElementsAre("SignContract", "DeclineOffer"));
    EXPECT_THAT(names(ContractState::kSigned), ElementsAre("VoidContract"));
    EXPECT_THAT(names(ContractState::kActive),
                ElementsAre("VoidContract", "ChangeTeam", "EndContract"));
    EXPECT_THAT(names(ContractState::kDueForRenewal),
                ElementsAre("RenewContract", "ChangeTeam", "EndContract"));
    EXPECT_THAT(names(ContractState::kRenewed), IsEmpty());
}

// Every pair that no row covers is refused, whatever the state.
TEST(ContractTable, RefusesWhatNoRowCovers) {
    for (const auto& attempt : lifecycle::illegal_attempts(kContractLifecycle.model())) {
        const auto outcome = kContractLifecycle.check(static_cast<ContractState>(attempt.state),
                                                      static_cast<ContractAction>(attempt.action));
        ASSERT_FALSE(outcome.ok());
        EXPECT_EQ(outcome.refusal().reason, Reason("STATE_TRANSITION_NOT_ALLOWED"));
    }
}

}  // namespace
}  // namespace yilian::directory::domain
