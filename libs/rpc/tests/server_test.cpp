#include "libs/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "libs/crypto/digest.h"
#include "libs/rpc/client.h"
#include "libs/rpc/local_site.h"
#include "libs/rpc/watched_file.h"
#include "yilian/common/v1/operator.pb.h"

// A real server with real certificates and tokens; the service is OperatorService, whose handlers
// are written here.
namespace yilian::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const google::protobuf::ServiceDescriptor& service() {
    return *common::v1::GetClockRequest::descriptor()->file()->FindServiceByName("OperatorService");
}
std::string method(const char* name) {
    return "yilian.common.v1.OperatorService/" + std::string(name);
}

class ServerTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::temp_directory_path() /
                  ("yilian_rpc_" + crypto::hex(crypto::random_bytes(8)));
        site_ = std::make_unique<LocalSite>(*LocalSite::open(folder_.string()));
        options_.service = "sample";
        options_.listen = {"127.0.0.1", 0};
        options_.tls = *site_->certificate("service");
        options_.on_denied = [this](const DeniedCall& denied) {
            const std::lock_guard lock(mutex_);
            denied_.push_back(denied);
        };
    }
    void TearDown() override {
        if (server_) server_->stop(1s);
        if (authenticator_) authenticator_->stop();
        std::filesystem::remove_all(folder_);
    }

    void start(CallHandler handler) {
        AuthenticatorOptions auth;
        auth.jwks_file = site_->jwks_file();
        auth.audience = "yilian";
        auth.allow_local_issuer = true;
        authenticator_ = std::make_unique<Authenticator>(auth, *log_);
        ASSERT_TRUE(authenticator_->start().ok());
        server_ = std::make_unique<Server>(options_, *authenticator_, metrics_, *log_);
        server_->add_service(service());
        server_->bind(*service().FindMethodByName("GetClock"),
                      common::v1::GetClockRequest::default_instance(), handler);
        server_->bind(*service().FindMethodByName("GetCounts"),
                      common::v1::GetCountsRequest::default_instance(), handler);
        const absl::Status status = server_->start();
        ASSERT_TRUE(status.ok()) << status;
        server_->set_serving(true);
    }
    void start_echo() {
        start([](const std::shared_ptr<Call>& call) { call->answer(""); });
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }
    TokenRequest operator_request() const {
        return {"op1", "cli", "AGENCY", "120111", {"operator"}};
    }
    std::unique_ptr<Client> client_with(const std::string& certificate, TokenSource token) {
        ChannelOptions channel;
        channel.address = address();
        channel.tls = *site_->certificate(certificate);
        channel.token = std::move(token);
        channel.retry_unavailable = false;
        return *Client::make(channel, nullptr);
    }
    std::unique_ptr<Client> client() {
        const std::string token =
            *site_->token(*site_->certificate("operator"), operator_request());
        return client_with("operator", [token] { return token; });
    }
    template <class Req = common::v1::GetClockRequest>
    CallResult<common::v1::GetClockResponse> get_clock(Client& of, const Req& request = {},
                                                       std::chrono::milliseconds timeout = 5s) {
        return of.call<common::v1::GetClockResponse>(method("GetClock"), request,
                                                     {.timeout = timeout});
    }
    std::vector<DeniedCall> denied() {
        const std::lock_guard lock(mutex_);
        return denied_;
    }

    std::filesystem::path folder_;
    std::unique_ptr<LocalSite> site_;
    std::unique_ptr<observe::Log> log_ = observe::Log::to_nowhere();
    observe::Metrics metrics_{"sample"};
    ServerOptions options_;
    std::unique_ptr<Authenticator> authenticator_;
    std::unique_ptr<Server> server_;
    std::mutex mutex_;
    std::vector<DeniedCall> denied_;
};

TEST_F(ServerTest, HandlerSeesCallerTraceAndCappedDeadline) {
    options_.limits.deadline_max = 2s;
    std::string subject;
    std::string trace;
    std::chrono::milliseconds left{};
    start([&](const std::shared_ptr<Call>& call) {
        subject = call->caller().subject;
        trace = call->trace().trace_id;
        left = std::chrono::duration_cast<std::chrono::milliseconds>(
            call->deadline() - std::chrono::steady_clock::now());
        common::v1::GetClockResponse response;
        response.set_pending_timers(7);
        call->answer(response.SerializeAsString());
    });
    const auto c = client();
    const observe::Trace sent = observe::Trace::make();
    const auto answer = c->call<common::v1::GetClockResponse>(
        method("GetClock"), common::v1::GetClockRequest(), {.timeout = 60s, .trace = &sent});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer.value().pending_timers(), 7);
    EXPECT_EQ(subject, "op1");
    EXPECT_EQ(trace, sent.trace_id);
    EXPECT_LE(left, 2s);
    EXPECT_GT(left, 1s);
    EXPECT_THAT(metrics_.page(), HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method="
                                           "\"GetClock\",grpc_service=\"yilian.common.v1."
                                           "OperatorService\",grpc_type=\"unary\"} 1"));
}

TEST_F(ServerTest, CallWithoutDeadlineGetsTheDefault) {
    options_.limits.deadline_default = 700ms;
    std::chrono::milliseconds left{};
    start([&](const std::shared_ptr<Call>& call) {
        left = std::chrono::duration_cast<std::chrono::milliseconds>(
            call->deadline() - std::chrono::steady_clock::now());
        call->answer("");
    });
    ASSERT_TRUE(get_clock(*client(), {}, std::chrono::hours(24 * 366 * 20)).ok());
    EXPECT_LE(left, 700ms);
}

TEST_F(ServerTest, HandlersMayAnswerLaterThrowOrForget) {
    int mode = 0;
    std::thread later;
    start([&](const std::shared_ptr<Call>& call) {
        if (mode == 0) {
            later = std::thread([call] {
                call->answer("");
                call->answer("twice is ignored");
            });
        }
        if (mode == 1) throw std::runtime_error("370212199001011234");
    });
    const auto c = client();
    EXPECT_TRUE(get_clock(*c).ok());
    later.join();
    for (mode = 1; mode <= 2; ++mode) {
        const auto answer = get_clock(*c);
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().code, Code::kInternal);
        EXPECT_EQ(answer.error().reason, "INTERNAL");
        EXPECT_THAT(answer.error().message, testing::Not(HasSubstr("3702")));
    }
}

TEST_F(ServerTest, UnboundMethodIsUnimplementedAndListed) {
    start_echo();
    const auto answer = client()->call<common::v1::RunChecksResponse>(
        method("RunChecks"), common::v1::RunChecksRequest());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kUnimplemented);
    EXPECT_THAT(server_->unbound(), testing::Contains(method("RunChecks")));
}

TEST_F(ServerTest, UnknownFieldsControlCharactersAndDamageAreAllRefusedAtOnce) {
    start_echo();
    const auto c = client();
    common::v1::GetCountsRequest request;
    request.add_names("a\nb");
    request.add_names("fine");
    request.add_names("\x7f");
    request.GetReflection()->MutableUnknownFields(&request)->AddVarint(77, 1);
    const auto answer = c->call<common::v1::GetCountsResponse>(method("GetCounts"), request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kInvalidArgument);
    EXPECT_EQ(answer.error().reason, "FIELD_INVALID");
    EXPECT_EQ(answer.error().domain, "sample.yilian");
    EXPECT_THAT(answer.error().violations,
                testing::ElementsAre(testing::Pair("*", "FIELD_UNKNOWN"),
                                     testing::Pair("names[0]", "FIELD_FORMAT"),
                                     testing::Pair("names[2]", "FIELD_FORMAT")));
    // Broken UTF-8 does not parse; a message of another type that does not fit neither.
    common::v1::GetCountsRequest broken;
    broken.add_names("\xff\xfe");
    EXPECT_EQ(c->call<common::v1::GetCountsResponse>(method("GetCounts"), broken).error().reason,
              "FIELD_INVALID");
}

TEST_F(ServerTest, MessagesAboveTheLimitAreRefused) {
    options_.limits.message_bytes_max = 10'000;
    start_echo();
    common::v1::GetCountsRequest request;
    request.add_names(std::string(20'000, 'a'));
    const auto answer = client()->call<common::v1::GetCountsResponse>(method("GetCounts"), request);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kResourceExhausted);
}

TEST_F(ServerTest, RateIsLimitedPerPrincipalWithATime) {
    options_.limits.calls_per_second = 1;
    options_.limits.calls_burst = 2;
    start_echo();
    const auto c = client();
    EXPECT_TRUE(get_clock(*c).ok());
    EXPECT_TRUE(get_clock(*c).ok());
    const auto answer = get_clock(*c);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kResourceExhausted);
    EXPECT_EQ(answer.error().reason, "LIMIT_RATE");
    ASSERT_TRUE(answer.error().retry_after);
    EXPECT_GT(*answer.error().retry_after, 0ms);
    TokenRequest other = operator_request();
    other.subject = "op2";
    const std::string token = *site_->token(*site_->certificate("operator"), other);
    EXPECT_TRUE(get_clock(*client_with("operator", [token] { return token; })).ok());
}

// security.md 2.1 over the wire: code, no detail, one denied record each, no handler called.
class InvalidTokens : public ServerTest {
  protected:
    void SetUp() override {
        ServerTest::SetUp();
        start([this](const std::shared_ptr<Call>& call) {
            ++handled_;
            call->answer("");
        });
    }
    void expect_denied(const std::string& what, TokenSource token, Code code, const char* reason,
                       const char* certificate = "operator") {
        const std::size_t before = denied().size();
        const auto answer = get_clock(*client_with(certificate, std::move(token)));
        ASSERT_FALSE(answer.ok()) << what;
        EXPECT_EQ(answer.error().code, code) << what;
        EXPECT_EQ(answer.error().reason, reason) << what;
        EXPECT_TRUE(answer.error().metadata.empty()) << what;
        ASSERT_EQ(denied().size(), before + 1) << what;
        EXPECT_EQ(denied().back().reason, reason) << what;
        EXPECT_EQ(denied().back().method, method("GetClock"));
        EXPECT_FALSE(denied().back().certificate_sha256.empty());
        EXPECT_EQ(handled_, 0) << what;
    }
    std::atomic<int> handled_ = 0;
};

TEST_F(InvalidTokens, EveryCaseIsRefusedWithoutDetail) {
    const auto tls = *site_->certificate("operator");
    const std::string good = *site_->token(tls, operator_request());
    const auto fixed = [](std::string text) { return [text = std::move(text)] { return text; }; };
    const auto bad = [&](const std::string& what, std::string token) {
        expect_denied(what, fixed(std::move(token)), Code::kUnauthenticated, "AUTH_TOKEN_INVALID");
    };
    expect_denied("no token", {}, Code::kUnauthenticated, "AUTH_TOKEN_INVALID");
    bad("not a token", "nonsense");
    bad("1 MiB token", std::string(1 << 20, 'a'));
    bad("signed by a stranger",
        *LocalIssuer::create().mint(operator_request(), *WatchedFile::read(tls.certificate_file)));
    TokenRequest expired = operator_request();
    expired.valid_for = -1s;
    bad("expired", *site_->token(tls, expired));
    TokenRequest audience = operator_request();
    audience.audience = "elsewhere";
    bad("wrong audience", *site_->token(tls, audience));
    bad("cut", good.substr(0, good.size() - 5));
    expect_denied("bound to another certificate", fixed(good), Code::kUnauthenticated,
                  "AUTH_TOKEN_INVALID", "thief");
    TokenRequest weak = operator_request();
    weak.roles = {"doctor", "service"};
    expect_denied("role too small", fixed(*site_->token(tls, weak)), Code::kPermissionDenied,
                  "AUTH_NOT_ALLOWED");
    EXPECT_EQ(denied().back().subject, "op1");
    EXPECT_THAT(metrics_.page(), HasSubstr("authz_denied_total{reason=\"AUTH_NOT_ALLOWED\"} 1"));
}

TEST_F(InvalidTokens, TwoTokensInOneCallAreNone) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 5s);
    const auto c = client();
    const std::string token = *site_->token(*site_->certificate("operator"), operator_request());
    context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("authorization", "Bearer " + token);
    grpc::GenericStub stub(c->channel());
    grpc::ByteBuffer request(nullptr, 0);
    grpc::ByteBuffer response;
    const auto done = std::make_shared<std::promise<grpc::Status>>();
    stub.UnaryCall(&context, "/" + method("GetClock"), grpc::StubOptions(), &request, &response,
                   [done](const grpc::Status& s) { done->set_value(s); });
    const grpc::Status status = done->get_future().get();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(handled_, 0);
}

TEST_F(InvalidTokens, WithoutOrWithForeignOrExpiredCertificateThereIsNoConnection) {
    const std::string token = *site_->token(*site_->certificate("operator"), operator_request());
    const auto unreachable = [&](const config::Tls& tls) {
        ChannelOptions channel;
        channel.address = address();
        channel.tls = tls;
        channel.retry_unavailable = false;
        channel.token = [token] { return token; };
        const auto c = *Client::make(channel, nullptr);
        return get_clock(*c, common::v1::GetClockRequest(), 2s).error().code;
    };
    // Signed by another authority.
    const auto other_folder = folder_ / "other";
    const LocalSite other = *LocalSite::open(other_folder.string());
    config::Tls foreign = *other.certificate("operator");
    foreign.ca_file = options_.tls.ca_file;
    EXPECT_EQ(unreachable(foreign), Code::kUnavailable);
    // Expired.
    const auto old = site_->ca().issue({.common_name = "operator",
                                        .valid_for = std::chrono::hours(1),
                                        .valid_from = -std::chrono::hours(2)});
    config::Tls expired = *site_->certificate("expired");
    ASSERT_TRUE(write_file(expired.certificate_file, old.certificate_pem, false).ok());
    ASSERT_TRUE(write_file(expired.key_file, old.key_pem, true).ok());
    EXPECT_EQ(unreachable(expired), Code::kUnavailable);
    // No TLS at all.
    const auto plain = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
    EXPECT_FALSE(plain->WaitForConnected(std::chrono::system_clock::now() + 500ms));
    EXPECT_EQ(handled_, 0);
}

TEST_F(ServerTest, RevokedCertificateIsRefused) {
    const auto crl_dir = folder_ / "crl";
    std::filesystem::create_directories(crl_dir);
    const auto good = *site_->certificate("operator");
    const auto revoked = *site_->certificate("revoked");
    const std::vector<std::string> list{*WatchedFile::read(revoked.certificate_file)};
    ASSERT_TRUE(
        write_file(crl_dir / site_->ca().crl_file_name(), site_->ca().revoke(list), false).ok());
    options_.tls.crl_dir = crl_dir.string();
    start_echo();
    const std::string token = *site_->token(revoked, operator_request());
    const auto answer = get_clock(*client_with("revoked", [token] { return token; }),
                                  common::v1::GetClockRequest(), 2s);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kUnavailable);
    EXPECT_TRUE(get_clock(*client()).ok());
}

TEST_F(ServerTest, ReplacedCertificateServesNewConnectionsWithoutRestart) {
    start_echo();
    EXPECT_TRUE(get_clock(*client()).ok());
    // A new authority and new certificates for both sides; the old client may not connect any more.
    const LocalSite renewed = *LocalSite::open((folder_ / "renewed").string());
    const auto made = *renewed.certificate("service");
    const auto copy = [](const std::string& from, const std::string& to) {
        ASSERT_TRUE(write_file(to, *WatchedFile::read(from), false).ok());
    };
    copy(made.ca_file, options_.tls.ca_file);
    copy(made.key_file, options_.tls.key_file);
    copy(made.certificate_file, options_.tls.certificate_file);
    const auto until = std::chrono::steady_clock::now() + 15s;
    bool reached = false;
    while (!reached && std::chrono::steady_clock::now() < until) {
        ChannelOptions channel;
        channel.address = address();
        channel.tls = *renewed.certificate("operator");
        channel.retry_unavailable = false;
        const auto c = *Client::make(channel, nullptr);
        // No token for this certificate: being told so means the handshake has worked.
        const auto answer = get_clock(*c, common::v1::GetClockRequest(), 1s);
        reached = !answer.ok() && answer.error().code == Code::kUnauthenticated;
    }
    EXPECT_TRUE(reached);
}

TEST_F(ServerTest, HealthNeedsOnlyTheCertificateAndFollowsServing) {
    options_.plain_health = {"127.0.0.1", 0};
    start_echo();
    const auto c = client_with("probe", {});
    for (const char* name : {"", "readiness", "liveness", "yilian.common.v1.OperatorService"}) {
        EXPECT_TRUE(c->serving(name, 5s)) << name;
    }
    server_->set_serving(false);
    EXPECT_FALSE(c->serving("", 5s));
    EXPECT_FALSE(c->serving("readiness", 5s));
    EXPECT_TRUE(c->serving("liveness", 5s));
    EXPECT_FALSE(c->serving("nothing", 5s));
    EXPECT_GT(server_->plain_health_port(), 0);
}

// Debian ships no header of the reflection service; its messages are in the descriptor pool.
std::unique_ptr<google::protobuf::Message> reflection_message(const char* name) {
    const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
        std::string("grpc.reflection.v1alpha.") + name);
    EXPECT_NE(type, nullptr) << name;
    return std::unique_ptr<google::protobuf::Message>(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// What reflection says to "list services", as text; empty when there is no reflection.
std::string reflected_services(const std::shared_ptr<grpc::Channel>& channel,
                               grpc::StatusCode& code) {
    const auto request = reflection_message("ServerReflectionRequest");
    request->GetReflection()->SetString(
        request.get(), request->GetDescriptor()->FindFieldByName("list_services"), "*");
    grpc::CompletionQueue queue;
    const auto step = [&queue] {
        void* tag = nullptr;
        bool ok = false;
        queue.Next(&tag, &ok);
        return ok;
    };
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 5s);
    grpc::GenericStub stub(channel);
    const auto stream =
        stub.Call(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                  &queue, nullptr);
    step();
    const grpc::Slice slice(request->SerializeAsString());
    stream->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    step();
    grpc::ByteBuffer bytes;
    stream->Read(&bytes, nullptr);
    const bool read = step();
    if (read) context.TryCancel();
    grpc::Status status;
    stream->Finish(&status, nullptr);
    step();
    code = status.error_code();
    if (!read) return {};
    grpc::Slice whole;
    EXPECT_TRUE(bytes.DumpToSingleSlice(&whole).ok());
    const auto response = reflection_message("ServerReflectionResponse");
    EXPECT_TRUE(response->ParseFromArray(whole.begin(), static_cast<int>(whole.size())));
    return response->ShortDebugString();
}

TEST_F(ServerTest, ReflectionIsOffUnlessConfigured) {
    start_echo();
    const auto c = client_with("probe", {});
    grpc::StatusCode code{};
    EXPECT_THAT(reflected_services(c->channel(), code), testing::IsEmpty());
    EXPECT_EQ(code, grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, ReflectionListsEveryServiceWhenConfigured) {
    options_.reflection = true;
    start_echo();
    const auto c = client_with("probe", {});
    grpc::StatusCode code{};
    const auto names = reflected_services(c->channel(), code);
    EXPECT_THAT(names, HasSubstr("yilian.common.v1.OperatorService"));
    EXPECT_THAT(names, HasSubstr("grpc.health.v1.Health"));
    EXPECT_NE(
        server_->table().find("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
        nullptr);
}

TEST_F(ServerTest, StopLetsRunningCallsEnd) {
    std::promise<std::shared_ptr<Call>> seen;
    start([&](const std::shared_ptr<Call>& call) { seen.set_value(call); });
    const auto c = client();
    const auto ok = std::make_shared<std::promise<bool>>();
    c->call<common::v1::GetClockResponse>(
        method("GetClock"), common::v1::GetClockRequest(), {.timeout = 10s},
        [ok](const CallResult<common::v1::GetClockResponse>& result) {
            ok->set_value(result.ok());
        });
    const auto call = seen.get_future().get();
    std::thread stopping([&] { server_->stop(10s); });
    std::this_thread::sleep_for(50ms);
    call->answer("");
    EXPECT_TRUE(ok->get_future().get());
    stopping.join();
}

TEST_F(ServerTest, PortInUseIsToldByName) {
    start_echo();
    options_.listen.port = server_->port();
    Server second(options_, *authenticator_, metrics_, *log_);
    second.add_service(service());
    const absl::Status status = second.start();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot listen on 127.0.0.1:"));
}

TEST_F(ServerTest, UnreadableTlsFilesStopTheStart) {
    options_.tls.key_file = "/nonexistent/key";
    AuthenticatorOptions auth;
    Authenticator authenticator(auth, *log_);
    Server server(options_, authenticator, metrics_, *log_);
    EXPECT_EQ(server.start().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace yilian::rpc
