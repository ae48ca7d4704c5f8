#include "libs/lifecycle/walk.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <tuple>

#include "fmt/format.h"

namespace yilian::lifecycle {
namespace {

constexpr int kNothing = -1;

// Every step that may start in `state`, or the creations for kNothing.
std::vector<Step> steps_from(const Model& model, int state) {
    std::vector<Step> steps;
    for (const RowData& row : model.rows) {
        if (state == kNothing ? !row.creates : !has(row.from, state)) continue;
        const Mask targets = state == kNothing ? row.to : row.targets(state);
        for (const NameData& target : model.states) {
            if (has(targets, target.value)) steps.push_back({&row, state, target.value});
        }
    }
    return steps;
}

// SplitMix64: the standard distributions differ between library versions, a walk must not.
std::uint64_t next_random(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

// Shortest walk from creation to each state.
std::map<int, Walk> shortest_walks(const Model& model) {
    std::map<int, Walk> walks;
    std::deque<int> open;
    const auto extend = [&](const Walk& walk, int state) {
        for (const Step& step : steps_from(model, state)) {
            if (walks.contains(step.to)) continue;
            Walk longer = walk;
            longer.push_back(step);
            walks[step.to] = std::move(longer);
            open.push_back(step.to);
        }
    };
    extend({}, kNothing);
    for (; !open.empty(); open.pop_front()) extend(Walk(walks.at(open.front())), open.front());
    return walks;
}

using StepKey = std::tuple<int, int, int>;

StepKey key_of(const Step& step) { return {step.row->number, step.from, step.to}; }

}  // namespace

Walk random_walk(const Model& model, std::uint64_t seed, std::size_t max_steps) {
    Walk walk;
    int state = kNothing;
    while (walk.size() < max_steps) {
        const std::vector<Step> steps = steps_from(model, state);
        if (steps.empty()) break;
        walk.push_back(steps[next_random(seed) % steps.size()]);
        state = walk.back().to;
    }
    return walk;
}

std::vector<Walk> covering_walks(const Model& model) {
    const std::map<int, Walk> shortest = shortest_walks(model);
    std::map<StepKey, bool> taken;
    std::vector<Walk> walks;
    const auto untaken = [&](int state) -> std::optional<Step> {
        for (const Step& step : steps_from(model, state)) {
            if (!taken[key_of(step)]) return step;
        }
        return {};
    };
    std::vector<int> starts{kNothing};
    for (const NameData& state : model.states) starts.push_back(state.value);
    for (const int start : starts) {
        while (const auto first = untaken(start)) {
            Walk walk;
            if (start != kNothing) walk = shortest.at(start);
            for (auto step = first; step; step = untaken(walk.back().to)) {
                walk.push_back(*step);
                taken[key_of(*step)] = true;
            }
            for (const Step& step : walk) taken[key_of(step)] = true;
            walks.push_back(std::move(walk));
        }
    }
    return walks;
}

std::vector<Attempt> illegal_attempts(const Model& model) {
    std::vector<Attempt> attempts;
    for (const NameData& state : model.states) {
        for (const NameData& action : model.actions) {
            const bool covered =
                std::any_of(model.rows.begin(), model.rows.end(), [&](const RowData& row) {
                    return row.action == action.value && has(row.from, state.value);
                });
            if (!covered) attempts.push_back({state.value, action.value});
        }
    }
    return attempts;
}

std::string text(const Model& model, const Walk& walk) {
    std::string text;
    for (const Step& step : walk) {
        text +=
            fmt::format("{}{} {} -> {}", text.empty() ? "" : "; ", step.row->number,
                        name_in(model.actions, step.row->action), name_in(model.states, step.to));
    }
    return text;
}

}  // namespace yilian::lifecycle
