// Drives the clock to the end and prints a line for each timer whose unit has committed, until
// somebody kills it.   timers_kill_child sqlite|postgres <address>
#include <unistd.h>

#include <string>

#include "libs/timers/engine.h"
#include "libs/timers/tests/kill_schema.h"

namespace {

using namespace yilian;

void say(const std::string& word) {
    const std::string line = word + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(3);
}

void record(timers::FireContext& context) {
    context.tx.post(timers::testing::kRecord, context.timer.key.aggregate_id, context.timer.due,
                    context.now);
    // Every third timer is followed by another one of its record, once.
    if (context.timer.payload != "chain") return;
    timers::schedule(context.tx, context.timer.key, context.now + std::chrono::seconds(7), "");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 1;
    const bool sqlite = std::string(argv[1]) == "sqlite";
    const auto store = sqlite ? storage::make_sqlite_store(argv[2], {})
                              : storage::make_postgres_store(argv[2], {});
    if (!store->start().ok()) return 1;
    DrivenClock clock(instant_from_ms(0));
    timers::TimerEngine engine(*store, clock, {.group_max = 4},
                               {.fired = [](const timers::Timer&, Instant) { say("fired"); }});
    engine.handle(
        "a", [](const timers::Timer& timer) { return std::vector{timer.key.aggregate_id}; },
        record);
    if (!engine.start().ok()) return 1;
    if (!engine.advance_to(instant_from_ms(timers::testing::kEndMs)).ok()) return 2;
    say("done");
    return 0;
}
