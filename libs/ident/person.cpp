#include "libs/ident/person.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "libs/base/utf8.h"

namespace yilian::ident {
namespace {

constexpr Reason kBad = "FIELD_FORMAT";

bool digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

std::chrono::year_month_day birth_date_in(std::string_view number_text) {
    return {std::chrono::year(number(number_text.substr(6, 4))),
            std::chrono::month(static_cast<unsigned>(number(number_text.substr(10, 2)))),
            std::chrono::day(static_cast<unsigned>(number(number_text.substr(12, 2))))};
}

// ISO 7064 MOD 11-2 over the first 17 digits; the weight of place i is 2^(17-i) mod 11.
char check_character(std::string_view digits17) {
    constexpr std::array kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) sum += kWeights[i] * (digits17[i] - '0');
    return "10X98765432"[sum % 11];
}

// C0 and C1 controls, and the marks that reorder or break text when it is shown.
bool is_control(std::uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}
bool is_blank(std::uint32_t c) { return c == ' ' || c == 0xA0 || c == 0x3000; }

// The national form of a number, or empty.
std::string national_phone(std::string_view text) {
    if (text.size() == 11 && text[0] == '1' && text[1] >= '3' && all_digits(text)) {
        return std::string(text);
    }
    if (text.size() < 10 || text[0] != '0') return {};
    // 010 and 02x have three digits, all other areas four.
    const std::size_t area = text[1] == '1' || text[1] == '2' ? 3 : 4;
    if (!all_digits(text.substr(0, area)) || text[1] == '0') return {};
    std::string_view local = text.substr(area);
    if (local.starts_with('-')) local.remove_prefix(1);
    const bool fits = (local.size() == 7 || local.size() == 8) && all_digits(local);
    if (!fits || local[0] == '0' || local[0] == '1') return {};
    return std::string(text.substr(0, area)).append(local);
}

}  // namespace

Outcome<IdentityNumber> IdentityNumber::parse(std::string_view text) {
    if (text.size() != 18 || !all_digits(text.substr(0, 17)) || text[0] == '0') return kBad;
    const auto born = birth_date_in(text);
    if (!born.ok() || static_cast<int>(born.year()) < 1800) return kBad;
    std::string canonical(text);
    if (canonical[17] == 'x') canonical[17] = 'X';
    if (canonical[17] != check_character(text)) return kBad;
    return IdentityNumber(std::move(canonical));
}

std::chrono::year_month_day IdentityNumber::birth_date() const { return birth_date_in(reveal()); }

int IdentityNumber::sex_code() const { return (reveal()[16] - '0') % 2 == 1 ? 1 : 2; }

Outcome<DocumentNumber> DocumentNumber::parse(std::string_view text) {
    const bool fits =
        !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
            return digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
        });
    if (!fits) return kBad;
    return DocumentNumber(std::string(text));
}

Outcome<PersonName> PersonName::parse(std::string_view text) {
    constexpr int kLongest = 100;
    std::uint32_t code_point = ' ';
    int count = 0;
    for (std::string_view rest = text; !rest.empty(); ++count) {
        const Utf8Char next = first_utf8_char(rest);
        code_point = next.code_point;
        if (next.length == 0 || is_control(code_point)) return kBad;
        if (count == 0 && is_blank(code_point)) return kBad;
        rest.remove_prefix(next.length);
    }
    if (count == 0 || count > kLongest || is_blank(code_point)) return kBad;
    return PersonName(std::string(text));
}

Outcome<Phone> Phone::parse(std::string_view text) {
    if (text.starts_with("+86")) {
        // Inside the country code an area code is written without its zero.
        const std::string_view rest = text.substr(3);
        std::string national = national_phone(rest);
        if (national.empty()) national = national_phone("0" + std::string(rest));
        if (national.empty()) return kBad;
        return Phone(std::move(national));
    }
    if (text.starts_with('+')) {
        const std::string_view digits = text.substr(1);
        const bool fits = digits.size() >= 7 && digits.size() <= 15 && all_digits(digits);
        if (!fits || digits[0] == '0') return kBad;
        return Phone(std::string(text));
    }
    std::string national = national_phone(text);
    if (national.empty()) return kBad;
    return Phone(std::move(national));
}

}  // namespace yilian::ident
