// How many cases a property test draws: linked into a test program, it completes RC_PARAMS before
// rapidcheck reads it. Thousands in every run, with YILIAN_FULL=1 so many that the properties of
// billing together see millions of histories. A max_success in RC_PARAMS is left as it is, and so
// is a seed.
#include <cstdlib>
#include <string>

namespace {

constexpr const char* kRuns = "max_success=2000";
constexpr const char* kFullRuns = "max_success=300000";

[[maybe_unused]] const bool kCompleted = [] {
    const char* given = std::getenv("RC_PARAMS");
    std::string params = given != nullptr ? given : "";
    if (params.find("max_success=") != std::string::npos) return true;
    if (!params.empty()) params += ' ';
    params += std::getenv("YILIAN_FULL") != nullptr ? kFullRuns : kRuns;
    return ::setenv("RC_PARAMS", params.c_str(), 1) == 0;
}();

}  // namespace
