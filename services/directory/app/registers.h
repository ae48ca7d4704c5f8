#pragma once

#include <map>
#include <string>

#include "libs/runtime/work.h"
#include "services/directory/store/rows.h"

// The registers of institutions, memberships, practitioners and teams (contracts.md 1 and 7). All
// functions run inside the caller's unit; registering the same content again changes nothing and is
// answered as unchanged.
namespace yilian::directory::app {

using runtime::Work;

enum class Registered { kNew, kChanged, kUnchanged };

// How a row is registered.
struct Writing {
    std::string batch_id{};  // of an import, else empty
    // ID_REUSED when the id is known with other content, instead of changing it.
    bool must_be_new = false;
    // Writes nothing, only says what would happen. `planned` holds what earlier rows of the same
    // dry run would have registered ("institution/<id>"), and whom, where a row does not name it.
    bool dry_run = false;
    std::map<std::string, std::string> planned{};
};

// FIELD_ENUM (field class: not a class of the district), INSTITUTION_NOT_FOUND (parent),
// VALIDITY_OVERLAP (a change that would hold from before the newest one).
[[nodiscard]] Outcome<Registered> register_institution(Work& work, v1::Institution what,
                                                       Writing& writing);
// VALIDITY_OVERLAP (another span of the institution, or a second lead of the consortium, covers one
// of the days), INSTITUTION_NOT_FOUND.
[[nodiscard]] Outcome<Registered> set_membership(Work& work, const v1::Membership& what,
                                                 Writing& writing);
// INSTITUTION_NOT_FOUND, VALIDITY_OVERLAP (to before from).
[[nodiscard]] Outcome<Registered> register_practitioner(Work& work,
                                                        const store::PersonalData& personal,
                                                        const v1::Practitioner& what,
                                                        Writing& writing);
// `what.members` are the members as they shall be; who is not among them any more stays on record
// with today as last day. ROLE_MISSING, ROLE_NOT_ALLOWED (codes in metadata),
// PRACTITIONER_NOT_FOUND, PRACTITIONER_NOT_LICENSED, CAPACITY_EXCEEDED, INSTITUTION_NOT_FOUND.
[[nodiscard]] Outcome<Registered> register_team(Work& work, const store::PersonalData& personal,
                                                v1::Team what, Writing& writing);

}  // namespace yilian::directory::app
