// Issue item 5: all keys that the services use are read from the pack, and a key that changes
// nothing is unread. Each key of libs/policy/keys is either read by a service, and then an entry of
// that service's tests/policy_keys_test.cpp changes it, or it stands in policy_keys_later.csv with
// the issue that it belongs to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "libs/policy/keys.h"

namespace yilian::contract {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;

const fs::path& root() {
    static const fs::path folder = std::getenv("YILIAN_SOURCE_DIR");
    return folder;
}

// Without line comments: a name in a comment is no use of it.
std::string code_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return std::regex_replace(text, std::regex("//[^\n]*"), "");
}

// Name of the constant -> name of the key.
std::map<std::string, std::string> constants() {
    static const std::regex declared(
        R"(inline constexpr auto (k\w+)\s*=\s*key::\w+\(\s*\"([^\"]+)\")");
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(root() / "libs/policy/keys")) {
        const std::string code = code_of(entry.path());
        for (auto it = std::sregex_iterator(code.begin(), code.end(), declared);
             it != std::sregex_iterator(); ++it) {
            out.emplace((*it)[1], (*it)[2]);
        }
    }
    return out;
}

// Keys whose constants stand in the code.
std::set<std::string> keys_in(const std::string& code,
                              const std::map<std::string, std::string>& known) {
    static const std::regex word(R"(\bk[A-Z]\w+)");
    std::set<std::string> out;
    for (auto it = std::sregex_iterator(code.begin(), code.end(), word);
         it != std::sregex_iterator(); ++it) {
        const auto found = known.find(it->str());
        if (found != known.end()) out.insert(found->second);
    }
    return out;
}

// The five services; the command line prints packs and decides nothing by them.
const std::vector<std::string>& services() {
    static const std::vector<std::string> names = {"billing", "directory", "prescriptions",
                                                   "referrals", "registries"};
    return names;
}

std::set<std::string> read_by(const std::string& service,
                              const std::map<std::string, std::string>& known) {
    std::set<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(root() / "services" / service)) {
        const fs::path& file = entry.path();
        const bool source = file.extension() == ".cpp" || file.extension() == ".h";
        if (!source || file.string().find("/tests/") != std::string::npos) continue;
        out.merge(keys_in(code_of(file), known));
    }
    return out;
}

std::set<std::string> changed_by(const std::string& service,
                                 const std::map<std::string, std::string>& known) {
    const fs::path file = root() / "services" / service / "tests/policy_keys_test.cpp";
    return fs::exists(file) ? keys_in(code_of(file), known) : std::set<std::string>();
}

// First column -> second one.
std::map<std::string, std::string> table(const char* name) {
    std::ifstream in(root() / "tests/contract" / name);
    std::map<std::string, std::string> out;
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        const auto comma = line.find(',');
        EXPECT_TRUE(out.emplace(line.substr(0, comma), line.substr(comma + 1)).second) << line;
    }
    return out;
}

TEST(PolicyKeys, EveryConstantIsFound) {
    std::set<std::string> found;
    for (const auto& [constant, key] : constants()) found.insert(key);
    std::set<std::string> known;
    for (const policy::KeySpec& spec : policy::all_keys()) known.emplace(spec.name);
    EXPECT_EQ(found, known);
}

TEST(PolicyKeys, EveryKeyIsReadOrBelongsToALaterIssue) {
    const auto known = constants();
    std::set<std::string> read;
    for (const std::string& service : services()) {
        read.merge(read_by(service, known));
        // What lies under a block of billing is read through the block; the entry proves it.
        read.merge(changed_by(service, known));
    }
    const auto later = table("policy_keys_later.csv");
    static const std::regex issue("[3-7]");
    for (const auto& [key, number] : later) {
        EXPECT_TRUE(policy::key_index(key)) << key << " is no key";
        EXPECT_TRUE(std::regex_match(number, issue)) << key;
        EXPECT_FALSE(read.contains(key)) << key << " is read now: take it out of the list";
    }
    for (const auto& [constant, key] : known) {
        EXPECT_TRUE(read.contains(key) || later.contains(key)) << key << " is unread";
    }
}

TEST(PolicyKeys, EveryKeyThatAServiceReadsIsChangedByATestOfIt) {
    const auto known = constants();
    for (const std::string& service : services()) {
        const auto changed = changed_by(service, known);
        const auto read = read_by(service, known);
        EXPECT_GT(read.size(), 5U) << service;
        for (const std::string& key : read) {
            EXPECT_TRUE(changed.contains(key))
                << service << " reads " << key << " and no test changes it";
        }
    }
}

}  // namespace
}  // namespace yilian::contract
