#include "libs/runtime/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "libs/audit/audit.h"
#include "libs/kafka/admin.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/rpc/watched_file.h"
#include "libs/runtime/request_keys.h"
#include "libs/runtime/testing/test_site.h"
#include "libs/runtime/tests/sample_service.h"
#include "libs/runtime/timestamps.h"
#include "libs/testkit/status.h"
#include "yilian/common/v1/event_log.pb.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/directory/v1/events.pb.h"
#include "yilian/directory/v1/institution_service.pb.h"

// A whole service on both databases, called over mTLS with minted tokens.
namespace yilian::runtime {
namespace {

using namespace std::chrono_literals;
using rpc::Code;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
namespace v1 = directory::v1;
namespace common = common::v1;

constexpr const char* kRegister = "yilian.directory.v1.InstitutionService/RegisterInstitution";
constexpr const char* kChange = "yilian.directory.v1.InstitutionService/ChangeInstitution";
constexpr const char* kGet = "yilian.directory.v1.InstitutionService/GetInstitution";
constexpr const char* kList = "yilian.directory.v1.InstitutionService/ListInstitutions";
constexpr const char* kReplay = "yilian.common.v1.EventLogService/ReplayEvents";

std::string op(const char* name) { return std::string("yilian.common.v1.OperatorService/") + name; }

v1::RegisterInstitutionRequest registration(const std::string& id, const std::string& name) {
    v1::RegisterInstitutionRequest request;
    request.set_request_id(new_request_id());
    request.mutable_institution()->set_institution_id(id);
    request.mutable_institution()->set_name(name);
    request.mutable_institution()->set_class_("hospital");
    request.mutable_institution()->set_effective_on("2026-03-01");
    return request;
}

constexpr storage::Query kAuditRows{
    "test.audit",
    "SELECT action, subject, outcome, reason, actor, institution_id FROM audit_rows "
    "ORDER BY position"};
constexpr storage::Query kKeys{"test.keys", "SELECT COUNT(*) FROM request_keys"};
constexpr storage::Query kEvents{
    "test.events",
    "SELECT type, aggregateid, sequence, correlation_id, causation_id, "
    "traceparent FROM outbox ORDER BY position"};

// Waits for callbacks of other threads. A std::promise may still be at work in its thread when the
// waiter goes on and destroys it.
class Countdown {
  public:
    explicit Countdown(int count) : count_(count) {}
    void down() {
        const std::lock_guard lock(mutex_);
        --count_;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return count_ <= 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_;
};

class AppTest : public testing::TestWithParam<storage::Dialect> {
  protected:
    void SetUp() override {
        app_ = site_.start(sample::definition(probe_));
        ASSERT_NE(app_, nullptr);
        client_ = site_.client(*app_, "H001", {"registrar", "doctor"});
    }
    void TearDown() override {
        client_.reset();
        app_.reset();
    }
    void restart(config::ServiceConfig config) {
        client_.reset();
        app_.reset();
        app_ = TestSite::start(std::move(config), sample::definition(probe_));
        ASSERT_NE(app_, nullptr);
        client_ = site_.client(*app_, "H001", {"registrar", "doctor"});
    }
    rpc::CallResult<v1::Institution> add(const v1::RegisterInstitutionRequest& request) {
        return client_->call<v1::Institution>(kRegister, request);
    }
    std::vector<std::string> rows(const storage::Query& query) {
        std::vector<std::string> out;
        EXPECT_THAT(app_->store().read([&](storage::Transaction& tx) {
            out.clear();
            for (const auto& row : tx.select(query)) {
                std::string line;
                for (const auto& value : row.values()) {
                    if (!line.empty()) line += '|';
                    if (const auto* text = std::get_if<std::string>(&value.held())) line += *text;
                    if (const auto* number = std::get_if<std::int64_t>(&value.held())) {
                        line += std::to_string(*number);
                    }
                }
                out.push_back(line);
            }
        }),
                    testkit::IsOk());
        return out;
    }

    sample::Probe probe_;
    TestSite site_{GetParam()};
    std::unique_ptr<App> app_;
    std::unique_ptr<rpc::Client> client_;
};
YILIAN_ON_BOTH_DRIVERS(AppTest);

TEST_P(AppTest, CommandIsDurableAuditedAndPublishedAtOnce) {
    const auto request = registration("I1", "first");
    const observe::Trace trace = observe::Trace::make();
    const auto answer = client_->call<v1::Institution>(kRegister, request, {.trace = &trace});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer.value().etag(), "\"1\"");
    EXPECT_THAT(rows(kAuditRows),
                testing::ElementsAre(std::string(kRegister) + "|institution/I1|OK||H001-p1|H001"));
    const auto events = rows(kEvents);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_THAT(events[0], HasSubstr("yilian.directory.institution.registered.v1|I1|1|" +
                                     request.request_id() + "|" + request.request_id() + "|00-" +
                                     trace.trace_id));
}

// N-01, N-02: interop.md 10.
TEST_P(AppTest, ResendGetsTheSameBytesAndRunsNothing) {
    const auto request = registration("I1", "first");
    const auto first = client_->call_raw_blocking(kRegister, request, {});
    ASSERT_TRUE(first.ok());
    for (int i = 0; i < 3; ++i) {
        const auto again = client_->call_raw_blocking(kRegister, request, {});
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(again.value(), first.value());
    }
    EXPECT_EQ(probe_.runs, 1);
    EXPECT_EQ(rows(kAuditRows).size(), 1U);
    EXPECT_EQ(rows(kEvents).size(), 1U);
}

TEST_P(AppTest, ResendAfterRestartGetsTheSameBytes) {
    const auto request = registration("I1", "first");
    const auto first = client_->call_raw_blocking(kRegister, request, {});
    restart(site_.config("directory"));
    const auto again = client_->call_raw_blocking(kRegister, request, {});
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value(), first.value());
    EXPECT_EQ(probe_.runs, 1);
}

TEST_P(AppTest, RefusalIsKeptLikeAnAnswer) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    const auto request = registration("I1", "second");
    const auto first = add(request);
    ASSERT_FALSE(first.ok());
    EXPECT_EQ(first.error().code, Code::kAlreadyExists);
    EXPECT_EQ(first.error().reason, "INSTITUTION_EXISTS");
    EXPECT_EQ(first.error().domain, "directory.yilian");
    const int runs = probe_.runs;
    const auto again = add(request);
    EXPECT_EQ(again.error().details, first.error().details);
    EXPECT_EQ(probe_.runs, runs);
    EXPECT_THAT(rows(kAuditRows).back(), HasSubstr("institution/I1|REFUSED|INSTITUTION_EXISTS"));
}

TEST_P(AppTest, SameIdWithOtherContentIsRefused) {
    auto request = registration("I1", "first");
    ASSERT_TRUE(add(request).ok());
    request.mutable_institution()->set_institution_id("I2");
    const auto answer = add(request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().reason, "ID_REUSED");
    EXPECT_EQ(answer.error().code, Code::kAlreadyExists);
    EXPECT_EQ(probe_.runs, 1);
    // Another institution may use the same id: it is the caller's own.
    const auto other = site_.client(*app_, "H002", {"registrar"});
    EXPECT_TRUE(other->call<v1::Institution>(kRegister, request).ok());
}

TEST_P(AppTest, ManyResendsAtOnceHaveOneEffect) {
    const auto request = registration("I1", "first");
    constexpr int kCalls = 32;
    std::vector<std::string> answers(kCalls);
    Countdown open(kCalls);
    for (std::string& answer : answers) {
        client_->call_raw(
            kRegister, request, {.timeout = 20s}, [&](const rpc::CallResult<std::string>& result) {
                answer = result.ok() ? result.value() : "failed " + result.error().reason;
                open.down();
            });
    }
    open.wait();
    for (const std::string& answer : answers) EXPECT_EQ(answer, answers.front());
    EXPECT_THAT(answers.front(), Not(HasSubstr("failed")));
    EXPECT_EQ(probe_.runs, 1);
    EXPECT_EQ(rows(kEvents).size(), 1U);
}

TEST_P(AppTest, AllFieldViolationsAtOnceAndNothingIsKept) {
    auto request = registration("bad id", "");
    request.mutable_institution()->set_effective_on("2026-02-30");
    const auto answer = add(request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kInvalidArgument);
    EXPECT_EQ(answer.error().reason, "FIELD_INVALID");
    EXPECT_THAT(answer.error().violations,
                testing::ElementsAre(testing::Pair("institution.institution_id", "FIELD_FORMAT"),
                                     testing::Pair("institution.name", "FIELD_REQUIRED"),
                                     testing::Pair("institution.effective_on", "FIELD_FORMAT")));
    request.set_request_id("not a uuid");
    request.mutable_institution()->set_name("tab\there");
    EXPECT_THAT(add(request).error().violations,
                testing::ElementsAre(testing::Pair("institution.name", "FIELD_FORMAT"),
                                     testing::Pair("request_id", "FIELD_FORMAT")));
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
    // The same id may now succeed.
    auto good = registration("I1", "first");
    EXPECT_TRUE(add(good).ok());
}

TEST_P(AppTest, DependencyFailureIsNotKept) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    v1::ChangeInstitutionRequest request;
    request.set_request_id(new_request_id());
    request.mutable_institution()->set_institution_id("I1");
    request.mutable_institution()->set_name("away");
    rpc::CallOptions once{.timeout = 300ms};
    const auto away = client_->call<v1::Institution>(kChange, request, once);
    ASSERT_FALSE(away.ok());
    request.mutable_institution()->set_name("here");
    request.set_etag("\"1\"");
    const auto here = client_->call<v1::Institution>(kChange, request);
    ASSERT_TRUE(here.ok()) << here.error().reason;
    EXPECT_EQ(here.value().name(), "here!");  // what prepare gave
    EXPECT_EQ(here.value().etag(), "\"2\"");
}

TEST_P(AppTest, QueryIsPreparedToo) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    v1::GetInstitutionRequest request;
    request.set_institution_id("I1");
    const auto here = client_->call<v1::Institution>(kGet, request);
    ASSERT_TRUE(here.ok()) << here.error().reason;
    EXPECT_EQ(here.value().class_(), "prepared");
    request.set_institution_id("AWAY");
    const auto away = client_->call<v1::Institution>(kGet, request, {.timeout = 300ms});
    ASSERT_FALSE(away.ok());
}

TEST_P(AppTest, SecretOfAnAnswerLeavesAgainButIsNotKept) {
    auto request = registration("I1", "first");
    request.mutable_institution()->set_district_code("secret");
    const auto first = add(request);
    ASSERT_TRUE(first.ok()) << first.error().reason;
    EXPECT_EQ(first.value().parent_institution_id(), "revealed " + request.request_id());
    const auto again = add(request);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().parent_institution_id(), first.value().parent_institution_id());
    EXPECT_EQ(probe_.runs, 1);
    static constexpr storage::Query kAnswers{"test.answers", "SELECT answer FROM request_keys"};
    EXPECT_THAT(app_->store().read([&](storage::Transaction& tx) {
        for (const auto& row : tx.select(kAnswers)) {
            EXPECT_THAT(row.bytes(0), Not(HasSubstr("revealed")));
        }
    }),
                testkit::IsOk());
}

TEST_P(AppTest, RefusalMayReportAnEvent) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    auto request = registration("I1", "first");
    request.mutable_institution()->set_class_("reported");
    EXPECT_EQ(add(request).error().reason, "INSTITUTION_EXISTS");
    EXPECT_EQ(add(request).error().reason, "INSTITUTION_EXISTS");  // kept: reported once
    const auto events = rows(kEvents);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_THAT(events[1], HasSubstr("yilian.directory.institution.changed.v1|I1|2"));
}

TEST_P(AppTest, StaleEtagIsRefusedWithTheCurrentOne) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    v1::ChangeInstitutionRequest request;
    request.set_request_id(new_request_id());
    request.mutable_institution()->set_institution_id("I1");
    request.mutable_institution()->set_name("x");
    request.set_etag("\"7\"");
    const auto answer = client_->call<v1::Institution>(kChange, request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kAborted);
    EXPECT_EQ(answer.error().reason, "ETAG_MISMATCH");
    EXPECT_EQ(answer.error().metadata.at("etag"), "\"1\"");
}

TEST_P(AppTest, RefusalThatHasWrittenIsUndoneAndInternal) {
    probe_.write_then_refuse = true;
    const auto answer = add(registration("I1", "first"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kInternal);
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
    probe_.write_then_refuse = false;
    EXPECT_TRUE(add(registration("I1", "first")).ok());
}

TEST_P(AppTest, PagesGoOnWhereTheyEndedAndTokensFitTheirListOnly) {
    for (const char* id : {"I1", "I2", "I3", "I4", "I5"}) {
        ASSERT_TRUE(add(registration(id, "x")).ok());
    }
    v1::ListInstitutionsRequest request;
    std::string seen;
    int pages = 0;
    do {
        const auto page = client_->call<v1::ListInstitutionsResponse>(kList, request);
        ASSERT_TRUE(page.ok()) << page.error().reason;
        for (const auto& i : page.value().institutions()) seen += i.institution_id();
        request.set_page_token(page.value().next_page_token());
        ++pages;
    } while (!request.page_token().empty());
    EXPECT_EQ(seen, "I1I2I3I4I5");
    EXPECT_EQ(pages, 3);
    request.set_page_size(100);
    const auto capped = client_->call<v1::ListInstitutionsResponse>(kList, request);
    EXPECT_EQ(capped.value().institutions_size(), 3);
    request.set_page_token(capped.value().next_page_token());
    request.set_consortium_id("C1");
    EXPECT_EQ(client_->call<v1::ListInstitutionsResponse>(kList, request).error().reason,
              "FIELD_INVALID");
    request.set_page_size(-1);
    request.clear_page_token();
    EXPECT_EQ(client_->call<v1::ListInstitutionsResponse>(kList, request).error().reason,
              "FIELD_INVALID");
}

// interop.md 9: no read without an access record.
TEST_P(AppTest, ReadOfARecordIsAuditedAndPublishedBeforeTheAnswer) {
    ASSERT_TRUE(add(registration("RES1", "first")).ok());
    v1::GetInstitutionRequest request;
    request.set_institution_id("RES1");
    ASSERT_TRUE(client_->call<v1::Institution>(kGet, request).ok());
    EXPECT_THAT(rows(kAuditRows).back(), HasSubstr(std::string(kGet) + "|institution/RES1|OK"));
    EXPECT_THAT(rows(kEvents).back(), HasSubstr("yilian.directory.access.recorded.v1"));
    request.set_institution_id("unknown");
    const auto missing = client_->call<v1::Institution>(kGet, request);
    EXPECT_EQ(missing.error().code, Code::kNotFound);
    EXPECT_EQ(missing.error().metadata.at("institution_id"), "unknown");
}

// security.md 2.1: no side effect, one audit record.
TEST_P(AppTest, DeniedCallsLeaveOneAuditRowAndNothingElse) {
    const auto stranger = site_.client(*app_, "H009", {"patient"});
    const auto answer = stranger->call<v1::Institution>(kRegister, registration("I1", "x"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kPermissionDenied);
    rpc::ChannelOptions channel;
    channel.address = site_.address(*app_);
    channel.tls = *site_.security().certificate("client-H001");
    const auto anonymous = *rpc::Client::make(channel, nullptr);
    EXPECT_EQ(anonymous->call<v1::Institution>(kRegister, registration("I1", "x")).error().code,
              Code::kUnauthenticated);
    // Denied rows are written behind the answer.
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (rows(kAuditRows).size() < 2 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(5ms);
    }
    EXPECT_THAT(
        rows(kAuditRows),
        testing::ElementsAre(std::string(kRegister) + "||DENIED|AUTH_NOT_ALLOWED|H009-p1|H009",
                             std::string(kRegister) + "||DENIED|AUTH_TOKEN_INVALID||"));
    EXPECT_EQ(probe_.runs, 0);
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
}

TEST_P(AppTest, ExactlyTheRolesOfAMethodMayCallIt) {
    expect_access_matrix(site_, *app_);
    EXPECT_EQ(probe_.runs, 0);  // empty requests do not pass validation
}

TEST_P(AppTest, FullQueueAnswersWithATimeToComeAgain) {
    auto config = site_.config("directory");
    config.limits.queue_units_max = 4;
    restart(config);
    probe_.hold_ms = 200;
    std::atomic<int> exhausted = 0;
    std::atomic<int> with_time = 0;
    constexpr int kCalls = 64;
    Countdown open(kCalls);
    for (int i = 0; i < kCalls; ++i) {
        client_->call_raw(kRegister, registration("Q" + std::to_string(i), "x"), {.timeout = 30s},
                          [&](const rpc::CallResult<std::string>& result) {
                              if (!result.ok() && result.error().code == Code::kResourceExhausted) {
                                  ++exhausted;
                                  if (result.error().retry_after) ++with_time;
                              }
                              open.down();
                          });
    }
    open.wait();
    EXPECT_GT(exhausted, 0);
    EXPECT_EQ(exhausted, with_time);
    probe_.hold_ms = 0;
    EXPECT_TRUE(add(registration("after", "x")).ok());
}

TEST_P(AppTest, WorkWhoseDeadlinePassedIsDropped) {
    probe_.hold_ms = 300;
    Countdown first(1);
    client_->call_raw(kRegister, registration("I1", "x"), {.timeout = 10s},
                      [&](const rpc::CallResult<std::string>&) { first.down(); });
    std::this_thread::sleep_for(100ms);
    const auto late =
        client_->call<v1::Institution>(kRegister, registration("I1", "y"), {.timeout = 50ms});
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, Code::kDeadlineExceeded);
    first.wait();
    EXPECT_EQ(probe_.runs, 1);
}

TEST_P(AppTest, TimersFireInOrderWhenTheClockIsMoved) {
    ASSERT_TRUE(add(registration("I1", "timed")).ok());
    const auto operators = site_.operator_client(*app_);
    const auto clock =
        operators->call<common::GetClockResponse>(op("GetClock"), common::GetClockRequest());
    ASSERT_TRUE(clock.ok()) << clock.error().reason;
    EXPECT_EQ(clock.value().mode(), common::CLOCK_MODE_DRIVEN);
    EXPECT_EQ(clock.value().pending_timers(), 1);
    common::AdvanceClockRequest request;
    *request.mutable_to() = to_timestamp(app_->clock().now() + 48h);
    const auto moved = operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request);
    ASSERT_TRUE(moved.ok()) << moved.error().reason;
    EXPECT_EQ(moved.value().fired_timers(), 1);
    v1::GetInstitutionRequest get;
    get.set_institution_id("I1");
    EXPECT_EQ(client_->call<v1::Institution>(kGet, get).value().name(), "reviewed on time");
    EXPECT_THAT(rows(kAuditRows).back(), HasSubstr("timer:sample.review|I1|OK||system|"));
    // Twice is harmless, backwards is refused.
    EXPECT_EQ(operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request)
                  .value()
                  .fired_timers(),
              0);
    *request.mutable_to() = to_timestamp(app_->clock().now() - 1h);
    EXPECT_EQ(
        operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request).error().reason,
        "CLOCK_BACKWARDS");
    // A hospital may not.
    EXPECT_EQ(client_->call<common::AdvanceClockResponse>(op("AdvanceClock"), request).error().code,
              Code::kPermissionDenied);
}

TEST_P(AppTest, DrivenClockComesBackAfterARestart) {
    const auto operators = site_.operator_client(*app_);
    common::AdvanceClockRequest request;
    const Instant to = app_->clock().now() + 72h;
    *request.mutable_to() = to_timestamp(to);
    ASSERT_TRUE(operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request).ok());
    restart(site_.config("directory"));
    EXPECT_EQ(app_->clock().now(), to);
}

TEST_P(AppTest, WallClockAndProductionRefuseToBeMoved) {
    auto config = site_.config("directory");
    config.clock.mode = config::ClockMode::kWall;
    restart(config);
    const auto operators = site_.operator_client(*app_);
    common::AdvanceClockRequest request;
    *request.mutable_to() = to_timestamp(app_->clock().now() + 1h);
    EXPECT_EQ(
        operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request).error().reason,
        "CLOCK_NOT_DRIVEN");
    config.profile = config::Profile::kProduction;
    config.clock.mode = config::ClockMode::kDriven;
    App refused(config, sample::definition(probe_));
    EXPECT_FALSE(refused.start().ok());
    // The local issuer's keys do not open in production either.
    config.clock.mode = config::ClockMode::kWall;
    App issuer(config, sample::definition(probe_));
    const absl::Status status = issuer.start();
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr("issuer of local runs"));
}

TEST_P(AppTest, ChecksCountsAndProjectionsAreServed) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    const auto operators = site_.operator_client(*app_);
    const auto checks =
        operators->call<common::RunChecksResponse>(op("RunChecks"), common::RunChecksRequest());
    ASSERT_TRUE(checks.ok()) << checks.error().reason;
    std::vector<std::string> ids;
    for (const auto& result : checks.value().results()) {
        ids.push_back(result.check_id());
        EXPECT_EQ(result.violation_count(), 0) << result.check_id();
    }
    EXPECT_THAT(ids, testing::ElementsAre("RUN-C01", "RUN-C02", "RUN-C03", "RUN-C04", "RUN-C05",
                                          "RUN-C06", "SAM-C01"));
    common::RunChecksRequest unknown;
    unknown.add_check_ids("NO-C99");
    EXPECT_EQ(operators->call<common::RunChecksResponse>(op("RunChecks"), unknown).error().reason,
              "CHECK_NOT_FOUND");
    const auto counts =
        operators->call<common::GetCountsResponse>(op("GetCounts"), common::GetCountsRequest());
    std::map<std::string, std::int64_t> figures;
    for (const auto& count : counts.value().counts()) figures[count.name()] = count.value();
    EXPECT_EQ(figures, (std::map<std::string, std::int64_t>{{"dead_letters", 0},
                                                            {"duplicate_effects", 0},
                                                            {"events_consumed", 0},
                                                            {"events_published", 1},
                                                            {"institutions", 1}}));
    const auto projections = operators->call<common::ListProjectionsResponse>(
        op("ListProjections"), common::ListProjectionsRequest());
    ASSERT_EQ(projections.value().projections_size(), 1);
    EXPECT_EQ(projections.value().projections(0).name(), "copies");
    const auto info = operators->call<common::GetServiceInfoResponse>(
        op("GetServiceInfo"), common::GetServiceInfoRequest());
    EXPECT_EQ(info.value().service(), "directory");
    EXPECT_EQ(info.value().district_code(), "120111");
}

struct BrokenRow {
    const char* check;
    storage::Query damage;
};
class CommonChecks : public AppTest {};
YILIAN_ON_BOTH_DRIVERS(CommonChecks);

// Each check has a row that breaks it: a check that never fails proves nothing.
TEST_P(CommonChecks, EachFindsItsBrokenRow) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    static const std::vector<BrokenRow> kDamages{
        {"RUN-C01",
         {"test.c01",
          "INSERT INTO effects (consumer, event_id, kind, key) VALUES ('c', 'e', 'k', '1'), "
          "('c', 'e', 'k', '1')"}},
        {"RUN-C02", {"test.c02", "UPDATE stream_heads SET last_sequence = last_sequence + 1"}},
        {"RUN-C03",
         {"test.c03",
          "UPDATE request_keys SET request_id = '00000000-0000-4000-8000-000000000000'"}},
        {"RUN-C04",
         {"test.c04",
          "INSERT INTO effects (consumer, event_id, kind, key) VALUES ('c', 'f', 'k', '1')"}},
        {"RUN-C06",
         {"test.c06",
          "INSERT INTO dead_letters (consumer, topic, event_id, partition_no, record_offset, type, "
          "subject, sequence, reason, failed_at, headers, record_key, payload) SELECT 'c', 't', "
          "'e', "
          "0, 0, 'x', 's', 1, 'BROKEN', 1, payload, payload, payload FROM outbox"}},
        {"SAM-C01", {"test.s01", "UPDATE sample_institutions SET name = ''"}}};
    const auto operators = site_.operator_client(*app_);
    for (const BrokenRow& broken : kDamages) {
        ASSERT_THAT(
            app_->store().run({"test"}, [&](storage::Transaction& tx) { tx.run(broken.damage); }),
            testkit::IsOk())
            << broken.check;
        common::RunChecksRequest request;
        request.add_check_ids(broken.check);
        const auto result = operators->call<common::RunChecksResponse>(op("RunChecks"), request);
        ASSERT_TRUE(result.ok()) << broken.check << result.error().reason;
        EXPECT_GE(result.value().results(0).violation_count(), 1) << broken.check;
    }
}

TEST_P(CommonChecks, AuditChainCheckFindsAChangedRow) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    constexpr storage::Query kSealed{"test.sealed",
                                     "SELECT COUNT(*) FROM audit_rows WHERE seal_sequence IS NULL"};
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (rows(kSealed).front() != "0" && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(20ms);
    }
    site_.database("directory")
        .tamper(GetParam() == storage::Dialect::kSqlite
                    ? "DROP TRIGGER audit_rows_fixed; UPDATE audit_rows SET actor = 'somebody else'"
                    : "ALTER TABLE audit_rows DISABLE TRIGGER ALL; "
                      "UPDATE audit_rows SET actor = 'somebody else'");
    common::RunChecksRequest request;
    request.add_check_ids("RUN-C05");
    const auto result =
        site_.operator_client(*app_)->call<common::RunChecksResponse>(op("RunChecks"), request);
    ASSERT_TRUE(result.ok()) << result.error().reason;
    EXPECT_EQ(result.value().results(0).violation_count(), 1);
}

TEST_P(AppTest, HistoryIsReplayedByteForByteAndPaged) {
    for (const char* id : {"I1", "I2", "I3"}) ASSERT_TRUE(add(registration(id, "x")).ok());
    const auto peer = site_.client(*app_, "billing", {"service"});
    common::ReplayEventsRequest request;
    request.mutable_by_position()->set_type_prefix("yilian.directory.institution.");
    request.set_page_size(2);
    std::vector<std::string> subjects;
    do {
        const auto page = peer->call<common::ReplayEventsResponse>(kReplay, request);
        ASSERT_TRUE(page.ok()) << page.error().reason;
        for (const auto& event : page.value().events()) {
            subjects.push_back(event.subject());
            v1::InstitutionRegistered payload;
            ASSERT_TRUE(payload.ParseFromString(event.payload()));
            EXPECT_EQ(payload.institution_id(), event.subject());
            EXPECT_EQ(event.source(), "/yilian/directory");
        }
        request.set_page_token(page.value().next_page_token());
    } while (!request.page_token().empty());
    EXPECT_THAT(subjects, testing::ElementsAre("I1", "I2", "I3"));

    common::ReplayEventsRequest one;
    one.mutable_by_aggregate()->set_subject("I2");
    one.mutable_by_aggregate()->set_from_sequence(1);
    EXPECT_EQ(peer->call<common::ReplayEventsResponse>(kReplay, one).value().events_size(), 1);
    one.mutable_by_aggregate()->set_subject("I9");
    EXPECT_EQ(peer->call<common::ReplayEventsResponse>(kReplay, one).error().reason,
              "SUBJECT_NOT_FOUND");
    one.mutable_by_aggregate()->set_to_sequence(20'000);
    EXPECT_EQ(peer->call<common::ReplayEventsResponse>(kReplay, one).error().reason,
              "REPLAY_LIMIT_REACHED");
    EXPECT_EQ(peer->call<common::ReplayEventsResponse>(kReplay, common::ReplayEventsRequest())
                  .error()
                  .reason,
              "FIELD_INVALID");
    const auto integrator = site_.client(*app_, "X1", {"integrator"});
    EXPECT_EQ(integrator->call<common::ReplayEventsResponse>(kReplay, one).error().reason,
              "AUTH_SCOPE_DENIED");
}

TEST_P(AppTest, EventsTravelThroughTheBrokerAndProjectionsAreRebuilt) {
    kafka::MockCluster broker({"yilian.directory.v1"}, kafka::kPartitions);
    auto config = site_.config("directory");
    config.kafka.bootstrap = broker.bootstrap();
    restart(config);
    for (const char* id : {"I1", "I2", "I3"}) ASSERT_TRUE(add(registration(id, "x")).ok());
    const auto operators = site_.operator_client(*app_);
    const auto status = [&] {
        const auto answer = operators->call<common::GetPipelineStatusResponse>(
            op("GetPipelineStatus"), common::GetPipelineStatusRequest());
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? answer.value() : common::GetPipelineStatusResponse();
    };
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (probe_.consumed < 3 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(10ms);
    }
    ASSERT_EQ(probe_.consumed, 3);
    while (status().outbox_unpublished() > 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(10ms);
    }
    const auto quiet = status();
    EXPECT_EQ(quiet.outbox_unpublished(), 0);
    EXPECT_GT(quiet.published_size(), 0);
    EXPECT_FALSE(quiet.cluster_id().empty());
    std::map<int, std::int64_t> next;
    for (const auto& at : quiet.consumed()) next[at.partition()] = at.next_offset();
    for (const auto& at : quiet.published()) EXPECT_GT(next[at.partition()], at.last_offset());

    common::RebuildProjectionRequest rebuild;
    rebuild.set_projection("copies");
    for (const auto source : {common::REBUILD_SOURCE_OWNER_LOG, common::REBUILD_SOURCE_TOPICS}) {
        rebuild.set_source(source);
        const auto rebuilt = operators->call<common::RebuildProjectionResponse>(
            op("RebuildProjection"), rebuild, {.timeout = 30s});
        ASSERT_TRUE(rebuilt.ok()) << rebuilt.error().reason;
        EXPECT_EQ(rebuilt.value().rows_after(), 3);
        EXPECT_EQ(rebuilt.value().digest_before(), rebuilt.value().digest_after());
    }
    rebuild.set_projection("nothing");
    EXPECT_EQ(operators->call<common::RebuildProjectionResponse>(op("RebuildProjection"), rebuild)
                  .error()
                  .reason,
              "PROJECTION_NOT_FOUND");
}

TEST_P(AppTest, StopUnderLoadLosesNothingAcknowledged) {
    std::atomic<int> acknowledged = 0;
    std::atomic<int> ended = 0;
    constexpr int kCalls = 300;
    for (int i = 0; i < kCalls; ++i) {
        client_->call_raw(kRegister, registration("L" + std::to_string(1000 + i), "x"),
                          {.timeout = 10s}, [&](const rpc::CallResult<std::string>& result) {
                              if (result.ok()) ++acknowledged;
                              ++ended;
                          });
    }
    while (acknowledged < 20) std::this_thread::sleep_for(1ms);
    app_->stop();
    client_.reset();
    while (ended < kCalls) std::this_thread::sleep_for(1ms);
    restart(site_.config("directory"));
    constexpr storage::Query kCount{"test.count", "SELECT COUNT(*) FROM sample_institutions"};
    EXPECT_GE(std::stoi(rows(kCount).front()), acknowledged.load());
}

TEST_P(AppTest, ExpiredAnswersAreSwept) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(sweep_answers(app_->store(), now).value(), 0);
    EXPECT_EQ(sweep_answers(app_->store(), now + std::chrono::hours(24 * 8)).value(), 1);
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
}

TEST_P(AppTest, LogsHoldNoFieldOfARequest) {
    auto request = registration("I1", "机密病人甲");
    ASSERT_TRUE(add(request).ok());
    request.mutable_institution()->set_name("370212199001011234\t");
    EXPECT_FALSE(add(request).ok());
    probe_.write_then_refuse = true;
    EXPECT_FALSE(add(registration("I2", "13800138000")).ok());
    const std::string log = *rpc::WatchedFile::read(site_.file("directory.log"));
    EXPECT_THAT(log, HasSubstr("unit of work failed"));
    for (const char* marker : {"机密", "370212199001011234", "13800138000"}) {
        EXPECT_THAT(log, Not(HasSubstr(marker)));
    }
}

TEST(AppStart, WrongNamesAndSettingsStopItWithAMessage) {
    TestSite site;
    sample::Probe probe;
    auto config = site.config("directory");
    config.service = "billing";
    App wrong(config, sample::definition(probe));
    EXPECT_EQ(wrong.start().code(), absl::StatusCode::kInvalidArgument);
    config.service = "directory";
    config.settings["colour"] = "red";
    App unknown(config, sample::definition(probe));
    EXPECT_THAT(std::string(unknown.start().message()),
                HasSubstr("settings.colour is not a known"));
    config.settings.clear();
    ServiceDefinition needs = sample::definition(probe);
    needs.settings = {"rules_dir"};
    App missing(config, std::move(needs));
    EXPECT_THAT(std::string(missing.start().message()), HasSubstr("settings.rules_dir is missing"));
    config.policies_dir = site.file("no such folder");
    App policies(config, sample::definition(probe));
    EXPECT_EQ(policies.start().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AppStart, IsReadyWithinASecondAndWritesItsPorts) {
    TestSite site;
    sample::Probe probe;
    auto config = site.config("directory");
    config.metrics = {"127.0.0.1", 0};
    config.health = {"127.0.0.1", 0};
    config.ready_file = site.file("ready.json");
    const auto begin = std::chrono::steady_clock::now();
    const auto app = TestSite::start(config, sample::definition(probe));
    ASSERT_NE(app, nullptr);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);  // a second on an idle machine
    const std::string ready = *rpc::WatchedFile::read(config.ready_file);
    EXPECT_THAT(ready, HasSubstr("\"port\":" + std::to_string(app->port())));
    EXPECT_THAT(ready, HasSubstr("\"metrics_port\":" + std::to_string(app->metrics_port())));
    EXPECT_TRUE(site.operator_client(*app)->serving("readiness", 5s));
}

}  // namespace
}  // namespace yilian::runtime
