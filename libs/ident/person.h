#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "libs/base/outcome.h"
#include "libs/ident/personal.h"

namespace yilian::ident {

// All parse() functions refuse with FIELD_FORMAT and never quote the text.

// Resident identity number of GB 11643: 18 characters, the birth date inside exists, the check
// character (ISO 7064 MOD 11-2) is right. A final 'x' is kept as 'X', so equal numbers are equal
// texts. The old 15-digit form is refused.
class IdentityNumber : public Personal<IdentityNumber> {
  public:
    [[nodiscard]] static Outcome<IdentityNumber> parse(std::string_view text);

    // What the number says about the person; personal as well.
    [[nodiscard]] std::chrono::year_month_day birth_date() const;
    // 1 male, 2 female (GB/T 2261.1).
    [[nodiscard]] int sex_code() const;

  private:
    using Personal::Personal;
};

// Another document or card (passport, permit, insurance number, health card): 1 to 40 of
// [A-Za-z0-9-].
class DocumentNumber : public Personal<DocumentNumber> {
  public:
    [[nodiscard]] static Outcome<DocumentNumber> parse(std::string_view text);

  private:
    using Personal::Personal;
};

// Name of a person: valid UTF-8, 1 to 100 characters, no control characters, no blank at either
// end.
class PersonName : public Personal<PersonName> {
  public:
    [[nodiscard]] static Outcome<PersonName> parse(std::string_view text);

  private:
    using Personal::Personal;
};

// Contact number: a mobile number (11 digits from 13 to 19), a landline with area code
// ("022-12345678" or without the hyphen), or "+" with 7 to 15 digits. Kept without the hyphen and
// without +86, so equal numbers are equal texts.
class Phone : public Personal<Phone> {
  public:
    [[nodiscard]] static Outcome<Phone> parse(std::string_view text);

  private:
    using Personal::Personal;
};

}  // namespace yilian::ident
