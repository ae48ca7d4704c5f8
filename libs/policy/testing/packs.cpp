#include "libs/policy/testing/packs.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "libs/policy/keys.h"
#include "libs/policy/yaml/node.h"
#include "libs/policy/yaml/reader.h"

namespace yilian::policy::testing {
namespace {

std::filesystem::path folder() {
    const char* root = std::getenv("YILIAN_SOURCE_DIR");
    if (root == nullptr) throw std::runtime_error("YILIAN_SOURCE_DIR is not set");
    return std::filesystem::path(root) / "deploy/policies";
}

std::string text_of_file(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::shared_ptr<const PackSet> good(const LoadReport& report) {
    if (!report.packs) throw std::runtime_error(text_of(report.problems));
    return report.packs;
}

Node parsed(const std::string& text) {
    Problems problems;
    auto node = parse_yaml(text, "override", problems);
    if (!node) throw std::runtime_error(text_of(problems));
    return std::move(*node);
}

// The document with its keys overridden; canonical JSON is YAML again.
std::string overridden(const std::string& text, const Overrides& overrides) {
    Node document = parsed(text);
    Node keys = *document.find("keys");
    for (const auto& [name, value] : overrides) {
        const auto index = key_index(name);
        if (!index) throw std::runtime_error("no such key: " + name);
        const std::string_view unit = name_of(all_keys()[*index].unit);
        const Node entry =
            parsed(fmt::format("entry: {{value: {}{}, mark: P, source: \"test\"}}\n", value,
                               unit.empty() ? std::string() : fmt::format(", unit: {}", unit)));
        keys.set(name, *entry.find("entry"));
    }
    document.set("keys", std::move(keys));
    // What the file says about itself no longer holds.
    std::erase_if(document.fields, [](const auto& field) {
        return field.first == "examples" || field.first == "not_stated";
    });
    return canonical_json(document);
}

std::vector<PackText> texts_with(std::string_view district, const Overrides& overrides) {
    std::vector<PackText> texts;
    for (const Document& document : shipped_packs()->documents()) {
        const std::string text = text_of_file(document.file);
        texts.push_back(
            {document.file, document.region == district ? overridden(text, overrides) : text});
    }
    return texts;
}

std::shared_ptr<const Pack> at(const PackSet& packs, std::string_view district, Date day) {
    auto pack = packs.at(district, day);
    if (!pack.ok()) {
        throw std::runtime_error(fmt::format("no pack of {} on {}", district, day.text()));
    }
    return std::move(pack).value();
}

}  // namespace

std::shared_ptr<const PackSet> shipped_packs() {
    static const std::shared_ptr<const PackSet> packs = good(load_directory(folder()));
    return packs;
}

std::shared_ptr<const Pack> shipped_pack(std::string_view district, Date day) {
    return at(*shipped_packs(), district, day);
}

std::shared_ptr<const PackSet> packs_with(std::string_view district, const Overrides& overrides) {
    return good(load_packs(texts_with(district, overrides)));
}

void write_packs_with(const std::filesystem::path& target, std::string_view district,
                      const Overrides& overrides) {
    for (const PackText& pack : texts_with(district, overrides)) {
        const std::filesystem::path file = target / std::filesystem::relative(pack.file, folder());
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << pack.text;
    }
}

std::shared_ptr<const Pack> pack_with(std::string_view district, Date day,
                                      const Overrides& overrides) {
    return at(*packs_with(district, overrides), district, day);
}

std::string second_version(std::string_view region, std::string_view effective_from,
                           const Overrides& overrides) {
    for (const Document& document : shipped_packs()->documents()) {
        if (document.region != region) continue;
        Node next = parsed(overridden(document.text, overrides));
        const Node head = parsed(
            fmt::format("{{version: 2, supersedes: 1, effective_from: \"{}\"}}", effective_from));
        for (const auto& [name, value] : head.fields) next.set(name, value);
        return canonical_json(next);
    }
    throw std::runtime_error("no such region");
}

}  // namespace yilian::policy::testing
