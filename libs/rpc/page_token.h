#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "google/protobuf/message.h"

namespace yilian::rpc {

// Page tokens of lists: opaque to clients, bound to the method's other parameters and to the
// caller's institution by an HMAC, so that a token neither fits another list nor can be made by
// hand. They hold no state in the server; every instance with the same key accepts them. Immutable,
// thread-safe.
class PageTokens {
  public:
    explicit PageTokens(std::string key);
    ~PageTokens();
    PageTokens(const PageTokens&) = delete;
    PageTokens& operator=(const PageTokens&) = delete;

    // `position` is whatever the list needs to go on: the key of the last row answered.
    [[nodiscard]] std::string make(const google::protobuf::Message& request,
                                   std::string_view institution_id,
                                   std::string_view position) const;
    // The position in request.page_token ("" when that is empty), or nothing when it does not fit.
    [[nodiscard]] std::optional<std::string> open(const google::protobuf::Message& request,
                                                  std::string_view institution_id) const;

  private:
    [[nodiscard]] std::string tag(const google::protobuf::Message& request,
                                  std::string_view institution_id, std::string_view position) const;
    std::string key_;
};

}  // namespace yilian::rpc
