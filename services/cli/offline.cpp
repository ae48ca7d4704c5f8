#include "services/cli/offline.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "libs/policy/yaml/reader.h"
#include "libs/tabular/file.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

std::string read_whole(const std::string& path) {
    std::error_code error;
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path, error)) {
        throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + path);
    }
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + path);
    return text;
}

std::string one_line(const policy::Problem& problem, std::size_t count) {
    std::string text = problem.reason.text() + ": " + problem.file;
    if (problem.line > 0) text += ":" + std::to_string(problem.line);
    if (!problem.detail.empty()) text += ": " + problem.detail;
    if (count > 1) text += " (and " + std::to_string(count - 1) + " more)";
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

policy::billing::Blocks read_blocks(const std::string& params) {
    auto report = policy::read_params(read_whole(params), params);
    if (!report.problems.empty()) {
        throw CommandFailed(kExitParameters,
                            one_line(report.problems.front(), report.problems.size()));
    }
    return *std::move(report.blocks);
}

void refuse_missing_block(std::string_view block, const std::string& params) {
    throw CommandFailed(kExitParameters,
                        "POLICY_KEY_MISSING: " + params + ": body." + std::string(block));
}

std::string text_of(const Refusal& refusal) {
    std::string text = refusal.reason.text() + ":";
    for (const auto& [key, value] : refusal.metadata) {
        if (!value.empty()) text += " " + key + "=" + value;
    }
    return text;
}

unsigned threads_of(const OfflineArgs& args) {
    constexpr unsigned kMost = 256;
    if (args.threads > 0) return std::min(args.threads, kMost);
    return std::max(1U, std::thread::hardware_concurrency());
}

OfflineFiles::OfflineFiles(const OfflineArgs& args)
    : args_(args),
      terminal_(::isatty(STDERR_FILENO) == 1),
      shown_(std::chrono::steady_clock::now()),
      errors_path_(args.errors.value_or(args.out + ".errors.csv")),
      folder_(tabular::directory_of(errors_path_)),
      errors_(folder_) {}

tabular::Reader OfflineFiles::open(const std::string& path, tabular::Spec spec) {
    look_at_row_ = 0;  // a reader counts from 0
    auto reader = tabular::Reader::open(path, std::move(spec), errors_);
    if (!reader) throw CommandFailed(kExitUnreadable, text_of(reader.refusal()));
    return std::move(reader).value();
}

bool OfflineFiles::read(tabular::Reader& reader) {
    if (!args_.quiet && reader.rows_read() >= look_at_row_) show_progress(reader);
    return next(reader);
}

bool OfflineFiles::next(tabular::Reader& reader) {
    const auto more = reader.next();
    if (!more) throw CommandFailed(kExitUnreadable, text_of(more.refusal()));
    return *more;
}

void OfflineFiles::show_progress(const tabular::Reader& reader) {
    constexpr std::uint64_t kRows = 16'384;
    constexpr std::chrono::milliseconds kTerminal{100};
    constexpr std::chrono::seconds kPlain{10};
    look_at_row_ = reader.rows_read() + kRows;
    const auto now = std::chrono::steady_clock::now();
    if (now - shown_ < (terminal_ ? std::chrono::steady_clock::duration(kTerminal) : kPlain))
        return;
    shown_ = now;
    std::fprintf(stderr, terminal_ ? "\r\033[K%llu rows of %s" : "%llu rows of %s\n",
                 static_cast<unsigned long long>(reader.rows_read()), reader.file().c_str());
}

void OfflineFiles::reject(const tabular::Reader& reader, Reason reason) {
    errors_.add(reader.file(), reader.row().number(), "", reason, "");
}

tabular::OutputFile& OfflineFiles::result(const std::string& path) {
    auto file = outputs_.create(path);
    if (!file) throw CommandFailed(kExitUnwritable, text_of(file.refusal()));
    results_.push_back(*file);
    return **file;
}

void OfflineFiles::need(const Outcome<Allowed>& done) {
    if (!done) throw CommandFailed(kExitUnwritable, text_of(done.refusal()));
}

int OfflineFiles::commit() {
    const bool bad = !errors_.empty();
    if (bad && args_.strict) {
        for (tabular::OutputFile* file : results_) outputs_.abandon(file);
    }
    auto report = outputs_.create(errors_path_);
    if (!report) throw CommandFailed(kExitUnwritable, text_of(report.refusal()));
    need(errors_.write(**report));
    need(outputs_.commit());
    if (terminal_ && !args_.quiet) std::fputs("\r\033[K", stderr);
    if (!bad) return kExitGood;
    return args_.strict ? kExitStrict : kExitFailed;
}

}  // namespace yilian::cli
