#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/amount/rounding.h"
#include "libs/amount/scaled.h"
#include "libs/policy/date.h"
#include "libs/policy/yaml/node.h"

namespace yilian::policy {

// Adds a problem at the place of `node`; `where` is the path inside the document.
void refuse(Problems& problems, const Node& node, Reason reason, std::string_view where,
            std::string_view what);

// Scalars, strictly. Each gives nothing and adds one problem when the text is not of the form.
// Integers and truth values are plain; decimals, dates and codes are quoted; a plain word
// (is_plain_word) may be quoted or not.
[[nodiscard]] std::optional<bool> read_flag(const Node& node, std::string_view where,
                                            Problems& problems);
[[nodiscard]] std::optional<std::int64_t> read_integer(const Node& node, std::string_view where,
                                                       std::int64_t min, std::int64_t max,
                                                       Problems& problems);
[[nodiscard]] std::optional<std::string> read_text(const Node& node, std::string_view where,
                                                   Problems& problems);
// `allowed` empty: any code of 1 to 64 characters A-Z a-z 0-9 . _ : / -
[[nodiscard]] std::optional<std::string> read_word(const Node& node, std::string_view where,
                                                   std::span<const std::string_view> allowed,
                                                   Problems& problems);
[[nodiscard]] std::optional<Date> read_date(const Node& node, std::string_view where,
                                            Problems& problems);
// A quoted decimal with at most 8 places between `min` and `max`.
[[nodiscard]] std::optional<amount::Rate> read_rate(const Node& node, std::string_view where,
                                                    amount::Rate min, amount::Rate max,
                                                    Problems& problems);

inline constexpr amount::Rate kRateZero{};
inline constexpr amount::Rate kRateOne = amount::Rate::whole(1);
inline constexpr amount::Rate kRateMany = amount::Rate::whole(1'000'000);

// Reads the fields of one map: every field asked for must be there, every field there must be asked
// for. A failed read adds its problem and gives the type's default, so that one pass finds
// everything; the caller throws the result away when `problems` has grown.
class Fields {
  public:
    Fields(const Node& node, std::string where, Problems& problems);
    ~Fields();  // reports fields that nobody asked for
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;

    [[nodiscard]] const Node* required(std::string_view name);
    [[nodiscard]] const Node* optional(std::string_view name);  // may be absent
    [[nodiscard]] bool has(std::string_view name) const { return node_.find(name) != nullptr; }

    bool flag(std::string_view name);
    std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::string word(std::string_view name, std::span<const std::string_view> allowed = {});
    // The dotted name of a key or of a field in a block, quoted or not.
    std::string dotted_name(std::string_view name);
    amount::Rate rate(std::string_view name, amount::Rate min = kRateZero,
                      amount::Rate max = kRateMany);
    amount::Rate unit_rate(std::string_view name) { return rate(name, kRateZero, kRateOne); }
    amount::Fen fen(std::string_view name);
    std::optional<amount::Fen> fen_or_null(std::string_view name);
    std::optional<amount::Rate> unit_rate_or_null(std::string_view name);
    amount::Rounding rounding(std::string_view name);

    // One of the named values.
    template <class Enum>
    Enum choice(std::string_view name,
                std::initializer_list<std::pair<std::string_view, Enum>> choices) {
        std::vector<std::string_view> allowed;
        for (const auto& [text, value] : choices) allowed.push_back(text);
        const std::string text = word(name, allowed);
        for (const auto& [candidate, value] : choices) {
            if (candidate == text) return value;
        }
        return choices.begin()->second;
    }

    // Calls `read` for each item of the list.
    void each(std::string_view name,
              const std::function<void(const Node& item, const std::string& where)>& read);
    // Calls `read` for each field of the map.
    void each_field(std::string_view name,
                    const std::function<void(const std::string& key, const Node& value,
                                             const std::string& where)>& read);
    std::vector<std::string> words(std::string_view name,
                                   std::span<const std::string_view> allowed = {});
    std::vector<std::int64_t> integers(std::string_view name, std::int64_t min, std::int64_t max);

    [[nodiscard]] std::string where(std::string_view name) const;
    [[nodiscard]] Problems& problems() const { return problems_; }
    [[nodiscard]] const Node& node() const { return node_; }

  private:
    const Node& node_;
    std::string where_;
    Problems& problems_;
    std::vector<std::string> asked_;
};

}  // namespace yilian::policy
