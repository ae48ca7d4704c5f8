#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/what_if.h"

// Reports of differences, kept as the message that answers them.
namespace yilian::billing::store {

struct WhatIfCase {
    std::string institution_id;
    std::string list_id;
    std::string before_group;
    std::string after_group;
};
struct WhatIfRecord {
    std::string what_if_id;
    std::string pool_id;
    std::string period;
    std::string input_digest;
    std::string parameter_digest;
    Fen available;
    std::map<std::string, WhatIfCase> cases;  // all of them, by id in the report
    WhatIfReport report;
    std::map<std::string, std::pair<Points, Points>> groups;  // before and after, all of them
};
// At most the first 1,000 differing cases are written out; the digest is over all of them.
[[nodiscard]] std::string encode_report(const WhatIfRecord& record);

struct WhatIfRow {
    std::string report;  // yilian.billing.v1.DifferenceReport
    std::string kept_until;
};
[[nodiscard]] std::optional<WhatIfRow> what_if(storage::Transaction& tx,
                                               std::string_view what_if_id);
void add_what_if(storage::Transaction& tx, std::string_view what_if_id, std::string_view pool_id,
                 const WhatIfRow& row);

}  // namespace yilian::billing::store
