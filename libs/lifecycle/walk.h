#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/lifecycle/model.h"

namespace yilian::lifecycle {

// Test sequences taken from the table, for the model test of a service: the test performs each step
// on the real aggregate (making the guards true), expects `to`, and tries illegal attempts on the
// way. Pure functions of their arguments; the same seed gives the same walk on every machine.

struct Step {
    const RowData* row = nullptr;  // points into the model
    int from = 0;                  // -1 for a creation
    int to = 0;
};
using Walk = std::vector<Step>;  // starts with a creation; each step starts where the last ended

struct Attempt {
    int state = 0;
    int action = 0;
};

// A random walk that ends in a final state or after `max_steps` steps (>= 1), each step one of the
// rows and targets that apply, all equally likely. `model` must be free of problems().
[[nodiscard]] Walk random_walk(const Model& model, std::uint64_t seed, std::size_t max_steps);

// Walks that together take every row from each of its states to each of its targets at least once,
// each led there on a shortest way. A dozen or two walks for a table of 40 rows.
[[nodiscard]] std::vector<Walk> covering_walks(const Model& model);

// Every pair (state, action) that no row covers: each must be refused and must change nothing.
[[nodiscard]] std::vector<Attempt> illegal_attempts(const Model& model);

// "1 create -> DRAFT; 4 submit -> UNDER_REVIEW" for messages of a failing test.
[[nodiscard]] std::string text(const Model& model, const Walk& walk);

}  // namespace yilian::lifecycle
