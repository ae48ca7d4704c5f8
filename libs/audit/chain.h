#pragma once

#include <cstdint>
#include <string>

#include "libs/audit/audit.h"
#include "libs/base/clock.h"

namespace yilian::audit {

// How the chain is computed; the sealer and the verifier share nothing else. All hashes are the 32
// bytes of SHA-256. A canonical form is the concatenation of its fields, each a big-endian 8-byte
// length and the bytes; numbers are 8 bytes big-endian.

// Hash over "yilian.audit.row.v1", `sequence`, `id` and the fields of Record in the order of
// audit.h.
[[nodiscard]] std::string row_hash(std::int64_t sequence, const std::string& id,
                                   const Record& record);
// The link before the first row.
[[nodiscard]] std::string chain_start();
// Hash over the previous link and the row's hash.
[[nodiscard]] std::string chain_link(const std::string& previous, const std::string& row);

// A head of the chain, kept where whoever can write to the database cannot: what shows that rows at
// the end were removed or that the chain was computed anew.
struct Anchor {
    std::int64_t sequence = 0;
    std::string chain_hash;
    Instant at;             // machine's clock
    std::string key_id;     // empty: not signed
    std::string signature;  // over anchor_bytes()
    friend bool operator==(const Anchor&, const Anchor&) = default;
};
// What is signed: "yilian.audit.anchor.v1", sequence, chain hash, time, key id.
[[nodiscard]] std::string anchor_bytes(const Anchor& anchor);

}  // namespace yilian::audit
