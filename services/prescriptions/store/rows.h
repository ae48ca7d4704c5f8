#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/prescriptions/domain/types.h"
#include "yilian/prescriptions/v1/types.pb.h"

// Rows of the service's own tables as domain values. All functions run inside the caller's unit or
// read.
namespace yilian::prescriptions::store {

// With its lines and its active claim.
[[nodiscard]] std::optional<domain::Prescription> prescription(storage::Transaction& tx,
                                                               std::string_view id);
[[nodiscard]] std::vector<domain::Prescription> prescriptions_of(storage::Transaction& tx,
                                                                 std::string_view resident_id);
[[nodiscard]] std::vector<domain::Prescription> instances_of(storage::Transaction& tx,
                                                             std::string_view parent_id);
[[nodiscard]] domain::Prescription prescription_of(storage::Transaction& tx,
                                                   const storage::Row& row);
// Writes row and lines. When the row changed since it was read, the unit runs again: units that
// lock the resident and units that lock the prescription may meet.
void save(storage::Transaction& tx, domain::Prescription& prescription);

struct JournalLine {
    std::string action;
    std::string from_state;
    std::string to_state;
    std::string actor_id;
    std::string institution_id;
    Instant at{};
    std::string correlation_id;
};
void add_journal(storage::Transaction& tx, const domain::Prescription& after,
                 const JournalLine& line);

// In the order in which they were made.
[[nodiscard]] std::vector<v1::ReviewRecord> reviews(storage::Transaction& tx,
                                                    std::string_view prescription_id);
void add_review(storage::Transaction& tx, std::string_view prescription_id,
                const v1::ReviewRecord& record);

void save(storage::Transaction& tx, const domain::Claim& claim);
[[nodiscard]] bool claim_exists(storage::Transaction& tx, std::string_view claim_id);

// In the order of time.
[[nodiscard]] std::vector<domain::Dispense> dispenses(storage::Transaction& tx,
                                                      std::string_view prescription_id);
[[nodiscard]] bool dispense_exists(storage::Transaction& tx, std::string_view dispense_id);
void add(storage::Transaction& tx, const domain::Dispense& dispense);
void reverse(storage::Transaction& tx, const domain::Dispense& dispense, Instant at);

// Where a pack is, by its trace code.
struct TraceCode {
    bool dispensed = false;  // and not returned
    std::string last_dispense_id;
};
[[nodiscard]] std::optional<TraceCode> trace_code(storage::Transaction& tx, std::string_view code);
void set_trace_codes(storage::Transaction& tx, const domain::Dispense& dispense, bool dispensed);

// What was recorded about long prescriptions of a resident and disease.
struct Eligibility {
    std::string resident_id;
    std::string disease_code;
    bool eligible = false;
    std::string evidence_visit_id;
    std::optional<domain::CivilDate> evidence_on;
    std::int32_t limit_days = 0;
    domain::LimitSource binding_limit = domain::LimitSource::kUnspecified;
    bool strict = false;
    std::optional<domain::CivilDate> valid_until;
    std::string reassess_reason;
    std::string assessed_by;
    std::string institution_id;
    std::int64_t changes = 0;
};
// Recorded under this very id.
[[nodiscard]] std::optional<Eligibility> eligibility(storage::Transaction& tx,
                                                     std::string_view resident_id,
                                                     std::string_view disease_code);
// What counts for the person, ids merged into this one included.
[[nodiscard]] std::optional<Eligibility> eligibility_of_person(storage::Transaction& tx,
                                                               std::string_view resident_id,
                                                               std::string_view disease_code);
// The same, one a disease.
[[nodiscard]] std::vector<Eligibility> eligibilities(storage::Transaction& tx,
                                                     std::string_view resident_id);
// All that was recorded under any id of the person.
[[nodiscard]] std::vector<Eligibility> all_eligibilities(storage::Transaction& tx,
                                                         std::string_view resident_id);
void save(storage::Transaction& tx, const Eligibility& eligibility);

// The number of a prescription drafted today. A day has kNumberShards sequences; units that lock
// number_key() of the same resident never wait for another order of locks. Without resident: one
// more sequence, for instances.
inline constexpr int kNumberShards = 64;
[[nodiscard]] std::string number_key(std::string_view resident_id);
[[nodiscard]] std::string next_number(storage::Transaction& tx, std::string_view district,
                                      domain::CivilDate today, std::string_view resident_id);

// Drug catalogue. "id@version" of the version in force, "" when there is none.
[[nodiscard]] std::string catalogue_on(storage::Transaction& tx, domain::CivilDate day);
[[nodiscard]] std::optional<v1::DrugRow> drug_row(storage::Transaction& tx,
                                                  std::string_view catalogue,
                                                  std::string_view generic_code);
[[nodiscard]] std::optional<domain::Drug> drug(storage::Transaction& tx, std::string_view catalogue,
                                               std::string_view generic_code);

// Drugs that a resident still has on a day, those of one prescription left out.
struct CoveredDrug {
    std::string generic_code;
    domain::CivilDate until;
};
[[nodiscard]] std::vector<CoveredDrug> covered(storage::Transaction& tx,
                                               std::string_view resident_id, domain::CivilDate on,
                                               std::string_view without_prescription);

}  // namespace yilian::prescriptions::store
