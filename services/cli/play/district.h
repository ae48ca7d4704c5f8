#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/calendar/civil_date.h"
#include "libs/calendar/working_days.h"
#include "libs/policy/pack.h"

// The synthetic district: who and what is there before the first day. Pure and seeded; every name
// and number in it is unmistakably invented.
namespace yilian::cli::play {

using calendar::CivilDate;

// The first residents live through the main paths where their registers allow it: those of chronic
// disease, then a stay that no group takes, one with a bad list, one with a late list.
inline constexpr int kChronicExemplars = 12;
inline constexpr int kUngroupedExemplar = 12;
inline constexpr int kFaultyExemplar = 13;
inline constexpr int kLateExemplar = 14;
inline constexpr int kExemplars = 15;

struct PlayOptions {
    std::string district = "120111";
    int residents = 10000;
    int months = 6;
    std::uint64_t seed = 1;
    CivilDate first_day;  // of the business clock
};

// What the player must know of the district's rules to plan what hospitals would do.
struct Rules {
    std::string hypertension;  // registry code, "" where the registry does not keep it
    std::string diabetes;      // diabetes_t2 or hyperglycaemia
    bool extended = false;     // rx.extended.enabled
    bool shared = false;       // rx.shared.enabled
    int long_days = 28;        // of a long prescription
    int normal_days = 7;       // rx.quantity.normal_days
    std::string clinic_kind;   // resource kind of outpatient places; "" when none is enabled
    bool beds = false;
    bool graded = false;  // receivers need a technical grade
    bool two_level = false;
    bool capitation = false;  // billing.capitation.enabled
    bool chronic_actual_cost = false;
    bool second_waived = false;
    int month_close_working_day = 10;
    int capitation_working_day = 1;
    int declare_days = 30;
    std::vector<std::string> aid_classes;
    std::string team_model;
    std::optional<std::int64_t> control_target_bp;  // of the norm's management
};
[[nodiscard]] Rules rules_of(const policy::Pack& pack);

struct Institution {
    std::string id;
    std::string name;
    std::string kind;  // class by the pack
    int level = 1;
    std::string parent;  // "" = none
    [[nodiscard]] bool hospital() const { return kind == "hospital"; }
};

struct Practitioner {
    std::string id;
    std::string name;
    std::string institution;
    std::string title;
    std::vector<std::string> rights;  // sorted
    std::string role;                 // in a team
    [[nodiscard]] bool has_right(const std::string& right) const {
        return std::find(rights.begin(), rights.end(), right) != rights.end();
    }
};

struct Team {
    std::string id;
    std::string institution;
    std::vector<std::string> members;  // practitioners; the first leads
    std::vector<std::string> roles;    // of each member
};

inline constexpr std::size_t kNoTeam = static_cast<std::size_t>(-1);

struct Resident {
    std::string id;
    int sex = 1;  // 1 male, 2 female
    CivilDate birth;
    std::string insurance;  // RES, EMP
    std::string aid_class;
    std::size_t home = 0;     // institution: a centre
    std::size_t station = 0;  // institution: a station or village clinic of that centre
    std::size_t team = kNoTeam;
    std::string document_number;
    std::string name;
    std::string phone;
    bool contracted = false;
    bool hypertension = false;
    bool diabetes = false;
    // Day of the play on which the diagnosis is confirmed; none: known before.
    std::optional<CivilDate> hypertension_on;
    std::optional<CivilDate> diabetes_on;
    bool penicillin_allergy = false;
};

struct Pool {
    std::string id;
    std::string owner;
    std::string kind;  // resource kind
};

struct District {
    PlayOptions options;
    Rules rules;
    std::string consortium;
    std::vector<Institution> institutions;  // parents before children; the first leads
    std::vector<Practitioner> practitioners;
    std::vector<Team> teams;
    std::vector<Resident> residents;
    std::vector<Pool> pools;
    int places_a_slot = 0;
    CivilDate last_day;         // of the play proper: the end of the last month
    CivilDate last_settlement;  // the day the last month is settled

    // Somebody of the institution with the right, "" = a nurse; not `except`, where there is
    // another.
    [[nodiscard]] const Practitioner& any_of(const std::string& institution,
                                             const std::string& right, std::uint64_t number,
                                             const std::string& except = "") const;
    [[nodiscard]] bool has_nurse(const std::string& institution) const;
    [[nodiscard]] bool has_right(const std::string& practitioner, const std::string& right) const;
    [[nodiscard]] std::vector<std::size_t> hospitals() const;
};

// 18 characters with the right check character and a district code that nobody has (999999).
[[nodiscard]] std::string fake_identity_number(CivilDate birth, int sequence);

// What follows from the rest: who is near whom, pools, places, last days. Draws by the ids of the
// residents, so that registers written to files and read again give the same district.
void complete_district(District& district, const calendar::WorkingDays& days);

[[nodiscard]] District make_district(const PlayOptions& options, const policy::Pack& pack,
                                     const calendar::WorkingDays& days);

}  // namespace yilian::cli::play
