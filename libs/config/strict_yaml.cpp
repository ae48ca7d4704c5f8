#include "libs/config/strict_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace yilian::config {
namespace {

const YamlValue kNothing{};

absl::Status yaml_error(std::string_view file, int line, std::string_view what) {
    return absl::InvalidArgumentError(fmt::format("{}:{}: {}", file, line, what));
}

// Anchors and aliases are seen only while parsing: a loaded node shows the alias as a copy.
class AnchorFinder : public YAML::EventHandler {
  public:
    int line = 0;
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { see(mark, anchor); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { see(mark, 1); }
    void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  const std::string&) override {
        see(mark, anchor);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        see(mark, anchor);
    }
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        see(mark, anchor);
    }
    void OnMapEnd() override {}

  private:
    void see(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor && line == 0) line = mark.line + 1;
    }
};

class Builder {
  public:
    explicit Builder(std::string_view file) : file_(file) {}

    absl::StatusOr<YamlValue> build(const YAML::Node& node) {
        YamlValue out;
        out.line = node.Mark().line + 1;
        if (node.IsScalar()) {
            out.kind = YamlValue::Kind::kScalar;
            out.quoted = node.Tag() == "!";
            auto text = with_environment(node.Scalar(), out.line);
            if (!text.ok()) return text.status();
            out.scalar = *std::move(text);
        } else if (node.IsSequence()) {
            out.kind = YamlValue::Kind::kList;
            for (const auto& element : node) {
                auto value = build(element);
                if (!value.ok()) return value.status();
                out.list.push_back(*std::move(value));
            }
        } else if (node.IsMap()) {
            out.kind = YamlValue::Kind::kMap;
            for (const auto& entry : node) {
                if (!entry.first.IsScalar()) {
                    return yaml_error(file_, entry.first.Mark().line + 1, "a key must be text");
                }
                auto value = build(entry.second);
                if (!value.ok()) return value.status();
                value->line = entry.first.Mark().line + 1;
                out.map.emplace_back(entry.first.Scalar(), *std::move(value));
            }
        }
        return out;
    }

  private:
    absl::StatusOr<std::string> with_environment(const std::string& text, int line) const {
        std::string out;
        std::size_t from = 0;
        while (true) {
            const std::size_t start = text.find("${", from);
            if (start == std::string::npos) return out + text.substr(from);
            const std::size_t end = text.find('}', start);
            if (end == std::string::npos) return yaml_error(file_, line, "'${' without '}'");
            const std::string name = text.substr(start + 2, end - start - 2);
            const char* value = std::getenv(name.c_str());
            if (value == nullptr) {
                return yaml_error(file_, line,
                                  fmt::format("environment variable {} is not set", name));
            }
            out.append(text, from, start - from).append(value);
            from = end + 1;
        }
    }
    std::string_view file_;
};

bool looks_like_something_else(const std::string& text) {
    static constexpr std::string_view kWords[] = {"true", "false", "yes",  "no", "on", "off",
                                                  "null", "~",     "none", "y",  "n"};
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords)) return true;
    // More than one point is an address, not a number.
    return !text.empty() && text.find_first_not_of("0123456789+-.eE_") == std::string::npos &&
           std::count(text.begin(), text.end(), '.') < 2;
}

}  // namespace

absl::StatusOr<YamlValue> parse_yaml(std::string_view text, std::string_view file_name) {
    try {
        AnchorFinder anchors;
        std::istringstream stream{std::string(text)};
        YAML::Parser parser(stream);
        parser.HandleNextDocument(anchors);
        if (anchors.line != 0) {
            return yaml_error(file_name, anchors.line, "anchors and aliases are not allowed");
        }
        const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
        if (documents.size() != 1) {
            return yaml_error(file_name, 1, "exactly one YAML document is expected");
        }
        return Builder(file_name).build(documents.front());
    } catch (const YAML::Exception& error) {
        return yaml_error(file_name, error.mark.line + 1, error.msg);
    }
}

void YamlErrors::add(int line, std::string_view key, std::string_view what) {
    if (!text_.empty()) text_ += '\n';
    text_ += fmt::format("{}:{}: {}: {}", file_name_, line, key, what);
}

absl::Status YamlErrors::status() const {
    return text_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(text_);
}

YamlSection::YamlSection(const YamlValue& value, std::string path, YamlErrors& errors)
    : value_(&value), path_(std::move(path)), errors_(&errors) {
    if (value.kind != YamlValue::Kind::kMap && &value != &kNothing) {
        errors.add(value.line, path_.empty() ? "file" : path_, "a mapping is expected");
        value_ = &kNothing;
    }
}

std::string YamlSection::full(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

bool YamlSection::has(std::string_view key) const {
    return std::any_of(value_->map.begin(), value_->map.end(),
                       [&](const auto& entry) { return entry.first == key; });
}

const YamlValue* YamlSection::find(std::string_view key) {
    known_.emplace_back(key);
    const YamlValue* found = nullptr;
    for (const auto& [name, value] : value_->map) {
        if (name != key) continue;
        if (found != nullptr) {
            errors_->add(value.line, full(key), "stands twice");
        } else {
            found = &value;
        }
    }
    return found;
}

const YamlValue* YamlSection::need(std::string_view key) {
    const YamlValue* found = find(key);
    if (found == nullptr) errors_->add(std::max(value_->line, 1), full(key), "is missing");
    return found;
}

std::string YamlSection::text_of(std::string_view key, const YamlValue& value) {
    if (value.kind != YamlValue::Kind::kScalar) {
        errors_->add(value.line, full(key), "a text is expected");
    } else if (!value.quoted && looks_like_something_else(value.scalar)) {
        errors_->add(value.line, full(key), "a text is expected: put it in quotes");
    } else {
        return value.scalar;
    }
    return {};
}

std::string YamlSection::text(std::string_view key) {
    const YamlValue* value = need(key);
    if (value == nullptr) return {};
    std::string out = text_of(key, *value);
    if (out.empty() && value->kind == YamlValue::Kind::kScalar && value->scalar.empty()) {
        errors_->add(value->line, full(key), "must not be empty");
    }
    return out;
}

std::string YamlSection::optional_text(std::string_view key) {
    const YamlValue* value = find(key);
    return value == nullptr ? std::string() : text_of(key, *value);
}

std::int64_t YamlSection::integer_of(std::string_view key, const YamlValue& value, std::int64_t min,
                                     std::int64_t max, std::int64_t otherwise) {
    std::int64_t number = 0;
    const std::string& text = value.scalar;
    const char* end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data(), end, number);
    const std::string_view digits = text.starts_with('-') ? std::string_view(text).substr(1) : text;
    const bool leading_zero = digits.size() > 1 && digits.front() == '0';
    if (value.kind != YamlValue::Kind::kScalar || value.quoted || error != std::errc{} ||
        after != end || leading_zero) {
        errors_->add(value.line, full(key), "a whole number without quotes is expected");
        return otherwise;
    }
    if (number < min || number > max) {
        errors_->add(value.line, full(key), fmt::format("must lie between {} and {}", min, max));
        return otherwise;
    }
    return number;
}

std::int64_t YamlSection::integer(std::string_view key, std::int64_t min, std::int64_t max) {
    const YamlValue* value = need(key);
    return value == nullptr ? min : integer_of(key, *value, min, max, min);
}

std::int64_t YamlSection::optional_integer(std::string_view key, std::int64_t min, std::int64_t max,
                                           std::int64_t otherwise) {
    const YamlValue* value = find(key);
    return value == nullptr ? otherwise : integer_of(key, *value, min, max, otherwise);
}

bool YamlSection::optional_flag(std::string_view key, bool otherwise) {
    const YamlValue* value = find(key);
    if (value == nullptr) return otherwise;
    if (value->kind == YamlValue::Kind::kScalar && !value->quoted) {
        if (value->scalar == "true") return true;
        if (value->scalar == "false") return false;
    }
    errors_->add(value->line, full(key), "true or false is expected");
    return otherwise;
}

std::size_t YamlSection::choice(std::string_view key,
                                std::initializer_list<std::string_view> choices) {
    const YamlValue* value = need(key);
    if (value == nullptr) return 0;
    const auto* found = std::find(choices.begin(), choices.end(), value->scalar);
    if (value->kind == YamlValue::Kind::kScalar && found != choices.end()) {
        return static_cast<std::size_t>(found - choices.begin());
    }
    errors_->add(
        value->line, full(key),
        fmt::format("must be one of: {}", fmt::join(choices.begin(), choices.end(), ", ")));
    return 0;
}

YamlSection YamlSection::section(std::string_view key) {
    const YamlValue* value = need(key);
    return {value == nullptr ? kNothing : *value, full(key), *errors_};
}

std::map<std::string, std::string> YamlSection::optional_texts(std::string_view key) {
    std::map<std::string, std::string> out;
    const YamlValue* value = find(key);
    if (value == nullptr) return out;
    YamlSection inner(*value, full(key), *errors_);
    for (const auto& [name, entry] : inner.value_->map) {
        if (out.contains(name)) continue;
        out[name] = inner.text(name);
    }
    return out;
}

void YamlSection::complain(std::string_view key, std::string_view what) {
    int line = std::max(value_->line, 1);
    for (const auto& [name, value] : value_->map) {
        if (name == key) line = value.line;
    }
    errors_->add(line, full(key), what);
}

void YamlSection::finish() {
    for (const auto& [name, value] : value_->map) {
        if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
            errors_->add(value.line, full(name), "is not a known key");
        }
    }
}

}  // namespace yilian::config
