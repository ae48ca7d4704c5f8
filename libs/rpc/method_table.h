#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "libs/rpc/caller.h"

// Who may call what: one row a method, read from the proto's `access` option. What has no row is
// refused (default deny).
namespace yilian::rpc {

enum class MethodKind { kRead, kCommand, kOperator };

struct MethodRow {
    std::string name;  // "yilian.referrals.v1.ReferralService/AcceptReferral"
    const google::protobuf::MethodDescriptor* descriptor = nullptr;  // nullptr: made by the library
    MethodKind kind = MethodKind::kRead;
    std::vector<std::string> roles;  // one of them suffices; empty = nobody
    bool mtls_only = false;          // a client certificate suffices, no token is asked for

    [[nodiscard]] bool allows(const Caller& caller) const;
};

class MethodTable {
  public:
    // Rows of a proto service; a method without access option, without roles (and not mtls_only), a
    // command without `string request_id`, or a request with a map field is a broken invariant.
    void add_service(const google::protobuf::ServiceDescriptor& service);
    // Health and reflection are made by gRPC itself and never reach the adapter; they stand here so
    // that the table is whole: mTLS only.
    void add_library_methods(bool reflection);

    // nullptr when the method has no row.
    [[nodiscard]] const MethodRow* find(std::string_view name) const;
    // All rows, sorted by name.
    [[nodiscard]] std::vector<const MethodRow*> rows() const;

    // "package.Service/Method" of a descriptor.
    [[nodiscard]] static std::string name_of(const google::protobuf::MethodDescriptor& method);

  private:
    std::map<std::string, MethodRow, std::less<>> rows_;
};

}  // namespace yilian::rpc
