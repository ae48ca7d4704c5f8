#include "services/cli/money_text.h"

#include "fmt/format.h"

namespace yilian::cli {
namespace {

std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

std::string group_digits(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string scaled(std::int64_t value, std::uint64_t unit, int places) {
    const std::uint64_t whole = magnitude(value);
    return fmt::format("{}{}.{:0{}}", value < 0 ? "-" : "", group_digits(whole / unit),
                       whole % unit, places);
}

}  // namespace

std::string yuan_text(std::int64_t fen) { return scaled(fen, 100, 2); }
std::string points_text(std::int64_t points_e4) { return scaled(points_e4, 10'000, 4); }
std::string percent_text(std::int64_t bp) { return scaled(bp, 100, 2) + " %"; }

std::string grouped(std::int64_t number) {
    return (number < 0 ? "-" : "") + group_digits(magnitude(number));
}

std::string rate_text(std::int64_t rate_e8) {
    std::string text = scaled(rate_e8, 100'000'000, 8);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

}  // namespace yilian::cli
