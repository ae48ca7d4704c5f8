#include "libs/runtime/request_keys.h"
#include "libs/runtime/tests/app_fixture.h"

// From a call to its durable answer, on both databases.
namespace yilian::runtime {
namespace {

using namespace std::chrono_literals;
using rpc::Code;
using testing::HasSubstr;
using testing::Not;
namespace v1 = directory::v1;

class CommandTest : public AppTest {};
YILIAN_ON_BOTH_DRIVERS(CommandTest);

TEST_P(CommandTest, CommandIsDurableAuditedAndPublishedAtOnce) {
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
TEST_P(CommandTest, ResendGetsTheSameBytesAndRunsNothing) {
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

TEST_P(CommandTest, ResendAfterRestartGetsTheSameBytes) {
    const auto request = registration("I1", "first");
    const auto first = client_->call_raw_blocking(kRegister, request, {});
    restart(site_.config("directory"));
    const auto again = client_->call_raw_blocking(kRegister, request, {});
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value(), first.value());
    EXPECT_EQ(probe_.runs, 1);
}

TEST_P(CommandTest, RefusalIsKeptLikeAnAnswer) {
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

TEST_P(CommandTest, SameIdWithOtherContentIsRefused) {
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

TEST_P(CommandTest, ManyResendsAtOnceHaveOneEffect) {
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

TEST_P(CommandTest, AllFieldViolationsAtOnceAndNothingIsKept) {
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

TEST_P(CommandTest, DependencyFailureIsNotKept) {
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

TEST_P(CommandTest, QueryIsPreparedToo) {
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

TEST_P(CommandTest, SecretOfAnAnswerLeavesAgainButIsNotKept) {
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

TEST_P(CommandTest, RefusalMayReportAnEvent) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    auto request = registration("I1", "first");
    request.mutable_institution()->set_class_("reported");
    EXPECT_EQ(add(request).error().reason, "INSTITUTION_EXISTS");
    EXPECT_EQ(add(request).error().reason, "INSTITUTION_EXISTS");  // kept: reported once
    const auto events = rows(kEvents);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_THAT(events[1], HasSubstr("yilian.directory.institution.changed.v1|I1|2"));
}

TEST_P(CommandTest, StaleEtagIsRefusedWithTheCurrentOne) {
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

TEST_P(CommandTest, RefusalThatHasWrittenIsUndoneAndInternal) {
    probe_.write_then_refuse = true;
    const auto answer = add(registration("I1", "first"));
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kInternal);
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
    probe_.write_then_refuse = false;
    EXPECT_TRUE(add(registration("I1", "first")).ok());
}

TEST_P(CommandTest, PagesGoOnWhereTheyEndedAndTokensFitTheirListOnly) {
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
TEST_P(CommandTest, ReadOfARecordIsAuditedAndPublishedBeforeTheAnswer) {
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
TEST_P(CommandTest, DeniedCallsLeaveOneAuditRowAndNothingElse) {
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

TEST_P(CommandTest, ExactlyTheRolesOfAMethodMayCallIt) {
    expect_access_matrix(site_, *app_);
    EXPECT_EQ(probe_.runs, 0);  // empty requests do not pass validation
}

TEST_P(CommandTest, FullQueueAnswersWithATimeToComeAgain) {
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

TEST_P(CommandTest, WorkWhoseDeadlinePassedIsDropped) {
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

// Each check has a row that breaks it: a check that never fails proves nothing.
TEST_P(CommandTest, ExpiredAnswersAreSwept) {
    ASSERT_TRUE(add(registration("I1", "first")).ok());
    const auto now = std::chrono::system_clock::now();
    EXPECT_EQ(sweep_answers(app_->store(), now).value(), 0);
    EXPECT_EQ(sweep_answers(app_->store(), now + std::chrono::hours(24 * 8)).value(), 1);
    EXPECT_EQ(rows(kKeys), std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace yilian::runtime
