#include "services/cli/pack.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "libs/calendar/civil_date.h"
#include "libs/crypto/signed_folder.h"
#include "libs/tabular/output.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

namespace fs = std::filesystem;

void need_day(const std::string& text) {
    if (!calendar::CivilDate::parse(text)) {
        throw CommandFailed(kExitUsage, "FIELD_FORMAT: --date " + text);
    }
}

std::string message_of(const absl::Status& status) { return std::string(status.message()); }

crypto::FolderFiles files_of(const std::string& folder) {
    auto files = crypto::read_folder(folder);
    if (files.ok()) return *std::move(files);
    if (files.status().code() == absl::StatusCode::kInvalidArgument) {
        throw CommandFailed(kExitParameters, "RULES_DIGEST: " + message_of(files.status()));
    }
    throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: " + message_of(files.status()));
}

crypto::SigningKey key_of(const PackSignArgs& args) {
    const auto algorithm = crypto::pack_algorithm(args.algorithm);
    if (!algorithm) throw CommandFailed(kExitUsage, "FIELD_ENUM: --algorithm " + args.algorithm);
    std::ifstream in(args.key, std::ios::binary);
    if (!in) throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + args.key);
    const std::string pem{std::istreambuf_iterator<char>(in), {}};
    auto key = crypto::SigningKey::from_pem(*algorithm, pem);
    if (!key.ok()) {
        throw CommandFailed(kExitParameters,
                            "PACK_KEYS: " + args.key + " is no private key for " + args.algorithm);
    }
    return *std::move(key);
}

std::string text_in(const crypto::FolderFiles& files, std::string_view name) {
    const auto found = files.find(name);
    return found == files.end() ? "" : found->second;
}

void write(tabular::OutputSet& outputs, const fs::path& file, std::string_view text) {
    auto output = outputs.create(file.string());
    if (!output) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + file.string());
    }
    (*output)->append(text);
}

}  // namespace

int sign_pack(const PackSignArgs& args) {
    need_day(args.date);
    if (!crypto::is_key_id(args.key_id)) {
        throw CommandFailed(kExitUsage, "FIELD_FORMAT: --key-id " + args.key_id);
    }
    const auto files = files_of(args.folder);
    const auto key = key_of(args);
    const std::string manifest = crypto::manifest_of(files);
    const bool same = text_in(files, crypto::kManifestName) == manifest;
    const std::string existing = same ? text_in(files, crypto::kManifestSignatureName) : "";
    tabular::OutputSet outputs;
    const fs::path folder(args.folder);
    write(outputs, folder / crypto::kManifestName, manifest);
    write(outputs, folder / crypto::kManifestSignatureName,
          crypto::sign_manifest(manifest, existing, args.key_id, key, args.date));
    if (!outputs.commit()) {
        throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + args.folder);
    }
    return kExitGood;
}

int verify_pack(const PackVerifyArgs& args) {
    need_day(args.date);
    const auto trusted = crypto::TrustedKeys::load(args.keys);
    if (!trusted.ok()) {
        const bool absent = trusted.status().code() == absl::StatusCode::kNotFound;
        throw CommandFailed(
            absent ? kExitUnreadable : kExitParameters,
            (absent ? "FILE_NOT_READABLE: " : "PACK_KEYS: ") + message_of(trusted.status()));
    }
    const auto checked = crypto::check_signature(files_of(args.folder), *trusted, args.date);
    if (checked.ok()) return kExitGood;
    const bool is_unsigned = checked.status().code() == absl::StatusCode::kFailedPrecondition;
    throw CommandFailed(kExitParameters, (is_unsigned ? "PACK_UNSIGNED: " : "RULES_DIGEST: ") +
                                             message_of(checked.status()));
}

}  // namespace yilian::cli
