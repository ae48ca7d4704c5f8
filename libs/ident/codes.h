#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/outcome.h"

namespace yilian::ident {

// Forms of codes that are not personal. A form says how a code is written, not that it exists;
// whether it is in a code table is the business of whoever holds the table.

// 1 to 64 of [A-Za-z0-9._:-]: imported codes of institutions, practitioners, drugs, and client-made
// ids (billing.md 16.1).
[[nodiscard]] bool is_id(std::string_view text);

// GB/T 2260: six digits, "120111"; not 000000. Synthetic regions (990100) have the same form.
[[nodiscard]] bool is_district_code(std::string_view text);

// ICD-10 as used by the clinical and the insurance edition, with its Chinese extension digits:
// "I10", "I10.x05", "K80.101", "A00.000x001", with a second code "A17.001+G01*" or with the
// morphology of a tumour "C22.101M81600/3". Upper-case letters, lower-case x.
[[nodiscard]] bool is_icd10(std::string_view text);

// ICD-9-CM-3 with extension: "51.2300", "99.1500x001", "00.7x00".
[[nodiscard]] bool is_procedure_code(std::string_view text);

// GB 32100 unified social credit code of an institution: 18 characters with check character.
[[nodiscard]] bool is_credit_code(std::string_view text);

// A text that was checked against one form. Value type; ordered by bytes; printable.
template <bool (*kForm)(std::string_view)>
class Code {
  public:
    // FIELD_FORMAT when the text does not have the form.
    [[nodiscard]] static Outcome<Code> parse(std::string_view text) {
        if (!kForm(text)) return Reason("FIELD_FORMAT");
        return Code(std::string(text));
    }
    [[nodiscard]] const std::string& str() const { return text_; }

    friend bool operator==(const Code&, const Code&) = default;
    friend auto operator<=>(const Code& a, const Code& b) {
        return std::string_view(a.text_) <=> std::string_view(b.text_);
    }
    friend void PrintTo(const Code& code, std::ostream* out) { *out << code.text_; }

  private:
    explicit Code(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

using DistrictCode = Code<is_district_code>;
using Icd10Code = Code<is_icd10>;
using ProcedureCode = Code<is_procedure_code>;
using CreditCode = Code<is_credit_code>;

// A StrongId from an imported code: parse_id<InstitutionId>(text), FIELD_FORMAT unless is_id().
template <class Id>
[[nodiscard]] Outcome<Id> parse_id(std::string_view text) {
    if (!is_id(text)) return Reason("FIELD_FORMAT");
    return Id(text);
}

}  // namespace yilian::ident

template <bool (*kForm)(std::string_view)>
struct std::hash<yilian::ident::Code<kForm>> {
    std::size_t operator()(const yilian::ident::Code<kForm>& code) const noexcept {
        return std::hash<std::string>{}(code.str());
    }
};
