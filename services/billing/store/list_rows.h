#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/billing/domain/case_table.h"
#include "services/billing/domain/list_rules.h"
#include "services/billing/domain/settlement_list.h"

// Rows of lists, scores and benefits as values. All functions run inside the caller's unit or read.
namespace yilian::billing::store {

using amount::Fen;
using amount::Points;
using amount::Rate;

struct ListKey {
    std::string institution_id;
    std::string list_id;
    std::int64_t version = 0;

    // "{institution}/{list}": subject of its events and refers_to of its transactions.
    [[nodiscard]] std::string case_key() const { return institution_id + '/' + list_id; }
};

// One received version.
struct ListRow {
    ListKey key;
    CaseState state = CaseState::kReceived;
    bool in_force = false;
    std::string resident_id;
    std::string payee_id;
    std::string insurance;
    TreatmentType treatment_type{};
    PaymentMethod method{};
    Instant admitted_at{};
    Instant discharged_at{};
    std::string admission_date;
    std::string discharge_date;
    std::string period;  // yyyy-MM
    Fen total;
    std::string evidence_ref;
    std::string prescription_id;
    std::string data;  // serialised yilian.billing.v1.SettlementList
    std::string content_digest;
    std::vector<Finding> findings;
    bool accepted = false;
    Instant received_at{};
    std::string reason_code;
    std::string run_id;  // in whose input it is
    std::string batch_id;
    std::string pack_id;
    std::int64_t pack_version = 0;
    std::string pack_digest;
    std::int64_t changes = 1;
};

[[nodiscard]] ListRow list_of(const storage::Row& row);
// The version, or with 0 the one in force, else the last one.
[[nodiscard]] std::optional<ListRow> list(storage::Transaction& tx, std::string_view institution_id,
                                          std::string_view list_id, std::int64_t version);
[[nodiscard]] std::optional<ListRow> list_in_force(storage::Transaction& tx,
                                                   std::string_view institution_id,
                                                   std::string_view list_id);
void add(storage::Transaction& tx, const ListRow& row);
// Writes state, in_force, reason and run of a row whose `changes` has been raised by one.
void move(storage::Transaction& tx, const ListRow& row);
// The list as it was sent.
[[nodiscard]] SettlementList content_of(const ListRow& row);

[[nodiscard]] std::string findings_text(const std::vector<Finding>& findings);
[[nodiscard]] std::vector<Finding> findings_of(std::string_view text);

struct ScoreRow {
    ListKey key;
    std::string scheme = "CHS_DRG";  // CHS_DRG, DIP, BED_DAY
    // GROUPED, UNGROUPED, CHECK_FAILED, ACTUAL_COST; of DIP also BLANK
    std::string group_status;
    std::string mdc;
    std::string adrg;
    std::string group_code;
    std::string rules_version;
    std::string rules_digest;
    std::vector<std::string> mapped_codes;  // "before=after"
    Points base;
    Fen group_average;  // of DIP the reference
    Rate d;
    Rate k;  // the chosen one, also where a band of DIP does not multiply it
    Rate aux;
    std::vector<std::string> aux_ids;  // rules behind aux
    Points points;
    std::string deviation;
    std::vector<std::string> flags;  // sorted
};
[[nodiscard]] std::optional<ScoreRow> score(storage::Transaction& tx, const ListKey& key);
void add(storage::Transaction& tx, const ScoreRow& row);
// Writes d, points and flags of a stored score.
void rescore(storage::Transaction& tx, const ScoreRow& row);

// A case before the experts (billing.md 4.8).
struct SpecialCaseRow {
    ListKey key;
    std::string state = "PROPOSED";  // PROPOSED, ACCEPTED, DECLINED
    std::string reason_code;
    std::string evidence_document_id;
    std::string proposed_by;
    std::string proposed_on;
    Points formula_points;
    Rate formula_d;
    std::string experts_record_id;
    std::string decided_by;
    std::string decided_on;
};
[[nodiscard]] std::optional<SpecialCaseRow> special_case(storage::Transaction& tx,
                                                         const ListKey& key);
void add(storage::Transaction& tx, const SpecialCaseRow& row);
// Writes the decision of a proposed case.
void decide(storage::Transaction& tx, const SpecialCaseRow& row);

struct BenefitRow {
    ListKey key;
    std::int64_t year = 0;
    Fen in_policy;
    Fen deductible;
    std::string waiver = "NONE";
    Fen waived;  // what the same stay would have been charged without the chain, less the charge
    Rate ratio;
    bool county_ratio_used = false;
    Fen basic;
    Fen serious;
    Fen aid;
    Fen personal;
    Fen personal_total;
    std::string referral = "NONE";
    std::string chain_id;
    std::string evidence_id;
    std::string evidence_reason;
    std::int64_t ordinal = 0;
    std::string pack_id;
    std::int64_t pack_version = 0;
    std::int64_t bookings = 0;  // how often it was computed otherwise than before

    // The same result, whatever the number of bookings.
    [[nodiscard]] bool same_result(const BenefitRow& other) const;
};
[[nodiscard]] std::optional<BenefitRow> benefit(storage::Transaction& tx, const ListKey& key);
// `bookings` must be one more than in the database, else the unit runs again.
void save(storage::Transaction& tx, const BenefitRow& row);

// Makes units that price or enrol the same resident wait for each other. The surviving id.
void lock_resident(storage::Transaction& tx, std::string_view resident_id);

// "a|b|c" <-> list; the parts never contain '|'.
[[nodiscard]] std::string join(const std::vector<std::string>& parts);
[[nodiscard]] std::vector<std::string> split(std::string_view text);

}  // namespace yilian::billing::store
