#pragma once

#include <string>
#include <utility>

#include "libs/calendar/local_time.h"
#include "libs/policy/store.h"
#include "libs/rpc/caller.h"
#include "libs/runtime/pages.h"
#include "services/referrals/app/work.h"

// What the reading methods of this service have in common. Transport only.
namespace yilian::referrals::rpc_edge {

using runtime::page_of;

// Auditors and services see every record, institutions those that they are party of (security.md
// 3).
[[nodiscard]] inline bool sees_all(const rpc::Caller& caller) {
    return caller.has_role("auditor") || caller.has_role("service");
}
// The institution that a list is cut to, "" for those who see everything.
[[nodiscard]] inline std::string seen_by(const rpc::Caller& caller) {
    return sees_all(caller) ? "" : caller.institution_id;
}

// The rules of today, or POLICY_NOT_IN_FORCE.
[[nodiscard]] inline Outcome<app::Rules> rules_of(const runtime::QueryContext& context,
                                                  const app::Env& env) {
    auto pack = context.policies.at(env.district, calendar::local_date(context.now));
    if (!pack.ok()) return pack.refusal();
    return app::rules_of(std::move(pack).value());
}

// Names of the states asked for as the page queries take them, "|SUBMITTED|ACCEPTED|"; "" = all.
template <class State, class Numbers>
[[nodiscard]] std::string states_text(const Numbers& numbers) {
    std::string text;
    for (const int number : numbers) {
        if (text.empty()) text = "|";
        text += name_of(static_cast<State>(number));
        text += '|';
    }
    return text;
}

}  // namespace yilian::referrals::rpc_edge
