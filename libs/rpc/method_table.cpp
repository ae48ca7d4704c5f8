#include "libs/rpc/method_table.h"

#include <algorithm>
#include <set>

#include "libs/base/invariant.h"
#include "yilian/common/v1/access.pb.h"

namespace yilian::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

MethodKind kind_of(const common::v1::Access& access) {
    switch (access.kind()) {
        case common::v1::ACCESS_KIND_READ:
            return MethodKind::kRead;
        case common::v1::ACCESS_KIND_COMMAND:
            return MethodKind::kCommand;
        case common::v1::ACCESS_KIND_OPERATOR:
            return MethodKind::kOperator;
        default:
            invariant_broken("method without access kind", __FILE__, __LINE__);
    }
}

bool has_map(const Descriptor* message, std::set<const Descriptor*>& seen) {
    if (!seen.insert(message).second) return false;
    for (int i = 0; i < message->field_count(); ++i) {
        const FieldDescriptor* field = message->field(i);
        if (field->is_map()) return true;
        if (field->message_type() != nullptr && has_map(field->message_type(), seen)) return true;
    }
    return false;
}

bool has_request_id(const Descriptor* message) {
    const FieldDescriptor* field = message->FindFieldByName("request_id");
    return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING &&
           !field->is_repeated();
}

}  // namespace

bool MethodRow::allows(const Caller& caller) const {
    return std::any_of(roles.begin(), roles.end(),
                       [&](const std::string& role) { return caller.has_role(role); });
}

std::string MethodTable::name_of(const google::protobuf::MethodDescriptor& method) {
    return method.service()->full_name() + "/" + method.name();
}

void MethodTable::add_service(const google::protobuf::ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
        const google::protobuf::MethodDescriptor* method = service.method(i);
        YILIAN_INVARIANT(method->options().HasExtension(common::v1::access),
                         "method without access option");
        const auto& access = method->options().GetExtension(common::v1::access);
        MethodRow row{name_of(*method),
                      method,
                      kind_of(access),
                      {access.roles().begin(), access.roles().end()},
                      access.mtls_only()};
        YILIAN_INVARIANT(row.mtls_only || !row.roles.empty(), "method open to nobody");
        YILIAN_INVARIANT(!method->client_streaming() && !method->server_streaming(),
                         "methods are unary");
        std::set<const Descriptor*> seen;
        YILIAN_INVARIANT(!has_map(method->input_type(), seen), "request with a map field");
        YILIAN_INVARIANT(row.kind != MethodKind::kCommand || has_request_id(method->input_type()),
                         "command without request_id");
        const std::string name = row.name;
        YILIAN_INVARIANT(rows_.emplace(name, std::move(row)).second, "method stands twice");
    }
}

void MethodTable::add_library_methods(bool reflection) {
    const auto add = [this](const char* name) {
        rows_.emplace(name, MethodRow{name, nullptr, MethodKind::kRead, {}, true});
    };
    add("grpc.health.v1.Health/Check");
    add("grpc.health.v1.Health/Watch");
    if (reflection) add("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
}

const MethodRow* MethodTable::find(std::string_view name) const {
    const auto found = rows_.find(name);
    return found == rows_.end() ? nullptr : &found->second;
}

std::vector<const MethodRow*> MethodTable::rows() const {
    std::vector<const MethodRow*> out;
    for (const auto& [name, row] : rows_) out.push_back(&row);
    return out;
}

}  // namespace yilian::rpc
