#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace yilian::cli::play {

// Work that stays in order: what concerns one resident, pool or bed.
using Lane = std::function<void()>;

// Runs every lane, at most `threads` at a time; returns when all have ended. The result must not
// depend on which lane runs when.
void run_lanes(const std::vector<Lane>& lanes, std::size_t threads);

}  // namespace yilian::cli::play
