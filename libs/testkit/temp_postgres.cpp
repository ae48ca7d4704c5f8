#include "libs/testkit/temp_postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace yilian::testkit {
namespace {

namespace fs = std::filesystem;
constexpr const char* kBin = "/usr/lib/postgresql/15/bin";
constexpr const char* kUser = "postgres";
constexpr std::chrono::seconds kStartLimit{60};
constexpr std::chrono::seconds kChildrenLimit{5};

const passwd* server_user() { return geteuid() == 0 ? getpwnam(kUser) : getpwuid(geteuid()); }

// The server's user must get through every folder above; the run's own temp folder may be closed.
bool reachable(const fs::path& folder) {
    if (geteuid() != 0) return true;
    for (fs::path p = folder; p != p.root_path(); p = p.parent_path()) {
        struct stat info {};
        if (stat(p.c_str(), &info) != 0 || (info.st_mode & S_IXOTH) == 0) return false;
    }
    return true;
}

fs::path make_folder() {
    constexpr std::size_t kSocketPathMax = 100;
    fs::path parent = fs::temp_directory_path();
    const std::string shape = fmt::format("yl-pg-{}-XXXXXX", getpid());
    const std::size_t socket_length = (parent / shape).string().size() + sizeof("/.s.PGSQL.5432");
    if (socket_length >= kSocketPathMax || !reachable(parent)) parent = "/tmp";
    std::string name = (parent / shape).string();
    if (mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a folder in " + name);
    const passwd* user = server_user();
    if (user == nullptr) throw std::runtime_error("no user postgres: is postgresql-15 installed?");
    if (chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + name + " to the server's user");
    }
    return name;
}

// Folders of programs that were killed; their servers died with them.
void sweep_left_over() {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), ignored)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("yl-pg-")) continue;
        const pid_t owner = std::atoi(name.c_str() + 6);
        if (owner > 0 && kill(owner, 0) != 0) fs::remove_all(entry.path(), ignored);
    }
}

// setpriv changes the user, asks for a signal at the parent's death, and becomes the program.
pid_t spawn(std::vector<std::string> command, const fs::path& log) {
    std::vector<std::string> all{"setpriv", "--pdeathsig", "QUIT"};
    if (geteuid() == 0) {
        for (const char* a : {"--reuid", kUser, "--regid", kUser, "--init-groups"})
            all.emplace_back(a);
    }
    all.insert(all.end(), command.begin(), command.end());
    std::vector<char*> argv;
    for (std::string& a : all) argv.push_back(a.data());
    argv.push_back(nullptr);
    std::string locale = "LC_ALL=C";
    std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char* env[] = {locale.data(), path.data(), nullptr};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t pid = -1;
    const int failed = posix_spawnp(&pid, "setpriv", &files, nullptr, argv.data(), env);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) throw std::runtime_error("cannot start " + command.front());
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string end_of(const fs::path& log) {
    std::ostringstream text;
    text << std::ifstream(log).rdbuf();
    const std::string all = text.str();
    return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

struct CloseConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

}  // namespace

TempPostgres::TempPostgres() {
    sweep_left_over();
    folder_ = make_folder();
    init();
    restart();
}

TempPostgres::~TempPostgres() {
    stop();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

TempPostgres& TempPostgres::shared() {
    static TempPostgres instance;
    return instance;
}

void TempPostgres::init() {
    const pid_t pid = spawn({std::string(kBin) + "/initdb", "--pgdata", (folder_ / "data").string(),
                             "--locale=C", "--encoding=UTF8", "--auth=trust", "--username=postgres",
                             "--no-sync", "--no-instructions"},
                            folder_ / "initdb.log");
    if (wait_for(pid) != 0)
        throw std::runtime_error("initdb failed:\n" + end_of(folder_ / "initdb.log"));
}

void TempPostgres::restart() {
    pid_ = spawn(
        {std::string(kBin) + "/postgres", "-D", (folder_ / "data").string(), "-k", folder_.string(),
         "-c", "listen_addresses=", "-c", "fsync=on", "-c", "recovery_init_sync_method=syncfs",
         "-c", "log_min_messages=fatal", "-c", "max_wal_size=256MB"},
        folder_ / "server.log");
    wait_until_ready();
}

void TempPostgres::wait_until_ready() {
    const auto limit = std::chrono::steady_clock::now() + kStartLimit;
    while (PQping(conninfo("postgres").c_str()) != PQPING_OK) {
        int status = 0;
        const bool dead = waitpid(pid_, &status, WNOHANG) == pid_;
        if (dead) pid_ = -1;
        if (dead || std::chrono::steady_clock::now() > limit) {
            throw std::runtime_error("PostgreSQL did not start:\n" +
                                     end_of(folder_ / "server.log"));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::string TempPostgres::conninfo(const std::string& database) const {
    return fmt::format("host={} user=postgres dbname={} connect_timeout=5", folder_.string(),
                       database);
}

std::string TempPostgres::new_database() {
    const std::string name = fmt::format("test{}", ++databases_);
    const Connection connection(PQconnectdb(conninfo("postgres").c_str()));
    PGresult* result = PQexec(connection.get(), ("CREATE DATABASE " + name).c_str());
    const bool made = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!made) throw std::runtime_error(PQerrorMessage(connection.get()));
    return conninfo(name);
}

void TempPostgres::kill9() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    wait_for(pid_);
    pid_ = -1;
    wait_for_children();
}

void TempPostgres::stop() {
    if (pid_ < 0) return;
    kill(pid_, SIGQUIT);
    wait_for(pid_);
    pid_ = -1;
    wait_for_children();
}

// Backends of a dead postmaster end by themselves, but for one that waits for a lock whose holder
// has gone; a new server refuses to start before all have ended.
void TempPostgres::wait_for_children() const {
    const auto patience = std::chrono::steady_clock::now() + kChildrenLimit;
    const auto limit = patience + kStartLimit;
    for (auto left = children(); !left.empty(); left = children()) {
        const auto now = std::chrono::steady_clock::now();
        if (now > limit) return;
        if (now > patience) {
            for (const pid_t child : left) kill(child, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::vector<pid_t> TempPostgres::children() const {
    std::vector<pid_t> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
        const fs::path cwd = fs::read_symlink(entry.path() / "cwd", ignored);
        if (cwd == folder_ / "data") found.push_back(std::atoi(entry.path().filename().c_str()));
    }
    return found;
}

}  // namespace yilian::testkit
