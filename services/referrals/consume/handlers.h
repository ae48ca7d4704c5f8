#pragma once

#include "libs/runtime/app.h"
#include "services/referrals/app/work.h"

// What other services' facts do here (referrals.md 10, events.md): copies of residents,
// institutions, memberships, practitioners, contracts, teams, visits, advice and dispensing; drafts
// on advice; follow-ups by visits; the end of referrals of the dead; residents merged and split.
namespace yilian::referrals::consume {

void bind(runtime::Wiring& wiring, const app::EnvPtr& env);

}  // namespace yilian::referrals::consume
