#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"

// What other services' events prove: services delivered under a contract and points
// (contracts.md 4, 5 and 8). The same event counts once; what rests on evidence that was voided is
// reversed, whichever of the two arrives first.
namespace yilian::directory::app {

using runtime::Work;

struct Evidence {
    std::string event_id;
    std::string ref;  // visit, dispense or contract that may be voided
    std::string resident_id;
    std::string item_code;  // "" = only points
    std::string rule_id;    // of points.rules, "" = no points
    std::string done_by;
    calendar::CivilDate done_on;
    Instant known_at;  // business time of the event
};

// Row 13 and the credit of points. A resident without a contract on the day gets points only.
void record_evidence(Work& work, const Evidence& evidence);
// Row 14: everything that rested on `ref` is reversed, and what will come to rest on it.
void void_evidence(Work& work, std::string_view resident_id, std::string_view ref,
                   std::string_view event_id);

}  // namespace yilian::directory::app
