#include "libs/policy/yaml/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "libs/crypto/digest.h"
#include "libs/policy/keys.h"
#include "libs/policy/yaml/cross_check.h"
#include "libs/policy/yaml/fields.h"
#include "libs/policy/yaml/lay.h"

namespace yilian::policy {
namespace {

bool overlap(const DateRange& a, const DateRange& b) {
    return (!b.to || a.from < *b.to) && (!a.to || b.from < *a.to);
}

DateRange intersection(const DateRange& a, const DateRange& b) {
    DateRange both{std::max(a.from, b.from), a.to};
    if (b.to && (!both.to || *b.to < *both.to)) both.to = b.to;
    return both;
}

// First day of `range` that none of `documents` covers.
std::optional<Date> first_hole(const DateRange& range,
                               const std::vector<const PackDocument*>& documents) {
    Date day = range.from;
    bool moved = true;
    while (moved) {
        moved = false;
        for (const PackDocument* document : documents) {
            const DateRange& other = document->head.in_force;
            if (!other.contains(day)) continue;
            if (!other.to) return std::nullopt;
            day = *other.to;
            moved = true;
            if (range.to && day >= *range.to) return std::nullopt;
        }
    }
    return day;
}

void refuse_header(Problems& problems, const PackDocument& document, std::string_view field,
                   Reason reason, std::string_view what) {
    const Node* node = document.root.find(field);
    refuse(problems, node == nullptr ? document.root : *node, reason, field, what);
}

void check_versions(const std::vector<const PackDocument*>& versions, Problems& problems) {
    for (std::size_t i = 0; i < versions.size(); ++i) {
        for (std::size_t k = i + 1; k < versions.size(); ++k) {
            const Document& older = versions[i]->head;
            const Document& newer = versions[k]->head;
            if (older.version == newer.version) {
                refuse_header(
                    problems, *versions[k], "version", "POLICY_OVERLAP",
                    fmt::format("{} is the version of {} too", newer.version, older.file));
            } else if (overlap(older.in_force, newer.in_force) &&
                       newer.supersedes < older.version) {
                refuse_header(problems, *versions[k], "effective_from", "POLICY_OVERLAP",
                              fmt::format("version {} ({}) is in force on the same days and is not "
                                          "superseded",
                                          older.version, older.file));
            }
        }
    }
    DateRange whole = versions.front()->head.in_force;
    for (const PackDocument* document : versions) {
        const DateRange& range = document->head.in_force;
        whole.from = std::min(whole.from, range.from);
        if (!range.to) whole.to.reset();
        if (whole.to) whole.to = std::max(*whole.to, *range.to);
    }
    if (const auto hole = first_hole(whole, versions)) {
        refuse_header(problems, *versions.back(), "effective_from", "POLICY_GAP",
                      fmt::format("no version of {} is in force on {}",
                                  versions.front()->head.region, hole->text()));
    }
}

const KeyEntry* entry_of(const PackDocument& document, std::size_t key) {
    const auto found = document.keys.find(key);
    return found == document.keys.end() || found->second.values.empty() ? nullptr : &found->second;
}

// The keys of base and overlay on one day.
struct Resolved {
    std::vector<Value> values;
    std::vector<Origin> origins;
    std::vector<const Node*> written;
};

Resolved resolve_keys(const PackDocument& base, const PackDocument& overlay, Date day) {
    Resolved out;
    for (std::size_t i = 0; i < all_keys().size(); ++i) {
        Value value = neutral_value(all_keys()[i]);
        Origin origin;
        const Node* written = &base.root;
        const auto take = [&](const PackDocument& document) {
            const KeyEntry* entry = entry_of(document, i);
            const DatedValue* dated = entry == nullptr ? nullptr : entry->on(day);
            if (dated == nullptr) return;
            if (entry->adds) {
                Words words = std::get<Words>(value);
                for (const std::string& word : std::get<Words>(dated->value)) {
                    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
                }
                value = std::move(words);
            } else {
                value = dated->value;
            }
            origin = entry->origin;
            written = &dated->at;
        };
        take(base);
        if (&overlay != &base) take(overlay);
        out.values.push_back(std::move(value));
        out.origins.push_back(std::move(origin));
        out.written.push_back(written);
    }
    return out;
}

// Days inside `range` on which a dated value begins.
std::set<Date> change_days(const PackDocument& document, const DateRange& range) {
    std::set<Date> days;
    for (const auto& [key, entry] : document.keys) {
        for (const DatedValue& value : entry.values) {
            if (value.from && range.contains(*value.from)) days.insert(*value.from);
        }
    }
    return days;
}

Node merged_body(const PackDocument& base, const PackDocument& overlay) {
    Node body = base.body;
    if (&overlay == &base || overlay.body.kind != Node::Kind::kMap) return body;
    for (const auto& [name, block] : overlay.body.fields) body.set(name, block);
    return body;
}

std::string params_document(const PackDocument& base, const PackDocument& overlay,
                            const DateRange& range, const Node& body) {
    const Node& at = overlay.root;
    Node out = Node::empty_of(Node::Kind::kMap, at);
    out.set("schema", Node::scalar(std::string(kParamsSchema), true, at));
    out.set("region", Node::scalar(overlay.head.region, true, at));
    out.set(
        "version",
        Node::scalar(fmt::format("{}/cn.{}", overlay.head.version, base.head.version), true, at));
    out.set("effective_from", Node::scalar(range.from.text(), true, at));
    out.set("effective_to", range.to ? Node::scalar(range.to->text(), true, at)
                                     : Node::empty_of(Node::Kind::kNull, at));
    if (const Node* source = overlay.root.find("source")) out.set("source", *source);
    out.set("body", body);
    return canonical_json(out) + "\n";
}

// One pack and the resolved body that its examples look into.
struct Built {
    std::shared_ptr<const Pack> pack;
    Node body;
};

Built build_one(const PackDocument& base, const PackDocument& overlay, const DateRange& range,
                bool documents_good, Problems& problems, Problems& warnings) {
    Resolved keys = resolve_keys(base, overlay, range.from);
    const KeysOnDay on_day{keys.values, keys.written};
    if (documents_good) cross_check(on_day, problems);
    Built built;
    built.body = lay_keys_over(merged_body(base, overlay), on_day, warnings);
    const std::size_t before = problems.size();
    billing::Blocks blocks = read_blocks(built.body, bounds_of(on_day), problems, warnings);
    if (!documents_good || problems.size() != before) return built;
    Pack::Content content;
    content.region = overlay.head.region;
    content.version = overlay.head.version;
    content.base_version = base.head.version;
    content.digest = crypto::sha256_hex(
        &overlay == &base ? base.canonical : base.canonical + "\n" + overlay.canonical);
    content.in_force = range;
    content.values = std::move(keys.values);
    content.origins = std::move(keys.origins);
    content.not_stated = overlay.not_stated;
    content.blocks = std::move(blocks);
    content.blocks_document = params_document(base, overlay, range, built.body);
    built.pack = std::make_shared<const Pack>(std::move(content));
    return built;
}

const Node* find_path(const Node& root, std::string_view path) {
    const Node* node = &root;
    while (node != nullptr && !path.empty()) {
        const auto dot = path.find('.');
        node = node->find(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return node;
}

void check_example(const Example& example, const Built& built, Problems& problems) {
    if (!example.key) {
        const Node* found = find_path(built.body, example.block_field);
        const std::string is = found == nullptr ? "absent" : canonical_json(*found);
        if (found == nullptr || is != canonical_json(example.expected)) {
            refuse(problems, example.node, "POLICY_EXAMPLE", example.block_field,
                   fmt::format("is {} on {}", is, example.day.text()));
        }
        return;
    }
    const KeySpec& spec = all_keys()[*example.key];
    const auto expected = read_value(spec, example.expected, example.node, problems);
    if (expected && *expected != built.pack->value(spec.name)) {
        refuse(problems, example.node, "POLICY_EXAMPLE", spec.name,
               fmt::format("has another value on {}", example.day.text()));
    }
}

}  // namespace

void check_ranges(const std::vector<PackDocument>& documents, Problems& problems) {
    std::map<std::string, std::vector<const PackDocument*>> by_region;
    for (const PackDocument& document : documents) {
        by_region[document.head.region].push_back(&document);
    }
    for (auto& [region, versions] : by_region) {
        std::ranges::sort(versions, {}, [](const PackDocument* d) {
            return std::make_pair(d->head.version, std::string_view(d->head.file));
        });
        check_versions(versions, problems);
    }
    const auto& bases = by_region[std::string(kBaseRegion)];
    for (const PackDocument& document : documents) {
        if (document.head.region == kBaseRegion) continue;
        if (const auto hole = first_hole(document.head.in_force, bases)) {
            refuse_header(problems, document, "effective_from", "POLICY_GAP",
                          fmt::format("no national base is in force on {}", hole->text()));
        }
    }
}

std::shared_ptr<const PackSet> build_packs(const std::vector<PackDocument>& documents,
                                           Problems& problems, Problems& warnings) {
    const bool good = problems.empty();
    std::vector<Document> heads;
    std::vector<PackSet::Entry> entries;
    std::vector<std::vector<Built>> built_of(documents.size());
    for (const PackDocument& document : documents) heads.push_back(document.head);
    for (std::size_t o = 0; o < documents.size(); ++o) {
        for (std::size_t b = 0; b < documents.size(); ++b) {
            const PackDocument& overlay = documents[o];
            const PackDocument& base = documents[b];
            const bool alone = overlay.head.region == kBaseRegion;
            if (alone ? o != b : base.head.region != kBaseRegion) continue;
            if (!overlap(overlay.head.in_force, base.head.in_force)) continue;
            const DateRange both = intersection(overlay.head.in_force, base.head.in_force);
            std::set<Date> starts = change_days(overlay, both);
            starts.merge(change_days(base, both));
            starts.insert(both.from);
            for (auto start = starts.begin(); start != starts.end(); ++start) {
                const auto next = std::next(start);
                const DateRange range{*start,
                                      next == starts.end() ? both.to : std::optional(*next)};
                Built built = build_one(base, overlay, range, good, problems, warnings);
                if (!built.pack) continue;
                entries.push_back({o, b, built.pack});
                built_of[o].push_back(std::move(built));
            }
        }
    }
    if (!good) return nullptr;
    auto packs = std::make_shared<const PackSet>(std::move(heads), std::move(entries));
    for (std::size_t o = 0; o < documents.size(); ++o) {
        for (const Example& example : documents[o].examples) {
            const auto covers = [&](const Built& b) {
                return b.pack->in_force().contains(example.day);
            };
            const auto found = std::ranges::find_if(built_of[o], covers);
            if (found != built_of[o].end()) {
                check_example(example, *found, problems);
            } else if (problems.empty()) {
                refuse(problems, example.node, "POLICY_EXAMPLE", "examples",
                       "the document is not in force on this day");
            }
        }
    }
    return problems.empty() ? packs : nullptr;
}

}  // namespace yilian::policy
