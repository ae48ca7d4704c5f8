#include "libs/tabular/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "fmt/format.h"

namespace yilian::tabular {
namespace {

constexpr std::size_t kBuffer = std::size_t{256} * 1024;

Refusal not_writable(const std::string& path, const std::string& error) {
    return {"FILE_NOT_WRITABLE", {{"file", path}, {"error", error}}};
}

// ".NAME.KIND-PID-N" beside the target; no two outputs of any process meet.
std::string name_beside(const std::string& target, std::string_view kind) {
    static std::atomic<std::uint64_t> counter{0};
    const std::size_t slash = target.rfind('/');
    const std::string name = slash == target.npos ? target : target.substr(slash + 1);
    return fmt::format("{}/.{}.{}-{}-{}", directory_of(target), name, kind, ::getpid(), ++counter);
}

// The file that `path` names when it is a symbolic link, so that the link itself stays.
std::string resolve(const std::string& path) {
    char* real = ::realpath(path.c_str(), nullptr);
    if (real == nullptr) return path;
    std::string resolved(real);
    std::free(real);
    return resolved;
}

}  // namespace

void OutputFile::append(std::string_view bytes) {
    buffer_.append(bytes);
    if (buffer_.size() < kBuffer) return;
    if (error_ == 0) error_ = file_.write(buffer_);
    buffer_.clear();
}

OutputSet::~OutputSet() {
    for (const auto& file : files_) {
        if (!file->temporary_.empty()) ::unlink(file->temporary_.c_str());
    }
}

Outcome<OutputFile*> OutputSet::create(const std::string& path) {
    auto file = std::make_unique<OutputFile>();
    file->path_ = path;
    file->target_ = resolve(path);
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        return not_writable(path, "not a regular file");
    }
    for (const auto& other : files_) {
        if (other->target_ == file->target_) return not_writable(path, "given twice");
    }
    file->temporary_ = name_beside(file->target_, "tmp");
    File::Opened opened = File::create(file->temporary_);
    if (opened.error != 0) return not_writable(path, error_text(opened.error));
    file->file_ = std::move(opened.file);
    files_.push_back(std::move(file));
    return files_.back().get();
}

void OutputSet::abandon(OutputFile* file) {
    if (!file->temporary_.empty()) ::unlink(file->temporary_.c_str());
    file->temporary_.clear();
    file->file_ = File();
}

Outcome<Allowed> OutputSet::commit() {
    std::vector<OutputFile*> open;
    for (const auto& file : files_) {
        if (!file->temporary_.empty()) open.push_back(file.get());
    }
    for (OutputFile* file : open) {
        if (const int error = finish(*file); error != 0) {
            return not_writable(file->path_, error_text(error));
        }
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
        if (const int error = publish(*open[i]); error != 0) {
            for (std::size_t j = i; j-- > 0;) take_back(*open[j]);
            return not_writable(open[i]->path_, error_text(error));
        }
    }
    std::set<std::string> directories;
    for (OutputFile* file : open) {
        if (!file->backup_.empty()) ::unlink(file->backup_.c_str());
        directories.insert(file->directory());
    }
    for (const std::string& directory : directories) {
        if (const int error = sync_directory(directory); error != 0) {
            return not_writable(directory, error_text(error));
        }
    }
    return Allowed{};
}

int OutputSet::finish(OutputFile& file) {
    if (file.error_ == 0) file.error_ = file.file_.write(file.buffer_);
    file.buffer_.clear();
    return file.error_ != 0 ? file.error_ : file.file_.sync_and_close();
}

// Renames, keeping the former target under another name until all renames are done.
int OutputSet::publish(OutputFile& file) {
    const std::string backup = name_beside(file.target_, "old");
    if (::link(file.target_.c_str(), backup.c_str()) == 0) file.backup_ = backup;
    if (std::rename(file.temporary_.c_str(), file.target_.c_str()) != 0) {
        const int error = errno;
        if (!file.backup_.empty()) ::unlink(file.backup_.c_str());
        return error;
    }
    file.temporary_.clear();
    return 0;
}

void OutputSet::take_back(OutputFile& file) {
    if (file.backup_.empty()) {
        ::unlink(file.target_.c_str());
    } else {
        std::rename(file.backup_.c_str(), file.target_.c_str());
    }
}

}  // namespace yilian::tabular
