#include "tests/contract/event_table.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace yilian::contract {

namespace {

std::string trimmed(const std::string& text) {
    return std::string(absl::StripAsciiWhitespace(text));
}

std::vector<std::string> split(const std::string& text, const char* any_of) {
    return absl::StrSplit(text, absl::ByAnyChar(any_of));
}

std::vector<std::string> pieces(const std::string& text, const char* separator) {
    std::vector<std::string> out;
    for (const std::string& piece : split(text, separator)) {
        if (!trimmed(piece).empty()) out.push_back(trimmed(piece));
    }
    return out;
}

// Without what stands in brackets of the given kind.
std::string outside(const std::string& text, char open, char close) {
    std::string out;
    int depth = 0;
    for (const char c : text) {
        if (c == open) ++depth;
        if (depth == 0) out += c;
        if (c == close) --depth;
    }
    return out;
}

bool is_field(const std::string& name) {
    return !name.empty() && absl::ascii_islower(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
           });
}

void read_payload(const std::string& cell, EventRow& row) {
    const std::string text = outside(outside(cell, '(', ')'), '{', '}');
    const bool alternatives = absl::StrContains(text, "/");
    for (const std::string& part : split(text, "/,+")) {
        std::string name = trimmed(part);
        if (name.empty() || name == "as above" || name == "the same") continue;
        const bool optional = absl::EndsWith(name, "?");
        name = absl::StrReplaceAll(name, {{"?", ""}, {"[]", ""}, {" ", "_"}});
        if (!is_field(name)) {
            ADD_FAILURE() << "payload field not understood: " << part << " in " << cell;
            continue;
        }
        (optional || alternatives ? row.somewhere : row.required).push_back(name);
    }
}

std::set<std::string> read_consumers(const std::string& cell, const std::string& publisher) {
    static const std::map<std::string, std::string> kNames = {{"dir", "directory"},
                                                              {"ref", "referrals"},
                                                              {"rx", "prescriptions"},
                                                              {"reg", "registries"},
                                                              {"bil", "billing"}};
    std::set<std::string> out;
    for (const std::string& part : split(cell, ";")) {
        const std::string who = part.substr(0, part.find(':'));
        for (const std::string& word : pieces(absl::StrReplaceAll(who, {{" ", ","}}), ",")) {
            if (word == "all") {
                for (const auto& [brief, service] : kNames) out.insert(service);
            } else if (const auto at = kNames.find(word); at != kNames.end()) {
                out.insert(at->second);
            }
        }
    }
    out.erase(publisher);
    return out;
}

EventRow read_row(const std::vector<std::string>& cells, const std::string& service,
                  const EventRow* previous) {
    EventRow row;
    row.service = service;
    row.messages = pieces(outside(cells[1], '(', ')'), ",");
    const std::vector<std::string> types = pieces(cells[2], ",");
    std::copy_if(types.begin(), types.end(), std::back_inserter(row.types),
                 [](const std::string& type) { return type != "…"; });
    row.types_complete = row.types.size() == row.messages.size();
    row.key = trimmed(outside(cells[3], '(', ')'));
    const bool as_before =
        absl::StartsWith(cells[5], "as above") || absl::StartsWith(cells[5], "the same");
    if (as_before) {
        if (previous == nullptr) {
            ADD_FAILURE() << "nothing stands above " << cells[1];
        } else {
            row.required = previous->required;
            row.somewhere = previous->somewhere;
        }
    }
    read_payload(cells[5], row);
    row.consumers = read_consumers(cells[6], service);
    return row;
}

}  // namespace

std::vector<EventRow> parse_event_table(const std::string& text) {
    std::vector<EventRow> rows;
    std::string service;
    for (const std::string& line : split(text, "\n")) {
        if (absl::StartsWith(line, "## ")) {
            const std::vector<std::string> quoted = split(line, "`");
            const std::vector<std::string> parts = split(quoted.size() == 3 ? quoted[1] : "", ".");
            service = parts.size() == 3 ? parts[1] : "";
            continue;
        }
        if (service.empty() || !absl::StartsWith(line, "| ")) continue;
        std::vector<std::string> cells;
        for (const std::string& cell : split(line, "|")) cells.push_back(trimmed(cell));
        if (cells.size() != 8) {
            ADD_FAILURE() << "not six columns: " << line;
            continue;
        }
        if (cells[1] == "event") continue;
        rows.push_back(read_row(cells, service, rows.empty() ? nullptr : &rows.back()));
    }
    return rows;
}

}  // namespace yilian::contract
