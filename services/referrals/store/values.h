#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/protobuf/timestamp.pb.h"
#include "libs/base/clock.h"
#include "libs/base/invariant.h"
#include "libs/calendar/civil_date.h"
#include "libs/storage/transaction.h"
#include "services/referrals/domain/types.h"

// Small conversions between columns, contract values and domain values.
namespace yilian::referrals::store {

[[nodiscard]] std::optional<calendar::CivilDate> opt_date(const storage::Row& row,
                                                          std::size_t column);
[[nodiscard]] storage::Value date_value(const std::optional<calendar::CivilDate>& date);
// "" gives nothing; anything else is a date, because the edge has checked it.
[[nodiscard]] std::optional<calendar::CivilDate> date_of(std::string_view text);
[[nodiscard]] std::string text_of(const std::optional<calendar::CivilDate>& date);

[[nodiscard]] Instant instant_of(const google::protobuf::Timestamp& at);
void set_time(google::protobuf::Timestamp* out, Instant at);

// "a|b|c" <-> list; codes never hold '|'.
[[nodiscard]] std::string join(const std::vector<std::string>& codes);
[[nodiscard]] std::vector<std::string> split(std::string_view text);

template <class Range>
[[nodiscard]] std::vector<std::string> strings(const Range& range) {
    return {range.begin(), range.end()};
}

// The enums of domain and contract have the same numbers; a test compares their names.
template <class Proto, class Domain>
[[nodiscard]] constexpr Proto to_proto(Domain value) {
    return static_cast<Proto>(static_cast<int>(value));
}
template <class Domain, class Proto>
[[nodiscard]] constexpr Domain from_proto(Proto value) {
    return static_cast<Domain>(static_cast<int>(value));
}

template <class Message>
[[nodiscard]] Message parsed(const std::string& bytes) {
    Message message;
    YILIAN_INVARIANT(message.ParseFromString(bytes), "referrals: a stored message does not parse");
    return message;
}

// Throws StorageError(kConflict) when a conditional save changed nothing: somebody who locks
// another key was faster, and the unit runs again on what they left.
void expect_saved(std::int64_t rows);

}  // namespace yilian::referrals::store
