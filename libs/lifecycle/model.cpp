#include "libs/lifecycle/model.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"

namespace yilian::lifecycle {
namespace {

std::string list(std::span<const NameData> names, Mask mask, std::string_view quote) {
    std::string text;
    for (const NameData& name : names) {
        if (!has(mask, name.value)) continue;
        if (!text.empty()) text += ", ";
        text.append(quote).append(name.text).append(quote);
    }
    return text;
}

std::string list(const Words& words, std::string_view separator) {
    return words.empty() ? "–" : fmt::format("{}", fmt::join(words, separator));
}

void check_names(std::string_view what, std::span<const NameData> names,
                 std::vector<std::string>& found) {
    std::set<int> values;
    std::set<std::string_view> texts;
    for (const NameData& name : names) {
        if (name.text.empty()) found.push_back(fmt::format("{} {} has no name", what, name.value));
        if (!values.insert(name.value).second || !texts.insert(name.text).second) {
            found.push_back(fmt::format("{} {} is named twice", what, name.text));
        }
    }
}

Mask mask_of(std::span<const NameData> names) {
    Mask mask = 0;
    for (const NameData& name : names) mask |= Mask{1} << name.value;
    return mask;
}

void check_row(const Model& model, const RowData& row, std::vector<std::string>& found) {
    const auto say = [&](std::string_view what) {
        found.push_back(fmt::format("row {}: {}", row.number, what));
    };
    if (row.who == 0) say("nobody may do it");
    if (!row.same_state && row.to == 0) say("leads nowhere");
    if (row.creates && row.same_state) say("creates without a state");
    if (!row.creates && row.from == 0) say("applies in no state");
    if ((row.from & model.finals) != 0) {
        say("leaves the final state " + list(model.states, row.from & model.finals, ""));
    }
    if (((row.from | row.to) & ~mask_of(model.states)) != 0) say("uses a state without name");
    if ((row.who & ~mask_of(model.roles)) != 0) say("uses a role without name");
    if (!has(mask_of(model.actions), row.action)) say("uses an action without name");
}

void check_ambiguity(const Model& model, std::vector<std::string>& found) {
    for (std::size_t i = 0; i < model.rows.size(); ++i) {
        for (std::size_t j = i + 1; j < model.rows.size(); ++j) {
            const RowData& a = model.rows[i];
            const RowData& b = model.rows[j];
            const bool meet = a.creates == b.creates && (a.creates || (a.from & b.from) != 0);
            if (a.action == b.action && meet && a.guards == b.guards) {
                found.push_back(fmt::format("rows {} and {}: same state, action and guards",
                                            a.number, b.number));
            }
        }
    }
}

// States reached from `start` by following rows, `start` included.
Mask reachable(const Model& model, Mask start) {
    Mask seen = start;
    for (bool grown = true; grown;) {
        grown = false;
        for (const RowData& row : model.rows) {
            if ((row.from & seen) == 0 || (row.to & ~seen) == 0) continue;
            seen |= row.to;
            grown = true;
        }
    }
    return seen;
}

void check_walks(const Model& model, std::vector<std::string>& found) {
    Mask created = 0;
    for (const RowData& row : model.rows) {
        if (row.creates) created |= row.to;
    }
    if (created == 0) found.push_back("no row creates");
    if (model.finals == 0) found.push_back("no final state");
    const Mask seen = reachable(model, created);
    for (const NameData& state : model.states) {
        const Mask self = Mask{1} << state.value;
        if ((seen & self) == 0) found.push_back(fmt::format("state {}: not reached", state.text));
        if ((reachable(model, self) & model.finals) == 0) {
            found.push_back(fmt::format("state {}: no way to a final state", state.text));
        }
    }
}

}  // namespace

std::string_view name_in(std::span<const NameData> names, int value) {
    for (const NameData& name : names) {
        if (name.value == value) return name.text;
    }
    invariant_broken("lifecycle: value without name", __FILE__, __LINE__);
}

std::vector<std::string> problems(const Model& model) {
    std::vector<std::string> found;
    check_names("state", model.states, found);
    check_names("action", model.actions, found);
    check_names("role", model.roles, found);
    int last = 0;
    for (const RowData& row : model.rows) {
        if (row.number <= last) {
            found.push_back(fmt::format("row {}: number does not rise", row.number));
        }
        last = row.number;
        check_row(model, row, found);
    }
    for (const NameData& action : model.actions) {
        if (std::none_of(model.rows.begin(), model.rows.end(),
                         [&](const RowData& row) { return row.action == action.value; })) {
            found.push_back(fmt::format("action {}: no row", action.text));
        }
    }
    check_ambiguity(model, found);
    check_walks(model, found);
    return found;
}

std::string markdown(const Model& model) {
    std::string text =
        "| # | from | action | to | who | guard | event |\n"
        "|---|---|---|---|---|---|---|\n";
    for (const RowData& row : model.rows) {
        text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", row.number,
                            row.creates ? "–" : list(model.states, row.from, "`"),
                            name_in(model.actions, row.action),
                            row.same_state ? "same" : list(model.states, row.to, "`"),
                            list(model.roles, row.who, ""), list(row.guards, "; "),
                            list(row.events, ", "));
    }
    return text;
}

std::string_view documented(std::string_view document, std::string_view aggregate) {
    const std::string begin = fmt::format("<!-- lifecycle: {} -->\n", aggregate);
    const std::size_t start = document.find(begin);
    if (start == document.npos) return {};
    document.remove_prefix(start + begin.size());
    const std::size_t end = document.find("<!-- end lifecycle -->");
    return end == document.npos ? std::string_view() : document.substr(0, end);
}

}  // namespace yilian::lifecycle
