#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace yilian::tabular {

// Internal to the library: an owned POSIX file descriptor. Errors are errno values, 0 is success;
// interrupted calls are repeated.
class File {
  public:
    File() = default;
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    File& operator=(File&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    struct Opened;
    [[nodiscard]] static Opened open_for_reading(const std::string& path);
    // A new file; fails when the path exists.
    [[nodiscard]] static Opened create(const std::string& path);
    // A new file that has no name and vanishes when closed.
    [[nodiscard]] static Opened create_unnamed(const std::string& directory);

    struct Read;
    [[nodiscard]] Read read(char* into, std::size_t size);
    // From an absolute position, without moving the file's own one.
    [[nodiscard]] Read read_at(char* into, std::size_t size, std::size_t position) const;
    [[nodiscard]] int write(std::string_view bytes);
    // To the disk, then closed.
    [[nodiscard]] int sync_and_close();

  private:
    int descriptor_ = -1;
};

struct File::Opened {
    File file;
    int error = 0;
};

struct File::Read {
    std::size_t size = 0;  // 0 at the end of the file
    int error = 0;
};

// Makes renames inside a directory durable.
[[nodiscard]] int sync_directory(const std::string& directory);

// "a/b.csv" -> "a"; "b.csv" -> ".".
[[nodiscard]] std::string directory_of(const std::string& path);

// Text of an errno value.
[[nodiscard]] std::string error_text(int error);

}  // namespace yilian::tabular
