#include "libs/ident/codes.h"

#include <algorithm>

namespace yilian::ident {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool letter(char c) { return upper(c) || (c >= 'a' && c <= 'z'); }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

// Removes a trailing "x" with three or four digits, the national extension of a code.
std::string_view without_extension(std::string_view text) {
    for (const std::size_t length : {4U, 5U}) {
        if (text.size() <= length) continue;
        const std::string_view tail = text.substr(text.size() - length);
        if (tail[0] == 'x' && all_digits(tail.substr(1))) {
            return text.substr(0, text.size() - length);
        }
    }
    return text;
}

// "K80", "K80.1", "K80.101", "I10.x05", each with or without extension after the dot.
bool is_single_icd10(std::string_view text) {
    if (text.size() < 3 || !upper(text[0]) || !all_digits(text.substr(1, 2))) return false;
    if (text.size() == 3) return true;
    if (text[3] != '.') return false;
    std::string_view rest = text.substr(4);
    const std::string_view shorter = without_extension(rest);
    if (shorter.size() == 3 || shorter.size() == rest.size()) rest = shorter;
    if (rest.empty() || rest.size() > 3) return false;
    return (digit(rest[0]) || (rest[0] == 'x' && rest.size() > 1)) && all_digits(rest.substr(1));
}

// "M81600/3": the morphology of a tumour, appended by the clinical edition.
bool is_morphology(std::string_view text) {
    return text.size() == 8 && text[0] == 'M' && all_digits(text.substr(1, 5)) && text[6] == '/' &&
           digit(text[7]);
}

// Alphabet and weights of GB 32100: 31 symbols, weight 3^i mod 31.
constexpr std::string_view kCreditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

}  // namespace

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return digit(c) || letter(c) || c == '.' || c == '_' || c == ':' || c == '-';
    });
}

bool is_district_code(std::string_view text) {
    return text.size() == 6 && all_digits(text) && text != "000000";
}

bool is_icd10(std::string_view text) {
    // What follows the first code starts with its own letter; the dagger before it is not always
    // written, and neither is the asterisk after it.
    const auto next = std::find_if(text.begin() + (text.empty() ? 0 : 1), text.end(), upper);
    if (next == text.end()) {
        if (text.ends_with('*')) text.remove_suffix(1);
        return is_single_icd10(text);
    }
    const auto split = static_cast<std::size_t>(next - text.begin());
    std::string_view first = text.substr(0, split);
    std::string_view second = text.substr(split);
    if (is_morphology(second)) return is_single_icd10(first);
    if (first.ends_with('+')) first.remove_suffix(1);
    if (second.ends_with('*')) second.remove_suffix(1);
    return is_single_icd10(first) && is_single_icd10(second);
}

bool is_procedure_code(std::string_view text) {
    if (text.size() < 4 || !all_digits(text.substr(0, 2)) || text[2] != '.') return false;
    const std::string_view rest = without_extension(text.substr(3));
    if (rest.empty() || rest.size() > 5 || !(digit(rest[0]))) return false;
    const bool filler = rest.size() > 1 && rest[1] == 'x';
    const std::string_view tail = rest.substr(filler ? 2 : 1);
    return std::all_of(tail.begin(), tail.end(), [](char c) { return digit(c) || upper(c); });
}

bool is_credit_code(std::string_view text) {
    if (text.size() != 18 || !all_digits(text.substr(2, 6))) return false;
    std::size_t sum = 0;
    std::size_t weight = 1;
    for (const char c : text.substr(0, 17)) {
        const std::size_t value = kCreditAlphabet.find(c);
        if (value == kCreditAlphabet.npos) return false;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    return kCreditAlphabet[(31 - sum % 31) % 31] == text[17];
}

}  // namespace yilian::ident
