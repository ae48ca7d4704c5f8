#pragma once

#include <atomic>

#include "libs/runtime/app.h"

// A small service for the tests of runtime: it speaks the institution part of directory's API and
// keeps institutions in one table.
namespace yilian::runtime::sample {

// Hooks by which a test watches or disturbs the sample.
struct Probe {
    std::atomic<int> runs = 0;      // runs of RegisterInstitution inside a unit
    std::atomic<int> consumed = 0;  // events handled
    std::atomic<bool> write_then_refuse = false;
    std::atomic<int> hold_ms = 0;  // how long a unit of work holds its store worker
};

[[nodiscard]] ServiceDefinition definition(Probe& probe);

}  // namespace yilian::runtime::sample
