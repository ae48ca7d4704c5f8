#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/observe/trace.h"

namespace yilian::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TraceContext, ParsesWhatTheRecommendationAllowsAndNothingElse) {
    const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto trace = Trace::parse(good);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->traceparent(), good);
    EXPECT_FALSE(Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled);
    EXPECT_TRUE(Trace::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"));
    for (const char* bad : {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"}) {
        EXPECT_FALSE(Trace::parse(bad)) << bad;
    }
}

TEST(TraceContext, ChildKeepsTheTraceAndChangesTheSpan) {
    const Trace parent = Trace::make();
    const Trace child = Trace::continue_from(parent.traceparent());
    EXPECT_EQ(child.trace_id, parent.trace_id);
    EXPECT_NE(child.span_id, parent.span_id);
    EXPECT_NE(Trace::continue_from("nonsense").trace_id, parent.trace_id);
}

class LogFile : public testing::Test {
  protected:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("yilian_log_" + Trace::make().span_id);
    void TearDown() override { std::filesystem::remove(path_); }
    std::string text() const {
        std::ifstream in(path_);
        std::stringstream out;
        out << in.rdbuf();
        return out.str();
    }
};

TEST_F(LogFile, LinesAreJsonWithOnlyTheAllowedFields) {
    const Trace trace = Trace::make();
    {
        const auto log = Log::to_file("referrals", path_.string()).value();
        log->warning("call refused", {.trace = &trace,
                                      .institution_id = "H001",
                                      .event_id = "01jzk3",
                                      .code = "quote\" back\\ tab\t AUTH_TOKEN_INVALID"});
        log->info("started");
    }
    std::istringstream lines(text());
    std::string line;
    std::set<std::string> keys;
    int count = 0;
    while (std::getline(lines, line)) {
        const auto object = nlohmann::json::parse(line);
        for (const auto& [key, value] : object.items()) keys.insert(key);
        ++count;
    }
    EXPECT_EQ(count, 2);
    EXPECT_EQ(keys, (std::set<std::string>{"ts", "level", "msg", "trace_id", "span_id", "service",
                                           "institution_id", "event_id", "code"}));
}

TEST_F(LogFile, PersonalTextDoesNotPass) {
    {
        const auto log = Log::to_file("referrals", path_.string()).value();
        log->error("failed", {.institution_id = "王小明", .code = "key 370212199001011234 王小明"});
        log->error("failed", {.code = "call 13800138000"});
    }
    EXPECT_THAT(text(), Not(HasSubstr("王")));
    EXPECT_THAT(text(), Not(HasSubstr("3702121990")));
    EXPECT_THAT(text(), Not(HasSubstr("13800138000")));
    EXPECT_THAT(text(), HasSubstr("[digits]"));
}

TEST(Redaction, KeepsCodesAndPorts) {
    EXPECT_EQ(redact("AUTH_TOKEN_INVALID 127.0.0.1:50051"), "AUTH_TOKEN_INVALID 127.0.0.1:50051");
    EXPECT_EQ(redact(std::string(400, 'a')).size(), 300U);
    EXPECT_EQ(redact("12345678"), "[digits]");
    EXPECT_EQ(redact("1234567"), "1234567");
}

TEST(MetricsRegistry, MethodsExistWithZeroBeforeTheFirstCall) {
    Metrics metrics("referrals");
    const RpcMetrics method =
        metrics.rpc_server("yilian.referrals.v1.ReferralService", "GetReferral");
    EXPECT_THAT(metrics.page(), HasSubstr("grpc_server_handled_total{grpc_code=\"NotFound\",grpc_"
                                          "method=\"GetReferral\",grpc_service=\"yilian.referrals."
                                          "v1.ReferralService\",grpc_type=\"unary\"} 0"));
    method.started.add();
    method.finished(5, std::chrono::milliseconds(3));
    EXPECT_THAT(metrics.page(), HasSubstr("grpc_code=\"NotFound\",grpc_method=\"GetReferral\",grpc_"
                                          "service=\"yilian.referrals.v1.ReferralService\",grpc_"
                                          "type=\"unary\"} 1"));
    EXPECT_THAT(metrics.page(), HasSubstr("build_info{service=\"referrals\""));
}

TEST(MetricsRegistry, DeadLetterReasonsAreBounded) {
    Metrics metrics("billing");
    for (int i = 0; i < 200; ++i) {
        metrics.events_dead_lettered_total("t", "REASON_" + std::to_string(i)).add();
    }
    EXPECT_THAT(metrics.page(), Not(HasSubstr("REASON_50\"")));
    EXPECT_THAT(metrics.page(),
                HasSubstr("events_dead_lettered_total{reason=\"other\",topic=\"t\"} 150"));
}

TEST(MetricsPageTest, ServesOnAChosenPortAndSaysWhenItCannot) {
    Metrics metrics("directory");
    std::atomic<int> refreshed = 0;
    metrics.before_scrape([&] { ++refreshed; });
    const auto page = MetricsPage::serve(metrics, "127.0.0.1", 0);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_GT((*page)->port(), 0);
    const auto second = MetricsPage::serve(metrics, "127.0.0.1", (*page)->port());
    EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(metrics.page(), HasSubstr("build_info"));
    EXPECT_EQ(refreshed, 1);
}

}  // namespace
}  // namespace yilian::observe
