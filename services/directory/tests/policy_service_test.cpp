#include "libs/policy/testing/packs.h"
#include "services/directory/tests/service_fixture.h"
#include "yilian/directory/v1/policy_service.pb.h"

// Publishing policy packs (contracts.md 7, interop.md 2, events.md 6).
namespace yilian::directory::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Who kOperator{"operator", "operator-1", {"operator"}};

v1::PublishPolicyPackRequest publication(const std::string& path, const std::string& text) {
    v1::PublishPolicyPackRequest request;
    v1::PolicyDocument* document = request.add_documents();
    document->set_path(path);
    document->set_content(text);
    return request;
}

class Policies : public Service {
  protected:
    v1::PolicyPack on(const std::string& day) {
        v1::GetPolicyPackRequest get;
        get.set_district_code("350104");
        get.set_on(day);
        return site_.ok<v1::PolicyPack>(kOperator, get);
    }
    std::vector<std::string> published() { return site_.events("350104"); }

    const std::string second_ = policy::testing::second_version(
        "350104", "2026-07-01", {{"registry.followup.planned_days", "60"}});
};
YILIAN_ON_BOTH_DRIVERS(Policies);

TEST_P(Policies, ANewVersionIsInForceFromItsDayOnAndAfterARestart) {
    const v1::PolicyPack first = on("2026-07-01");
    const auto answer =
        site_.ok<v1::PublishPolicyPackResponse>(kOperator, publication("350104/v2.yaml", second_));
    ASSERT_EQ(answer.packs_size(), 1);
    EXPECT_EQ(answer.packs(0).pack_version(), 2);
    EXPECT_EQ(answer.packs(0).valid_from(), "2026-07-01");
    EXPECT_EQ(on("2026-06-30").digest(), first.digest());
    EXPECT_EQ(on("2026-07-01").digest(), answer.packs(0).digest());

    const auto event = site_.last_event<v1::PolicyPackPublished>("350104");
    EXPECT_EQ(event.pack_version(), 2);
    EXPECT_EQ(event.digest(), answer.packs(0).digest());
    EXPECT_EQ(event.valid_from(), "2026-07-01");

    site_.restart();
    EXPECT_EQ(on("2026-06-30").digest(), first.digest());
    EXPECT_EQ(on("2026-07-01").digest(), answer.packs(0).digest());
}

TEST_P(Policies, ThePackOfADigestIsAnsweredWithTheDocumentsThatMakeIt) {
    const auto base = policy::testing::second_version("cn", "2026-07-01", {});
    const auto answer =
        site_.ok<v1::PublishPolicyPackResponse>(kOperator, publication("cn/v2.yaml", base));
    // Every district stands on the base: each has a pack of the same version and another digest.
    ASSERT_EQ(answer.packs_size(), 6);
    v1::GetPolicyPackRequest get;
    get.set_district_code("350104");
    get.set_pack_id("350104");
    get.set_with_documents(true);
    for (const v1::PolicyPack& pack : answer.packs()) {
        if (pack.pack_id() != "350104") continue;
        EXPECT_EQ(pack.pack_version(), 1);
        get.set_digest(pack.digest());
        const auto newer = site_.ok<v1::PolicyPack>(kOperator, get);
        ASSERT_EQ(newer.documents_size(), 2);
        EXPECT_TRUE(newer.documents(0).content() == base) << "the base comes first";
    }
}

TEST_P(Policies, TheSameTextAgainChangesNothingAndAnotherTextIsRefused) {
    const auto request = publication("350104/v2.yaml", second_);
    (void)site_.ok<v1::PublishPolicyPackResponse>(kOperator, request);
    EXPECT_EQ(site_.ok<v1::PublishPolicyPackResponse>(kOperator, request).packs_size(), 0);
    const auto other = policy::testing::second_version("350104", "2026-08-01", {});
    EXPECT_EQ(site_.refusal<v1::PublishPolicyPackResponse>(kOperator,
                                                           publication("350104/v2.yaml", other)),
              "POLICY_OVERLAP");
    EXPECT_EQ(published().size(), 1U);
}

TEST_P(Policies, EverythingWrongIsToldWithDocumentAndLineAndNothingIsKept) {
    const v1::PolicyPack first = on("2026-07-01");
    const auto bad = site_.call<v1::PublishPolicyPackResponse>(
        kOperator, publication("350104/v2.yaml",
                               "schema: \"yilian.policy.pack/1\"\nregion: \"350104\"\n"
                               "version: 2\nsupersedes: 1\neffective_from: \"2026-07-01\"\n"
                               "effective_to: null\n"
                               "source: {title: \"t\", number: \"n\", date: \"2026-06-01\"}\n"
                               "keys:\n"
                               "  rx.no_such_key: {value: 1, mark: P, source: \"test\"}\n"
                               "  points.enabled: {value: 7, mark: P, source: \"test\"}\n"));
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().reason, "POLICY_KEY_UNKNOWN");
    EXPECT_EQ(bad.error().metadata.at("problem_1"), "350104/v2.yaml:9: POLICY_KEY_UNKNOWN");
    EXPECT_EQ(bad.error().metadata.at("problem_2"), "350104/v2.yaml:10: POLICY_TYPE");
    EXPECT_EQ(
        site_.refusal<v1::PublishPolicyPackResponse>(kOperator, v1::PublishPolicyPackRequest()),
        "FIELD_INVALID");
    EXPECT_THAT(published(), IsEmpty());
    site_.restart();
    EXPECT_EQ(on("2026-07-01").digest(), first.digest());
}

TEST_P(Policies, OnlyAnOperatorPublishes) {
    EXPECT_EQ(site_.refusal<v1::PublishPolicyPackResponse>(kRegistrar,
                                                           publication("350104/v2.yaml", second_)),
              "AUTH_NOT_ALLOWED");
}

}  // namespace
}  // namespace yilian::directory::testing
