#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "services/directory/app/registers.h"
#include "services/directory/store/rows.h"
#include "yilian/directory/v1/resident_service.pb.h"

// The register of residents (contracts.md 7, interop.md 6): the only place that knows identities.
// All functions run inside the caller's unit.
namespace yilian::directory::app {

struct NewResident {
    v1::Resident resident;  // resident_id may be empty
    v1::ResidentIdentity identity;
};
struct RegisteredResident {
    std::string resident_id;
    bool already_registered = false;
};
// De-duplicated by the identity document: a known document answers the resident it belongs to.
// ID_REUSED when the given resident_id belongs to another document, INSTITUTION_NOT_FOUND (home).
[[nodiscard]] Outcome<RegisteredResident> register_resident(Work& work,
                                                            const store::PersonalData& personal,
                                                            NewResident what, Writing& writing);

// Fields by name as ChangeResident's update_mask has them; "identity" takes `identity`.
struct ResidentChange {
    v1::Resident wanted;  // only the named fields are read
    std::vector<std::string> fields;
    v1::ResidentIdentity identity;
};
// RESIDENT_NOT_FOUND, RESIDENT_DECEASED, ETAG_MISMATCH, INSTITUTION_NOT_FOUND, ID_REUSED (the
// document is another resident's).
[[nodiscard]] Outcome<Allowed> change_resident(Work& work, const store::PersonalData& personal,
                                               std::string_view etag, const ResidentChange& change);
// Whether the path may stand in an update_mask.
[[nodiscard]] bool is_resident_field(std::string_view path);

// An allergy or special group begins or ends. RESIDENT_NOT_FOUND, RESIDENT_DECEASED, CODE_NOT_FOUND
// (ended, but not in force).
[[nodiscard]] Outcome<Allowed> record_health_code(Work& work, const std::string& resident_id,
                                                  std::string_view etag, v1::HealthCode code,
                                                  bool ended);

// Ends the resident's contracts. RESIDENT_NOT_FOUND, RESIDENT_DECEASED (another day is on record),
// FIELD_RANGE (in the future or before birth). The day on record again changes nothing.
[[nodiscard]] Outcome<Allowed> record_death(Work& work, const std::string& resident_id,
                                            std::string_view etag, calendar::CivilDate on);
// Contracts of other institutions than the new one end. RESIDENT_NOT_FOUND, RESIDENT_DECEASED,
// INSTITUTION_NOT_FOUND, FIELD_RANGE (in the future).
[[nodiscard]] Outcome<Allowed> move_resident(Work& work, const std::string& resident_id,
                                             std::string_view etag,
                                             const std::string& to_institution_id, bool outside,
                                             calendar::CivilDate on);

}  // namespace yilian::directory::app
