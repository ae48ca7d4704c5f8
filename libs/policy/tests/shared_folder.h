#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

// Where the specification and the seeds are; they are read from there and never copied.
namespace yilian::policy::testing {

inline std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

inline std::filesystem::path source_root() { return environment("YILIAN_SOURCE_DIR"); }

// YILIAN_SHARED_DIR, else shared/, else ../shared/ from the source root. A folder that is missing
// is a failure of the test, not a reason to pass.
inline std::filesystem::path shared_folder() {
    namespace fs = std::filesystem;
    const std::string named = environment("YILIAN_SHARED_DIR");
    for (const fs::path& candidate :
         {fs::path(named), source_root() / "shared", source_root() / ".." / "shared"}) {
        if (!candidate.empty() && fs::is_directory(candidate)) return candidate;
    }
    throw std::runtime_error("the shared folder is missing: set YILIAN_SHARED_DIR");
}

inline std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::string base_pack_text() {
    return text_of_file(source_root() / "deploy/policies/cn/v1.yaml");
}

}  // namespace yilian::policy::testing
