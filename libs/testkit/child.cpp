#include "libs/testkit/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "libs/base/invariant.h"

namespace yilian::testkit {

Child::Child(const std::string& program, const std::vector<std::string>& arguments) {
    const auto beside = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
    std::vector<std::string> all{"setpriv", "--pdeathsig", "KILL", beside.string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2] = {-1, -1};
    YILIAN_INVARIANT(pipe2(ends, O_CLOEXEC) == 0, "cannot make a pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    const int failed = posix_spawnp(&pid_, "setpriv", &files, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    YILIAN_INVARIANT(failed == 0, "cannot start a helper program");
    output_ = fdopen(ends[0], "r");
}

Child::~Child() {
    kill9();
    wait();
    std::fclose(output_);
}

std::optional<std::string> Child::line() {
    std::string text;
    for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
        if (c == '\n') return text;
        text += static_cast<char>(c);
    }
    return std::nullopt;
}

void Child::kill9() {
    if (pid_ > 0) kill(pid_, SIGKILL);
}

int Child::wait() {
    if (pid_ <= 0) return 0;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace yilian::testkit
