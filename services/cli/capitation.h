#pragma once

#include <optional>
#include <string>

#include "services/cli/offline.h"

namespace yilian::cli {

// `yilian capitation price` (billing.md 16.5): what months cost as known at one moment, offline,
// and how that differs from what was booked. `--booked` and `--diff` come together. Enrolments are
// sorted by resident on disk beyond a bounded memory and priced by several threads; only their keys
// are held. A row with months that match no cell is reported once (CAP_NO_CELL) and its other
// months are priced, as in the service.
struct CapitationArgs : OfflineArgs {
    std::string rates;
    std::string from;      // yyyy-mm
    std::string to;        // yyyy-mm, inclusive
    std::string known_at;  // RFC 3339 with offset
    std::optional<std::string> summary;
    std::optional<std::string> booked;
    std::optional<std::string> diff;
};
[[nodiscard]] int price_capitation(const CapitationArgs& args);

}  // namespace yilian::cli
