#include "services/referrals/tests/service_fixture.h"
#include "yilian/directory/v1/contract_service.pb.h"

// events.md 6: GetContractStatus is asked when there is no own copy of a contract.
namespace yilian::referrals::testing {
namespace {

class ContractQuestions : public Service {
  protected:
    // A directory that knows one contract and counts how often it is asked.
    std::unique_ptr<runtime::App> directory() {
        return site_.site().start(
            {.name = "directory", .wire = [this](runtime::Wiring& wiring) -> std::shared_ptr<void> {
                 wiring.binder
                     .query<directory::v1::GetContractStatusRequest, directory::v1::ContractStatus>(
                         "yilian.directory.v1.ContractService/GetContractStatus",
                         {.run = [this](runtime::QueryContext&, const auto& request)
                              -> Outcome<directory::v1::ContractStatus> {
                             ++asked_;
                             directory::v1::ContractStatus status;
                             status.set_resident_id(request.resident_id());
                             status.set_contracted(request.resident_id() == "r1" &&
                                                   request.on() == "2026-03-01");
                             status.set_contract_id("asked");
                             status.set_team_id("team-x");
                             return status;
                         }});
                 return nullptr;
             }});
    }
    std::atomic<int> asked_ = 0;
};
YILIAN_ON_SQLITE(ContractQuestions);

TEST_P(ContractQuestions, OwnCopyFirstThenDirectoryThenNotContracted) {
    auto peer = directory();
    ASSERT_NE(peer, nullptr);
    site_.peers["directory"] = site_.site().address(*peer);
    site_.restart();
    EXPECT_EQ(site_.submitted("r1", ReferralSite::content()).contract_id(), "asked");
    EXPECT_EQ(asked_, 1);
    EXPECT_EQ(site_.submitted("r2", ReferralSite::content()).contract_id(), "");
    EXPECT_EQ(asked_, 2);
    site_.contract("r2", "own");
    auto other = ReferralSite::content();
    other.mutable_diagnoses(0)->set_code("E11.900");
    EXPECT_EQ(site_.submitted("r2", other).contract_id(), "own");
    EXPECT_EQ(asked_, 2);
    peer.reset();
    EXPECT_EQ(site_.submitted("r1", other).contract_id(), "");  // nobody answers
}

}  // namespace
}  // namespace yilian::referrals::testing
