#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/lifecycle/model.h"

namespace yilian::lifecycle {

// A set of enumerators whose values lie between 0 and 63.
template <class Enum>
class Set {
  public:
    constexpr Set() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): lists in table rows.
    constexpr Set(std::initializer_list<Enum> members) {
        for (const Enum member : members) mask_ |= bit(member);
    }
    [[nodiscard]] constexpr bool contains(Enum member) const { return (mask_ & bit(member)) != 0; }
    [[nodiscard]] constexpr bool empty() const { return mask_ == 0; }
    [[nodiscard]] constexpr Mask mask() const { return mask_; }
    friend constexpr Set operator|(Set a, Set b) { return Set(a.mask_ | b.mask_); }
    friend constexpr Set operator-(Set a, Set b) { return Set(a.mask_ & ~b.mask_); }
    friend constexpr bool operator==(Set, Set) = default;

  private:
    constexpr explicit Set(Mask mask) : mask_(mask) {}
    static constexpr Mask bit(Enum member) {
        const auto value = static_cast<long long>(member);
        YILIAN_INVARIANT(value >= 0 && value < 64, "lifecycle: enumerator outside 0 to 63");
        return Mask{1} << value;
    }
    Mask mask_ = 0;
};

// An enumerator and the name that stores, answers and documents show.
template <class Enum>
struct Name {
    Enum value;
    std::string_view text;
};

// Every named enumerator, for "any non-final": all_of(kStates) - kFinals.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr Set<Enum> all_of(const Name<Enum> (&names)[N]) {
    Set<Enum> all;
    for (const Name<Enum>& name : names) all = all | Set<Enum>{name.value};
    return all;
}

// One row of a transition table, as in the specification. Leave `from` empty for a creation and
// `to` empty for "same state"; several states in `to` mean that the decision chooses (and that
// enter() accepts each of them).
template <class State, class Action, class Role>
struct Row {
    int number;
    Set<State> from;
    Action action;
    Set<State> to;
    Set<Role> who;
    Words guards{};
    Words events{};
};

// The complete lifecycle of an aggregate as data: what is legal, who may do it, what it publishes.
// Anything that is not a row is refused with STATE_TRANSITION_NOT_ALLOWED. Defined once for each
// aggregate as a constant:
//
//   enum class State { kDraft, kOpen, kClosed };
//   inline constexpr lifecycle::Name<State> kStates[] = {{State::kDraft, "DRAFT"}, ...};
//   inline constexpr lifecycle::Name<Action> kActions[] = {{Action::kSubmit, "SubmitReferral"},
//   ...}; inline constexpr lifecycle::Name<Role> kRoles[] = {{Role::kSender, "S"}, ...}; inline
//   constexpr lifecycle::Set<State> kFinals{State::kClosed}; inline constexpr lifecycle::Row<State,
//   Action, Role> kRows[] = {
//       {1, {}, Action::kCreate, {State::kDraft}, {Role::kSender}, {}, {"ReferralDrafted"}},
//       {2, {State::kDraft}, Action::kEdit, {}, {Role::kSender}, {"version matches"}, {}}, ...};
//   inline constexpr lifecycle::Table kLifecycle{"referral", kStates, kFinals, kActions, kRoles,
//   kRows};
//
// The same object yields allowed_actions, the Markdown of the README (model.h) and the walks of the
// model test (walk.h). Immutable, constexpr, thread-safe.
template <class State, class Action, class Role, std::size_t kStateCount, std::size_t kActionCount,
          std::size_t kRoleCount, std::size_t kRowCount>
class Table {
  public:
    constexpr Table(std::string_view aggregate, const Name<State> (&states)[kStateCount],
                    Set<State> finals, const Name<Action> (&actions)[kActionCount],
                    const Name<Role> (&roles)[kRoleCount],
                    const Row<State, Action, Role> (&rows)[kRowCount])
        : aggregate_(aggregate),
          finals_(finals.mask()),
          states_(plain(states)),
          actions_(plain(actions)),
          roles_(plain(roles)) {
        for (std::size_t i = 0; i < kRowCount; ++i) {
            const Row<State, Action, Role>& row = rows[i];
            rows_[i] = {row.number,         row.from.empty(), row.from.mask(),
                        number(row.action), row.to.empty(),   row.to.mask(),
                        row.who.mask(),     row.guards,       row.events};
        }
    }

    // The untyped form; it points into this table.
    [[nodiscard]] constexpr Model model() const {
        return {aggregate_, states_, actions_, roles_, finals_, rows_};
    }

    [[nodiscard]] std::string_view name(State state) const {
        return name_in(states_, number(state));
    }
    [[nodiscard]] std::string_view name(Action action) const {
        return name_in(actions_, number(action));
    }
    [[nodiscard]] std::optional<State> state_named(std::string_view text) const {
        return named<State>(states_, text);
    }
    [[nodiscard]] std::optional<Action> action_named(std::string_view text) const {
        return named<Action>(actions_, text);
    }
    [[nodiscard]] constexpr bool is_final(State state) const { return has(finals_, number(state)); }

    // The rows for an action in a state, in table order; several when guards decide between them.
    [[nodiscard]] std::vector<const RowData*> rows(State state, Action action) const {
        std::vector<const RowData*> found;
        for (const RowData& row : rows_) {
            if (applies(row, state) && row.action == number(action)) found.push_back(&row);
        }
        return found;
    }

    // Whether any row covers the action in the state, whoever asks.
    [[nodiscard]] constexpr bool legal(State state, Action action) const {
        for (const RowData& row : rows_) {
            if (applies(row, state) && row.action == number(action)) return true;
        }
        return false;
    }

    // Whether a row covers it for one of the roles. A caller in the wrong role is an authorisation
    // question, answered before the state is looked at.
    [[nodiscard]] constexpr bool legal_for(State state, Action action, Set<Role> roles) const {
        for (const RowData& row : rows_) {
            if (applies(row, state) && row.action == number(action) &&
                (row.who & roles.mask()) != 0) {
                return true;
            }
        }
        return false;
    }

    // Allowed when a row covers the action, else STATE_TRANSITION_NOT_ALLOWED with the metadata
    // `state` and `action`. The first check of every decision on an existing aggregate.
    [[nodiscard]] Outcome<Allowed> check(State state, Action action) const {
        if (legal(state, action)) return Allowed{};
        return refuse(state, action);
    }

    // Moves to `to`: the refusal of check(), or `to`. Aborts when rows cover the action but none of
    // them leads to `to`, because then the decision contradicts the table.
    [[nodiscard]] Outcome<State> enter(State state, Action action, State to) const {
        bool covered = false;
        for (const RowData& row : rows_) {
            if (!applies(row, state) || row.action != number(action)) continue;
            covered = true;
            if (has(row.targets(number(state)), number(to))) return to;
        }
        YILIAN_INVARIANT(!covered, "lifecycle: decision leads to a state outside the table");
        return refuse(state, action);
    }

    // The first state of a new aggregate; aborts when no creation row leads to `to`.
    [[nodiscard]] State create(Action action, State to) const {
        for (const RowData& row : rows_) {
            if (row.creates && row.action == number(action) && has(row.to, number(to))) return to;
        }
        invariant_broken("lifecycle: no row creates this state", __FILE__, __LINE__);
    }

    // What a caller in one of `roles` may do now, in table order, each action once. `holds` is
    // asked for each row that fits state and role: bool(const RowData&); it evaluates the row's
    // guards as far as they are known without the request.
    template <std::predicate<const RowData&> Guard>
    [[nodiscard]] std::vector<Action> allowed_actions(State state, Set<Role> roles,
                                                      Guard holds) const {
        Mask seen = 0;
        std::vector<Action> allowed;
        for (const RowData& row : rows_) {
            if (!applies(row, state) || (row.who & roles.mask()) == 0 || has(seen, row.action) ||
                !holds(row)) {
                continue;
            }
            seen |= Mask{1} << row.action;
            allowed.push_back(static_cast<Action>(row.action));
        }
        return allowed;
    }
    [[nodiscard]] std::vector<Action> allowed_actions(State state, Set<Role> roles) const {
        return allowed_actions(state, roles, [](const RowData&) { return true; });
    }

    // Names of allowed_actions, for the answer of a read.
    template <std::predicate<const RowData&> Guard>
    [[nodiscard]] std::vector<std::string> allowed_action_names(State state, Set<Role> roles,
                                                                Guard holds) const {
        std::vector<std::string> names;
        for (const Action action : allowed_actions(state, roles, holds)) {
            names.emplace_back(name(action));
        }
        return names;
    }

  private:
    template <class Enum>
    [[nodiscard]] static constexpr int number(Enum value) {
        return static_cast<int>(value);
    }
    template <class Enum, std::size_t N>
    [[nodiscard]] static constexpr std::array<NameData, N> plain(const Name<Enum> (&names)[N]) {
        std::array<NameData, N> result{};
        for (std::size_t i = 0; i < N; ++i) {
            // Through Set: an enumerator outside 0 to 63 must not compile.
            (void)Set<Enum>{names[i].value};
            result[i] = {number(names[i].value), names[i].text};
        }
        return result;
    }
    template <class Enum, std::size_t N>
    [[nodiscard]] static std::optional<Enum> named(const std::array<NameData, N>& names,
                                                   std::string_view text) {
        for (const NameData& name : names) {
            if (name.text == text) return static_cast<Enum>(name.value);
        }
        return {};
    }
    [[nodiscard]] static constexpr bool applies(const RowData& row, State state) {
        return has(row.from, number(state));
    }
    [[nodiscard]] Refusal refuse(State state, Action action) const {
        return {"STATE_TRANSITION_NOT_ALLOWED",
                {{"state", std::string(name(state))}, {"action", std::string(name(action))}}};
    }

    std::string_view aggregate_;
    Mask finals_;
    std::array<NameData, kStateCount> states_;
    std::array<NameData, kActionCount> actions_;
    std::array<NameData, kRoleCount> roles_;
    std::array<RowData, kRowCount> rows_{};
};

}  // namespace yilian::lifecycle
