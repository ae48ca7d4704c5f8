#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "libs/config/service_config.h"

// mTLS credentials whose files are watched: replaced files serve new handshakes within seconds, no
// restart (stack.md 1). Private to libs/rpc and programs that make channels of their own.
namespace yilian::rpc {

// A client certificate is asked for, required and verified; with crl_dir revoked ones are refused.
// FAILED_PRECONDITION when a file cannot be read.
[[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> server_credentials(
    const config::Tls& tls);

[[nodiscard]] absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> channel_credentials(
    const config::Tls& tls);

}  // namespace yilian::rpc
