#include "services/cli/report_files.h"

#include <fstream>
#include <iterator>

#include "libs/tabular/output.h"
#include "services/cli/exit_code.h"
#include "services/cli/report/report.h"

namespace yilian::cli {

std::vector<nlohmann::ordered_json> read_summaries(const std::vector<std::string>& files) {
    std::vector<nlohmann::ordered_json> summaries;
    for (const std::string& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
        if (!parsed.is_object() || !parsed.contains("district")) {
            throw CommandFailed(kExitUnreadable, "FILE_NOT_READABLE: file=" + file);
        }
        summaries.push_back(std::move(parsed));
    }
    return summaries;
}

void write_report(const std::string& directory,
                  const std::vector<nlohmann::ordered_json>& summaries) {
    write_whole(directory + "/report.html", render_report(summaries));
}

void write_whole(const std::string& path, const std::string& text) {
    tabular::OutputSet outputs;
    const auto file = outputs.create(path);
    if (!file) throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
    (*file)->append(text);
    if (!outputs.commit()) throw CommandFailed(kExitUnwritable, "FILE_NOT_WRITABLE: file=" + path);
}

}  // namespace yilian::cli
