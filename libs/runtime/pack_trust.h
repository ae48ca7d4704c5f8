#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/config/service_config.h"
#include "libs/crypto/signed_folder.h"

namespace yilian::runtime {

// Whether folders of rules (policy packs, rule packs) may be used. `settings.pack_keys` names the
// list of keys that may sign them (libs/crypto/signed_folder.h). With it every folder must be
// signed. Without it production does not start, and a local run uses unsigned packs: whoever asks
// says so in the log. Immutable, thread-safe.
class PackTrust {
  public:
    // Demands nothing; for local runs and tests.
    PackTrust() = default;
    // INVALID_ARGUMENT: the list is missing in production, or refused with file and line.
    [[nodiscard]] static absl::StatusOr<PackTrust> of(const config::ServiceConfig& config);

    [[nodiscard]] bool demands_signatures() const { return keys_.has_value(); }
    // INVALID_ARGUMENT naming the file: not signed, not as signed, or not by a trusted key.
    // Signatures are compared with the day of the machine, not with a driven clock.
    [[nodiscard]] absl::Status check(const std::filesystem::path& folder) const;

  private:
    std::optional<crypto::TrustedKeys> keys_;
};

// Name of the setting; every service may have it.
inline constexpr std::string_view kPackKeysSetting = "pack_keys";

}  // namespace yilian::runtime
