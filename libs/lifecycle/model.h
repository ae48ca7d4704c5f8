#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/invariant.h"

namespace yilian::lifecycle {

// The untyped form of a transition table, so that checks, documentation and walks are compiled
// once. Services define tables with table.h and use this header for what they read of a row.

// Up to eight short texts, constexpr (guards and events of a row).
class Words {
  public:
    constexpr Words() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): lists in table rows.
    constexpr Words(std::initializer_list<std::string_view> words) {
        YILIAN_INVARIANT(words.size() <= items_.size(), "lifecycle: more than eight words");
        for (const std::string_view word : words) items_[size_++] = word;
    }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    [[nodiscard]] constexpr const std::string_view* begin() const { return items_.data(); }
    [[nodiscard]] constexpr const std::string_view* end() const { return items_.data() + size_; }
    [[nodiscard]] constexpr bool contains(std::string_view word) const {
        for (const std::string_view item : *this) {
            if (item == word) return true;
        }
        return false;
    }
    friend constexpr bool operator==(const Words&, const Words&) = default;

  private:
    std::array<std::string_view, 8> items_{};
    std::size_t size_ = 0;
};

// Bit i of a mask stands for the enumerator with value i.
using Mask = std::uint64_t;

[[nodiscard]] constexpr bool has(Mask mask, int value) { return ((mask >> value) & 1U) != 0; }

struct RowData {
    int number = 0;        // row number of the specification
    bool creates = false;  // no state before; `from` is then 0
    Mask from = 0;         // states in which the row applies
    int action = 0;
    bool same_state = false;  // the state stays what it is; `to` is then 0
    Mask to = 0;              // states it may lead to; which one is the guard's matter
    Mask who = 0;             // roles that may ask for it
    Words guards;             // names of the conditions, for humans and for guard predicates
    Words events;             // names of the events it publishes

    // States that the row may lead to when it starts in `state`.
    [[nodiscard]] constexpr Mask targets(int state) const {
        return same_state ? Mask{1} << state : to;
    }
};

struct NameData {
    int value = 0;
    std::string_view text;
};

struct Model {
    std::string_view aggregate;  // "referral"
    std::span<const NameData> states;
    std::span<const NameData> actions;
    std::span<const NameData> roles;
    Mask finals = 0;  // states that nothing leaves
    std::span<const RowData> rows;
};

// Name of a value; aborts when the model does not name it.
[[nodiscard]] std::string_view name_in(std::span<const NameData> names, int value);

// Everything that is wrong with a table, one line each; empty for a sound one. A unit test of the
// service expects it to be empty. Found are:
//   row numbers that do not rise; a row without role, without target, or that creates "the same";
//   a row out of a final state; a state that no walk from a creation reaches; a state that is not
//   final and has no way to a final one; two rows for the same state and action whose guards are
//   equal (nobody could say which applies); a state, action or role without name or with the name
//   of another one; an action without row; no creation; no final state.
[[nodiscard]] std::vector<std::string> problems(const Model& model);

// The table as Markdown: | # | from | action | to | who | guard | event |, ending with a line feed.
[[nodiscard]] std::string markdown(const Model& model);

// The text between the lines "<!-- lifecycle: AGGREGATE -->" and "<!-- end lifecycle -->" of a
// document, for the test that compares a README with markdown(); empty when a marker is missing.
[[nodiscard]] std::string_view documented(std::string_view document, std::string_view aggregate);

}  // namespace yilian::lifecycle
