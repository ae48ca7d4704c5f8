#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include "libs/base/failpoint.h"

namespace yilian {
namespace {

struct Armed {
    std::string name;
    long passage = 0;
};

Armed read_environment() {
    const char* text = std::getenv("YILIAN_FAILPOINT");
    if (text == nullptr) return {};
    const std::string_view spec(text);
    const auto colon = spec.find(':');
    Armed armed{std::string(spec.substr(0, colon)), 1};
    if (colon != std::string_view::npos) {
        std::from_chars(spec.data() + colon + 1, spec.data() + spec.size(), armed.passage);
    }
    return armed;
}

}  // namespace

void failpoint(std::string_view name) {
    static const Armed armed = read_environment();
    static std::atomic<long> passages{0};
    if (name != armed.name) return;
    if (passages.fetch_add(1) + 1 == armed.passage) std::raise(SIGKILL);
}

}  // namespace yilian
