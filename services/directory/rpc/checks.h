#pragma once

#include <string>
#include <string_view>

#include "libs/rpc/validate.h"
#include "yilian/directory/v1/resident_service.pb.h"
#include "yilian/directory/v1/types.pb.h"

// Field checks that methods and imports share; each names every violation of one record.
namespace yilian::directory::rpc_edge {

void check(rpc::Validator& v, const v1::Institution& institution);
void check(rpc::Validator& v, const v1::Membership& membership);
void check(rpc::Validator& v, const v1::Practitioner& practitioner);
void check(rpc::Validator& v, const v1::ResidentIdentity& identity);
void check(rpc::Validator& v, const v1::TeamMember& member);

// A kind of document that is known; an identity number with the right check character.
void check_document(rpc::Validator& v, const std::string& kind, const std::string& number);
void check_special_group(rpc::Validator& v, std::string_view field, const std::string& code);
// False when the identity number names another day of birth.
[[nodiscard]] bool birth_date_fits(const v1::ResidentIdentity& identity,
                                   const std::string& birth_date);

}  // namespace yilian::directory::rpc_edge
