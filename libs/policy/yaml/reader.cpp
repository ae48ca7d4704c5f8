#include "libs/policy/yaml/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "libs/crypto/digest.h"
#include "libs/policy/yaml/blocks_reader.h"
#include "libs/policy/yaml/build.h"
#include "libs/policy/yaml/document.h"
#include "libs/policy/yaml/fields.h"

namespace yilian::policy {
namespace {

namespace fs = std::filesystem;

LoadReport finish(const std::vector<PackDocument>& documents, Problems problems) {
    LoadReport report;
    report.problems = std::move(problems);
    check_ranges(documents, report.problems);
    report.packs = build_packs(documents, report.problems, report.warnings);
    tidy(report.problems);
    tidy(report.warnings);
    return report;
}

bool is_ignored(const fs::path& file) {
    const std::string name = file.filename().string();
    return name == "README.md" || name.starts_with("MANIFEST");
}

std::vector<fs::path> sorted_entries(const fs::path& directory, Problems& problems) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) {
        entries.push_back(entry.path());
    }
    if (error) {
        problems.push_back({directory.string(), 0, "POLICY_FILE", "the folder cannot be read"});
    }
    std::ranges::sort(entries);
    return entries;
}

std::optional<std::string> text_of_file(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return std::nullopt;
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) return std::nullopt;
    return text;
}

void read_region_folder(const fs::path& folder, std::vector<PackDocument>& documents,
                        Problems& problems) {
    for (const fs::path& file : sorted_entries(folder, problems)) {
        if (is_ignored(file)) continue;
        const auto text = file.extension() == ".yaml" ? text_of_file(file) : std::nullopt;
        if (!text) {
            problems.push_back({file.string(), 0, "POLICY_FILE", "is not a readable .yaml file"});
            continue;
        }
        auto document = read_document(*text, file.string(), problems);
        if (!document) continue;
        if (document->head.region != folder.filename().string()) {
            problems.push_back({file.string(), 0, "POLICY_FILE",
                                fmt::format("region {} stands in folder {}", document->head.region,
                                            folder.filename().string())});
        }
        documents.push_back(std::move(*document));
    }
}

void read_params_header(Fields& fields, billing::ParamsHeader& header) {
    Problems& problems = fields.problems();
    if (const Node* schema = fields.required("schema")) {
        const auto text = read_text(*schema, "schema", problems);
        if (text && *text != kParamsSchema) {
            refuse(problems, *schema, "POLICY_SCHEMA", "schema",
                   fmt::format("'{}' is not {}", *text, kParamsSchema));
        }
    }
    header.region = fields.word("region");
    header.version = fields.word("version");
    if (const Node* from = fields.required("effective_from")) {
        header.effective_from =
            read_date(*from, "effective_from", problems).value_or(calendar::CivilDate());
    }
    const Node* to = fields.required("effective_to");
    if (to != nullptr && to->kind != Node::Kind::kNull) {
        header.effective_to = read_date(*to, "effective_to", problems);
        if (header.effective_to && *header.effective_to <= header.effective_from) {
            refuse(problems, *to, "POLICY_VALUE", "effective_to", "is not after effective_from");
        }
    }
    if (const Node* source = fields.required("source")) {
        Fields parts(*source, "source", problems);
        for (const std::string_view name : {"title", "number", "date"}) {
            const Node* part = parts.required(name);
            if (part != nullptr) (void)read_text(*part, parts.where(name), problems);
        }
    }
}

}  // namespace

LoadReport load_packs(const std::vector<PackText>& texts) {
    std::vector<PackDocument> documents;
    Problems problems;
    for (const PackText& text : texts) {
        auto document = read_document(text.text, text.file, problems);
        if (document) documents.push_back(std::move(*document));
    }
    return finish(documents, std::move(problems));
}

LoadReport load_directory(const fs::path& directory) {
    std::vector<PackDocument> documents;
    Problems problems;
    for (const fs::path& entry : sorted_entries(directory, problems)) {
        if (fs::is_directory(entry)) {
            read_region_folder(entry, documents, problems);
        } else if (!is_ignored(entry)) {
            problems.push_back({entry.string(), 0, "POLICY_FILE", "packs stand in region folders"});
        }
    }
    if (documents.empty() && problems.empty()) {
        problems.push_back({directory.string(), 0, "POLICY_FILE", "no pack"});
    }
    return finish(documents, std::move(problems));
}

ParamsReport read_params(std::string_view text, const std::string& file) {
    ParamsReport report;
    const auto root = parse_yaml(text, file, report.problems);
    if (root) {
        billing::ParamsHeader header;
        billing::Blocks blocks;
        {
            Fields fields(*root, "", report.problems);
            read_params_header(fields, header);
            if (const Node* body = fields.required("body")) {
                blocks = read_blocks(*body, BlockBounds{}, report.problems, report.warnings);
            }
        }
        report.digest = crypto::sha256_hex(canonical_json(*root));
        if (report.problems.empty()) {
            report.header = std::move(header);
            report.blocks = std::move(blocks);
        }
    }
    tidy(report.problems);
    tidy(report.warnings);
    return report;
}

}  // namespace yilian::policy
