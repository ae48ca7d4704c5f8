#include <algorithm>
#include <string>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/events/registry.h"
#include "libs/runtime/registered.h"

namespace yilian::runtime {

Wiring::Wiring(Registered& registered, const config::ServiceConfig& config_in,
               storage::Store& store_in, const Clock& clock_in, IdSource& ids_in,
               const policy::PolicyStore& policies_in, PolicyPacks& packs_in,
               const outbox::OutboxWriter& outbox_in, rpc::Peers& peers_in,
               observe::Metrics& metrics_in, Binder& binder_in)
    : config(config_in),
      store(store_in),
      clock(clock_in),
      ids(ids_in),
      policies(policies_in),
      packs(packs_in),
      outbox(outbox_in),
      peers(peers_in),
      metrics(metrics_in),
      binder(binder_in),
      registered_(registered) {}

void Wiring::on_event_type(std::string type, outbox::EventHandler handler) {
    YILIAN_INVARIANT(registered_.subscriptions.emplace(std::move(type), std::move(handler)).second,
                     "two handlers for one event type");
}

void Wiring::on_timer(std::string kind,
                      std::function<std::vector<std::string>(const timers::Timer&)> lock_keys,
                      std::function<void(TimerContext&)> handler) {
    RegisteredTimer timer{std::move(lock_keys), std::move(handler)};
    YILIAN_INVARIANT(registered_.timers.emplace(std::move(kind), std::move(timer)).second,
                     "two handlers for one kind of timer");
}

void Wiring::check(Check check) {
    const auto same = [&](const Check& other) { return other.id == check.id; };
    YILIAN_INVARIANT(std::none_of(registered_.checks.begin(), registered_.checks.end(), same),
                     "two checks of one id");
    registered_.checks.push_back(std::move(check));
}

void Wiring::counts(std::function<Counts(storage::Transaction&)> figures) {
    registered_.counts.push_back(std::move(figures));
}

void Wiring::projection(outbox::Projection projection) {
    registered_.projections.push_back(std::move(projection));
}

std::string Wiring::event_type_of(const google::protobuf::Descriptor& message) {
    const events::EventType* type = events::event_type_of(message);
    YILIAN_INVARIANT(type != nullptr, "subscribing to a message without event option");
    return type->type;
}

void Wiring::parse_event(outbox::ConsumeContext& context, google::protobuf::Message& into) {
    if (!into.ParseFromString(context.event.payload)) throw outbox::PoisonEvent("PAYLOAD_INVALID");
}

const google::protobuf::MethodDescriptor& ServerBinder::find(
    std::string_view method, const google::protobuf::Descriptor* response) {
    std::string name(method);
    std::replace(name.begin(), name.end(), '/', '.');
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    YILIAN_INVARIANT(descriptor != nullptr, "binding a method that is not in the proto");
    YILIAN_INVARIANT(response == nullptr || descriptor->output_type() == response,
                     "method bound with another answer type");
    const std::string& service = descriptor->service()->full_name();
    if (std::find(services_.begin(), services_.end(), service) == services_.end()) {
        services_.push_back(service);
        server_.add_service(*descriptor->service());
    }
    return *descriptor;
}

void ServerBinder::bind_raw(std::string_view method, const google::protobuf::Message& request,
                            rpc::CallHandler handler) {
    server_.bind(find(method, nullptr), request, std::move(handler));
}

void ServerBinder::add_command(std::string_view method, const google::protobuf::Message& request,
                               const google::protobuf::Descriptor* response,
                               ErasedCommand command) {
    const auto& descriptor = find(method, response);
    const rpc::MethodRow* row = server_.table().find(rpc::MethodTable::name_of(descriptor));
    YILIAN_INVARIANT(row->kind == rpc::MethodKind::kCommand, "command bound to a reading method");
    server_.bind(descriptor, request,
                 [this, spec = std::make_shared<const ErasedCommand>(std::move(command))](
                     const std::shared_ptr<rpc::Call>& call) { path_.command(call, *spec); });
}

void ServerBinder::add_query(std::string_view method, const google::protobuf::Message& request,
                             const google::protobuf::Descriptor* response, ErasedQuery query) {
    const auto& descriptor = find(method, response);
    const rpc::MethodRow* row = server_.table().find(rpc::MethodTable::name_of(descriptor));
    YILIAN_INVARIANT(row->kind != rpc::MethodKind::kCommand, "query bound to a changing method");
    server_.bind(descriptor, request,
                 [this, spec = std::make_shared<const ErasedQuery>(std::move(query))](
                     const std::shared_ptr<rpc::Call>& call) { path_.query(call, *spec); });
}

}  // namespace yilian::runtime
