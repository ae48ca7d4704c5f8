// Rates of settlement lists and of a month's run in the service's use cases, without gRPC:
//   yilian_bench_lists [lists]
// Prints one JSON line. Rates, never asserted.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "services/billing/tests/harness.h"

namespace {

using yilian::billing::test::Harness;

double seconds(std::chrono::steady_clock::time_point since) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

int main(int argc, char** argv) {
    using namespace yilian::billing;
    const int lists = argc > 1 ? std::atoi(argv[1]) : 10'000;
    const int residents = lists / 4 + 1;
    Harness h(yilian::storage::Dialect::kSqlite);
    test::feed_places(h);
    const auto facts = std::chrono::steady_clock::now();
    for (int i = 0; i < residents; ++i) {
        h.event(*test::fact::resident("r" + std::to_string(i), "1967-06-15"));
    }
    const double fact_seconds = seconds(facts);
    h.now = test::at("2026-04-01T09:00:00+08:00");
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < lists; ++i) {
        const std::string resident = "r" + std::to_string(i / 4);
        auto list = i % 4 == 0   ? test::stay_s1(resident, "")
                    : i % 4 == 1 ? test::stay_s2(resident, "")
                                 : test::outpatient_s3(resident, "p" + std::to_string(i));
        list.set_list_id("l" + std::to_string(i));
        h.submit(list);
    }
    const double submit_seconds = seconds(start);
    h.now = test::at("2026-04-15T09:00:00+08:00");
    const auto run = std::chrono::steady_clock::now();
    h.publish_month("2026-03");
    std::printf(
        "{\"lists\":%d,\"facts_per_second\":%.0f,\"lists_per_second\":%.0f,\"month_run_seconds\":%."
        "3f}\n",
        lists, residents / fact_seconds, lists / submit_seconds, seconds(run));
    return 0;
}
