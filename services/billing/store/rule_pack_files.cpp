#include "services/billing/store/rule_pack_files.h"

#include <fstream>
#include <system_error>
#include <vector>

#include "libs/crypto/digest.h"
#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing {
namespace {

absl::StatusOr<std::string> content_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    std::ifstream in(file, std::ios::binary);
    if (error || !in) return absl::UnavailableError("cannot read " + file.string());
    std::string text(size, '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    if (!in || static_cast<std::uintmax_t>(in.gcount()) != size) {
        return absl::UnavailableError("cannot read " + file.string());
    }
    return text;
}

}  // namespace

absl::StatusOr<RulePackFiles> read_pack_tables(const std::filesystem::path& folder,
                                               std::span<const std::string_view> names) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        return absl::NotFoundError("no rule pack in " + folder.string());
    }
    RulePackFiles pack;
    for (const std::string_view name : names) {
        const std::filesystem::path file = folder / name;
        if (!std::filesystem::exists(file, error)) continue;
        auto content = content_of(file);
        if (!content.ok()) return content.status();
        pack.tables.emplace(name, *std::move(content));
    }
    crypto::Sha256 sha;
    for (const auto& [name, content] : pack.tables) {
        sha.update(name + '\n' + std::to_string(content.size()) + '\n');
        sha.update(content);
    }
    pack.digest = crypto::hex(crypto::view(sha.finish()));
    return pack;
}

absl::StatusOr<RulePackFiles> read_rule_pack(const std::filesystem::path& folder) {
    std::vector<std::string_view> names;
    for (const auto tables : {drg::RulePack::required_tables(), drg::RulePack::optional_tables()}) {
        names.insert(names.end(), tables.begin(), tables.end());
    }
    return read_pack_tables(folder, names);
}

}  // namespace yilian::billing
