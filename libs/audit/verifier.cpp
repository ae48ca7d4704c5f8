#include "libs/audit/verifier.h"

#include <algorithm>
#include <vector>

#include "libs/audit/queries.h"
#include "libs/audit/rows.h"

namespace yilian::audit {
namespace {

constexpr std::int64_t kPage = 1000;

// Sealed rows in sequence order, read page by page.
class SealedRows {
  public:
    SealedRows(storage::Transaction& tx, std::int64_t after) : tx_(tx), last_(after) {}

    std::optional<StoredRow> next() {
        if (at_ == page_.size()) fetch();
        if (at_ == page_.size()) return std::nullopt;
        StoredRow row = audit_from(page_[at_++]);
        last_ = row.sequence;
        return row;
    }

  private:
    void fetch() {
        page_ = tx_.select(queries::kSealedAfter, last_, kPage);
        at_ = 0;
    }
    storage::Transaction& tx_;
    std::int64_t last_;
    storage::Rows page_;
    std::size_t at_ = 0;
};

bool sealed_at(const StoredRow& row, std::int64_t sequence) {
    return row_hash(sequence, row.id, row.record) == row.row_hash;
}

// Tells what happened to a row that is not what was sealed at its place. Slow, runs once.
class Diagnosis {
  public:
    Diagnosis(storage::Transaction& tx, std::int64_t highest) : tx_(tx), highest_(highest) {}

    Finding of(const StoredRow& row) {
        const std::optional<std::int64_t> home = place_of(row);
        if (!home) return changed_or_inserted(row);
        if (*home > row.sequence) {
            const bool elsewhere = somebody_belongs_to(row.sequence);
            if (elsewhere) return {Fault::kReordered, row.sequence, row.id};
            return {Fault::kDeleted, row.sequence, ""};
        }
        // The row that stands where this one belongs pushed it here, unless this one is its copy.
        const auto usurper = SealedRows(tx_, *home - 1).next();
        if (!usurper || usurper->id == row.id) return {Fault::kInserted, row.sequence, row.id};
        return {Fault::kInserted, *home, usurper->id};
    }

    // For a row that is not of the chain: did the next one stand here before?
    Finding changed_or_inserted(const StoredRow& row) {
        const auto next = SealedRows(tx_, row.sequence).next();
        const bool pushed =
            next && next->sequence == row.sequence + 1 && sealed_at(*next, row.sequence);
        return {pushed ? Fault::kInserted : Fault::kChanged, row.sequence, row.id};
    }

  private:
    // The sequence number the row was sealed with.
    [[nodiscard]] std::optional<std::int64_t> place_of(const StoredRow& row) const {
        for (std::int64_t place = 1; place <= highest_; ++place) {
            if (sealed_at(row, place)) return place;
        }
        return std::nullopt;
    }
    bool somebody_belongs_to(std::int64_t place) {
        SealedRows rows(tx_, place);
        while (const auto row = rows.next()) {
            if (sealed_at(*row, place)) return true;
        }
        return false;
    }

    storage::Transaction& tx_;
    std::int64_t highest_;
};

class Walk {
  public:
    Walk(storage::Transaction& tx, std::vector<Anchor> anchors)
        : tx_(tx), anchors_(std::move(anchors)) {}

    Report run() {
        SealedRows rows(tx_, 0);
        while (const auto row = rows.next()) {
            if (const auto finding = examine(*row)) {
                report_.first_bad = finding;
                return report_;
            }
            ++report_.sealed;
        }
        if (next_anchor_ < anchors_.size()) {
            report_.first_bad = Finding{Fault::kTruncated, report_.sealed + 1, ""};
        }
        return report_;
    }

  private:
    std::optional<Finding> examine(const StoredRow& row) {
        const std::int64_t expected = report_.sealed + 1;
        if (row.sequence != expected) return Finding{Fault::kDeleted, expected, ""};
        if (!sealed_at(row, expected)) return Diagnosis(tx_, highest()).of(row);
        link_ = chain_link(link_, row.row_hash);
        if (link_ != row.chain_hash) return Diagnosis(tx_, highest()).changed_or_inserted(row);
        for (; next_anchor_ < anchors_.size() && anchors_[next_anchor_].sequence == expected;
             ++next_anchor_) {
            ++report_.anchors;
            if (anchors_[next_anchor_].chain_hash != link_) {
                return Finding{Fault::kRewritten, expected, row.id};
            }
        }
        return std::nullopt;
    }
    // One more than there are: after a deletion with renumbering the last row belongs there.
    [[nodiscard]] std::int64_t highest() const {
        const auto head = tx_.select_one(queries::kHead);
        const std::int64_t rows = head ? head->i64(0) : 0;
        return std::max(rows, anchors_.empty() ? 0 : anchors_.back().sequence) + 1;
    }

    storage::Transaction& tx_;
    std::vector<Anchor> anchors_;  // by sequence
    std::size_t next_anchor_ = 0;
    std::string link_ = chain_start();
    Report report_;
};

}  // namespace

std::string_view name_of(Fault fault) {
    switch (fault) {
        case Fault::kChanged:
            return "CHANGED";
        case Fault::kDeleted:
            return "DELETED";
        case Fault::kInserted:
            return "INSERTED";
        case Fault::kReordered:
            return "REORDERED";
        case Fault::kTruncated:
            return "TRUNCATED";
        case Fault::kRewritten:
            return "REWRITTEN";
        case Fault::kBadSignature:
            return "BAD_SIGNATURE";
    }
    return "";
}

Report verify(storage::Transaction& tx, std::span<const Anchor> known,
              const CheckSignature& check) {
    std::vector<Anchor> anchors(known.begin(), known.end());
    for (const storage::Row& row : tx.select(queries::kAnchors))
        anchors.push_back(anchor_from(row));
    std::stable_sort(anchors.begin(), anchors.end(),
                     [](const Anchor& a, const Anchor& b) { return a.sequence < b.sequence; });
    std::optional<Finding> forged;
    for (const Anchor& anchor : anchors) {
        if (forged || !check) break;
        if (!check(anchor.key_id, anchor_bytes(anchor), anchor.signature)) {
            forged = Finding{Fault::kBadSignature, anchor.sequence, ""};
        }
    }
    Report report = Walk(tx, std::move(anchors)).run();
    if (report.sound()) report.first_bad = forged;
    report.unsealed = tx.select(queries::kOldestUnsealed).at(0).i64(0);
    return report;
}

}  // namespace yilian::audit
