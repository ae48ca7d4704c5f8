#pragma once

#include <string>

#include "libs/runtime/pages.h"
#include "services/billing/rpc/methods.h"

// What the lists of this service have in common. Transport only.
namespace yilian::billing::rpc_edge {

using runtime::page_of;

// The party that a list is about: the one asked for, or the caller's own where it sees no other.
// AUTH_RECORD_ACCESS_DENIED for a party that is not the caller's.
[[nodiscard]] inline Outcome<std::string> own_or_all(const rpc::Caller& caller,
                                                     const std::string& asked) {
    if (sees_all(caller)) return asked;
    if (!asked.empty() && asked != caller.institution_id) return not_your_record();
    return caller.institution_id;
}

}  // namespace yilian::billing::rpc_edge
