#include "libs/kafka/admin.h"
#include "libs/kafka/mock_cluster.h"
#include "libs/rpc/watched_file.h"
#include "libs/runtime/tests/app_fixture.h"
#include "libs/runtime/timestamps.h"
#include "yilian/common/v1/event_log.pb.h"
#include "yilian/common/v1/operator.pb.h"
#include "yilian/directory/v1/events.pb.h"

// What an operator sees and does, starting and stopping, on both databases.
namespace yilian::runtime {
namespace {

using namespace std::chrono_literals;
using rpc::Code;
using testing::HasSubstr;
using testing::Not;
namespace v1 = directory::v1;
namespace common = common::v1;

class OperationTest : public AppTest {};
YILIAN_ON_BOTH_DRIVERS(OperationTest);

TEST_P(OperationTest, TimersFireInOrderWhenTheClockIsMoved) {
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

TEST_P(OperationTest, DrivenClockComesBackAfterARestart) {
    const auto operators = site_.operator_client(*app_);
    common::AdvanceClockRequest request;
    const Instant to = app_->clock().now() + 72h;
    *request.mutable_to() = to_timestamp(to);
    ASSERT_TRUE(operators->call<common::AdvanceClockResponse>(op("AdvanceClock"), request).ok());
    restart(site_.config("directory"));
    EXPECT_EQ(app_->clock().now(), to);
}

TEST_P(OperationTest, WallClockAndProductionRefuseToBeMoved) {
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

TEST_P(OperationTest, ChecksCountsAndProjectionsAreServed) {
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

TEST_P(OperationTest, HistoryIsReplayedByteForByteAndPaged) {
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

TEST_P(OperationTest, EventsTravelThroughTheBrokerAndProjectionsAreRebuilt) {
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
    // An event may come from its owner before its record is read.
    const auto behind = [](const common::GetPipelineStatusResponse& s) {
        std::map<int, std::int64_t> next;
        for (const auto& at : s.consumed()) next[at.partition()] = at.next_offset();
        return std::ranges::any_of(s.published(), [&](const auto& at) {
            return next[at.partition()] <= at.last_offset();
        });
    };
    auto quiet = status();
    while ((quiet.outbox_unpublished() > 0 || behind(quiet)) &&
           std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(10ms);
        quiet = status();
    }
    EXPECT_EQ(quiet.outbox_unpublished(), 0);
    EXPECT_GT(quiet.published_size(), 0);
    EXPECT_FALSE(quiet.cluster_id().empty());
    EXPECT_FALSE(behind(quiet));

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

TEST_P(OperationTest, StopUnderLoadLosesNothingAcknowledged) {
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

TEST_P(OperationTest, LogsHoldNoFieldOfARequest) {
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
    ServiceDefinition unfit = sample::definition(probe);
    unfit.wire = [](Wiring&) -> std::shared_ptr<void> {
        throw std::invalid_argument("settings.rules_dir: no rules there");
    };
    App refused(config, std::move(unfit));
    const absl::Status told = refused.start();
    EXPECT_EQ(told.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(told.message(), "settings.rules_dir: no rules there");
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
