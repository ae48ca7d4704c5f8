#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "libs/base/reason.h"
#include "libs/crypto/digest.h"

// What is done with every message by reflection, in one place for all methods.
namespace yilian::rpc {

// What no request may contain: fields this program does not know (FIELD_UNKNOWN), text with control
// characters (U+0000–001F, U+007F–009F), line ends included, or broken UTF-8 (FIELD_FORMAT). The
// value itself is never told. At most 100 violations are listed.
[[nodiscard]] Violations check_text_and_unknown(const google::protobuf::Message& message);

// SHA-256 over a walk of the set fields in the order of their numbers, top-level fields named in
// `without` left out. Serialised bytes are not canonical, this is (architecture.md 5). Messages
// with maps are a broken invariant.
[[nodiscard]] crypto::Digest fingerprint(const google::protobuf::Message& message,
                                         std::initializer_list<std::string_view> without);

// A top-level string field by name; "" when the message has no such string field.
[[nodiscard]] std::string string_field(const google::protobuf::Message& message,
                                       const std::string& name);

}  // namespace yilian::rpc
