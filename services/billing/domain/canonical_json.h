#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Canonical JSON of statements (billing.md 11.2): keys sorted by bytes, no blanks, integers only.
// Fragments are finished text; the same content gives the same bytes.
namespace yilian::billing::json {

[[nodiscard]] std::string text(std::string_view value);
[[nodiscard]] inline std::string number(std::int64_t value) { return std::to_string(value); }
[[nodiscard]] std::string array(const std::vector<std::string>& fragments);

class Object {
  public:
    Object& text(std::string_view key, std::string_view value);
    Object& number(std::string_view key, std::int64_t value);
    // A finished fragment: an object, an array, or a number beyond 64 bits.
    Object& raw(std::string_view key, std::string fragment);
    [[nodiscard]] std::string str() const;

  private:
    std::map<std::string, std::string, std::less<>> members_;
};

}  // namespace yilian::billing::json
