#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/rpc/error.h"
#include "libs/rpc/message_walk.h"
#include "libs/rpc/method_table.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/rate_limit.h"
#include "libs/rpc/validate.h"
#include "yilian/common/v1/event_log.pb.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::rpc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines(const Violations& violations) {
    std::vector<std::string> out;
    for (const auto& v : violations) out.push_back(v.field + " " + v.reason.text());
    return out;
}

google::rpc::Status decoded(const ErrorReply& error) {
    google::rpc::Status status;
    EXPECT_TRUE(status.ParseFromString(error.details));
    return status;
}
template <class Detail>
int details_of(const google::rpc::Status& status, Detail& into) {
    int count = 0;
    for (const auto& any : status.details()) {
        if (any.UnpackTo(&into)) ++count;
    }
    return count;
}

// interop.md 3, the table and the sentence below it.
TEST(ReasonCodes, FollowTheFirstRuleThatFits) {
    const std::vector<std::pair<const char*, Code>> expected{
        {"FIELD_INVALID", Code::kInvalidArgument},
        {"NOT_FOUND", Code::kNotFound},
        {"AUTH_TOKEN_INVALID", Code::kUnauthenticated},
        {"AUTH_NOT_ALLOWED", Code::kPermissionDenied},
        {"AUTH_RECORD_ACCESS_DENIED", Code::kPermissionDenied},
        {"ETAG_MISMATCH", Code::kAborted},
        {"WRITE_CONFLICT", Code::kAborted},
        {"STATE_TRANSITION_NOT_ALLOWED", Code::kFailedPrecondition},
        {"ID_REUSED", Code::kAlreadyExists},
        {"POLICY_NOT_IN_FORCE", Code::kFailedPrecondition},
        {"DEPENDENCY_UNAVAILABLE", Code::kUnavailable},
        {"COMMIT_IN_DOUBT", Code::kUnavailable},
        {"LIMIT_RATE", Code::kResourceExhausted},
        {"INTERNAL", Code::kInternal},
        {"CSV_COLUMN_MISSING", Code::kInvalidArgument},
        {"FIELD_CALL_OUTCOME_INVALID", Code::kInvalidArgument},
        {"RESIDENT_NOT_FOUND", Code::kNotFound},
        {"SLOT_POOL_FULL", Code::kResourceExhausted},
        {"REPLAY_LIMIT_REACHED", Code::kResourceExhausted},
        {"DRUG_OUT_OF_STOCK", Code::kResourceExhausted},
        {"ALREADY_APPLIED", Code::kAlreadyExists},
        {"CONTRACT_EXISTS", Code::kAlreadyExists},
        {"PERIOD_NOT_FOUND", Code::kFailedPrecondition},
        {"POLICY_CALENDAR_MISSING", Code::kFailedPrecondition},
        {"EVIDENCE_TOO_OLD", Code::kFailedPrecondition}};
    for (const auto& [reason, code] : expected) EXPECT_EQ(code_of(reason), code) << reason;
}

TEST(ErrorDetails, AtMostOneOfEachKindAndDataInMetadata) {
    const ErrorMaker errors("referrals");
    for (const Reason reason :
         {Reason("STATE_TRANSITION_NOT_ALLOWED"), Reason("SLOT_POOL_FULL"),
          Reason("DEPENDENCY_UNAVAILABLE"), Reason("NOT_FOUND"), Reason("FIELD_RANGE")}) {
        const auto reply = errors.refusal({reason, {{"state", "BOOKED"}, {"action", "complete"}}});
        const auto status = decoded(reply);
        google::rpc::ErrorInfo info;
        EXPECT_EQ(details_of(status, info), 1);
        EXPECT_EQ(info.domain(), "referrals.yilian");
        EXPECT_EQ(info.reason(), reason.code());
        EXPECT_EQ(info.metadata().at("state"), "BOOKED");
        std::set<std::string> types;
        for (const auto& any : status.details()) EXPECT_TRUE(types.insert(any.type_url()).second);
        EXPECT_EQ(status.code(), static_cast<int>(reply.code));
        EXPECT_EQ(errors.refusal({reason, {{"state", "BOOKED"}, {"action", "complete"}}}).details,
                  reply.details);
    }
}

TEST(ErrorDetails, AllViolationsStandInOneBadRequest) {
    const auto status = decoded(ErrorMaker("billing").violations(
        {{"list_id", "FIELD_FORMAT"}, {"lines[3].amount_fen", "FIELD_RANGE"}}));
    google::rpc::BadRequest bad;
    google::rpc::ErrorInfo info;
    ASSERT_EQ(details_of(status, bad), 1);
    ASSERT_EQ(details_of(status, info), 1);
    EXPECT_EQ(bad.field_violations_size(), 2);
    EXPECT_EQ(bad.field_violations(1).field(), "lines[3].amount_fen");
    EXPECT_EQ(bad.field_violations(1).description(), "FIELD_RANGE");
    EXPECT_EQ(info.reason(), "FIELD_INVALID");
    EXPECT_EQ(info.metadata().at("fields"), "list_id,lines[3].amount_fen");
}

TEST(ErrorDetails, OverloadSaysWhenToComeAgain) {
    const auto reply = ErrorMaker("billing").overloaded(std::chrono::milliseconds(1250));
    google::rpc::RetryInfo retry;
    google::rpc::QuotaFailure quota;
    EXPECT_EQ(details_of(decoded(reply), retry), 1);
    EXPECT_EQ(details_of(decoded(reply), quota), 1);
    EXPECT_EQ(retry.retry_delay().seconds(), 1);
    EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
    EXPECT_EQ(reply.code, Code::kResourceExhausted);
}

TEST(ErrorDetails, FailuresOfAUnitKeepTheirMeaning) {
    const ErrorMaker errors("billing");
    EXPECT_EQ(errors.failure(absl::AbortedError("x")).reason, "WRITE_CONFLICT");
    EXPECT_EQ(errors.failure(absl::UnavailableError("x")).reason, "DEPENDENCY_UNAVAILABLE");
    EXPECT_EQ(errors.failure(absl::DataLossError("x")).reason, "COMMIT_IN_DOUBT");
    EXPECT_EQ(errors.failure(absl::DataLossError("x")).code, Code::kUnavailable);
    EXPECT_EQ(errors.failure(absl::ResourceExhaustedError("x")).reason, "LIMIT_RATE");
    EXPECT_EQ(errors.failure(absl::DeadlineExceededError("x")).code, Code::kDeadlineExceeded);
    EXPECT_EQ(errors.failure(absl::CancelledError("x")).code, Code::kUnavailable);
    const auto internal = errors.failure(absl::InternalError("unique violation in residents"));
    EXPECT_EQ(internal.code, Code::kInternal);
    EXPECT_THAT(internal.details, testing::Not(testing::HasSubstr("residents")));
}

TEST(Validators, CollectEveryViolation) {
    const auto found =
        Validator()
            .ulid("a", "01JZK3")
            .ulid("b", "")
            .id("c", "has space")
            .id("d", std::string(65, 'x'))
            .date("e", "2026-02-29")
            .month("f", "2026-13")
            .required_etag("g", "")
            .etag("h", "7")
            .text("i", "好好好", 1, 2)
            .range("j", 5, 1, 4)
            .positive("k", 0)
            .one_of("l", "Z", {"X", "Y"})
            .uuid4("m", "00000000-0000-1000-8000-000000000000")
            .page_size(-1)
            .count("n", 3, 1, 2)
            .enumerated("o", common::v1::CLOCK_MODE_UNSPECIFIED)
            .enumerated("p", static_cast<common::v1::ClockMode>(77))
            .each("q", std::vector<int>{1, -1}, [](Validator& v, int x) { v.not_negative("x", x); })
            .done();
    EXPECT_THAT(
        lines(found),
        ElementsAre("a FIELD_FORMAT", "b FIELD_REQUIRED", "c FIELD_FORMAT", "d FIELD_FORMAT",
                    "e FIELD_FORMAT", "f FIELD_FORMAT", "g FIELD_REQUIRED", "h FIELD_FORMAT",
                    "i FIELD_RANGE", "j FIELD_RANGE", "k FIELD_RANGE", "l FIELD_ENUM",
                    "m FIELD_FORMAT", "page_size FIELD_RANGE", "n FIELD_COUNT", "o FIELD_REQUIRED",
                    "p FIELD_ENUM", "q[1].x FIELD_RANGE"));
}

TEST(Validators, AcceptWhatIsRight) {
    google::protobuf::Timestamp time;
    time.set_seconds(1'767'196'800);
    time.set_nanos(5'000'000);
    EXPECT_THAT(Validator()
                    .ulid("a", "01jzk3m4n5p6q7r8s9t0v1w2x3")
                    .optional_ulid("a", "")
                    .id("b", "H001:a.b_c-d")
                    .optional_id("b", "")
                    .date("c", "2024-02-29")
                    .optional_date("c", "")
                    .month("d", "2026-12")
                    .etag("e", "\"7\"")
                    .etag("e", "")
                    .text("f", "好好", 1, 2)
                    .text("f", "", 0, 2)
                    .uuid4("g", "f47ac10b-58cc-4372-a567-0e02b2c3d479")
                    .timestamp("h", true, time)
                    .optional_timestamp("h", false, time)
                    .one_of("i", "X", {"X", "Y"})
                    .enumerated("j", common::v1::CLOCK_MODE_WALL)
                    .optional_enumerated("j", common::v1::CLOCK_MODE_UNSPECIFIED)
                    .done(),
                IsEmpty());
    time.set_nanos(5);
    EXPECT_THAT(lines(Validator().timestamp("h", true, time).done()),
                ElementsAre("h FIELD_FORMAT"));
}

common::v1::RunChecksResponse nested(const std::string& text) {
    common::v1::RunChecksResponse message;
    message.set_service("referrals");
    auto* result = message.add_results();
    result->set_check_id("REF-C01");
    result->add_violations("fine");
    result->add_violations(text);
    return message;
}

TEST(TextCheck, ControlCharactersAnywhereAreFound) {
    EXPECT_THAT(check_text_and_unknown(nested("转诊 ok ~")), IsEmpty());
    for (const char* bad : {"a\nb", "a\tb", "\x7f", "\xc2\x80", "\xc2\x9f", "\x1b[0m"}) {
        EXPECT_THAT(lines(check_text_and_unknown(nested(bad))),
                    ElementsAre("results[0].violations[1] FIELD_FORMAT"));
    }
    EXPECT_THAT(lines(check_text_and_unknown(nested(std::string(1, '\0')))), testing::SizeIs(1));
    for (const char* broken :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe8\xbd"}) {
        EXPECT_THAT(check_text_and_unknown(nested(broken)), testing::SizeIs(1)) << broken;
    }
}

TEST(TextCheck, UnknownFieldsAtAnyDepthAreFound) {
    common::v1::RunChecksResponse message = nested("x");
    message.mutable_results(0)
        ->GetReflection()
        ->MutableUnknownFields(message.mutable_results(0))
        ->AddVarint(999, 1);
    EXPECT_THAT(lines(check_text_and_unknown(message)), ElementsAre("results[0] FIELD_UNKNOWN"));
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(999, 1);
    EXPECT_THAT(lines(check_text_and_unknown(message)),
                ElementsAre("* FIELD_UNKNOWN", "results[0] FIELD_UNKNOWN"));
}

TEST(Fingerprint, SameContentSameDigestAndBoundariesCount) {
    EXPECT_EQ(fingerprint(nested("a"), {}), fingerprint(nested("a"), {}));
    EXPECT_NE(fingerprint(nested("a"), {}), fingerprint(nested("b"), {}));
    common::v1::RunChecksRequest ab_c;
    ab_c.add_check_ids("ab");
    ab_c.add_check_ids("c");
    common::v1::RunChecksRequest a_bc;
    a_bc.add_check_ids("a");
    a_bc.add_check_ids("bc");
    EXPECT_NE(fingerprint(ab_c, {}), fingerprint(a_bc, {}));
    EXPECT_EQ(fingerprint(ab_c, {"check_ids"}), fingerprint(common::v1::RunChecksRequest(), {}));
}

RC_GTEST_PROP(Fingerprint, SurvivesTheWireAndSeesEveryChange,
              (std::int64_t from, std::int32_t size)) {
    common::v1::ReplayEventsRequest request;
    request.mutable_by_aggregate()->set_subject(
        *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~')));
    request.mutable_by_aggregate()->set_from_sequence(from);
    request.set_page_size(size);
    common::v1::ReplayEventsRequest again;
    RC_ASSERT(again.ParseFromString(request.SerializeAsString()));
    RC_ASSERT(fingerprint(request, {}) == fingerprint(again, {}));
    again.mutable_by_aggregate()->set_from_sequence(from ^ 1);
    RC_ASSERT(fingerprint(request, {}) != fingerprint(again, {}));
}

TEST(PageTokens, FitOnlyTheirOwnList) {
    const PageTokens tokens("0123456789abcdef0123456789abcdef");
    common::v1::ReplayEventsRequest request;
    request.mutable_by_aggregate()->set_subject("r1");
    request.set_page_token(tokens.make(request, "H001", "row 17"));
    request.set_page_size(9);
    EXPECT_EQ(tokens.open(request, "H001"), "row 17");
    EXPECT_EQ(tokens.open(request, "H002"), std::nullopt);
    auto other = request;
    other.mutable_by_aggregate()->set_subject("r2");
    EXPECT_EQ(tokens.open(other, "H001"), std::nullopt);
    EXPECT_EQ(PageTokens("another key of 32 characters ....").open(request, "H001"), std::nullopt);
    for (std::size_t i = 0; i < request.page_token().size(); ++i) {
        auto damaged = request;
        std::string text = request.page_token();
        text[i] = text[i] == 'A' ? 'B' : 'A';
        damaged.set_page_token(text);
        EXPECT_EQ(tokens.open(damaged, "H001"), std::nullopt) << i;
    }
    request.clear_page_token();
    EXPECT_EQ(tokens.open(request, "H001"), "");
}

TEST(TokenBucket, RefillsByTimeAndForgetsTheOldest) {
    using std::chrono::milliseconds;
    RateLimit limit(10, 2, 2);
    const RateLimit::Time start{};
    EXPECT_EQ(limit.take("a", start), std::nullopt);
    EXPECT_EQ(limit.take("a", start), std::nullopt);
    const auto wait = limit.take("a", start);
    ASSERT_TRUE(wait);
    EXPECT_GE(*wait, milliseconds(100));
    EXPECT_LE(*wait, milliseconds(101));
    EXPECT_EQ(limit.take("b", start), std::nullopt);
    EXPECT_TRUE(limit.take("a", start + milliseconds(99)));
    EXPECT_EQ(limit.take("a", start + *wait), std::nullopt);
    EXPECT_EQ(limit.take("c", start + *wait), std::nullopt);  // b is forgotten
    EXPECT_EQ(limit.take("b", start + *wait), std::nullopt);  // a is forgotten
    EXPECT_EQ(limit.take("a", start + *wait), std::nullopt);  // a full bucket again
    EXPECT_EQ(RateLimit(0, 0).take("a", start), std::nullopt);
}

TEST(MethodTableTest, RowsComeFromTheProtoAndDenyByDefault) {
    MethodTable table;
    table.add_service(*common::v1::RunChecksRequest::descriptor()->file()->service(0));
    table.add_library_methods(false);
    const MethodRow* row = table.find("yilian.common.v1.OperatorService/AdvanceClock");
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->kind, MethodKind::kOperator);
    Caller caller;
    EXPECT_FALSE(row->allows(caller));
    caller.roles = {"doctor"};
    EXPECT_FALSE(row->allows(caller));
    caller.roles = {"doctor", "operator"};
    EXPECT_TRUE(row->allows(caller));
    EXPECT_EQ(table.find("yilian.common.v1.OperatorService/Nothing"), nullptr);
    EXPECT_TRUE(table.find("grpc.health.v1.Health/Check")->mtls_only);
    EXPECT_EQ(table.find("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"), nullptr);
}

}  // namespace
}  // namespace yilian::rpc
