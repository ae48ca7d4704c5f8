#pragma once

#include <cstdint>
#include <string>

namespace yilian::cli {

// For people: "12,345.67". Exact; never parsed back.
[[nodiscard]] std::string yuan_text(std::int64_t fen);
// "1,897.9600"
[[nodiscard]] std::string points_text(std::int64_t points_e4);
// A rate without trailing zeros: "0.95".
[[nodiscard]] std::string rate_text(std::int64_t rate_e8);
// Basis points as per cent: "61.25 %".
[[nodiscard]] std::string percent_text(std::int64_t bp);
// "12,345"
[[nodiscard]] std::string grouped(std::int64_t number);

}  // namespace yilian::cli
