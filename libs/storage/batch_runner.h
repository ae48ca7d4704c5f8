#pragma once

#include <functional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "libs/storage/answers.h"
#include "libs/storage/connector.h"
#include "libs/storage/session.h"
#include "libs/storage/store.h"

namespace yilian::storage {

// Runs the units of one writer: many in one transaction, a savepoint each. A member that fails by
// an error of its own is rolled back to its savepoint. When the failure is not only its own
// (conflict, transaction dropped by the database, unexpected exception, failure at commit) the
// whole batch is rolled back and its members run one by one, in order. Same rules for both
// databases. Used on one thread; `done` of the units is left to `answers`.
class BatchRunner {
  public:
    BatchRunner(Connector& connector, Counters& counters, const std::function<void()>& on_commit,
                Answers& answers)
        : connector_(connector), counters_(counters), on_commit_(on_commit), answers_(answers) {}

    // Has given each unit to the answers exactly once when it returns.
    void run(std::vector<Unit> units);

  private:
    struct Job {
        Unit unit;
        absl::Status status;
        std::int64_t writes = 0;
    };
    enum class Step { kSettled, kSplit, kConflict, kLost };

    Step attempt(std::span<Job> jobs);
    Step attempt_on(Session& session, std::span<Job> jobs);
    // False when the only member failed and was rolled back: nothing to commit.
    bool member(Session& session, Job& job, bool single);
    bool undo(Session& session, Job& job, bool single, absl::Status status);
    void alone(Job& job);
    std::span<Job> unexpired(std::span<Job> jobs);
    void settle(std::span<Job> jobs);
    [[nodiscard]] Answers::Finished finish(Job& job);
    static void fail_all(std::span<Job> jobs, const absl::Status& status);

    Connector& connector_;
    Counters& counters_;
    const std::function<void()>& on_commit_;
    Answers& answers_;
};

}  // namespace yilian::storage
