#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace yilian::outbox {

// What relay and consumer tell the outside; runtime wires it to observe. Empty functions are not
// called. Called on their threads: thread-safe and short. Texts carry ids and codes only.
struct Hooks {
    using Seconds = std::chrono::duration<double>;
    enum class Level { kInfo, kWarn, kError };

    std::function<void(std::string_view topic)> published{};  // outbox_published_total
    std::function<void(std::string_view topic)> duplicate{};  // inbox_duplicates_total
    std::function<void(std::string_view topic, std::string_view reason)>
        dead_lettered{};  // events_dead_lettered_total
    std::function<void(std::string_view topic, Seconds)> end_to_end{};  // event_end_to_end_seconds
    // outbox_unpublished_rows, outbox_oldest_unpublished_age_seconds
    std::function<void(std::int64_t rows, Seconds oldest)> unpublished{};
    // An event was handled: the heartbeat of a consumer (librdkafka's own says nothing).
    std::function<void(std::string_view topic)> handled{};
    std::function<void(Level, std::string_view text)> log{};
};

template <class Hook, class... Args>
void tell(const Hook& hook, Args&&... args) {
    if (hook) hook(std::forward<Args>(args)...);
}

}  // namespace yilian::outbox
