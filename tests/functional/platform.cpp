#include "tests/functional/platform.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <set>
#include <thread>

#include "fmt/format.h"
#include "libs/calendar/local_time.h"
#include "libs/events/event.h"
#include "yilian/common/v1/operator.pb.h"

namespace yilian::functional {
namespace {

namespace v1 = common::v1;

storage::Dialect dialect() {
    const char* store = std::getenv("YILIAN_TEST_STORE");
    return store != nullptr && std::string(store) == "postgres" ? storage::Dialect::kPostgres
                                                                : storage::Dialect::kSqlite;
}

std::string op(const char* name) { return std::string("yilian.common.v1.OperatorService/") + name; }

// The body of http://127.0.0.1:port/metrics.
std::string get_metrics(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    YILIAN_INVARIANT(
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        "metrics page");
    const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
    YILIAN_INVARIANT(
        ::send(socket, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()),
        "metrics page");
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = ::recv(socket, part.data(), part.size(), 0)) > 0;) {
        text.append(part.data(), static_cast<std::size_t>(n));
    }
    ::close(socket);
    return text;
}

// "yilian.referrals.v1.ReferralService/X" -> "referrals"
std::string service_of(std::string_view method) {
    const auto first = method.find('.');
    return std::string(method.substr(first + 1, method.find('.', first + 1) - first - 1));
}

}  // namespace

std::string request_id() { return runtime::new_request_id(); }

Platform::Platform(std::string district, std::string clock_start,
                   std::vector<runtime::ServiceDefinition> definitions)
    : broker_(start_broker()), site_(dialect()) {
    site_.district = std::move(district);
    site_.clock_start = std::move(clock_start);
    for (runtime::ServiceDefinition& definition : definitions) {
        order_.push_back(definition.name);
        definitions_.emplace(definition.name, std::move(definition));
    }
    for (const std::string& name : order_) {
        apps_[name] = runtime::TestSite::start(config_of(name), definitions_.at(name));
        YILIAN_INVARIANT(apps_[name] != nullptr, "service did not start");
        ports_[name] = apps_[name]->port();
    }
    // Peers are known by address, and addresses only now: everybody starts once more.
    for (const std::string& name : order_) restart(name);
}

Platform::~Platform() {
    clients_.clear();
    for (auto it = order_.rbegin(); it != order_.rend(); ++it) apps_.erase(*it);
}

config::ServiceConfig Platform::config_of(const std::string& service) {
    config::ServiceConfig config = site_.config(service);
    config.kafka.bootstrap = broker_->bootstrap();
    config.metrics = {"127.0.0.1", 0};
    config.policies_dir = runtime::TestSite::repository_policies();
    if (const auto port = ports_.find(service); port != ports_.end()) {
        config.listen.port = port->second;
    }
    for (const auto& [name, port] : ports_) {
        if (name != service) config.peers[name] = fmt::format("127.0.0.1:{}", port);
    }
    if (service == "directory") {
        // Fixed keys: only the test's own scratch folder holds what they protect.
        const std::string ring = site_.file("identity_key");
        const std::string digest = site_.file("digest_key");
        YILIAN_INVARIANT(rpc::write_file(ring, "1 " + std::string(64, 'a') + "\n", true).ok() &&
                             rpc::write_file(digest, std::string(64, 'b') + "\n", true).ok(),
                         "test secrets");
        config.secrets["identity_key"] = ring;
        config.secrets["digest_key"] = digest;
    }
    return config;
}

void Platform::restart(const std::string& service) {
    std::erase_if(clients_,
                  [&](const auto& entry) { return entry.first.starts_with(service + "|"); });
    apps_.erase(service);
    apps_[service] = runtime::TestSite::start(config_of(service), definitions_.at(service));
    YILIAN_INVARIANT(apps_[service] != nullptr, "service did not start again");
}

rpc::Client& Platform::client(const Who& who, std::string_view method) {
    const std::string service = service_of(method);
    std::string key = service + "|" + who.institution_id + "|" + who.practitioner_id;
    for (const std::string& role : who.roles) key += "|" + role;
    auto& made = clients_[key];
    if (!made) {
        made = site_.client(*apps_.at(service), who.institution_id, who.roles, who.practitioner_id);
    }
    return *made;
}

rpc::Client& Platform::operator_of(const std::string& service) {
    auto& made = clients_[service + "|operator"];
    if (!made) made = site_.operator_client(*apps_.at(service));
    return *made;
}

void Platform::advance(const std::string& local_time) {
    const auto to = calendar::parse_rfc3339(local_time);
    ASSERT_TRUE(to.ok()) << local_time;
    v1::AdvanceClockRequest request;
    request.mutable_to()->set_seconds(to_ms(*to) / 1000);
    for (const std::string& name : order_) {
        const auto answer = operator_of(name).call<v1::AdvanceClockResponse>(
            op("AdvanceClock"), request, {std::chrono::seconds(60)});
        ASSERT_TRUE(answer.ok()) << name << " " << answer.error().message;
    }
    drain();
}

bool Platform::quiet() {
    std::map<std::pair<std::string, int>, std::int64_t> published;
    std::vector<v1::GetPipelineStatusResponse> all;
    for (const std::string& name : order_) {
        const auto status = operator_of(name).call<v1::GetPipelineStatusResponse>(
            op("GetPipelineStatus"), v1::GetPipelineStatusRequest());
        if (!status.ok() || status.value().outbox_unpublished() != 0) return false;
        for (const auto& p : status.value().published()) {
            published[{p.topic(), p.partition()}] = p.last_offset();
        }
        all.push_back(status.value());
    }
    for (const auto& status : all) {
        std::set<std::string> topics;
        std::map<std::pair<std::string, int>, std::int64_t> next;
        for (const auto& c : status.consumed()) {
            next[{c.topic(), c.partition()}] = c.next_offset();
            topics.insert(c.topic());
        }
        for (const auto& [place, last] : published) {
            if (topics.contains(place.first) && next[place] <= last) return false;
        }
    }
    return true;
}

void Platform::drain() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    int quiet_rounds = 0;
    while (std::chrono::steady_clock::now() < deadline) {
        // A consumer's own events may follow its position: quiet must hold twice.
        quiet_rounds = quiet() ? quiet_rounds + 1 : 0;
        if (quiet_rounds == 2) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (const std::string& name : order_) {
        const auto status = operator_of(name).call<v1::GetPipelineStatusResponse>(
            op("GetPipelineStatus"), v1::GetPipelineStatusRequest());
        if (status.ok()) ADD_FAILURE() << "not quiet: " << status.value().ShortDebugString();
    }
}

std::int64_t Platform::count(const std::string& service, const std::string& name) {
    v1::GetCountsRequest request;
    request.add_names(name);
    const auto counts = operator_of(service).call<v1::GetCountsResponse>(op("GetCounts"), request);
    EXPECT_TRUE(counts.ok());
    std::int64_t sum = 0;
    if (counts.ok()) {
        for (const auto& c : counts.value().counts()) sum += c.value();
    }
    return sum;
}

std::vector<kafka::Received> Platform::records() {
    std::map<kafka::TopicPartition, std::int64_t> last;
    for (const std::string& name : order_) {
        const auto status = operate<v1::GetPipelineStatusResponse>(name, "GetPipelineStatus",
                                                                   v1::GetPipelineStatusRequest());
        for (const auto& p : status.published()) {
            last[{p.topic(), p.partition()}] = p.last_offset();
        }
    }
    std::vector<kafka::StartOffset> starts;
    for (const auto& [at, offset] : last) starts.push_back({at, 0});
    kafka::Consumer reader{
        {.connection = {.address = kafka::BrokerAddress::fixed(broker_->bootstrap())},
         .group = "records"}};
    YILIAN_INVARIANT(reader.open().ok() && reader.assign(starts).ok(), "reader of the topics");
    std::vector<kafka::Received> all;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!last.empty() && std::chrono::steady_clock::now() < deadline) {
        kafka::Polled polled = reader.poll(std::chrono::milliseconds(50));
        if (polled.kind != kafka::Polled::Kind::kMessage) continue;
        const auto end = last.find(polled.message.at);
        if (end != last.end() && polled.message.offset >= end->second) last.erase(end);
        all.push_back(std::move(polled.message));
    }
    EXPECT_TRUE(last.empty()) << "topics were not read to their ends";
    return all;
}

std::string Platform::metrics_page(const std::string& service) {
    return get_metrics(app(service).metrics_port());
}

std::vector<std::string> Platform::violations() {
    std::vector<std::string> found;
    for (const std::string& name : order_) {
        const auto checks = operator_of(name).call<v1::RunChecksResponse>(
            op("RunChecks"), v1::RunChecksRequest(), {std::chrono::seconds(30)});
        EXPECT_TRUE(checks.ok()) << name;
        if (!checks.ok()) continue;
        for (const auto& check : checks.value().results()) {
            for (const std::string& id : check.violations()) {
                found.push_back(name + " " + check.check_id() + ": " + id);
            }
        }
    }
    return found;
}

}  // namespace yilian::functional
