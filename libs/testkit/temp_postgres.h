#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace yilian::testkit {

// A private PostgreSQL 15 cluster for tests: Debian's binaries, `--locale=C --encoding=UTF8`, fsync
// on, trust on a Unix socket in its own folder, no TCP. As root it runs as user `postgres`. It
// starts in about two seconds, so a test program uses shared() and a database for each test.
// It dies with the thread that started it (parent-death signal): start it on the main thread.
// Not thread-safe.
class TempPostgres {
  public:
    // Throws std::runtime_error with the reason and the end of the log when it cannot start.
    TempPostgres();
    TempPostgres(const TempPostgres&) = delete;
    TempPostgres& operator=(const TempPostgres&) = delete;
    ~TempPostgres();

    // The one of this program, stopped at exit.
    static TempPostgres& shared();

    // A new empty database; its conninfo for libpq.
    [[nodiscard]] std::string new_database();
    [[nodiscard]] std::string conninfo(const std::string& database) const;

    // SIGKILL for the postmaster; returns when all its children are gone too.
    void kill9();
    // After kill9() or stop(): starts again on the same data and waits until it answers.
    void restart();
    // Immediate stop: no checkpoint, connections are cut.
    void stop();

    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    void init();
    void wait_until_ready();
    [[nodiscard]] std::vector<pid_t> children() const;
    void wait_for_children() const;

    std::filesystem::path folder_;
    pid_t pid_ = -1;
    int databases_ = 0;
};

}  // namespace yilian::testkit
