#include "tests/chaos/process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>

#include "libs/base/invariant.h"

namespace yilian::chaos {

void on_lasting_thread(const std::function<void()>& work) {
    class Worker {
      public:
        ~Worker() { thread_.request_stop(); }
        void run(const std::function<void()>& task) {
            if (std::this_thread::get_id() == thread_.get_id()) return task();
            std::packaged_task<void()> packaged(task);
            std::future<void> ended = packaged.get_future();
            {
                const std::lock_guard lock(mutex_);
                tasks_.push_back(std::move(packaged));
            }
            changed_.notify_one();
            ended.get();
        }

      private:
        void loop(const std::stop_token& stop) {
            std::unique_lock lock(mutex_);
            while (changed_.wait(lock, stop, [this] { return !tasks_.empty(); })) {
                std::packaged_task<void()> task = std::move(tasks_.front());
                tasks_.pop_front();
                lock.unlock();
                task();
                lock.lock();
            }
        }
        std::mutex mutex_;
        std::condition_variable_any changed_;
        std::deque<std::packaged_task<void()>> tasks_;
        std::jthread thread_{[this](const std::stop_token& stop) { loop(stop); }};
    };
    static Worker worker;
    worker.run(work);
}

void Process::start(const std::map<std::string, std::string>& environment) {
    YILIAN_INVARIANT(pid_ <= 0, "chaos: process runs already");
    // Made before fork(): other threads of this program may hold locks that the child would need.
    std::vector<char*> argv{program_.data()};
    for (std::string& argument : arguments_) argv.push_back(argument.data());
    argv.push_back(nullptr);
    std::vector<std::string> texts;
    for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
    std::vector<char*> variables;
    for (char** own = environ; *own != nullptr; ++own) variables.push_back(*own);
    for (std::string& text : texts) variables.push_back(text.data());
    variables.push_back(nullptr);
    on_lasting_thread([&] { launch(argv.data(), variables.data()); });
}

void Process::launch(char* const* argv, char* const* environment) {
    pid_ = ::fork();
    YILIAN_INVARIANT(pid_ >= 0, "chaos: fork");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execve(program_.c_str(), argv, environment);
        ::_exit(127);
    }
}

void Process::kill9() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

int Process::terminate() {
    if (pid_ <= 0) return 0;
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool Process::ended() {
    if (pid_ <= 0) return true;
    if (::waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
    pid_ = -1;
    return true;
}

std::vector<int> free_ports(int count) {
    std::vector<int> sockets;
    std::vector<int> ports;
    for (int i = 0; i < count; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                           ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
        YILIAN_INVARIANT(bound, "chaos: no free port");
        sockets.push_back(fd);
        ports.push_back(ntohs(address.sin_port));
    }
    for (const int fd : sockets) ::close(fd);
    return ports;
}

}  // namespace yilian::chaos
