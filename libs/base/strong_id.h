#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace yilian {

// A named string id: ids of different records do not convert into each other.
//   using ReferralId = StrongId<struct ReferralIdTag>;
template <class Tag>
class StrongId {
  public:
    StrongId() = default;
    explicit StrongId(std::string value) : value_(std::move(value)) {}
    explicit StrongId(std::string_view value) : value_(value) {}
    explicit StrongId(const char* value) : value_(value) {}

    [[nodiscard]] const std::string& str() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

    friend bool operator==(const StrongId&, const StrongId&) = default;
    friend std::strong_ordering operator<=>(const StrongId& a, const StrongId& b) {
        const int c = a.value_.compare(b.value_);
        return c < 0 ? std::strong_ordering::less
                     : c > 0 ? std::strong_ordering::greater : std::strong_ordering::equal;
    }

  private:
    std::string value_;
};

}  // namespace yilian

template <class Tag>
struct std::hash<yilian::StrongId<Tag>> {
    std::size_t operator()(const yilian::StrongId<Tag>& id) const noexcept {
        return std::hash<std::string>{}(id.str());
    }
};
