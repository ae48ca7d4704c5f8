#pragma once

#include <string_view>

namespace yilian {

// Prints "invariant broken: <what> at <file>:<line>" to stderr and aborts. Never returns.
[[noreturn]] void invariant_broken(std::string_view what, std::string_view file, int line);

}  // namespace yilian

// A condition that only a bug in this program can break. Stays on in release builds.
// `what` is constant text and must not carry data of a request.
#define YILIAN_INVARIANT(condition, what)                             \
    do {                                                              \
        if (!(condition)) {                                           \
            ::yilian::invariant_broken((what), __FILE__, __LINE__);   \
        }                                                             \
    } while (false)
