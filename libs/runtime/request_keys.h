#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/crypto/digest.h"
#include "libs/rpc/error.h"
#include "libs/storage/store.h"
#include "libs/storage/transaction.h"

// Same key, same answer (architecture.md 5): the table of answered request ids.
namespace yilian::runtime {

// Scope of a request id.
struct RequestKey {
    std::string institution_id;
    std::string method;
    std::string request_id;
};

// An answer as it left: the encoded message when `code` is OK, encoded google.rpc.Status otherwise.
struct KeptAnswer {
    crypto::Digest fingerprint{};
    rpc::Code code = rpc::Code::kOk;
    std::string reason;  // "" when OK
    std::string bytes;
};

[[nodiscard]] std::optional<KeptAnswer> find_answer(storage::Transaction& tx,
                                                    const RequestKey& key);
// `expires` by the machine's clock.
void keep_answer(storage::Transaction& tx, const RequestKey& key, const KeptAnswer& answer,
                 std::chrono::system_clock::time_point expires);
// What is answered but not kept, so that the caller may succeed with the same id later: failures of
// dependencies, limits, bad fields (architecture.md 5).
[[nodiscard]] bool is_kept(rpc::Code code);

// Deletes expired keys in pieces; how many. Not on a store thread.
[[nodiscard]] absl::StatusOr<std::int64_t> sweep_answers(storage::Store& store,
                                                         std::chrono::system_clock::time_point now);

// Tables of this library; migration set "runtime".
[[nodiscard]] storage::MigrationSet migrations();

}  // namespace yilian::runtime
