#include "libs/storage/batch_runner.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <thread>
#include <typeinfo>

namespace yilian::storage {
namespace {

constexpr int kConflictRuns = 8;

// The type only: an arbitrary what() may quote the data it choked on.
std::string thrown_type(const std::exception& error) {
    int failed = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &failed), &std::free);
    return failed == 0 ? std::string(name.get()) : std::string("exception");
}

absl::Status internal(const std::string& what) { return {absl::StatusCode::kInternal, what}; }

void pause_before_rerun(int run) {
    std::this_thread::sleep_for(std::chrono::microseconds(500) * (1 << std::min(run, 6)));
}

}  // namespace

void BatchRunner::run(std::vector<Unit> units) {
    std::vector<Job> all;
    all.reserve(units.size());
    for (Unit& unit : units) all.push_back(Job{std::move(unit), absl::OkStatus()});
    std::span<Job> jobs = unexpired(all);
    while (!jobs.empty()) {
        const Step step = attempt(jobs);
        if (step == Step::kSettled) return settle(jobs);
        counters_.retried += static_cast<std::int64_t>(jobs.size());
        if (step != Step::kLost) {
            for (Job& job : jobs) alone(job);
            return;
        }
        const bool again = connector_.bear();
        jobs = unexpired(jobs);
        if (!again) {
            fail_all(jobs, absl::UnavailableError(connector_.why()));
            return settle(jobs);
        }
    }
}

// A conflict means that somebody else is writing: the same unit runs again shortly after.
void BatchRunner::alone(Job& job) {
    for (int run = 0;; ++run) {
        const std::span<Job> one = unexpired({&job, 1});
        if (one.empty()) return;
        const Step step = attempt(one);
        if (step == Step::kSettled) return settle(one);
        ++counters_.retried;
        if (step == Step::kLost && !connector_.bear()) {
            fail_all(one, absl::UnavailableError(connector_.why()));
            return settle(one);
        }
        if (step != Step::kLost && run >= kConflictRuns) {
            fail_all(one, absl::AbortedError("conflict with another transaction"));
            return settle(one);
        }
        if (step != Step::kLost) pause_before_rerun(run);
    }
}

// Expired ones are finished and moved behind the span that is returned; order is kept.
std::span<BatchRunner::Job> BatchRunner::unexpired(std::span<Job> jobs) {
    const auto now = std::chrono::steady_clock::now();
    const auto alive = [&](const Job& job) {
        return !job.unit.deadline || *job.unit.deadline > now;
    };
    const auto dead = std::stable_partition(jobs.begin(), jobs.end(), alive);
    const auto kept = static_cast<std::size_t>(dead - jobs.begin());
    for (Job& job : jobs.subspan(kept)) {
        job.status = absl::DeadlineExceededError("deadline passed before the unit started");
        ++counters_.expired;
    }
    settle(jobs.subspan(kept));
    return jobs.first(kept);
}

BatchRunner::Step BatchRunner::attempt(std::span<Job> jobs) {
    Session* session = connector_.acquire();
    if (session == nullptr) return Step::kLost;
    const bool single = jobs.size() == 1;
    try {
        return attempt_on(*session, jobs);
    } catch (const CommitInDoubt& error) {
        for (Job& job : jobs) {
            if (!job.status.ok()) continue;
            job.status = absl::Status(absl::StatusCode::kDataLoss, error.what());
            ++counters_.in_doubt;
        }
        return Step::kSettled;
    } catch (const StorageError& error) {
        session->rollback();
        connector_.note(error.what());
        if (error.kind() == StorageError::Kind::kConnection) return Step::kLost;
        if (error.kind() == StorageError::Kind::kConflict) return Step::kConflict;
        if (single) jobs.front().status = internal(error.what());
    } catch (const std::exception& error) {
        session->rollback();
        if (single)
            jobs.front().status = internal(fmt::format("unit threw {}", thrown_type(error)));
    } catch (...) {
        session->rollback();
        if (single) jobs.front().status = internal("unit threw something");
    }
    return single ? Step::kSettled : Step::kSplit;
}

BatchRunner::Step BatchRunner::attempt_on(Session& session, std::span<Job> jobs) {
    std::set<std::string> keys;
    for (const Job& job : jobs) {
        keys.insert(job.unit.lock_keys.begin(), job.unit.lock_keys.end());
    }
    const std::vector<std::string> locked(keys.begin(), keys.end());
    session.begin(locked, jobs.size());
    bool something = false;
    for (Job& job : jobs) something = member(session, job, jobs.size() == 1) || something;
    if (jobs.size() == 1 && !something) return Step::kSettled;
    session.commit();
    connector_.good();
    ++counters_.commits;
    std::int64_t writes = 0;
    for (const Job& job : jobs) writes += job.status.ok() ? job.writes : 0;
    if (writes > 0 && on_commit_) on_commit_();
    return Step::kSettled;
}

bool BatchRunner::member(Session& session, Job& job, bool single) {
    job.status = absl::OkStatus();
    session.begin_member();
    try {
        job.unit.work(session);
        session.end_member();
        job.writes = session.writes();
        return true;
    } catch (const Rollback& wish) {
        return undo(session, job, single, wish.status());
    } catch (const StorageError& error) {
        const bool shared = error.kind() == StorageError::Kind::kConflict ||
                            error.kind() == StorageError::Kind::kConnection;
        if (shared) throw;
        return undo(session, job, single, internal(error.what()));
    }
}

bool BatchRunner::undo(Session& session, Job& job, bool single, absl::Status status) {
    job.status = status.ok() ? internal("Rollback without a reason") : std::move(status);
    if (single) {
        session.rollback();
        return false;
    }
    if (!session.in_transaction()) throw NeighbourFailed("the database dropped the transaction");
    session.undo_member();
    return true;
}

void BatchRunner::settle(std::span<Job> jobs) {
    std::vector<Answers::Finished> finished;
    finished.reserve(jobs.size());
    for (Job& job : jobs) finished.push_back(finish(job));
    if (!finished.empty()) answers_.give(std::move(finished));
}

Answers::Finished BatchRunner::finish(Job& job) {
    ++(job.status.ok() ? counters_.units : counters_.failed);
    return {std::move(job.unit), std::move(job.status)};
}

void BatchRunner::fail_all(std::span<Job> jobs, const absl::Status& status) {
    for (Job& job : jobs) job.status = status;
}

}  // namespace yilian::storage
