#include "libs/outbox/task_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace yilian::outbox {
namespace {

using namespace std::chrono_literals;

// A task that holds the queue until it is let go.
class Plug {
  public:
    TaskQueue::Step step() {
        return [this] {
            running.set_value();
            go.get_future().wait();
            return true;
        };
    }
    std::promise<void> running;
    std::promise<void> go;
};

TEST(TaskQueue, RunsInTheOrderOfArrival) {
    TaskQueue queue(1ms, 1ms);
    std::vector<int> order;
    std::promise<void> last;
    for (int i = 0; i < 5; ++i) {
        queue.add("", [&order, &last, i] {
            order.push_back(i);
            if (i == 4) last.set_value();
            return true;
        });
    }
    queue.start();
    last.get_future().wait();
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(TaskQueue, RepeatsWhatCouldNotFinish) {
    TaskQueue queue(1ms, 4ms);
    queue.start();
    int runs = 0;
    std::promise<void> done;
    queue.add("a", [&] {
        if (++runs < 4) return false;
        done.set_value();
        return true;
    });
    done.get_future().wait();
    queue.stop();
    EXPECT_EQ(runs, 4);
}

TEST(TaskQueue, OneThatWaitsIsNotQueuedTwiceButOneThatRunsIs) {
    TaskQueue queue(1ms, 1ms);
    queue.start();
    Plug plug;
    std::atomic<int> runs{0};
    queue.add("a", plug.step());
    plug.running.get_future().wait();
    std::promise<void> end;
    for (int i = 0; i < 3; ++i) {
        queue.add("a", [&] {
            ++runs;
            return true;
        });
    }
    queue.add("end", [&] {
        end.set_value();
        return true;
    });
    plug.go.set_value();
    end.get_future().wait();
    EXPECT_EQ(runs, 1);
}

TEST(TaskQueue, StopTellsThoseThatNeverRan) {
    TaskQueue queue(1ms, 1ms);
    queue.start();
    Plug plug;
    queue.add("plug", plug.step());
    plug.running.get_future().wait();
    int dropped = 0;
    queue.add(
        "", [] { return true; }, [&] { ++dropped; });
    std::thread stopping([&] { queue.stop(); });
    while (!queue.stopping()) std::this_thread::yield();
    plug.go.set_value();
    stopping.join();
    EXPECT_EQ(dropped, 1);
    queue.add(
        "", [] { return true; }, [&] { ++dropped; });
    EXPECT_EQ(dropped, 2);
}

}  // namespace
}  // namespace yilian::outbox
