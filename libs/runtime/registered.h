#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/outbox/consumer.h"
#include "libs/rpc/server.h"
#include "libs/runtime/app.h"
#include "libs/runtime/write_path.h"
#include "libs/timers/engine.h"

// Private to libs/runtime: what a service has registered while it was wired.
namespace yilian::runtime {

struct RegisteredTimer {
    timers::LockKeys lock_keys;
    std::function<void(TimerContext&)> handler;
};

struct Wiring::Registered {
    outbox::Subscriptions subscriptions;
    std::map<std::string, RegisteredTimer> timers;
    std::vector<Check> checks;
    std::vector<std::function<Counts(storage::Transaction&)>> counts;
    std::vector<outbox::Projection> projections;
};

// Binds specifications to the server through the write path.
class ServerBinder final : public Binder {
  public:
    ServerBinder(rpc::Server& server, WritePath& path) : server_(server), path_(path) {}

    // Adds the proto service of a method at its first mention; binds without the write path.
    void bind_raw(std::string_view method, const google::protobuf::Message& request,
                  rpc::CallHandler handler);

  protected:
    void add_command(std::string_view method, const google::protobuf::Message& request,
                     const google::protobuf::Descriptor* response, ErasedCommand command) override;
    void add_query(std::string_view method, const google::protobuf::Message& request,
                   const google::protobuf::Descriptor* response, ErasedQuery query) override;

  private:
    const google::protobuf::MethodDescriptor& find(std::string_view method,
                                                   const google::protobuf::Descriptor* response);
    rpc::Server& server_;
    WritePath& path_;
    std::vector<std::string> services_;
};

}  // namespace yilian::runtime
