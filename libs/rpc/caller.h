#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace yilian::rpc {

// Who calls, taken from a verified token that is bound to the client certificate (security.md 2).
// Holds pseudonyms and codes only. Made by the Authenticator; handlers never see the token.
struct Caller {
    std::string subject;             // `sub`: practitioner id, or the name of a service or operator
    std::string client_id;           // `client_id`: the calling system
    std::string institution_id;      // `institution_id`; the scope of request ids and data access
    std::string district;            // `district`: GB/T 2260 code
    std::vector<std::string> roles;  // `roles`, sorted by bytes
    std::string certificate_sha256;  // base64url of the client certificate's SHA-256

    [[nodiscard]] bool has_role(std::string_view role) const {
        return std::binary_search(roles.begin(), roles.end(), role);
    }
};

}  // namespace yilian::rpc
