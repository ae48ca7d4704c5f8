#pragma once

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

}  // namespace yilian::directory::rpc_edge
