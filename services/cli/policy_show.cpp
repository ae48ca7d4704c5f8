#include "services/cli/policy_show.h"

#include <memory>
#include <ostream>

#include "fmt/format.h"
#include "libs/policy/key.h"
#include "libs/policy/yaml/reader.h"
#include "nlohmann/json.hpp"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

std::shared_ptr<const policy::Pack> load(const PolicyShowArgs& args) {
    const auto day = calendar::CivilDate::parse(args.date);
    if (!day) throw CommandFailed(kExitUsage, "FIELD_FORMAT: --date " + args.date);
    const policy::LoadReport report = policy::load_directory(args.packs);
    if (report.packs == nullptr) {
        throw CommandFailed(kExitParameters, policy::text_of(report.problems));
    }
    auto pack = report.packs->at(args.region, *day);
    if (!pack) {
        throw CommandFailed(kExitParameters,
                            fmt::format("{}: district={} date={}", pack.refusal().reason.code(),
                                        args.region, args.date));
    }
    return *pack;
}

}  // namespace

int show_policy(const PolicyShowArgs& args, bool json, std::ostream& out) {
    const std::shared_ptr<const policy::Pack> pack = load(args);
    if (args.blocks) {
        out << pack->blocks_document();
        return kExitGood;
    }
    if (!args.key.empty() && !policy::key_index(args.key)) {
        throw CommandFailed(kExitUsage, "POLICY_KEY_UNKNOWN: " + args.key);
    }
    nlohmann::ordered_json keys = nlohmann::ordered_json::object();
    if (!json) {
        out << fmt::format("# pack {} version {} (base {}) digest {}\n", pack->id(),
                           pack->version(), pack->base_version(), pack->digest());
    }
    for (const policy::KeySpec& spec : policy::all_keys()) {
        if (!args.key.empty() && args.key != spec.name) continue;
        const std::string value = policy::text_of(pack->value(spec.name));
        const policy::Origin& origin = pack->origin(spec.name);
        const std::string unit(policy::name_of(spec.unit));
        keys[std::string(spec.name)] = {{"value", value},
                                        {"unit", unit},
                                        {"mark", std::string(1, policy::letter_of(origin.mark))},
                                        {"source", origin.source},
                                        {"document", origin.document}};
        if (!json) {
            out << fmt::format("{:<48} {:<24} {:<12} {} {} [{}]\n", spec.name, value, unit,
                               policy::letter_of(origin.mark), origin.document, origin.source);
        }
    }
    if (json) {
        const nlohmann::ordered_json document{{"region", pack->id()},
                                              {"version", pack->version()},
                                              {"base_version", pack->base_version()},
                                              {"digest", pack->digest()},
                                              {"keys", keys}};
        out << document.dump(2) << "\n";
    }
    return kExitGood;
}

}  // namespace yilian::cli
