#include "libs/policy/yaml/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "libs/crypto/digest.h"
#include "libs/policy/keys.h"
#include "libs/policy/yaml/fields.h"

namespace yilian::policy {
namespace {

bool is_region(std::string_view text) {
    return text == kBaseRegion || (text.size() == 6 && std::ranges::all_of(text, [](char c) {
                                       return c >= '0' && c <= '9';
                                   }));
}

void read_source(Fields& fields) {
    const Node* source = fields.required("source");
    if (source == nullptr) return;
    Fields parts(*source, "source", fields.problems());
    for (const std::string_view name : {"title", "number", "date"}) {
        const Node* part = parts.required(name);
        if (part != nullptr) (void)read_text(*part, parts.where(name), fields.problems());
    }
}

// Header without `region` has no use; the rest is checked and defaulted.
bool read_header(Fields& fields, Document& head) {
    Problems& problems = fields.problems();
    if (const Node* schema = fields.required("schema")) {
        const auto text = read_text(*schema, "schema", problems);
        if (text && *text != kPackSchema) {
            refuse(problems, *schema, "POLICY_SCHEMA", "schema",
                   fmt::format("'{}' is not {}", *text, kPackSchema));
        }
    }
    constexpr std::int64_t kMostVersions = std::numeric_limits<std::int32_t>::max();
    head.version = static_cast<std::int32_t>(fields.integer("version", 1, kMostVersions));
    if (const Node* older = fields.optional("supersedes")) {
        head.supersedes = static_cast<std::int32_t>(
            read_integer(*older, "supersedes", 1, head.version - 1, problems).value_or(0));
    }
    read_source(fields);
    const Node* region = fields.required("region");
    const Node* from = fields.required("effective_from");
    const Node* to = fields.required("effective_to");
    if (region == nullptr || from == nullptr || to == nullptr) return false;
    const auto code = read_text(*region, "region", problems);
    const auto first = read_date(*from, "effective_from", problems);
    if (to->kind != Node::Kind::kNull) head.in_force.to = read_date(*to, "effective_to", problems);
    if (!code || !first) return false;
    if (!is_region(*code)) {
        refuse(problems, *region, "POLICY_VALUE", "region", "six digits or cn");
        return false;
    }
    head.region = *code;
    head.in_force.from = *first;
    if (head.in_force.to && *head.in_force.to <= *first) {
        refuse(problems, *to, "POLICY_VALUE", "effective_to", "is not after effective_from");
        return false;
    }
    return true;
}

void read_keys(const Node& keys, PackDocument& document, Problems& problems) {
    if (keys.kind != Node::Kind::kMap) {
        refuse(problems, keys, "POLICY_TYPE", "keys", "a map is needed");
        return;
    }
    const std::string id = fmt::format("{}/{}", document.head.region, document.head.version);
    for (std::size_t i = 0; i < keys.fields.size(); ++i) {
        const auto& [name, node] = keys.fields[i];
        const auto index = key_index(name);
        if (!index) {
            problems.push_back({document.head.file, keys.field_lines[i], "POLICY_KEY_UNKNOWN",
                                fmt::format("keys.{}", name)});
            continue;
        }
        const std::size_t before = problems.size();
        auto entry = read_key_entry(all_keys()[*index], node, id, problems);
        if (!entry) {
            // Present though wrong: it must not be reported as missing as well.
            if (problems.size() != before) document.keys[*index] = KeyEntry{};
            continue;
        }
        document.keys[*index] = std::move(*entry);
    }
}

void check_base(const Node& at, const PackDocument& document, Problems& problems) {
    for (std::size_t i = 0; i < all_keys().size(); ++i) {
        const std::string name(all_keys()[i].name);
        const auto found = document.keys.find(i);
        if (found == document.keys.end()) {
            refuse(problems, at, "POLICY_KEY_MISSING", "keys." + name, "the base has every key");
            continue;
        }
        const KeyEntry& entry = found->second;
        if (entry.values.empty()) continue;
        if (entry.adds || !entry.on(document.head.in_force.from)) {
            refuse(problems, entry.values.front().at, "POLICY_KEY_MISSING", "keys." + name,
                   "the base has a value on every day");
        }
    }
}

void read_not_stated(const Node& list, PackDocument& document, Problems& problems) {
    if (list.kind != Node::Kind::kList) {
        refuse(problems, list, "POLICY_TYPE", "not_stated", "a list is needed");
        return;
    }
    for (const Node& item : list.items) {
        Fields fields(item, "not_stated", problems);
        const std::string name = fields.dotted_name("key");
        if (const Node* source = fields.required("source")) {
            (void)read_text(*source, "not_stated.source", problems);
        }
        if (name.empty()) continue;
        const auto index = key_index(name);
        if (!index) {
            refuse(problems, item, "POLICY_KEY_UNKNOWN", "not_stated", name);
        } else if (document.keys.contains(*index)) {
            refuse(problems, item, "POLICY_VALUE", "not_stated", name + " has a value here");
        }
        document.not_stated.push_back(name);
    }
    std::ranges::sort(document.not_stated);
}

void read_examples(const Node& list, PackDocument& document, Problems& problems) {
    if (list.kind != Node::Kind::kList) {
        refuse(problems, list, "POLICY_TYPE", "examples", "a list is needed");
        return;
    }
    for (const Node& item : list.items) {
        Fields fields(item, "examples", problems);
        Example example;
        example.node = item;
        const Node* day = fields.required("date");
        const Node* expected = fields.required("value");
        const bool block = fields.has("block");
        const std::string name = fields.dotted_name(block ? "block" : "key");
        (void)fields.optional("upto");
        (void)fields.optional("due");
        if (day == nullptr || expected == nullptr || name.empty()) continue;
        const auto date = read_date(*day, "examples.date", problems);
        if (!date) continue;
        example.day = *date;
        example.expected = *expected;
        if (block) {
            example.block_field = name;
        } else {
            example.key = key_index(name);
            if (!example.key) {
                refuse(problems, item, "POLICY_KEY_UNKNOWN", "examples", name);
                continue;
            }
        }
        document.examples.push_back(std::move(example));
    }
}

}  // namespace

std::optional<PackDocument> read_document(const std::string& text, const std::string& file,
                                          Problems& problems) {
    auto root = parse_yaml(text, file, problems);
    if (!root) return std::nullopt;
    PackDocument document;
    document.root = std::move(*root);
    document.head.file = file;
    document.head.text = text;
    document.canonical = canonical_json(document.root);
    document.head.digest = crypto::sha256_hex(document.canonical);
    const Node& top = document.root;
    document.body = Node::empty_of(Node::Kind::kMap, top);
    {
        Fields fields(top, "", problems);
        const Node* keys = fields.required("keys");
        const Node* body = fields.optional("body");
        const Node* not_stated = fields.optional("not_stated");
        const Node* examples = fields.optional("examples");
        if (!read_header(fields, document.head)) return std::nullopt;
        if (keys != nullptr) read_keys(*keys, document, problems);
        if (body != nullptr) document.body = *body;
        if (not_stated != nullptr) read_not_stated(*not_stated, document, problems);
        if (examples != nullptr) read_examples(*examples, document, problems);
    }
    if (document.head.region == kBaseRegion) check_base(top, document, problems);
    return document;
}

}  // namespace yilian::policy
