#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "libs/rpc/client.h"
#include "libs/rpc/local_site.h"
#include "services/cli/run_file.h"

namespace yilian::cli::play {

// What a caller may do; decides the roles of the token.
enum class Duty { kDoctor, kNurse, kPharmacist, kCoder, kRegistrar, kClerk, kApprover };

// Who speaks: a practitioner or clerk of an institution.
struct Actor {
    std::string institution;
    std::string subject;
    Duty duty = Duty::kDoctor;
};

// Connections of the institutions to the services: a certificate each, tokens bound to it, one for
// each person. Thread-safe.
class Speakers {
  public:
    // Throws CommandFailed 3 outside local runs, 4 when the run folder has no usable authority.
    explicit Speakers(const RunFile& run);

    // One call; never retried here beyond what the client does.
    [[nodiscard]] rpc::CallResult<std::string> call(const Actor& actor, const std::string& service,
                                                    std::string_view method,
                                                    const google::protobuf::Message& request);

  private:
    struct Token {
        std::string text;
    };
    rpc::Client& client_of(const std::string& institution, const std::string& service);
    const std::string& token_of(const Actor& actor);

    const RunFile run_;
    rpc::LocalSite site_;
    std::mutex mutex_;
    std::map<std::string, config::Tls> certificates_;
    std::map<std::pair<std::string, std::string>, std::unique_ptr<rpc::Client>> clients_;
    std::map<std::string, Token> tokens_;
};

}  // namespace yilian::cli::play
