#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/storage/transaction.h"
#include "services/registries/domain/enrolment.h"

// Rows of the service's tables as domain values. All functions run inside the caller's unit or
// read.
namespace yilian::registries::store {

[[nodiscard]] std::optional<domain::Enrolment> enrolment(storage::Transaction& tx,
                                                         std::string_view enrolment_id);
// Closed ones included, sorted by disease and id.
[[nodiscard]] std::vector<domain::Enrolment> enrolments_of(storage::Transaction& tx,
                                                           std::string_view resident_id);
[[nodiscard]] domain::Enrolment enrolment_of(const storage::Row& row);
// Writes the row; `changes` must be one more than in the database, else the unit runs again.
void save(storage::Transaction& tx, const domain::Enrolment& enrolment);

// One line of an enrolment's history; `changes` is the number of the change it describes.
struct JournalLine {
    std::string action;
    std::string from_state;
    std::string to_state;
    std::string actor_id;
    std::string institution_id;
    Instant at{};
    std::string correlation_id;
};
void add_journal(storage::Transaction& tx, const domain::Enrolment& after, const JournalLine& line);

// A visit as kept: what the classification reads, and the proto it was sent as.
struct StoredVisit {
    domain::Visit visit;
    std::string data;  // serialised yilian.registries.v1.VisitData
    Instant recorded_at{};
    bool voided = false;
    std::string void_reason_code{};
    std::int64_t changes = 1;
};
[[nodiscard]] std::optional<StoredVisit> visit(storage::Transaction& tx, std::string_view visit_id);
// Not voided, by day and id.
[[nodiscard]] std::vector<StoredVisit> visits_of(storage::Transaction& tx,
                                                 std::string_view resident_id);
[[nodiscard]] StoredVisit visit_of(const storage::Row& row);
void add(storage::Transaction& tx, const StoredVisit& visit);

[[nodiscard]] std::optional<domain::CareAction> care_action(storage::Transaction& tx,
                                                            std::string_view action_id);
[[nodiscard]] std::vector<domain::CareAction> care_actions_of(storage::Transaction& tx,
                                                              std::string_view resident_id);
[[nodiscard]] domain::CareAction care_action_of(const storage::Row& row);
// As for an enrolment.
void save(storage::Transaction& tx, const domain::CareAction& action);

// How a visit was classified for one enrolment.
struct VisitClass {
    std::string enrolment_id;
    std::string disease_code;
    domain::ControlClass control_class = domain::ControlClass::kNone;
    bool danger = false;
    bool on_goal = false;
    std::int32_t unsatisfied_run = 0;
    std::string next_due_on;
    std::string rule_set_version;
    std::vector<std::string> missing;
    friend bool operator==(const VisitClass&, const VisitClass&) = default;
};
[[nodiscard]] std::vector<VisitClass> classes_of(storage::Transaction& tx,
                                                 std::string_view visit_id);
// Of all visits of an enrolment, by visit.
[[nodiscard]] std::map<std::string, VisitClass> classes_of_enrolment(storage::Transaction& tx,
                                                                     std::string_view enrolment_id);
void save_class(storage::Transaction& tx, const domain::Visit& visit, const VisitClass& row);

// The service's copy of a resident.
struct ResidentCopy {
    std::int64_t sex = 0;
    domain::CivilDate birth_date;
    std::string home_institution_id;
    std::optional<domain::CivilDate> deceased_on;
    std::string merged_into;  // the record that goes on; empty while this one does
};
[[nodiscard]] std::optional<ResidentCopy> resident(storage::Transaction& tx,
                                                   std::string_view resident_id);

struct PractitionerCopy {
    std::vector<std::string> institution_ids;
    std::string title;
    std::vector<std::string> rights;
    domain::CivilDate valid_from;
    std::optional<domain::CivilDate> valid_to;

    [[nodiscard]] bool works_at(std::string_view institution_id, domain::CivilDate on) const;
};
[[nodiscard]] std::optional<PractitionerCopy> practitioner(storage::Transaction& tx,
                                                           std::string_view practitioner_id);

// The family-doctor team in charge of a resident on a day.
struct TeamInCharge {
    std::string contract_id;
    std::string team_id;
    std::string institution_id;
};
[[nodiscard]] std::optional<TeamInCharge> team_in_charge(storage::Transaction& tx,
                                                         std::string_view resident_id,
                                                         domain::CivilDate on);

// The institution of a team that is not dissolved.
[[nodiscard]] std::optional<std::string> institution_of_team(storage::Transaction& tx,
                                                             std::string_view team_id);
[[nodiscard]] bool institution_known(storage::Transaction& tx, std::string_view institution_id);

// "a|b|c" <-> list; codes never contain '|'.
[[nodiscard]] std::string join(const std::vector<std::string>& codes);
[[nodiscard]] std::vector<std::string> split(std::string_view text);

}  // namespace yilian::registries::store
