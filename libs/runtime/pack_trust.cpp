#include "libs/runtime/pack_trust.h"

#include <chrono>

#include "libs/base/clock.h"
#include "libs/calendar/local_time.h"

namespace yilian::runtime {
namespace {

std::string today() {
    const auto now = std::chrono::system_clock::now();
    return calendar::local_date(std::chrono::floor<std::chrono::milliseconds>(now)).text();
}

}  // namespace

absl::StatusOr<PackTrust> PackTrust::of(const config::ServiceConfig& config) {
    const auto file = config.settings.find(std::string(kPackKeysSetting));
    PackTrust trust;
    if (file == config.settings.end()) {
        if (config.profile != config::Profile::kProduction) return trust;
        return absl::InvalidArgumentError(
            "settings.pack_keys is missing: production uses signed packs only");
    }
    auto keys = crypto::TrustedKeys::load(file->second);
    if (!keys.ok()) {
        return absl::InvalidArgumentError("settings.pack_keys: " +
                                          std::string(keys.status().message()));
    }
    trust.keys_ = *std::move(keys);
    return trust;
}

absl::Status PackTrust::check(const std::filesystem::path& folder) const {
    if (!keys_) return absl::OkStatus();
    const auto files = crypto::read_folder(folder);
    absl::Status status = files.status();
    if (files.ok()) status = crypto::check_signature(*files, *keys_, today()).status();
    return status.ok() ? status : absl::InvalidArgumentError(status.message());
}

}  // namespace yilian::runtime
