#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/capitation.h"

// Enrolment versions, priced months and contract fees.
namespace yilian::billing::store {

[[nodiscard]] std::vector<EnrolmentVersion> versions_of(storage::Transaction& tx,
                                                        std::string_view resident_id);
void add(storage::Transaction& tx, const EnrolmentVersion& version);
// Calls `each` with all versions of one resident known at `known_at`, resident after resident.
// Memory is that of a page.
void each_resident(storage::Transaction& tx, Instant known_at,
                   const std::function<void(std::span<const EnrolmentVersion>)>& each);

struct CapitationMonthRow {
    std::string run_id;
    std::string consortium_id;
    std::string period;
    std::int64_t revision = 1;
    Instant known_at{};
    std::int64_t head_count = 0;
    Fen amount;
    Fen prepay;
    std::string digest;
    std::string corrects_run_id;
    Fen difference;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    std::vector<CapitationRow> cells;
};
// The last revision.
[[nodiscard]] std::optional<CapitationMonthRow> capitation_month(storage::Transaction& tx,
                                                                 std::string_view consortium_id,
                                                                 std::string_view period);
[[nodiscard]] std::optional<CapitationMonthRow> capitation_run(storage::Transaction& tx,
                                                               std::string_view run_id);
[[nodiscard]] std::optional<CapitationMonthRow> capitation_first(storage::Transaction& tx,
                                                                 std::string_view consortium_id,
                                                                 std::string_view period);
void add(storage::Transaction& tx, const CapitationMonthRow& row);

struct FeeSplitRow {
    std::string contract_id;
    std::string resident_id;
    std::string team_id;
    std::string institution_id;
    std::string consortium_id;
    std::string period;
    Fen fee;
    Fen team;
    std::string transaction_id;
    bool reversed = false;
};
[[nodiscard]] std::optional<FeeSplitRow> fee_split(storage::Transaction& tx,
                                                   std::string_view contract_id);
void add(storage::Transaction& tx, const FeeSplitRow& row);
void reverse_fee_split(storage::Transaction& tx, std::string_view contract_id);

}  // namespace yilian::billing::store
