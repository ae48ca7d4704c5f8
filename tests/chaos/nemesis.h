#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/fleet.h"

namespace yilian::chaos {

// Strikes while a load goes on: a thread for each victim, and moments drawn from a seed among the
// commands of the load, so that a faster or slower machine sees the same faults.
class Nemesis {
  public:
    // What a strike does; the number of the strike and a draw of the seed come with it.
    using Strike = std::function<void(const std::string& victim, int number, std::uint64_t draw)>;

    // `strikes` a victim within a load of about `commands` commands.
    Nemesis(std::uint64_t seed, const std::vector<std::string>& victims, int strikes,
            std::int64_t commands, Strike strike);
    Nemesis(const Nemesis&) = delete;
    Nemesis& operator=(const Nemesis&) = delete;
    ~Nemesis() { finish(); }

    // A client is about to send a command. Thread-safe, does not block.
    void on_command();
    // The load has ended: strikes that are left are skipped. Answers when all threads have ended.
    void finish();
    // Strikes that have been done.
    [[nodiscard]] int done() const { return done_; }

  private:
    struct Moment {
        std::int64_t command;
        std::uint64_t draw;
    };
    void haunt(const std::string& victim, const std::vector<Moment>& moments);

    const Strike strike_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::int64_t commands_ = 0;
    bool finished_ = false;
    std::atomic<int> done_{0};
    std::vector<std::thread> threads_;
};

// SIGKILL: every second time at once, else by a failpoint in the victim's next life (the three in
// turn), at the latest after two seconds. The victim serves again when it returns. Counts the lives
// that a failpoint ended.
class Killer {
  public:
    explicit Killer(Fleet& fleet) : fleet_(fleet) {}
    void operator()(const std::string& victim, int number, std::uint64_t draw);
    [[nodiscard]] int by_failpoint() const { return by_failpoint_; }
    [[nodiscard]] int never_served() const { return never_served_; }

  private:
    Fleet& fleet_;
    std::atomic<int> by_failpoint_{0};
    std::atomic<int> never_served_{0};
};

}  // namespace yilian::chaos
