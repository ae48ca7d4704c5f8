#include "libs/outbox/sweep.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/ulid.h"
#include "libs/outbox/queries.h"

namespace yilian::outbox {
namespace {

// Rows of one unit, so that events and commands are not held up.
constexpr std::int64_t kPiece = 500;

struct Piece {
    std::int64_t looked_at = 0;
    std::int64_t swept = 0;
    std::string last;
};

absl::StatusOr<Piece> sweep_piece(storage::Store& store, const std::string& consumer,
                                  const std::string& after, const std::string& first_kept,
                                  std::int64_t rows) {
    Piece piece;
    const absl::Status status = store.run({consumer + "/sweep"}, [&](storage::Transaction& tx) {
        piece = {};
        const storage::Rows old = tx.select(kOldInbox, consumer, after, first_kept, rows);
        if (old.empty()) return;
        piece.looked_at = static_cast<std::int64_t>(old.size());
        piece.last = old.back().text(0);
        // The inbox first: an event applied meanwhile may lose its effects, never its inbox row.
        piece.swept = tx.run(kSweepInbox, consumer, after, piece.last);
        tx.run(kSweepEffects, consumer, after, piece.last);
        tx.post(kCountSwept, consumer, piece.swept);
    });
    if (!status.ok()) return status;
    return piece;
}

}  // namespace

absl::StatusOr<std::int64_t> sweep_inbox(storage::Store& store, Instant before,
                                         std::int64_t rows_max) {
    const std::int64_t ms = std::max<std::int64_t>(to_ms(before), 0);
    const std::string first_kept = encode_ulid(static_cast<std::uint64_t>(ms), 0, 0);
    std::vector<std::string> consumers;
    const absl::Status status = store.read([&](storage::Transaction& tx) {
        consumers.clear();
        for (const storage::Row& row : tx.select(kConsumers)) consumers.push_back(row.text(0));
    });
    if (!status.ok()) return status;
    std::int64_t total = 0;
    std::int64_t left = rows_max;
    for (const std::string& consumer : consumers) {
        std::string after;
        while (left > 0) {
            const auto piece =
                sweep_piece(store, consumer, after, first_kept, std::min(kPiece, left));
            if (!piece.ok()) return piece.status();
            if (piece->looked_at == 0) break;
            left -= piece->looked_at;
            total += piece->swept;
            after = piece->last;
        }
    }
    return total;
}

}  // namespace yilian::outbox
