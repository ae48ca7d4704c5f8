#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/audit/chain.h"
#include "libs/storage/transaction.h"

namespace yilian::audit {

enum class Fault {
    kChanged,       // content or seal of the row is not what was sealed
    kDeleted,       // the row with this number is gone
    kInserted,      // the row was put between sealed ones
    kReordered,     // the row stands at another place than it was sealed at
    kTruncated,     // an anchor knows rows beyond the last one
    kRewritten,     // the chain is sound in itself but is not the one that was anchored
    kBadSignature,  // the anchor was not signed by the key it names
};
[[nodiscard]] std::string_view name_of(Fault fault);

// The first thing that is wrong. `sequence` is the number of the bad (or missing) row; for the two
// faults of anchors, the number of the anchor: the bad row is it or an earlier one.
struct Finding {
    Fault fault;
    std::int64_t sequence = 0;
    std::string audit_id;  // of the row found there; empty when there is none
    friend bool operator==(const Finding&, const Finding&) = default;
};

struct Report {
    std::int64_t sealed = 0;    // rows found sound, up to the first bad one
    std::int64_t unsealed = 0;  // rows the sealer has not reached: nothing vouches for them yet
    std::int64_t anchors = 0;   // anchors compared
    std::optional<Finding> first_bad;
    [[nodiscard]] bool sound() const { return !first_bad.has_value(); }
};

// True when `signature` is of `bytes` under the key named `key_id`.
using CheckSignature = std::function<bool(const std::string& key_id, std::string_view bytes,
                                          std::string_view signature)>;

// Walks the whole chain in one snapshot, in sequence order, in pages. Compares it with the anchors
// in the database and with those `known` from elsewhere (a topic, a file of the auditor): only the
// latter stand against somebody who can write to the database. Without `check` signatures are not
// looked at; with it, every anchor must be signed.
[[nodiscard]] Report verify(storage::Transaction& tx, std::span<const Anchor> known,
                            const CheckSignature& check);

}  // namespace yilian::audit
