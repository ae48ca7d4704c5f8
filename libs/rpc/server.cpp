#include "libs/rpc/server.h"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/rpc/adapter.h"
#include "libs/rpc/credentials.h"

namespace yilian::rpc {
namespace {

using google::protobuf::ServiceDescriptor;

// Enough for the 1 MiB token of the invalid-token matrix to be refused by us and audited; what all
// connections hold together is bounded by the quota.
constexpr int kMetadataBytesMax = (1 << 20) + (64 << 10);
constexpr std::size_t kQuotaBytes = 256U << 20;

// One proto service: its methods point into the adapter. No generated service class is used, so
// that requests are not decoded before the caller is known.
class ServiceShell final : public grpc::Service {
  public:
    void add(const ServedMethod& method) {
        const int index = static_cast<int>(names_.size());
        names_.push_back("/" + method.row->name);
        AddMethod(new grpc::internal::RpcServiceMethod(
            names_.back().c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
        MarkMethodRawCallback(
            index, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                       [&method](grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
                           return start_call(method, *context, *request, *response);
                       }));
    }

  private:
    std::deque<std::string> names_;
};

void set_limits(grpc::ServerBuilder& builder, const config::Limits& limits,
                const grpc::ResourceQuota& quota) {
    builder.SetMaxReceiveMessageSize(limits.message_bytes_max);
    builder.SetMaxSendMessageSize(limits.message_bytes_max);
    builder.SetResourceQuota(quota);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.concurrent_streams_max);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 30 * 60'000);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // No compressed requests: a small one may unpack to a large one.
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
}

// Linking the reflection library alone turns reflection on for every server of the process; here it
// stays only where it is configured.
class ReflectionOption final : public grpc::ServerBuilderOption {
  public:
    explicit ReflectionOption(bool wanted) : wanted_(wanted) {}
    void UpdateArguments(grpc::ChannelArguments*) override {}
    void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
        auto reflection = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
        std::erase_if(*plugins, [&](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
            return plugin->name() == reflection->name();
        });
        if (wanted_) plugins->push_back(std::move(reflection));
    }

  private:
    const bool wanted_;
};

}  // namespace

struct Server::Parts {
    Parts(ServerOptions options_in, Authenticator& authenticator, observe::Metrics& metrics,
          observe::Log& log)
        : options(std::move(options_in)),
          shared(options, authenticator, metrics, log),
          quota("yilian") {
        quota.Resize(kQuotaBytes);
        table.add_library_methods(options.reflection);
    }
    const ServerOptions options;
    AdapterShared shared;
    MethodTable table;
    std::vector<const ServiceDescriptor*> services;
    std::map<std::string, ServedMethod, std::less<>> methods;  // addresses are stable
    std::vector<std::unique_ptr<ServiceShell>> shells;
    grpc::ResourceQuota quota;
    std::unique_ptr<grpc::Server> server;
    std::unique_ptr<grpc::Server> plain_health;
    grpc::CallbackGenericService nothing_else;
    int port = 0;
    int plain_health_port = 0;

    void set_health(grpc::Server* of, bool serving) const {
        auto* health = of == nullptr ? nullptr : of->GetHealthCheckService();
        if (health == nullptr) return;
        health->SetServingStatus("", serving);
        health->SetServingStatus("readiness", serving);
        for (const ServiceDescriptor* service : services) {
            health->SetServingStatus(service->full_name(), serving);
        }
    }
    absl::Status start_main();
    absl::Status start_plain_health();
};

Server::Server(ServerOptions options, Authenticator& authenticator, observe::Metrics& metrics,
               observe::Log& log)
    : parts_(std::make_unique<Parts>(std::move(options), authenticator, metrics, log)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::add_service(const ServiceDescriptor& service) {
    parts_->table.add_service(service);
    parts_->services.push_back(&service);
    for (int i = 0; i < service.method_count(); ++i) {
        const std::string name = MethodTable::name_of(*service.method(i));
        ServedMethod& method = parts_->methods[name];
        method.row = parts_->table.find(name);
        method.metrics =
            parts_->shared.metrics.rpc_server(service.full_name(), service.method(i)->name());
        method.shared = &parts_->shared;
    }
}

void Server::bind(const google::protobuf::MethodDescriptor& method,
                  const google::protobuf::Message& request, CallHandler handler) {
    const auto found = parts_->methods.find(MethodTable::name_of(method));
    YILIAN_INVARIANT(found != parts_->methods.end(), "binding a method of a service not added");
    YILIAN_INVARIANT(!found->second.handler, "method bound twice");
    YILIAN_INVARIANT(request.GetDescriptor() == method.input_type(),
                     "method bound to another type");
    YILIAN_INVARIANT(parts_->server == nullptr, "method bound after start");
    found->second.prototype = &request;
    found->second.handler = std::move(handler);
}

const MethodTable& Server::table() const { return parts_->table; }

std::vector<std::string> Server::unbound() const {
    std::vector<std::string> out;
    for (const auto& [name, method] : parts_->methods) {
        if (!method.handler) out.push_back(name);
    }
    return out;
}

absl::Status Server::Parts::start_main() {
    auto credentials = server_credentials(options.tls);
    if (!credentials.ok()) return credentials.status();
    grpc::ServerBuilder builder;
    set_limits(builder, options.limits, quota);
    const std::string address = fmt::format("{}:{}", options.listen.host, options.listen.port);
    builder.AddListeningPort(address, *std::move(credentials), &port);
    for (const ServiceDescriptor* service : services) {
        auto shell = std::make_unique<ServiceShell>();
        for (int i = 0; i < service->method_count(); ++i) {
            shell->add(methods.at(MethodTable::name_of(*service->method(i))));
        }
        builder.RegisterService(shell.get());
        shells.push_back(std::move(shell));
    }
    builder.SetOption(std::make_unique<ReflectionOption>(options.reflection));
    server = builder.BuildAndStart();
    if (!server || port == 0) {
        server.reset();
        return absl::UnavailableError(fmt::format("cannot listen on {}", address));
    }
    return absl::OkStatus();
}

absl::Status Server::Parts::start_plain_health() {
    if (options.plain_health.host.empty()) return absl::OkStatus();
    grpc::ServerBuilder builder;
    set_limits(builder, options.limits, quota);
    const std::string address =
        fmt::format("{}:{}", options.plain_health.host, options.plain_health.port);
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &plain_health_port);
    builder.SetOption(std::make_unique<ReflectionOption>(false));
    // gRPC builds no server without a method; this one answers UNIMPLEMENTED to everything else.
    builder.RegisterCallbackGenericService(&nothing_else);
    plain_health = builder.BuildAndStart();
    if (!plain_health || plain_health_port == 0) {
        plain_health.reset();
        return absl::UnavailableError(fmt::format("cannot listen on {}", address));
    }
    return absl::OkStatus();
}

absl::Status Server::start() {
    grpc::EnableDefaultHealthCheckService(true);
    absl::Status status = parts_->start_main();
    if (status.ok()) status = parts_->start_plain_health();
    if (!status.ok()) return status;
    set_serving(false);
    for (grpc::Server* server : {parts_->server.get(), parts_->plain_health.get()}) {
        if (server != nullptr) {
            server->GetHealthCheckService()->SetServingStatus("liveness", true);
        }
    }
    return absl::OkStatus();
}

int Server::port() const { return parts_->port; }
int Server::plain_health_port() const { return parts_->plain_health_port; }

void Server::set_serving(bool serving) {
    parts_->set_health(parts_->server.get(), serving);
    parts_->set_health(parts_->plain_health.get(), serving);
}

void Server::stop(std::chrono::milliseconds drain) {
    set_serving(false);
    const auto until = std::chrono::system_clock::now() + drain;
    for (auto* server : {&parts_->server, &parts_->plain_health}) {
        if (*server) (*server)->Shutdown(until);
        server->reset();
    }
    parts_->shells.clear();
}

}  // namespace yilian::rpc
