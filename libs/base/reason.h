#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yilian {

// A stable reason code such as "STATE_TRANSITION_NOT_ALLOWED" (interop.md section 3 and the method
// tables of the service specifications). Made from string literals only, so it never carries data.
class Reason {
  public:
    template <std::size_t N>
    // NOLINTNEXTLINE(google-explicit-constructor): literals are the only source.
    consteval Reason(const char (&literal)[N]) : code_(literal, N - 1) {}

    // For codes that come back from storage or the wire. `code` must outlive the Reason.
    static Reason from_static_storage(std::string_view code) { return Reason(code, 0); }

    [[nodiscard]] constexpr std::string_view code() const { return code_; }
    [[nodiscard]] std::string text() const { return std::string(code_); }

    friend constexpr bool operator==(const Reason& a, const Reason& b) { return a.code_ == b.code_; }

  private:
    constexpr Reason(std::string_view code, int) : code_(code) {}
    std::string_view code_;
};

// Key and value beside a reason. Values are ids of records, codes, numbers, limits and field
// names; never names, identity numbers, phones or free text.
using Metadata = std::vector<std::pair<std::string, std::string>>;

// A business refusal: a result, not a failure. It is stored as the answer of its request_id.
struct Refusal {
    Reason reason;
    Metadata metadata{};
};

// One bad field of a request. `field` is the proto path ("diagnoses[1].code"), `reason` a FIELD_…
// code. The offending value is never included.
struct FieldViolation {
    std::string field;
    Reason reason;
};
using Violations = std::vector<FieldViolation>;

}  // namespace yilian
