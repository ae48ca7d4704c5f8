#include "libs/base/invariant.h"

#include <cstdio>
#include <cstdlib>

// A program whose error lines have a form of their own defines this; others do not.
extern "C" [[gnu::weak]] const char* yilian_invariant_prefix();

namespace yilian {

void invariant_broken(std::string_view what, std::string_view file, int line) {
    const char* prefix =
        yilian_invariant_prefix != nullptr ? yilian_invariant_prefix() : "invariant broken";
    std::fprintf(stderr, "%s: %.*s at %.*s:%d\n", prefix, static_cast<int>(what.size()),
                 what.data(), static_cast<int>(file.size()), file.data(), line);
    std::abort();
}

}  // namespace yilian
