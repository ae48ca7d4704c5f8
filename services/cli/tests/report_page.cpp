#include "services/cli/tests/report_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <utility>

namespace yilian::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string unescaped(std::string text) {
    const std::pair<const char*, const char*> entities[] = {
        {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};
    for (const auto& [entity, plain] : entities) {
        for (auto at = text.find(entity); at != std::string::npos; at = text.find(entity, at + 1)) {
            text.replace(at, std::string(entity).size(), plain);
        }
    }
    return text;
}

// What a pointer names; with a '*' the sum over all rows.
Json value_at(const Json& all, const std::string& path) {
    const auto star = path.find("/*/");
    if (star == std::string::npos) return all.at(Json::json_pointer(path));
    std::int64_t sum = 0;
    for (const Json& row : all.at(Json::json_pointer(path.substr(0, star)))) {
        sum += row.at(path.substr(star + 3)).get<std::int64_t>();
    }
    return sum;
}

// The number that a reader takes from the text: its digits, with the places that the unit has.
std::string read_back(const std::string& text, const std::string& as) {
    if (as == "plain") return text;
    std::string digits;
    for (const char c : text) {
        if ((c >= '0' && c <= '9') || c == '-') digits += c;
    }
    const std::size_t places = as == "points" ? 4 : as == "count" ? 0 : 2;
    const auto point = text.find('.');
    EXPECT_EQ(point == std::string::npos, places == 0) << text;
    if (places > 0) {
        const std::string after = text.substr(point + 1);
        EXPECT_EQ(after.find_first_not_of("0123456789"),
                  as == "percent" ? places : std::string::npos)
            << text;
    }
    const auto first = digits.find_first_not_of("0-");
    const std::string sign = digits.starts_with('-') ? "-" : "";
    return first == std::string::npos ? "0" : sign + digits.substr(first);
}

std::set<std::string> wanted_cells(const std::vector<Json>& summaries) {
    std::set<std::string> wanted;
    for (std::size_t i = 0; i < summaries.size(); ++i) {
        const std::string base = "/" + std::to_string(i) + "/";
        for (const auto& [key, value] : summaries[i].items()) {
            if (!value.is_structured()) wanted.insert(base + key);
        }
        for (const char* rows : {"institutions", "referral_flow", "control", "statements"}) {
            std::size_t index = 0;
            for (const Json& row : summaries[i].at(rows)) {
                for (const auto& [key, value] : row.items()) {
                    wanted.insert(base + rows + "/" + std::to_string(index) + "/" + key);
                }
                ++index;
            }
        }
    }
    return wanted;
}

}  // namespace

ShownPage show_page(const std::string& file, const std::string& scratch) {
    const std::string errors = scratch + "/browser.log";
    const std::string command =
        "chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage "
        "--disable-background-networking --disable-component-update --no-first-run "
        "--enable-logging=stderr --v=0 --user-data-dir='" +
        scratch + "/profile' --dump-dom 'file://" + file + "' 2>'" + errors + "'";
    ShownPage page;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        page.dom.append(buffer.data(), got);
    }
    EXPECT_EQ(::pclose(pipe), 0) << "chromium must be installed";
    std::ifstream in(errors);
    page.errors = {std::istreambuf_iterator<char>(in), {}};
    return page;
}

void expect_page_shows(const std::string& dom, const std::vector<Json>& summaries) {
    const Json all = summaries;
    static const std::regex element(
        "<(td|b) [^>]*data-path=\"([^\"]+)\" data-as=\"([a-z]+)\"[^>]*>([^<]*)</");
    std::set<std::string> missing = wanted_cells(summaries);
    for (auto it = std::sregex_iterator(dom.begin(), dom.end(), element);
         it != std::sregex_iterator(); ++it) {
        const std::string path = unescaped((*it)[2].str());
        const Json value = value_at(all, path);
        const std::string wanted = value.is_null()     ? "–"
                                   : value.is_string() ? value.get<std::string>()
                                                       : value.dump();
        EXPECT_EQ(read_back(unescaped((*it)[4].str()), (*it)[3].str()), wanted) << path;
        if ((*it)[1].str() == "td") missing.erase(path);
    }
    for (const std::string& path : missing) ADD_FAILURE() << "not on the page: " << path;
}

void expect_nothing_outside(const std::string& page) {
    EXPECT_EQ(page.find("<script"), std::string::npos);
    for (const char* outside :
         {"src=", "url(", "@import", "http://", "https://", "<link rel=\"s"}) {
        const auto at = page.find(outside);
        EXPECT_EQ(at, std::string::npos) << page.substr(std::min(at, page.size()), 80);
    }
    // The only link is an empty icon, so that no browser asks for one.
    EXPECT_NE(page.find("<link rel=\"icon\" href=\"data:,\">"), std::string::npos);
}

}  // namespace yilian::cli
