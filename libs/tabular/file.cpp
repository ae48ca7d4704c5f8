#include "libs/tabular/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace yilian::tabular {
namespace {

template <class Call>
auto repeated(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

File::Opened opened(int descriptor) {
    if (descriptor < 0) return {File(), errno};
    return {File(descriptor), 0};
}

}  // namespace

File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

File::Opened File::open_for_reading(const std::string& path) {
    return opened(repeated([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
}

File::Opened File::create(const std::string& path) {
    return opened(repeated(
        [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }));
}

File::Opened File::create_unnamed(const std::string& directory) {
    std::string name = directory + "/.rows.XXXXXX";
    const int descriptor = repeated([&] { return ::mkostemp(name.data(), O_CLOEXEC); });
    if (descriptor >= 0) ::unlink(name.c_str());
    return opened(descriptor);
}

File::Read File::read(char* into, std::size_t size) {
    const ssize_t got = repeated([&] { return ::read(descriptor_, into, size); });
    if (got < 0) return {0, errno};
    return {static_cast<std::size_t>(got), 0};
}

File::Read File::read_at(char* into, std::size_t size, std::size_t position) const {
    const ssize_t got =
        repeated([&] { return ::pread(descriptor_, into, size, static_cast<off_t>(position)); });
    if (got < 0) return {0, errno};
    return {static_cast<std::size_t>(got), 0};
}

int File::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put =
            repeated([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
        if (put < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return 0;
}

int File::sync_and_close() {
    const int synced = ::fsync(descriptor_) == 0 ? 0 : errno;
    const int closed = ::close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno;
    return synced != 0 ? synced : closed;
}

int sync_directory(const std::string& directory) {
    const int descriptor =
        repeated([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return errno;
    return File(descriptor).sync_and_close();
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == path.npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string error_text(int error) { return std::generic_category().message(error); }

}  // namespace yilian::tabular
