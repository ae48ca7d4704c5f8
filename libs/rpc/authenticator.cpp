#include "libs/rpc/authenticator.h"

#include <utility>

#include "libs/crypto/certificate.h"
#include "libs/crypto/digest.h"

namespace yilian::rpc {

Authenticator::Authenticator(AuthenticatorOptions options, observe::Log& log)
    : options_(std::move(options)),
      log_(log),
      keys_(std::make_shared<TokenKeys>()),
      file_(options_.jwks_file, options_.watch_interval,
            [this](const std::string& text) { reload(text); }) {}

Authenticator::~Authenticator() { stop(); }

absl::Status Authenticator::start() {
    const auto text = file_.start();
    if (!text) return absl::NotFoundError("key file " + options_.jwks_file + " cannot be read");
    auto keys = TokenKeys::parse(*text, options_.allow_local_issuer);
    if (!keys.ok()) {
        file_.stop();
        return {keys.status().code(),
                options_.jwks_file + ": " + std::string(keys.status().message())};
    }
    const std::lock_guard lock(mutex_);
    keys_ = std::make_shared<TokenKeys>(*std::move(keys));
    return absl::OkStatus();
}

void Authenticator::stop() { file_.stop(); }

void Authenticator::reload(const std::string& text) {
    auto keys = TokenKeys::parse(text, options_.allow_local_issuer);
    if (!keys.ok()) {
        const std::string why(keys.status().message());
        log_.error("changed key file refused, old keys stay in force", {.code = why});
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        keys_ = std::make_shared<TokenKeys>(*std::move(keys));
        ++generation_;
        cache_.clear();
    }
    log_.info("token keys replaced");
}

absl::StatusOr<std::shared_ptr<const Caller>> Authenticator::authenticate(
    std::string_view token, std::string_view certificate_pem) {
    if (token.empty()) return absl::UnauthenticatedError("no token");
    if (certificate_pem.empty()) return absl::UnauthenticatedError("no client certificate");
    crypto::Sha256 hash;
    hash.update(token);
    hash.update(std::string_view("\0", 1));  // stands in neither
    hash.update(certificate_pem);
    const crypto::Digest digest = hash.finish();
    const std::string key(crypto::view(digest));
    const auto now = options_.now();
    std::shared_ptr<const TokenKeys> keys;
    std::uint64_t generation = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = cache_.find(key);
        if (found != cache_.end()) {
            if (found->second.expires > now) return found->second.caller;
            cache_.erase(found);
        }
        keys = keys_;
        generation = generation_;
    }
    const auto thumbprint = crypto::certificate_thumbprint(certificate_pem);
    if (!thumbprint.ok()) return absl::UnauthenticatedError("unreadable client certificate");
    auto verified = verify_token(token, *keys, options_.audience, *thumbprint, now);
    if (!verified.ok()) return verified.status();
    auto caller = std::make_shared<const Caller>(std::move(verified->caller));
    const std::lock_guard lock(mutex_);
    if (generation == generation_) {
        // Full: starting again is cheaper to reason about than choosing, and verifying is 50 us.
        if (cache_.size() >= options_.cached_max) cache_.clear();
        cache_.insert_or_assign(key, Cached{caller, verified->expires});
    }
    return caller;
}

std::size_t Authenticator::cached() const {
    const std::lock_guard lock(mutex_);
    return cache_.size();
}

}  // namespace yilian::rpc
