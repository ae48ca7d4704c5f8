#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/observe/log.h"
#include "libs/rpc/caller.h"
#include "libs/rpc/token.h"
#include "libs/rpc/watched_file.h"

namespace yilian::rpc {

struct AuthenticatorOptions {
    std::string jwks_file;
    std::string audience;
    bool allow_local_issuer = false;
    std::chrono::milliseconds watch_interval{1000};
    std::size_t cached_max = 10'000;
    std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

// Turns the token and client certificate of a call into a Caller. Verified tokens are remembered
// under the digest of both until they expire or the key file changes; the memory is bounded. A key
// file that becomes unreadable or wrong leaves the keys in force and is logged. Thread-safe.
class Authenticator {
  public:
    Authenticator(AuthenticatorOptions options, observe::Log& log);
    ~Authenticator();

    // Reads the keys and watches the file. Fails as TokenKeys::parse does, or NOT_FOUND.
    [[nodiscard]] absl::Status start();
    void stop();

    // UNAUTHENTICATED with a reason for the log's counters, never for the caller.
    [[nodiscard]] absl::StatusOr<std::shared_ptr<const Caller>> authenticate(
        std::string_view token, std::string_view certificate_pem);

    [[nodiscard]] std::size_t cached() const;

  private:
    struct Cached {
        std::shared_ptr<const Caller> caller;
        std::chrono::sys_seconds expires;
    };
    void reload(const std::string& text);

    const AuthenticatorOptions options_;
    observe::Log& log_;
    mutable std::mutex mutex_;
    std::shared_ptr<const TokenKeys> keys_;
    std::uint64_t generation_ = 0;
    std::unordered_map<std::string, Cached> cache_;
    WatchedFile file_;
};

}  // namespace yilian::rpc
