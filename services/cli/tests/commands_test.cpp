// The operators' commands without services: run file, topics, tokens, cross checks, pipeline rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "libs/crypto/certificate.h"
#include "libs/rpc/local_site.h"
#include "libs/rpc/token.h"
#include "libs/rpc/watched_file.h"
#include "libs/testkit/temp_dir.h"
#include "services/cli/exit_code.h"
#include "services/cli/play/pipeline.h"
#include "services/cli/run_file.h"
#include "services/cli/token.h"
#include "services/cli/topics.h"
#include "services/cli/verify.h"

namespace yilian::cli {
namespace {

constexpr const char* kRunFile = R"({
  "district": "120111", "profile": "local", "clock_start": "2026-01-01T00:00:00+08:00",
  "policies_dir": "policies", "audience": "yilian",
  "tls": {"ca": "certs/ca.pem", "certificate": "certs/operator.pem", "key": "certs/operator.key"},
  "kafka": {"bootstrap_file": "broker/bootstrap"},
  "services": {
    "directory": {"address": "127.0.0.1:1"}, "registries": {"address": "127.0.0.1:2"},
    "referrals": {"address": "127.0.0.1:3"}, "prescriptions": {"address": "127.0.0.1:4"},
    "billing": {"address": "127.0.0.1:5"}}})";

class Commands : public ::testing::Test {
  protected:
    void put_run_file(const std::string& text) const {
        std::ofstream(dir_.file("run.json")) << text;
    }
    int code_of(const std::function<void()>& run) const {
        try {
            run();
        } catch (const CommandFailed& failed) {
            return failed.code();
        }
        return kExitGood;
    }
    testkit::TempDir dir_;
};

TEST_F(Commands, RunFileIsReadWithPathsRelativeToItsFolder) {
    put_run_file(kRunFile);
    const RunFile run = load_run_file(dir_.path());
    EXPECT_EQ(run.district, "120111");
    EXPECT_EQ(run.addresses.at("billing"), "127.0.0.1:5");
    EXPECT_EQ(run.tls.ca, dir_.file("certs/ca.pem"));
    EXPECT_EQ(run.token_file, dir_.file("tokens/operator.token"));
    EXPECT_EQ(run.bootstrap_file, dir_.file("broker/bootstrap"));
}

TEST_F(Commands, RunFileErrorsHaveTheirExitCodes) {
    EXPECT_EQ(code_of([&] { (void)load_run_file(dir_.path()); }), kExitUnreadable);
    put_run_file("not JSON");
    EXPECT_EQ(code_of([&] { (void)load_run_file(dir_.path()); }), kExitParameters);
    put_run_file(R"({"district": "120111"})");
    EXPECT_EQ(code_of([&] { (void)load_run_file(dir_.path()); }), kExitParameters);
}

TEST_F(Commands, TopicsAreOneAServiceAndOneForEachSubscriptionsDeadLetters) {
    const std::vector<std::string> topics = platform_topics();
    EXPECT_TRUE(std::is_sorted(topics.begin(), topics.end()));
    for (const std::string& service : service_names()) {
        EXPECT_TRUE(std::binary_search(topics.begin(), topics.end(), "yilian." + service + ".v1"));
    }
    // registries reads what referrals publishes (events.md 3).
    EXPECT_TRUE(std::binary_search(topics.begin(), topics.end(),
                                   "yilian.registries.yilian.referrals.v1.dlt"));
    EXPECT_EQ(std::adjacent_find(topics.begin(), topics.end()), topics.end());
    std::ostringstream plain;
    EXPECT_EQ(list_topics(false, plain), kExitGood);
    EXPECT_EQ(std::ranges::count(plain.str(), '\n'), static_cast<std::ptrdiff_t>(topics.size()));
}

TEST_F(Commands, TokensAreBoundToTheCertificateAndReadableByTheOwnerOnly) {
    put_run_file(kRunFile);
    const RunFile run = load_run_file(dir_.path());
    std::ostringstream out;
    EXPECT_EQ(init_tokens(run, out), kExitGood);
    const auto site = rpc::LocalSite::open(dir_.path());
    ASSERT_TRUE(site.ok());
    const auto keys =
        rpc::TokenKeys::parse(*rpc::WatchedFile::read(site->jwks_file()), /*allow_local=*/true);
    ASSERT_TRUE(keys.ok());
    for (const char* name : {"directory", "billing", "operator"}) {
        const std::string path = dir_.file(std::string("tokens/") + name + ".token");
        EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::all,
                  std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        std::string token = *rpc::WatchedFile::read(path);
        token.pop_back();
        const auto tls = site->certificate(name);
        ASSERT_TRUE(tls.ok());
        const auto thumbprint =
            crypto::certificate_thumbprint(*rpc::WatchedFile::read(tls->certificate_file));
        const auto verified = rpc::verify_token(token, *keys, "yilian", *thumbprint,
                                                std::chrono::system_clock::now());
        ASSERT_TRUE(verified.ok()) << verified.status();
        EXPECT_TRUE(
            verified->caller.has_role(std::string(name) == "operator" ? "operator" : "service"));
        EXPECT_FALSE(rpc::verify_token(token, *keys, "yilian", "another certificate",
                                       std::chrono::system_clock::now())
                         .ok());
    }
}

TEST_F(Commands, TokensOfLocalRunsAreNotMintedElsewhere) {
    std::string text = kRunFile;
    text.replace(text.find("local"), 5, "production");
    put_run_file(text);
    const RunFile run = load_run_file(dir_.path());
    std::ostringstream out;
    EXPECT_EQ(code_of([&] { (void)init_tokens(run, out); }), kExitParameters);
    EXPECT_FALSE(std::filesystem::exists(dir_.file("tokens/issuer.key.json")));
}

// X-C01 and X-C02 hold for figures that agree and fail when one is off by one.
TEST_F(Commands, CrossChecksSeeOneMissingEvent) {
    const std::string type = "yilian.registries.referral_advice.issued.v1";  // referrals reads it
    std::map<std::string, EventCounts> published{{"registries", {{type, 3}}}, {"referrals", {}}};
    std::vector<CountRow> counts{{"registries", "events_published", "", "", 3},
                                 {"registries", "events_consumed", "", "", 0},
                                 {"referrals", "events_published", "", "", 0},
                                 {"referrals", "events_consumed", "", "", 3}};
    for (const CheckRow& check : cross_checks(published, counts)) {
        EXPECT_EQ(check.violations, 0) << check.id;
    }
    counts[3].value = 2;
    EXPECT_EQ(cross_checks(published, counts)[0].violations, 1);
    EXPECT_EQ(cross_checks(published, counts)[1].violations, 0);
    counts[3].value = 3;
    counts[0].value = 4;
    EXPECT_EQ(cross_checks(published, counts)[0].violations, 0);
    EXPECT_EQ(cross_checks(published, counts)[1].violations, 1);
}

common::v1::GetPipelineStatusResponse quiet_status(const std::string& topic, std::int64_t last,
                                                   const std::string& reads, std::int64_t next) {
    common::v1::GetPipelineStatusResponse status;
    status.set_cluster_id("one");
    auto* published = status.add_published();
    published->set_topic(topic);
    published->set_partition(4);
    published->set_last_offset(last);
    auto* consumed = status.add_consumed();
    consumed->set_topic(reads);
    consumed->set_partition(4);
    consumed->set_next_offset(next);
    return status;
}

TEST_F(Commands, ThePipelineIsQuietOnlyWhenEveryReaderIsBehindTheLastRecord) {
    play::Statuses statuses;
    statuses["registries"] = quiet_status("yilian.registries.v1", 9, "yilian.referrals.v1", 6);
    statuses["referrals"] = quiet_status("yilian.referrals.v1", 5, "yilian.registries.v1", 10);
    EXPECT_EQ(play::unrest(statuses), "");
    statuses["referrals"].mutable_consumed(0)->set_next_offset(9);
    EXPECT_NE(play::unrest(statuses), "");
    statuses["referrals"].mutable_consumed(0)->set_next_offset(10);
    statuses["referrals"].set_outbox_unpublished(1);
    EXPECT_NE(play::unrest(statuses), "");
    statuses["referrals"].set_outbox_unpublished(0);
    statuses["registries"].set_parked_events(1);
    EXPECT_NE(play::unrest(statuses), "");
    statuses["registries"].set_parked_events(0);
    // The offsets of another broker say nothing.
    statuses["registries"].set_cluster_id("other");
    EXPECT_NE(play::unrest(statuses), "");
    statuses["registries"].clear_cluster_id();
    EXPECT_NE(play::unrest(statuses), "");
    statuses["registries"].set_cluster_id("one");
    EXPECT_EQ(play::unrest(statuses), "");
    // A partition that a reader has never met.
    statuses["registries"].clear_consumed();
    EXPECT_NE(play::unrest(statuses), "");
}

}  // namespace
}  // namespace yilian::cli
