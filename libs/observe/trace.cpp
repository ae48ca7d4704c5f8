#include "libs/observe/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <random>

namespace yilian::observe {
namespace {

std::uint64_t random_word() {
    thread_local std::mt19937_64 engine([] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }());
    std::uint64_t word = 0;
    while (word == 0) word = engine();
    return word;
}

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}
bool all_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

std::string new_span() { return fmt::format("{:016x}", random_word()); }

}  // namespace

Trace Trace::make() {
    return {fmt::format("{:016x}{:016x}", random_word(), random_word()), new_span(), true};
}

std::optional<Trace> Trace::parse(std::string_view text) {
    constexpr std::size_t kLength = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2
    if (text.size() < kLength || (text.size() > kLength && text[kLength] != '-')) {
        return std::nullopt;
    }
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace = text.substr(3, 32);
    const std::string_view span = text.substr(36, 16);
    const std::string_view flags = text.substr(53, 2);
    if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(span) ||
        !is_lower_hex(flags)) {
        return std::nullopt;
    }
    if (version == "ff" || (version == "00" && text.size() != kLength)) return std::nullopt;
    if (all_zero(trace) || all_zero(span)) return std::nullopt;
    const char low = flags[1];
    const int bits = low <= '9' ? low - '0' : low - 'a' + 10;
    return Trace{std::string(trace), std::string(span), (bits & 1) != 0};
}

Trace Trace::continue_from(std::string_view traceparent) {
    const auto parent = parse(traceparent);
    return parent ? parent->child() : make();
}

Trace Trace::child() const { return {trace_id, new_span(), sampled}; }

std::string Trace::traceparent() const {
    return fmt::format("00-{}-{}-{}", trace_id, span_id, sampled ? "01" : "00");
}

}  // namespace yilian::observe
