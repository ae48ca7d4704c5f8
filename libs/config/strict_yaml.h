#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// A YAML file read so that nothing in it can be overlooked: every key is asked for, and what was
// not asked for is an error. yaml-cpp alone takes 010 for 8, lets the first of two equal keys win
// and turns NO into a boolean.
namespace yilian::config {

// A parsed value with the line it stands on (from 1).
struct YamlValue {
    enum class Kind { kNull, kScalar, kList, kMap };
    Kind kind = Kind::kNull;
    int line = 0;
    std::string scalar;
    bool quoted = false;
    std::vector<YamlValue> list;
    std::vector<std::pair<std::string, YamlValue>> map;  // in file order, repeated keys included
};

// INVALID_ARGUMENT "file:line: …" when the text is not YAML, or an anchor, alias or second document
// stands in it. `${NAME}` in a scalar is replaced from the environment.
[[nodiscard]] absl::StatusOr<YamlValue> parse_yaml(std::string_view text,
                                                   std::string_view file_name);

// Collects errors of one file.
class YamlErrors {
  public:
    explicit YamlErrors(std::string file_name) : file_name_(std::move(file_name)) {}
    void add(int line, std::string_view key, std::string_view what);
    // OK, or INVALID_ARGUMENT with one error a line.
    [[nodiscard]] absl::Status status() const;

  private:
    std::string file_name_;
    std::string text_;
};

// One mapping being read. Asking for a key marks it known; finish() reports all others. A value
// that is missing or wrong is reported and the default returned, so that reading goes on.
class YamlSection {
  public:
    YamlSection(const YamlValue& value, std::string path, YamlErrors& errors);

    [[nodiscard]] bool has(std::string_view key) const;
    // Text: quoted, or plain and not to be taken for a number, boolean or null.
    [[nodiscard]] std::string text(std::string_view key);
    [[nodiscard]] std::string optional_text(std::string_view key);
    [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
    [[nodiscard]] std::int64_t optional_integer(std::string_view key, std::int64_t min,
                                                std::int64_t max, std::int64_t otherwise);
    [[nodiscard]] bool optional_flag(std::string_view key, bool otherwise);
    // Index of the text in `choices`.
    [[nodiscard]] std::size_t choice(std::string_view key,
                                     std::initializer_list<std::string_view> choices);
    // A nested mapping; a missing one is reported and read as empty.
    [[nodiscard]] YamlSection section(std::string_view key);
    // Name -> text of a mapping with free keys; empty when missing.
    [[nodiscard]] std::map<std::string, std::string> optional_texts(std::string_view key);
    // A rule over values: reported at the key's line.
    void complain(std::string_view key, std::string_view what);
    void finish();

  private:
    const YamlValue* find(std::string_view key);
    const YamlValue* need(std::string_view key);
    std::string text_of(std::string_view key, const YamlValue& value);
    std::int64_t integer_of(std::string_view key, const YamlValue& value, std::int64_t min,
                            std::int64_t max, std::int64_t otherwise);
    [[nodiscard]] std::string full(std::string_view key) const;

    const YamlValue* value_;
    std::string path_;
    YamlErrors* errors_;
    std::vector<std::string> known_;
};

}  // namespace yilian::config
