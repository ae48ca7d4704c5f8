#include "libs/policy/yaml/node.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <sstream>

namespace yilian::policy {
namespace {

constexpr std::size_t kMaxBytes = 4 << 20;

constexpr std::array<std::string_view, 11> kTruthWords{"y",    "n",     "yes",  "no",  "on", "off",
                                                       "true", "false", "null", "nan", "inf"};

bool is_truth_word(std::string_view text) {
    return std::ranges::any_of(kTruthWords, [&](std::string_view word) {
        return std::ranges::equal(word, text, [](char a, char b) {
            return a == std::tolower(static_cast<unsigned char>(b));
        });
    });
}

// Builds the tree from yaml-cpp's events: its own Node drops repeated names, quoting and aliases.
class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(std::shared_ptr<const std::string> file, Problems& problems)
        : file_(std::move(file)), problems_(problems) {}

    [[nodiscard]] Node take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        accept(node_at(mark, Node::Kind::kNull));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        refuse(mark, "POLICY_SYNTAX", "aliases are not allowed");
        accept(node_at(mark, Node::Kind::kNull));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        if (tag != "?" && tag != "!") refuse(mark, "POLICY_SYNTAX", "tags are not allowed");
        Node node = node_at(mark, Node::Kind::kScalar);
        node.text = value;
        node.quoted = tag == "!";
        accept(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::kList);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, tag, anchor, Node::Kind::kMap);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Level {
        Node node;
        std::optional<Node> name;  // of the field whose value comes next
    };

    Node node_at(const YAML::Mark& mark, Node::Kind kind) const {
        Node node;
        node.kind = kind;
        node.line = mark.line + 1;
        node.file = file_;
        return node;
    }
    void refuse(const YAML::Mark& mark, Reason reason, std::string detail) {
        problems_.push_back({*file_, mark.line + 1, reason, std::move(detail)});
    }
    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) refuse(mark, "POLICY_SYNTAX", "anchors are not allowed");
    }
    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
              Node::Kind kind) {
        refuse_anchor(mark, anchor);
        if (tag != "?" && !tag.empty()) refuse(mark, "POLICY_SYNTAX", "tags are not allowed");
        levels_.push_back({node_at(mark, kind), std::nullopt});
    }
    void close() {
        Node done = std::move(levels_.back().node);
        levels_.pop_back();
        accept(std::move(done));
    }
    void accept(Node node) {
        if (levels_.empty()) {
            root_ = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.kind == Node::Kind::kList) {
            level.node.items.push_back(std::move(node));
        } else if (!level.name) {
            level.name = std::move(node);
        } else {
            add_field(level.node, *level.name, std::move(node));
            level.name.reset();
        }
    }
    void add_field(Node& map, const Node& name, Node value) {
        const bool usable = name.kind == Node::Kind::kScalar;
        if (!usable || (!name.quoted && (!is_dotted_name(name.text) || is_truth_word(name.text)))) {
            problems_.push_back({*file_, name.line, "POLICY_TYPE",
                                 fmt::format("name '{}' must be a word or quoted", name.text)});
        }
        for (std::size_t i = 0; i < map.fields.size(); ++i) {
            if (map.fields[i].first != name.text) continue;
            problems_.push_back(
                {*file_, name.line, "POLICY_KEY_DUPLICATE",
                 fmt::format("'{}' stands already in line {}", name.text, map.field_lines[i])});
            return;
        }
        map.fields.emplace_back(name.text, std::move(value));
        map.field_lines.push_back(name.line);
    }

    std::shared_ptr<const std::string> file_;
    Problems& problems_;
    std::vector<Level> levels_;
    Node root_;
};

void write_string(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

void write(const Node& node, std::string& out) {
    switch (node.kind) {
        case Node::Kind::kNull:
            out += "null";
            return;
        case Node::Kind::kScalar:
            if (!node.quoted &&
                (is_integer(node.text) || node.text == "true" || node.text == "false")) {
                out += node.text;
            } else {
                write_string(node.text, out);
            }
            return;
        case Node::Kind::kList:
            out += '[';
            for (const Node& item : node.items) {
                if (&item != &node.items.front()) out += ',';
                write(item, out);
            }
            out += ']';
            return;
        case Node::Kind::kMap: {
            std::map<std::string_view, const Node*> sorted;
            for (const auto& [name, value] : node.fields) sorted.emplace(name, &value);
            out += '{';
            bool first = true;
            for (const auto& [name, value] : sorted) {
                if (!first) out += ',';
                first = false;
                write_string(name, out);
                out += ':';
                write(*value, out);
            }
            out += '}';
            return;
        }
    }
}

}  // namespace

const Node* Node::find(std::string_view name) const {
    for (const auto& [field, value] : fields) {
        if (field == name) return &value;
    }
    return nullptr;
}

void Node::set(std::string_view name, Node value) {
    for (auto& [field, held] : fields) {
        if (field == name) {
            held = std::move(value);
            return;
        }
    }
    field_lines.push_back(value.line);
    fields.emplace_back(std::string(name), std::move(value));
}

Node Node::scalar(std::string text, bool quoted, const Node& at) {
    Node node = empty_of(Kind::kScalar, at);
    node.text = std::move(text);
    node.quoted = quoted;
    return node;
}

Node Node::empty_of(Kind kind, const Node& at) {
    Node node;
    node.kind = kind;
    node.line = at.line;
    node.file = at.file;
    return node;
}

std::optional<Node> parse_yaml(std::string_view text, const std::string& file, Problems& problems) {
    const std::size_t before = problems.size();
    if (text.size() > kMaxBytes) {
        problems.push_back({file, 0, "POLICY_SYNTAX", "larger than 4 MiB"});
        return std::nullopt;
    }
    TreeBuilder builder(std::make_shared<const std::string>(file), problems);
    bool any = false;
    try {
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        any = parser.HandleNextDocument(builder);
        const int line_of_first = any ? 1 : 0;
        TreeBuilder second(std::make_shared<const std::string>(file), problems);
        if (any && parser.HandleNextDocument(second)) {
            problems.push_back({file, line_of_first, "POLICY_SYNTAX", "more than one document"});
        }
    } catch (const YAML::Exception& error) {
        problems.push_back({file, std::max(error.mark.line, 0) + 1, "POLICY_SYNTAX", error.msg});
        return std::nullopt;
    }
    Node root = builder.take();
    if (root.kind != Node::Kind::kMap) {
        problems.push_back({file, 1, "POLICY_SYNTAX", "the document is not a map"});
    }
    if (problems.size() != before) return std::nullopt;
    return root;
}

bool is_dotted_name(std::string_view text) {
    return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
           std::ranges::all_of(
               text, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; });
}

bool is_plain_word(std::string_view text) {
    return is_dotted_name(text) && text.find('.') == std::string_view::npos && !is_truth_word(text);
}

bool is_integer(std::string_view text) {
    if (!text.empty() && text[0] == '-') text.remove_prefix(1);
    if (text.empty() || text.size() > 18) return false;
    if (text.size() > 1 && text[0] == '0') return false;
    return std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

std::string canonical_json(const Node& node) {
    std::string out;
    write(node, out);
    return out;
}

}  // namespace yilian::policy
