#pragma once

#include <span>
#include <string_view>

namespace yilian {

// A file compiled into the binary by yilian_embed() (deploy/cmake/YilianTargets.cmake).
struct EmbeddedFile {
    std::string_view name;  // file name without folder
    std::string_view text;  // its bytes
};

}  // namespace yilian
