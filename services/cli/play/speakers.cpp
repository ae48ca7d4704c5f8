#include "services/cli/play/speakers.h"

#include <utility>
#include <vector>

#include "fmt/format.h"
#include "services/cli/exit_code.h"

namespace yilian::cli::play {
namespace {

constexpr std::chrono::seconds kTimeout{30};
constexpr std::chrono::hours kTokenLife{24 * 7};

// The token of the call in hand. The client asks for it on the calling thread (rpc/client.h), so
// one connection of an institution serves all its people.
thread_local const std::string* current_token = nullptr;

std::vector<std::string> roles_of(Duty duty) {
    switch (duty) {
        case Duty::kDoctor:
            return {"doctor", "team_lead"};
        case Duty::kNurse:
            return {"nurse"};
        case Duty::kPharmacist:
            return {"dispenser", "pharmacist"};
        case Duty::kCoder:
            return {"coder", "finance"};
        case Duty::kRegistrar:
            return {"registrar"};
        case Duty::kClerk:
            return {"agency_clerk"};
        case Duty::kApprover:
            return {"agency_approver"};
    }
    return {};
}

template <class T>
T usable(absl::StatusOr<T> made) {
    if (!made.ok()) {
        throw CommandFailed(kExitUnreadable,
                            "TLS_FILES_UNUSABLE: " + std::string(made.status().message()));
    }
    return *std::move(made);
}

rpc::LocalSite open_site(const RunFile& run) {
    if (run.profile != "local") {
        throw CommandFailed(kExitParameters, "PROFILE_NOT_LOCAL: play works in local runs only");
    }
    return usable(rpc::LocalSite::open(run.folder));
}

}  // namespace

Speakers::Speakers(const RunFile& run) : run_(run), site_(open_site(run)) {}

rpc::Client& Speakers::client_of(const std::string& institution, const std::string& service) {
    auto& client = clients_[{institution, service}];
    if (client == nullptr) {
        rpc::ChannelOptions options;
        options.address = run_.addresses.at(service);
        options.tls = certificates_.at(institution);
        options.token = [] { return current_token == nullptr ? std::string() : *current_token; };
        client = usable(rpc::Client::make(std::move(options), nullptr));
    }
    return *client;
}

const std::string& Speakers::token_of(const Actor& actor) {
    const std::string key =
        fmt::format("{}/{}/{}", actor.institution, actor.subject, static_cast<int>(actor.duty));
    Token& token = tokens_[key];
    if (token.text.empty()) {
        rpc::TokenRequest request;
        request.subject = actor.subject;
        request.client_id = "player:" + actor.institution;
        request.institution_id = actor.institution;
        request.district = run_.district;
        request.roles = roles_of(actor.duty);
        request.audience = run_.audience;
        request.valid_for = kTokenLife;
        token.text = usable(site_.token(certificates_.at(actor.institution), request));
    }
    return token.text;
}

rpc::CallResult<std::string> Speakers::call(const Actor& actor, const std::string& service,
                                            std::string_view method,
                                            const google::protobuf::Message& request) {
    rpc::Client* client = nullptr;
    const std::string* token = nullptr;
    {
        // References stay: maps do not move their elements.
        const std::lock_guard lock(mutex_);
        if (!certificates_.contains(actor.institution)) {
            certificates_[actor.institution] =
                usable(site_.certificate("institution-" + actor.institution));
        }
        client = &client_of(actor.institution, service);
        token = &token_of(actor);
    }
    current_token = token;
    auto answer =
        client->call_raw_blocking(method, request, {.timeout = kTimeout, .trace = nullptr});
    current_token = nullptr;
    return answer;
}

}  // namespace yilian::cli::play
