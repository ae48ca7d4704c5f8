#include "tests/functional/written_tables.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <stdexcept>

namespace yilian::functional {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const std::string& service) {
    const char* root = std::getenv("YILIAN_SOURCE_DIR");
    if (root == nullptr) throw std::runtime_error("YILIAN_SOURCE_DIR is set by ctest");
    return fs::path(root) / "services" / service;
}

std::string text_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

// Adjacent literals are one statement.
std::string joined(const std::string& text) {
    static const std::regex seam("\"\\s+\"");
    return std::regex_replace(text, seam, "");
}

// Name of each constant -> table that it writes; reading statements are left out.
std::map<std::string, std::string> writing_queries(const fs::path& store) {
    static const std::regex constant("\\bQuery\\s+(k\\w+)\\{([^;]*)\\};");
    static const std::regex write("(?:INSERT INTO|UPDATE|DELETE FROM) (\\w+)");
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::directory_iterator(store)) {
        const std::string text = joined(text_of(entry.path()));
        for (std::sregex_iterator it(text.begin(), text.end(), constant), end; it != end; ++it) {
            const std::string statement = (*it)[2].str();
            std::smatch match;
            if (std::regex_search(statement, match, write)) found[(*it)[1].str()] = match[1].str();
        }
    }
    return found;
}

}  // namespace

WrittenTables written_tables(const std::string& service) {
    const fs::path folder = folder_of(service);
    const auto queries = writing_queries(folder / "store");
    if (queries.empty()) throw std::runtime_error("no statements of " + service);
    std::set<std::string> by_events;
    WrittenTables tables;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const fs::path part = *fs::relative(entry.path(), folder).begin();
        if (entry.path().extension() != ".cpp" || part == "tests") continue;
        const std::string text = text_of(entry.path());
        static const std::regex name("\\bk[A-Z]\\w*");
        for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
            const auto query = queries.find(it->str());
            if (query == queries.end()) continue;
            (part == "consume" ? by_events : tables.otherwise).insert(query->second);
        }
    }
    for (const std::string& table : by_events) {
        if (!tables.otherwise.contains(table)) tables.by_events.insert(table);
    }
    return tables;
}

}  // namespace yilian::functional
