#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "tests/contract/contracts.h"
#include "tests/golden/shared_data.h"

// Every refusal that the specification's method tables name stands in the comment of a method of
// that row: the comment is what a client's author reads.
namespace yilian::contract {

namespace {

namespace pb = google::protobuf;

// Common to all methods of a service, named once in the comment before the service.
const std::set<std::string>& common_reasons() {
    static const std::set<std::string> names = {"FIELD_INVALID", "STATE_TRANSITION_NOT_ALLOWED",
                                                "AUTH_RECORD_ACCESS_DENIED"};
    return names;
}

std::map<std::string, std::string> method_comments(const std::string& package) {
    std::map<std::string, std::string> out;
    for (const pb::FileDescriptor* file : contracts().files()) {
        if (file->package() != package) continue;
        for (int i = 0; i < file->service_count(); ++i) {
            for (int j = 0; j < file->service(i)->method_count(); ++j) {
                pb::SourceLocation location;
                file->service(i)->method(j)->GetSourceLocation(&location);
                out[file->service(i)->method(j)->name()] = location.leading_comments;
            }
        }
    }
    return out;
}

std::set<std::string> words(const std::string& text, const char* pattern) {
    const std::regex expression(pattern);
    std::set<std::string> out;
    for (auto it = std::sregex_iterator(text.begin(), text.end(), expression);
         it != std::sregex_iterator(); ++it) {
        out.insert(it->str());
    }
    return out;
}

std::set<std::string> reasons_of(const std::string& cell) {
    // What follows describes an answer, not a refusal; a star stands for a family.
    std::string text = cell.substr(0, cell.find("answer"));
    text = std::regex_replace(text, std::regex("[A-Z_]+\\*"), "");
    std::set<std::string> out = words(text, "\\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\\b|`[A-Z]+`");
    std::set<std::string> plain;
    for (const std::string& reason : out) {
        const std::string bare = reason[0] == '`' ? reason.substr(1, reason.size() - 2) : reason;
        if (!common_reasons().contains(bare)) plain.insert(bare);
    }
    return plain;
}

struct Table {
    const char* service;
    const char* file;
    const char* heading;
};

int check_row(const std::map<std::string, std::string>& comments, const std::string& line) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() < 4) return 0;
    const std::set<std::string> methods = words(cells[1], "\\b[A-Z][a-z]+[A-Za-z]*\\b");
    std::string together;
    for (const std::string& method : methods) {
        const auto at = comments.find(method);
        if (at == comments.end()) return 0;  // not served yet
        absl::StrAppend(&together, at->second, "\n");
    }
    if (methods.empty()) return 0;
    const std::set<std::string> named = words(together, "\\b[A-Z][A-Z0-9_]+\\b");
    for (const std::string& reason : reasons_of(cells[cells.size() - 2])) {
        EXPECT_TRUE(named.contains(reason)) << cells[1] << " does not say " << reason;
    }
    return 1;
}

}  // namespace

TEST(ReasonTables, MethodCommentsNameTheRefusals) {
    const std::vector<Table> tables = {
        {"directory", "spec/contracts.md", "## 7. gRPC methods"},
        {"registries", "spec/registries.md", "## 11. gRPC methods"},
        {"referrals", "spec/referrals.md", "## 9. gRPC methods"},
        {"prescriptions", "spec/prescriptions.md", "## 6. gRPC methods"},
        {"billing", "spec/billing.md", "### 14.1 gRPC"}};
    for (const Table& table : tables) {
        SCOPED_TRACE(table.service);
        const auto path = golden::shared_path(table.file);
        if (!path) continue;
        const std::string text = golden::read_text(*path);
        const std::size_t start = text.find(table.heading);
        ASSERT_NE(start, std::string::npos);
        const std::size_t end = text.find("\n##", start + 1);
        const std::vector<std::string> lines =
            absl::StrSplit(text.substr(start, end - start), '\n');
        const auto comments = method_comments(absl::StrCat("yilian.", table.service, ".v1"));
        int rows = 0;
        for (const std::string& line : lines) {
            if (line.rfind("| ", 0) == 0) rows += check_row(comments, line);
        }
        EXPECT_GT(rows, 6) << "the table was not read";
    }
}

}  // namespace yilian::contract
