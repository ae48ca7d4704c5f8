#include "libs/tabular/error_report.h"

#include <utility>

#include "libs/base/utf8.h"
#include "libs/tabular/column.h"
#include "libs/tabular/csv_writer.h"

namespace yilian::tabular {
namespace {

constexpr std::size_t kBudget = std::size_t{16} * 1024 * 1024;

// The report stays UTF-8 whatever the input was.
std::string well_formed(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = first_utf8_char(text).length;
        result.append(length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

}  // namespace

ErrorReport::ErrorReport(std::string spill_directory)
    : lines_(std::move(spill_directory), kBudget) {}

void ErrorReport::add(std::string_view file, std::uint64_t row, std::string_view column,
                      Reason reason, std::string_view value) {
    std::string key(file);
    key.push_back('\0');
    for (int shift = 56; shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>((row >> shift) & 0xFF));
    }
    std::string line;
    append_field(line, file);
    line.append(",").append(std::to_string(row)).append(",");
    append_field(line, column);
    line.append(",").append(reason.code()).append(",");
    append_field(line, is_personal_column(column) ? std::string(kMaskedText) : well_formed(value));
    line.push_back('\n');
    lines_.add(key, line);
}

Outcome<Allowed> ErrorReport::write(OutputFile& into) {
    into.append("file,row,column,reason,value\n");
    return lines_.drain([&](std::string_view line) { into.append(line); });
}

}  // namespace yilian::tabular
