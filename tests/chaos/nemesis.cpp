#include "tests/chaos/nemesis.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "fmt/format.h"

namespace yilian::chaos {

using namespace std::chrono_literals;

Nemesis::Nemesis(std::uint64_t seed, const std::vector<std::string>& victims, int strikes,
                 std::int64_t commands, Strike strike)
    : strike_(std::move(strike)) {
    std::mt19937_64 random(seed);
    for (const std::string& victim : victims) {
        std::vector<Moment> moments;
        for (int i = 0; i < strikes; ++i) {
            // The last tenth is left, so that a load that turns out shorter sees all of them.
            const auto span =
                static_cast<std::uint64_t>(std::max<std::int64_t>(commands * 9 / 10, 1));
            moments.push_back({static_cast<std::int64_t>(random() % span), random()});
        }
        std::sort(moments.begin(), moments.end(),
                  [](const Moment& a, const Moment& b) { return a.command < b.command; });
        threads_.emplace_back(
            [this, victim, moments = std::move(moments)] { haunt(victim, moments); });
    }
}

void Nemesis::on_command() {
    const std::lock_guard lock(mutex_);
    ++commands_;
    changed_.notify_all();
}

void Nemesis::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void Nemesis::haunt(const std::string& victim, const std::vector<Moment>& moments) {
    int number = 0;
    for (const Moment& moment : moments) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return finished_ || commands_ >= moment.command; });
            if (commands_ < moment.command) return;
        }
        // Somewhere within the command.
        std::this_thread::sleep_for(std::chrono::microseconds(moment.draw % 8000));
        strike_(victim, number++, moment.draw);
        ++done_;
    }
}

void Killer::operator()(const std::string& victim, int number, std::uint64_t draw) {
    static constexpr const char* kFailpoints[] = {
        "after_db_commit_before_ack", "after_produce_before_mark", "before_offset_commit"};
    Process& process = fleet_.process(victim);
    process.kill9();
    if (number % 2 == 1) {
        const char* failpoint = kFailpoints[(number / 2) % 3];
        fleet_.start(victim, {{"YILIAN_FAILPOINT", fmt::format("{}:{}", failpoint, 1 + draw % 3)}});
        bool ended = false;
        for (int i = 0; i < 200 && !ended; ++i) {
            std::this_thread::sleep_for(10ms);
            ended = process.ended();
        }
        if (ended) ++by_failpoint_;
        process.kill9();
    }
    fleet_.start(victim);
    if (!fleet_.wait_serving(victim)) ++never_served_;
}

}  // namespace yilian::chaos
