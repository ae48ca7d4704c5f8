#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/referrals/domain/evidence.h"
#include "services/referrals/domain/referral.h"
#include "yilian/referrals/v1/types.pb.h"

// Referrals, their history, documents and evidence. All functions run inside the caller's unit or
// read.
namespace yilian::referrals::store {

// With tasks, way down and follow-up order.
// Until the end of the unit nobody else passes here with the same key. Nothing is written.
void one_at_a_time(storage::Transaction& tx, std::string_view key);

[[nodiscard]] std::optional<domain::Referral> referral(storage::Transaction& tx,
                                                       std::string_view referral_id);
// Writes the row with its way down and follow-up order; `changes` must be one more than in the
// database, else the unit runs again. Tasks are saved one by one.
void save(storage::Transaction& tx, const domain::Referral& referral);
// `position` counts the tasks of the referral from 0.
void save(storage::Transaction& tx, const domain::Referral& referral, const domain::Task& task);

// One line of the history, for the change that the referral now carries.
struct HistoryLine {
    std::string_view action;
    std::string_view from_state;
    std::string_view to_state;
    std::string_view actor_id;
    std::string_view institution_id;
    Instant at{};
    std::string_view correlation_id;
};
void add_history(storage::Transaction& tx, const domain::Referral& after, const HistoryLine& line);

enum class Side { kSender, kReceiver };
void add_party(storage::Transaction& tx, std::string_view referral_id,
               std::string_view institution_id, Side side);
[[nodiscard]] bool is_party(storage::Transaction& tx, std::string_view referral_id,
                            std::string_view institution_id);

[[nodiscard]] std::vector<v1::Document> documents(storage::Transaction& tx,
                                                  std::string_view referral_id);
struct DocumentKey {
    std::string sha256;
    std::string referral_id;
};
[[nodiscard]] std::optional<DocumentKey> document_key(storage::Transaction& tx,
                                                      std::string_view document_id);
void add_document(storage::Transaction& tx, std::string_view referral_id,
                  const v1::Document& document);

struct StoredEvidence {
    domain::Evidence evidence;
    bool down = false;
};
[[nodiscard]] std::optional<StoredEvidence> evidence(storage::Transaction& tx,
                                                     std::string_view evidence_id);
// In the order of issue.
[[nodiscard]] std::vector<StoredEvidence> evidence_of(storage::Transaction& tx,
                                                      std::string_view referral_id);
[[nodiscard]] StoredEvidence evidence_row(const storage::Row& row);
// `position` counts the evidence of the referral from 0.
void add_evidence(storage::Transaction& tx, const StoredEvidence& evidence, std::int64_t position);

// The next printed number of a day: district (6), yyMMdd, sequence (6).
[[nodiscard]] std::string next_number(storage::Transaction& tx, std::string_view district,
                                      calendar::CivilDate on);

[[nodiscard]] std::vector<std::string> ids(storage::Transaction& tx, const storage::Query& query,
                                           std::string_view a, std::string_view b);
// Ids of the resident's referrals that have not ended, sorted.
[[nodiscard]] std::vector<std::string> open_referrals_of(storage::Transaction& tx,
                                                         std::string_view resident_id);

}  // namespace yilian::referrals::store
