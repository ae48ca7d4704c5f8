#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "libs/rpc/rate_limit.h"
#include "libs/rpc/server.h"

// Private to libs/rpc: from gRPC's reactors to Call and back.
namespace yilian::rpc {

// What every call needs; lives as long as the server.
struct AdapterShared {
    AdapterShared(const ServerOptions& options_in, Authenticator& authenticator_in,
                  observe::Metrics& metrics_in, observe::Log& log_in);
    const ServerOptions& options;
    Authenticator& authenticator;
    observe::Log& log;
    ErrorMaker errors;
    RateLimit rate;
    observe::Counter denied_token;
    observe::Counter denied_right;
    observe::Metrics& metrics;
};

// One method as served.
struct ServedMethod {
    const MethodRow* row = nullptr;
    const google::protobuf::Message* prototype = nullptr;
    CallHandler handler;  // empty: UNIMPLEMENTED
    observe::RpcMetrics metrics;
    AdapterShared* shared = nullptr;
};

// Starts a call; what gRPC's handler returns.
grpc::ServerUnaryReactor* start_call(const ServedMethod& method,
                                     grpc::CallbackServerContext& context,
                                     const grpc::ByteBuffer& request, grpc::ByteBuffer& response);

}  // namespace yilian::rpc
