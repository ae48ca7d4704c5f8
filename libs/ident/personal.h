#pragma once

#include <concepts>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "libs/base/outcome.h"

namespace yilian::ident {

// A text that identifies a person. It cannot be printed: stream output and fmt (and with it every
// log) do not compile, a failing test shows "<personal>", and there is no conversion to a string.
// The only way out is reveal(), which is easy to find in a review: encryption, keyed digests and
// the answer to an authorised read. Equality compares the texts; there is no order and no
// std::hash, because indexes are built on keyed digests. Value type. `Derived` is the type that
// inherits: class Phone : public Personal<Phone>.
template <class Derived>
class Personal {
  public:
    // The text itself. The view must not outlive the object and must never reach a log, a metric,
    // an event or an error text.
    [[nodiscard]] std::string_view reveal() const { return text_; }

    friend bool operator==(const Personal&, const Personal&) = default;
    friend void PrintTo(const Derived&, std::ostream* out) { *out << "<personal>"; }
    friend std::ostream& operator<<(std::ostream&, const Derived&) = delete;

  protected:
    explicit Personal(std::string text) : text_(std::move(text)) {}

  private:
    std::string text_;
};

}  // namespace yilian::ident

// Formatting is refused by name, so that no generic formatter can pick these types up.
template <class T>
requires std::derived_from<T, yilian::ident::Personal<T>>
struct fmt::formatter<T, char> {
    formatter() = delete;
};
