#include "libs/rpc/page_token.h"

#include "libs/base/invariant.h"
#include "libs/crypto/digest.h"
#include "libs/rpc/message_walk.h"

namespace yilian::rpc {
namespace {
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kTokenMax = 1024;
}  // namespace

PageTokens::PageTokens(std::string key) : key_(std::move(key)) {
    YILIAN_INVARIANT(key_.size() >= 16, "page token key is shorter than 16 bytes");
}
PageTokens::~PageTokens() { crypto::cleanse(key_); }

std::string PageTokens::tag(const google::protobuf::Message& request,
                            std::string_view institution_id, std::string_view position) const {
    std::string bound = request.GetDescriptor()->full_name();
    bound.push_back('\0');
    bound.append(institution_id).push_back('\0');
    bound.append(crypto::view(fingerprint(request, {"page_size", "page_token"})));
    bound.append(position);
    const crypto::Digest digest = crypto::hmac(crypto::Hash::kSha256, key_, bound);
    return std::string(crypto::view(digest).substr(0, kTagSize));
}

std::string PageTokens::make(const google::protobuf::Message& request,
                             std::string_view institution_id, std::string_view position) const {
    std::string token = tag(request, institution_id, position);
    token.append(position);
    return crypto::base64url(token);
}

std::optional<std::string> PageTokens::open(const google::protobuf::Message& request,
                                            std::string_view institution_id) const {
    const std::string text = string_field(request, "page_token");
    if (text.empty()) return std::string();
    if (text.size() > kTokenMax) return std::nullopt;
    const auto token = crypto::unbase64url(text);
    if (!token || token->size() < kTagSize) return std::nullopt;
    std::string position = token->substr(kTagSize);
    const std::string expected = tag(request, institution_id, position);
    if (!crypto::equal_constant_time(expected, std::string_view(*token).substr(0, kTagSize))) {
        return std::nullopt;
    }
    return position;
}

}  // namespace yilian::rpc
