#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/events/event.h"

// Envelope <-> Kafka record: CloudEvents 1.0 binary mode (interop.md 4). Pure functions.
namespace yilian::events {

// Headers of a record, in order; names may repeat on the wire, the last one counts.
using Headers = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kContentType = "application/protobuf";

// ce_specversion, ce_id, ce_source, ce_type, ce_time, ce_subject, ce_sequence, ce_partitionkey,
// ce_correlationid, ce_causationid, ce_traceparent, content-type; empty ones are left out. Key and
// value of the record are partition_key and payload.
[[nodiscard]] Headers to_headers(const Envelope& envelope);

// The envelope of a record; `aggregate` stays empty. `value` is null for a tombstone.
// INVALID_ARGUMENT names the header at fault in its message: not CloudEvents 1.0, a required header
// missing or malformed, another content type, a key that differs from ce_partitionkey, no value.
// Headers that are not known are ignored.
[[nodiscard]] absl::StatusOr<Envelope> from_record(const Headers& headers,
                                                   const std::optional<std::string>& key,
                                                   const std::optional<std::string>& value);

// The last header of that name.
[[nodiscard]] std::optional<std::string_view> find_header(const Headers& headers,
                                                          std::string_view name);

// "2026-03-16T09:00:00.000+08:00": RFC 3339 with the offset of the district.
[[nodiscard]] std::string format_time(Instant instant);
// Any RFC 3339 time with 0 to 9 decimals (cut to ms) and any offset.
[[nodiscard]] std::optional<Instant> parse_time(std::string_view text);

// Headers as one blob, for tables that keep a record as it came (parked, dead letters).
[[nodiscard]] std::string pack_headers(const Headers& headers);
// DATA_LOSS when the blob is damaged.
[[nodiscard]] absl::StatusOr<Headers> unpack_headers(std::string_view blob);

}  // namespace yilian::events
