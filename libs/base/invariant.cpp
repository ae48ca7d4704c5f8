#include "libs/base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace yilian {

void invariant_broken(std::string_view what, std::string_view file, int line) {
    std::fprintf(stderr, "invariant broken: %.*s at %.*s:%d\n", static_cast<int>(what.size()),
                 what.data(), static_cast<int>(file.size()), file.data(), line);
    std::abort();
}

}  // namespace yilian
