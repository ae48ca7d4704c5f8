#include <google/protobuf/message.h>

#include <algorithm>
#include <map>
#include <string>

#include "libs/rpc/method_table.h"
#include "libs/runtime/testing/test_site.h"

namespace yilian::runtime {
namespace {

using rpc::Code;

// All roles a token may carry (proto/yilian/common/v1/access.proto).
constexpr const char* kRoles[] = {"agency_approver", "agency_clerk", "auditor",    "coder",
                                  "dispenser",       "doctor",       "finance",    "integrator",
                                  "nurse",           "operator",     "pharmacist", "registrar",
                                  "service",         "team_lead"};

// Code and reason of a call with an empty request.
rpc::CallError outcome_of(rpc::Client& client, const rpc::MethodRow& row) {
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
        row.descriptor->input_type());
    const auto result =
        client.call_raw_blocking(row.name, *prototype, {.timeout = std::chrono::seconds(20)});
    if (!result.ok()) return result.error();
    rpc::CallError ok;
    ok.code = Code::kOk;
    return ok;
}

bool passed(const rpc::CallError& outcome) {
    return outcome.code != Code::kUnauthenticated && outcome.reason != "AUTH_NOT_ALLOWED";
}

}  // namespace

void expect_access_matrix(TestSite& site, const App& app) {
    rpc::ChannelOptions channel;
    channel.address = site.address(app);
    channel.tls = *site.security().certificate("matrix");
    channel.retry_unavailable = false;
    const auto anonymous = *rpc::Client::make(channel, nullptr);
    const auto roleless = site.client(app, "matrix", {});
    std::map<std::string, std::unique_ptr<rpc::Client>> by_role;
    for (const char* role : kRoles) by_role[role] = site.client(app, "matrix", {role});
    int walked = 0;
    for (const rpc::MethodRow* row : app.methods()) {
        if (row->descriptor == nullptr) continue;  // made by gRPC: a certificate suffices
        ++walked;
        for (const std::string& role : row->roles) {
            EXPECT_TRUE(by_role.contains(role)) << row->name << " names the unknown role " << role;
        }
        if (row->mtls_only) {
            EXPECT_TRUE(passed(outcome_of(*anonymous, *row))) << row->name;
            continue;
        }
        EXPECT_EQ(outcome_of(*anonymous, *row).code, Code::kUnauthenticated) << row->name;
        EXPECT_EQ(outcome_of(*roleless, *row).code, Code::kPermissionDenied) << row->name;
        for (const auto& [role, client] : by_role) {
            const bool listed =
                std::find(row->roles.begin(), row->roles.end(), role) != row->roles.end();
            EXPECT_EQ(passed(outcome_of(*client, *row)), listed) << row->name << " as " << role;
        }
    }
    EXPECT_GT(walked, 0);
}

}  // namespace yilian::runtime
