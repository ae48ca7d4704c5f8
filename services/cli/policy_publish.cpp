#include "services/cli/policy_publish.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

#include "fmt/format.h"
#include "libs/crypto/digest.h"
#include "nlohmann/json.hpp"
#include "services/cli/exit_code.h"
#include "services/cli/operator_client.h"
#include "yilian/directory/v1/policy_service.pb.h"

namespace yilian::cli {
namespace {

namespace dir = directory::v1;

std::string content_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) throw CommandFailed(kExitUnreadable, "FILE_UNREADABLE: " + file.string());
    return text;
}

// The same files give the same request, so that a command that is repeated changes nothing.
std::string request_id_of(const dir::PublishPolicyPackRequest& request) {
    std::string all;
    for (const auto& document : request.documents()) all += document.path() + document.content();
    std::string hex = crypto::sha256_hex(all).substr(0, 32);
    hex[12] = '4';
    hex[16] = '8';
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

[[noreturn]] void refuse(const rpc::CallError& error) {
    std::string text = describe(error);
    for (int i = 1; error.metadata.contains(fmt::format("problem_{}", i)); ++i) {
        text += "\n" + error.metadata.at(fmt::format("problem_{}", i));
    }
    const bool no_answer = error.reason.empty() || error.code == rpc::Code::kUnavailable;
    throw CommandFailed(no_answer                             ? kExitUnreadable
                        : error.reason.starts_with("POLICY_") ? kExitParameters
                                                              : kExitFailed,
                        text);
}

}  // namespace

int publish_policy(const RunFile& run, const std::vector<std::string>& files, bool json,
                   std::ostream& out) {
    dir::PublishPolicyPackRequest request;
    for (const std::string& name : files) {
        const std::filesystem::path file = std::filesystem::absolute(name);
        dir::PolicyDocument* document = request.add_documents();
        document->set_path((file.parent_path().filename() / file.filename()).string());
        document->set_content(content_of(file));
    }
    request.set_request_id(request_id_of(request));
    const OperatorClients clients(run);
    const auto answer = clients.call<dir::PublishPolicyPackResponse>(
        "directory", "yilian.directory.v1.PolicyService/PublishPolicyPack", request,
        std::chrono::seconds(30));
    if (!answer.ok()) refuse(answer.error());
    nlohmann::ordered_json packs = nlohmann::ordered_json::array();
    for (const dir::PolicyPack& pack : answer.value().packs()) {
        packs.push_back({{"pack_id", pack.pack_id()},
                         {"pack_version", pack.pack_version()},
                         {"digest", pack.digest()},
                         {"valid_from", pack.valid_from()},
                         {"valid_to", pack.valid_to()}});
        if (json) continue;
        out << fmt::format("pack {} version {} from {} to {} digest {}\n", pack.pack_id(),
                           pack.pack_version(), pack.valid_from(),
                           pack.valid_to().empty() ? "open" : pack.valid_to(), pack.digest());
    }
    if (json) out << packs.dump(2) << "\n";
    if (!json && packs.empty()) out << "nothing new: these documents are published\n";
    return kExitGood;
}

}  // namespace yilian::cli
