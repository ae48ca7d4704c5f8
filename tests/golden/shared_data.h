#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

// Reference data that stands beside the repository, not in it.
namespace yilian::golden {

// The folder of the reference data: YILIAN_SHARED_DIR, else shared/ in the source root, else beside
// it.
[[nodiscard]] inline std::optional<std::filesystem::path> shared_dir() {
    const char* named = std::getenv("YILIAN_SHARED_DIR");
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    const std::filesystem::path root = source != nullptr ? source : ".";
    if (named != nullptr && *named != '\0') return named;
    for (const auto& candidate : {root / "shared", root / ".." / "shared"}) {
        if (std::filesystem::is_directory(candidate)) return candidate;
    }
    return std::nullopt;
}

// A file or folder below the reference data. Where it is missing the calling test fails when
// CI=true and otherwise says that nothing was compared: a checkout without the data still builds
// and runs.
[[nodiscard]] inline std::optional<std::filesystem::path> shared_path(std::string_view relative) {
    const auto dir = shared_dir();
    if (dir && std::filesystem::exists(*dir / relative)) return *dir / relative;
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") {
        ADD_FAILURE() << "reference data not found: " << relative;
    } else {
        std::cout << "reference data not found, nothing compared: " << relative << "\n";
    }
    return std::nullopt;
}

[[nodiscard]] inline std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in.good()) << file;
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace yilian::golden
