#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "libs/tabular/file.h"

namespace yilian::tabular {

// One output file while it is being written. Bytes go to a temporary file beside the target; a
// write error is remembered and told by OutputSet::commit(). Not thread-safe.
class OutputFile {
  public:
    void append(std::string_view bytes);
    // The path as given.
    [[nodiscard]] const std::string& path() const { return path_; }
    // The folder of the target, for temporary files of the same size.
    [[nodiscard]] std::string directory() const { return directory_of(target_); }

  private:
    friend class OutputSet;
    std::string path_;
    std::string target_;     // the path with symbolic links resolved
    std::string temporary_;  // empty once renamed or abandoned
    std::string backup_;     // the former target while commit() runs, empty without one
    File file_;
    std::string buffer_;
    int error_ = 0;
};

// All outputs of one command: either every target gets its new content or none is touched
// (billing.md 16.1). Written to temporary files in the target directories; commit() syncs all of
// them, then renames all of them. Without commit(), on a refusal, an exception or an exit, the
// destructor removes the temporary files; after a kill they stay behind as ".NAME.tmp-PID-N", and
// the targets are as they were. (Only a kill between two renames can leave some targets new and
// some old; each of them is complete.) Not thread-safe.
class OutputSet {
  public:
    OutputSet() = default;
    OutputSet(const OutputSet&) = delete;
    OutputSet& operator=(const OutputSet&) = delete;
    ~OutputSet();

    // Starts an output; the pointer is valid as long as the set. FILE_NOT_WRITABLE (metadata file,
    // error) when the folder cannot be written, the target is no regular file or is given twice.
    [[nodiscard]] Outcome<OutputFile*> create(const std::string& path);

    // Gives an output up: its target stays untouched and commit() leaves it out (`--strict`).
    void abandon(OutputFile* file);

    // Makes all targets visible and durable. FILE_NOT_WRITABLE when any write, sync or rename
    // failed; then the targets hold what they held before. Call it once.
    [[nodiscard]] Outcome<Allowed> commit();

  private:
    [[nodiscard]] int finish(OutputFile& file);
    [[nodiscard]] int publish(OutputFile& file);
    static void take_back(OutputFile& file);

    std::vector<std::unique_ptr<OutputFile>> files_;
};

}  // namespace yilian::tabular
