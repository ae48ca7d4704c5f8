#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/protobuf/timestamp.pb.h"
#include "libs/base/reason.h"

namespace yilian::rpc {

// Collects every violation of one request, so that the caller learns all of them at once:
//
//   Violations validate(const AcceptReferralRequest& r) {
//       return Validator().ulid("referral_id", r.referral_id())
//                         .etag("etag", r.etag())
//                         .text("note", r.note(), 0, 500)
//                         .done();
//   }
//
// Codes: FIELD_REQUIRED (empty or unset), FIELD_FORMAT, FIELD_RANGE (number or length), FIELD_ENUM,
// FIELD_COUNT (repeated field). Control characters, invalid UTF-8, unknown fields and `request_id`
// are checked by the adapter for every method before this runs; a validator does not repeat them.
// Lengths count code points. Not thread-safe; one object a request.
class Validator {
  public:
    // 26 lower-case characters of the ULID alphabet. The optional_ forms accept "".
    Validator& ulid(std::string_view field, std::string_view value);
    Validator& optional_ulid(std::string_view field, std::string_view value);
    // An imported code or client-made id: 1 to 64 of [A-Za-z0-9._:-].
    Validator& id(std::string_view field, std::string_view value);
    Validator& optional_id(std::string_view field, std::string_view value);
    // A UUID of version 4 in lower or upper case.
    Validator& uuid4(std::string_view field, std::string_view value);
    // An existing civil date yyyy-mm-dd.
    Validator& date(std::string_view field, std::string_view value);
    Validator& optional_date(std::string_view field, std::string_view value);
    // yyyy-mm.
    Validator& month(std::string_view field, std::string_view value);
    // "" or a quoted decimal number: "\"7\"".
    Validator& etag(std::string_view field, std::string_view value);
    // The same, but "" is FIELD_REQUIRED (changes that move money).
    Validator& required_etag(std::string_view field, std::string_view value);
    Validator& required(std::string_view field, std::string_view value);
    // Length in code points, both ends allowed; min 0 makes it optional.
    Validator& text(std::string_view field, std::string_view value, std::size_t min,
                    std::size_t max);
    // min <= value <= max.
    Validator& range(std::string_view field, std::int64_t value, std::int64_t min,
                     std::int64_t max);
    Validator& not_negative(std::string_view field, std::int64_t value);
    Validator& positive(std::string_view field, std::int64_t value);
    // Number of elements of a repeated field.
    Validator& count(std::string_view field, int size, int min, int max);
    // A message field that must be set; pass `request.has_x()`.
    Validator& present(std::string_view field, bool has);
    // A set instant of millisecond precision between the years 1900 and 2200.
    Validator& timestamp(std::string_view field, bool has,
                         const google::protobuf::Timestamp& value);
    Validator& optional_timestamp(std::string_view field, bool has,
                                  const google::protobuf::Timestamp& value);
    // One of the given codes.
    Validator& one_of(std::string_view field, std::string_view value,
                      std::initializer_list<std::string_view> allowed);
    // page_size: 0 = default, negative is FIELD_RANGE, above the maximum is coerced later.
    Validator& page_size(std::int32_t value);
    // A known value that is not the _UNSPECIFIED zero.
    template <class Enum>
    Validator& enumerated(std::string_view field, Enum value) {
        return enum_number(field, google::protobuf::GetEnumDescriptor<Enum>(),
                           static_cast<int>(value), false);
    }
    template <class Enum>
    Validator& optional_enumerated(std::string_view field, Enum value) {
        return enum_number(field, google::protobuf::GetEnumDescriptor<Enum>(),
                           static_cast<int>(value), true);
    }
    // A rule of the service's own: adds `reason` when `holds` is false.
    Validator& expect(bool holds, std::string_view field, Reason reason);
    // Violations of a nested message, made by `check(Validator&)`, under "field." or "field[i].".
    template <class Check>
    Validator& nested(std::string_view prefix, Check check) {
        Validator inner;
        check(inner);
        return merge(prefix, inner.done());
    }
    template <class Range, class Check>
    Validator& each(std::string_view field, const Range& range, Check check) {
        int index = 0;
        for (const auto& element : range) {
            nested(std::string(field) + "[" + std::to_string(index++) + "]",
                   [&](Validator& v) { check(v, element); });
        }
        return *this;
    }

    // All violations found, in the order of the checks.
    [[nodiscard]] Violations done() { return std::move(violations_); }

  private:
    Validator& enum_number(std::string_view field, const google::protobuf::EnumDescriptor* type,
                           int value, bool zero_allowed);
    Validator& merge(std::string_view prefix, Violations inner);
    Validator& add(std::string_view field, Reason reason);

    Violations violations_;
};

}  // namespace yilian::rpc
