#include "services/cli/offline.h"

#include <algorithm>
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
      progress_(args.quiet),
      errors_path_(args.errors.value_or(args.out + ".errors.csv")),
      folder_(tabular::directory_of(errors_path_)),
      errors_(folder_) {}

tabular::Reader OfflineFiles::open(const std::string& path, tabular::Spec spec) {
    progress_.restart();
    auto reader = tabular::Reader::open(path, std::move(spec), errors_);
    if (!reader) throw CommandFailed(kExitUnreadable, text_of(reader.refusal()));
    return std::move(reader).value();
}

bool OfflineFiles::read(tabular::Reader& reader) {
    progress_.at(reader.rows_read(), reader.file());
    return next(reader);
}

bool OfflineFiles::next(tabular::Reader& reader) {
    const auto more = reader.next();
    if (!more) throw CommandFailed(kExitUnreadable, text_of(more.refusal()));
    return *more;
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
    progress_.end();
    if (!bad) return kExitGood;
    return args_.strict ? kExitStrict : kExitFailed;
}

}  // namespace yilian::cli
