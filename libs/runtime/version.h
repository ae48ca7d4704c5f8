#pragma once

#include <string_view>

namespace yilian::runtime {

inline constexpr std::string_view kVersion = "0.1.0";  // of the CMake project

}  // namespace yilian::runtime
