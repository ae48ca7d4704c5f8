#pragma once

#include <string>
#include <string_view>

#include "libs/runtime/work.h"
#include "services/directory/store/rows.h"
#include "yilian/directory/v1/resident_service.pb.h"

// The registers: institutions, memberships, practitioners, teams, residents (contracts.md 1 and 7,
// interop.md 6). All functions run inside the caller's unit; registering the same content again
// changes nothing and is answered as unchanged.
namespace yilian::directory::app {

using runtime::Work;

enum class Registered { kNew, kChanged, kUnchanged };

// Refusals: CLASS_NOT_ENABLED (not a class of the district), INSTITUTION_NOT_FOUND (parent),
// ID_REUSED when `must_be_new` and another content is there.
[[nodiscard]] Outcome<Registered> register_institution(Work& work, const v1::Institution& what,
                                                       std::string_view batch_id,
                                                       bool must_be_new);
// VALIDITY_OVERLAP (another consortium on one of the days), INSTITUTION_NOT_FOUND.
[[nodiscard]] Outcome<Registered> set_membership(Work& work, const v1::Membership& what,
                                                 std::string_view batch_id);
// INSTITUTION_NOT_FOUND, VALIDITY_OVERLAP (to before from).
[[nodiscard]] Outcome<Registered> register_practitioner(Work& work,
                                                        const store::PersonalData& personal,
                                                        const v1::Practitioner& what,
                                                        std::string_view batch_id,
                                                        bool must_be_new);
// ROLE_MISSING, ROLE_NOT_ALLOWED (codes in metadata), PRACTITIONER_NOT_LICENSED,
// CAPACITY_EXCEEDED, INSTITUTION_NOT_FOUND.
[[nodiscard]] Outcome<Registered> register_team(Work& work, const store::PersonalData& personal,
                                                v1::Team what, std::string_view batch_id,
                                                bool must_be_new);

struct NewResident {
    v1::Resident resident;  // resident_id may be empty
    v1::ResidentIdentity identity;
};
struct RegisteredResident {
    std::string resident_id;
    bool already_registered = false;
};
// De-duplicated by the identity document: a known document answers the resident it belongs to.
// ID_REUSED when the given resident_id belongs to another document.
[[nodiscard]] Outcome<RegisteredResident> register_resident(Work& work,
                                                            const store::PersonalData& personal,
                                                            NewResident what,
                                                            std::string_view batch_id);

// An allergy or special group begins or ends. RESIDENT_NOT_FOUND, RESIDENT_DECEASED.
[[nodiscard]] Outcome<Allowed> record_health_code(Work& work, const std::string& resident_id,
                                                  std::string_view etag, v1::HealthCode code,
                                                  bool ended);

// RESIDENT_NOT_FOUND, RESIDENT_DECEASED (already). Ends contracts of the resident.
[[nodiscard]] Outcome<Allowed> record_death(Work& work, const std::string& resident_id,
                                            std::string_view etag, std::string_view on);
// The same refusals, INSTITUTION_NOT_FOUND.
[[nodiscard]] Outcome<Allowed> move_resident(Work& work, const std::string& resident_id,
                                             std::string_view etag,
                                             const std::string& to_institution_id, bool outside,
                                             std::string_view on);

}  // namespace yilian::directory::app
