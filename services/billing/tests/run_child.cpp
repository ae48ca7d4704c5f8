// The life of a run that run_kill_test ends whenever it likes: takes up whatever is there and goes
// on until the last run of the chain is published.
//   run_child <sqlite|postgres> <address> <runs>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "libs/policy/testing/packs.h"
#include "libs/testkit/status.h"
#include "services/billing/app/month_runs.h"
#include "services/billing/app/runs.h"
#include "services/billing/tests/harness.h"

namespace yilian::billing::test {
namespace {

constexpr const char* kPeriod = "2026-03";
constexpr const char* kDistrict = "350104";

std::string id_of(int number) {
    return number == 1 ? "INSTITUTION_MONTH-2026-03" : "again-" + std::to_string(number);
}

template <class T>
void need(const Outcome<T>& outcome) {
    if (outcome.ok()) return;
    std::fprintf(stderr, "run_child: %s\n", std::string(outcome.refusal().reason.code()).c_str());
    std::exit(3);
}

// The next step of the chain; false when there is none.
bool step(Harness& h, int runs) {
    bool more = true;
    h.unit([&](app::Unit& u) {
        int number = runs;
        std::optional<store::RunRow> run;
        while (number > 0 && !(run = store::run(u.tx, id_of(number)))) --number;
        const std::string etag = run ? '"' + std::to_string(run->changes) + '"' : "";
        if (!run) {
            need(app::start_month(u, {"", kDistrict, *calendar::CivilMonth::parse(kPeriod), {}}));
        } else if (run->state == RunState::kDraft) {
            app::compute_chunks(u, run->run_id);
        } else if (run->state == RunState::kComputed) {
            u.actor.id = "approver";
            need(app::approve_run(u, run->run_id, etag, run->result_digest));
        } else if (run->state == RunState::kApproved) {
            need(app::publish_run(u, run->run_id, etag));
        } else if (number < runs) {
            need(app::supersede_run(u, run->run_id, etag, id_of(number + 1)));
        } else {
            more = false;
        }
    });
    return more;
}

int live(const std::string& driver, const std::string& address, int runs) {
    const auto store = driver == "sqlite" ? storage::make_sqlite_store(address, {})
                                          : storage::make_postgres_store(address, {});
    if (!store->start().ok()) return 4;
    {
        Harness h(*store, policy::testing::shipped_packs());
        h.now = at("2026-04-15T09:00:00+08:00");
        h.actor = "clerk";
        h.chunk_cases(1);
        while (step(h, runs)) {
        }
    }
    store->stop();
    return 0;
}

}  // namespace
}  // namespace yilian::billing::test

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    return yilian::billing::test::live(argv[1], argv[2], std::atoi(argv[3]));
}
