#include "libs/policy/yaml/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace yilian::policy {
namespace {

auto order_of(const Problem& p) {
    return std::make_tuple(std::string_view(p.file), p.line, p.reason.code(),
                           std::string_view(p.detail));
}

}  // namespace

std::string Problem::text() const {
    if (line == 0) return fmt::format("{}: {}: {}", file, reason.code(), detail);
    return fmt::format("{}:{}: {}: {}", file, line, reason.code(), detail);
}

std::string text_of(const Problems& problems) {
    std::string out;
    for (const Problem& problem : problems) out += problem.text() + "\n";
    return out;
}

void tidy(Problems& problems) {
    std::ranges::sort(problems, {}, order_of);
    const auto rest = std::ranges::unique(problems, {}, order_of);
    problems.erase(rest.begin(), rest.end());
}

}  // namespace yilian::policy
