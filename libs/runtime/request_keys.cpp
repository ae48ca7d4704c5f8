#include "libs/runtime/request_keys.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "libs/runtime/queries.h"

namespace yilian::runtime {

std::span<const EmbeddedFile> migration_files();  // yilian_embed

namespace {

constexpr std::int64_t kSweepPiece = 500;

std::int64_t ms_of(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

storage::MigrationSet migrations() { return {"runtime", migration_files()}; }

std::optional<KeptAnswer> find_answer(storage::Transaction& tx, const RequestKey& key) {
    const auto row =
        tx.select_one(queries::kFindKey, key.institution_id, key.method, key.request_id);
    if (!row) return std::nullopt;
    KeptAnswer out;
    const std::string& fingerprint = row->bytes(0);
    YILIAN_INVARIANT(fingerprint.size() == out.fingerprint.size(), "size of a fingerprint");
    std::copy(fingerprint.begin(), fingerprint.end(), out.fingerprint.begin());
    out.code = static_cast<rpc::Code>(row->i64(1));
    out.reason = row->text(2);
    out.bytes = row->bytes(3);
    return out;
}

void keep_answer(storage::Transaction& tx, const RequestKey& key, const KeptAnswer& answer,
                 std::chrono::system_clock::time_point expires) {
    tx.post(queries::kKeepKey, key.institution_id, key.method, key.request_id,
            storage::Blob{std::string(crypto::view(answer.fingerprint))},
            static_cast<std::int64_t>(answer.code), answer.reason, storage::Blob{answer.bytes},
            ms_of(expires));
}

bool is_kept(rpc::Code code) {
    switch (code) {
        case rpc::Code::kUnavailable:
        case rpc::Code::kResourceExhausted:
        case rpc::Code::kDeadlineExceeded:
        case rpc::Code::kInvalidArgument:
        case rpc::Code::kInternal:
            return false;
        default:
            return true;
    }
}

absl::StatusOr<std::int64_t> sweep_answers(storage::Store& store,
                                           std::chrono::system_clock::time_point now) {
    std::int64_t swept = 0;
    for (std::int64_t piece = kSweepPiece; piece == kSweepPiece;) {
        const absl::Status status = store.run({"runtime/sweep"}, [&](storage::Transaction& tx) {
            piece = tx.run(queries::kSweepKeys, ms_of(now), kSweepPiece);
        });
        if (!status.ok()) return status;
        swept += piece;
    }
    return swept;
}

}  // namespace yilian::runtime
