#include "services/cli/play/district.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/calendar/civil_month.h"
#include "libs/calendar/local_time.h"
#include "services/cli/play/rng.h"

namespace yilian::cli::play {
namespace {

// Stations of each institution, by their places in the district.
using Stations = std::map<std::size_t, std::vector<std::size_t>>;

constexpr int kLevelTwo = 2;
constexpr int kCentres = 6;
constexpr int kStationsPerCentre = 5;
constexpr int kTeamsPerCentre = 4;

// Shares of 10000.
constexpr int kAdults = 8200;
constexpr int kHypertension = 2500;
constexpr int kDiabetes = 1000;
constexpr int kContracted = 4000;
constexpr int kKnownBefore = 8000;
constexpr int kEmployees = 3000;
constexpr int kAided = 500;
constexpr int kPenicillin = 300;

void add_institutions(District& d) {
    d.institutions.push_back({"H3-01", "合成区医院（三级）", "hospital", 3, ""});
    for (int i = 1; i <= kLevelTwo; ++i) {
        d.institutions.push_back(
            {fmt::format("H2-{:02}", i), fmt::format("合成医院{}（二级）", i), "hospital", 2, ""});
    }
    for (int i = 1; i <= kCentres; ++i) {
        d.institutions.push_back({fmt::format("B1-{:02}", i),
                                  fmt::format("合成社区卫生服务中心{}", i), "centre", 1, ""});
    }
    for (int i = 0; i < kCentres * kStationsPerCentre; ++i) {
        const bool village = i % 2 == 1;
        d.institutions.push_back({fmt::format("{}-{:02}", village ? "V1" : "S1", i + 1),
                                  fmt::format("合成{}{}", village ? "村卫生室" : "服务站", i + 1),
                                  village ? "village_clinic" : "station", 1,
                                  fmt::format("B1-{:02}", i / kStationsPerCentre + 1)});
    }
}

struct Post {
    const char* code;
    int count;
    const char* title;
    std::vector<std::string> rights;
    const char* role;
};

void add_posts(District& d, const Institution& institution, const std::vector<Post>& posts) {
    for (const Post& post : posts) {
        for (int i = 1; i <= post.count; ++i) {
            const std::string id = fmt::format("{}-{}{}", institution.id, post.code, i);
            d.practitioners.push_back(
                {id, "合成医务人员" + id, institution.id, post.title, post.rights, post.role});
        }
    }
}

void add_practitioners(District& d) {
    const std::vector<std::string> doctor{"CONFIRM_ENROLMENT", "PRESCRIBE"};
    const std::vector<std::string> pharmacist{"DISPENSE", "REVIEW_PRESCRIPTION"};
    for (const Institution& institution : d.institutions) {
        if (institution.hospital()) {
            add_posts(d, institution,
                      {{"D", 8, "CHIEF", doctor, "SPECIALIST_ADVISER"},
                       {"N", 4, "MIDDLE", {}, "NURSE"},
                       {"P", 2, "MIDDLE", pharmacist, "PHARMACIST"}});
        } else if (institution.parent.empty()) {
            add_posts(d, institution,
                      {{"D", kTeamsPerCentre + 2, "MIDDLE", doctor, "GP"},
                       {"N", kTeamsPerCentre, "MIDDLE", {}, "NURSE"},
                       {"H", kTeamsPerCentre, "MIDDLE", {}, "PUBLIC_HEALTH"},
                       {"P", 2, "MIDDLE", pharmacist, "PHARMACIST"}});
        } else {
            add_posts(d, institution,
                      {{"V", 1, "JUNIOR", {"PRESCRIBE"}, "VILLAGE_DOCTOR"},
                       {"P", 1, "JUNIOR", {"DISPENSE"}, "PHARMACIST"}});
        }
    }
    // Leaders of first teams may review, too: never what they prescribed themselves.
    for (Practitioner& p : d.practitioners) {
        if (p.role == std::string_view("GP") && p.id.ends_with("-D1")) {
            p.rights.emplace_back("REVIEW_PRESCRIPTION");
        }
    }
}

void add_teams(District& d, const SeedIds& ids) {
    const Instant at = calendar::start_of_day(d.options.first_day);
    for (int c = 1; c <= kCentres; ++c) {
        const std::string centre = fmt::format("B1-{:02}", c);
        for (int t = 1; t <= kTeamsPerCentre; ++t) {
            const int station = (c - 1) * kStationsPerCentre + (t - 1) % kStationsPerCentre;
            const Institution& village =
                d.institutions[static_cast<std::size_t>(1 + kLevelTwo + kCentres + station)];
            Team team;
            team.id = ids.ulid(at, fmt::format("team/{}/{}", centre, t));
            team.institution = centre;
            team.members = {fmt::format("{}-D{}", centre, t), fmt::format("{}-N{}", centre, t),
                            fmt::format("{}-H{}", centre, t), village.id + "-V1",
                            fmt::format("H3-01-D{}", t)};
            team.roles = {"GP", "NURSE", "PUBLIC_HEALTH", "VILLAGE_DOCTOR", "SPECIALIST_ADVISER"};
            d.teams.push_back(std::move(team));
        }
    }
}

CivilDate birth_of(const PlayOptions& options, Rng& rng) {
    const int age = rng.chance(kAdults) ? rng.between(18, 89) : rng.between(1, 17);
    return options.first_day.plus_months(-12 * age).plus_days(-rng.between(0, 364));
}

// Most diagnoses are older than the play; the others are confirmed on a working day of its first
// weeks.
std::optional<CivilDate> confirmed_on(const District& d, const calendar::WorkingDays& days,
                                      Rng& rng) {
    if (rng.chance(kKnownBefore)) return std::nullopt;
    CivilDate day = d.options.first_day.plus_days(rng.between(3, 25));
    while (!*days.is_working_day(day)) day = day.plus_days(1);
    return day;
}

Resident make_resident(const District& d, const calendar::WorkingDays& days, const SeedIds& ids,
                       int index) {
    Rng rng(d.options.seed, fmt::format("resident/{}", index));
    Resident r;
    r.id = ids.ulid(calendar::start_of_day(d.options.first_day), fmt::format("resident/{}", index));
    r.sex = rng.between(1, 2);
    r.birth = birth_of(d.options, rng);
    r.insurance = rng.chance(kEmployees) ? "EMP" : "RES";
    r.aid_class = rng.chance(kAided) ? rng.pick(d.rules.aid_classes) : "NONE";
    const int centre = rng.between(0, kCentres - 1);
    r.home = static_cast<std::size_t>(1 + kLevelTwo + centre);
    r.name = fmt::format("合成居民{:06}", index);
    r.phone = fmt::format("+999{:08}", index);
    const bool adult = calendar::age_years(r.birth, d.options.first_day) >= 18;
    r.contracted = rng.chance(kContracted);
    r.hypertension = adult && rng.chance(kHypertension);
    r.diabetes = adult && rng.chance(kDiabetes);
    r.penicillin_allergy = rng.chance(kPenicillin);
    r.hypertension_on = confirmed_on(d, days, rng);
    r.diabetes_on = confirmed_on(d, days, rng);
    return r;
}

// The first residents live through every main path, so that a small district shows all of them.
void force_exemplars(District& d) {
    const int exemplars = std::min(d.options.residents, kExemplars);
    for (int i = 0; i < exemplars; ++i) {
        Resident& r = d.residents[static_cast<std::size_t>(i)];
        r.birth = d.options.first_day.plus_months(-12 * 58).plus_days(-i);
        const bool chronic = i < kChronicExemplars;
        r.contracted = r.contracted || chronic;
        r.hypertension = chronic && !d.rules.hypertension.empty() && i % 2 == 0;
        r.diabetes = chronic && !r.hypertension;
        r.penicillin_allergy = false;
        r.hypertension_on.reset();
        r.diabetes_on.reset();
    }
}

// Odd sequence numbers are male (GB 11643); no two residents share one.
void number_residents(District& d) {
    std::map<std::pair<std::string, int>, int> next;
    for (Resident& r : d.residents) {
        int& sequence = next[{r.birth.text(), r.sex}];
        r.document_number = fake_identity_number(r.birth, sequence * 2 + (r.sex == 1 ? 1 : 0));
        ++sequence;
    }
}

bool dispenses(const District& d, const std::string& institution) {
    return std::any_of(d.practitioners.begin(), d.practitioners.end(), [&](const Practitioner& p) {
        return p.institution == institution && p.has_right("DISPENSE");
    });
}

// A station of the resident's centre where drugs are handed out, the centre itself without one; a
// team of the centre for whoever has chosen none.
void find_carers(const District& d, const Stations& stations, Resident& r) {
    const SeedIds ids(d.options.seed);
    const auto one_of = [&](const char* what, const std::vector<std::size_t>& from) {
        const auto n = static_cast<std::int64_t>(from.size());
        return from[static_cast<std::size_t>(ids.draw(what + r.id, n))];
    };
    const std::vector<std::size_t>& near = stations.at(r.home);
    r.station = near.empty() ? r.home : one_of("station/", near);
    if (r.team != kNoTeam) return;
    std::vector<std::size_t> teams;
    for (std::size_t i = 0; i < d.teams.size(); ++i) {
        if (d.teams[i].institution == d.institutions[r.home].id) teams.push_back(i);
    }
    YILIAN_INVARIANT(!teams.empty(), "play: a centre without a team");
    r.team = one_of("team/", teams);
}

void find_carers(District& d) {
    Stations stations;
    for (std::size_t i = 0; i < d.institutions.size(); ++i) {
        std::vector<std::size_t>& near = stations[i];
        for (std::size_t k = 0; k < d.institutions.size(); ++k) {
            const Institution& other = d.institutions[k];
            if (other.parent == d.institutions[i].id && dispenses(d, other.id)) near.push_back(k);
        }
    }
    for (Resident& r : d.residents) find_carers(d, stations, r);
}

void add_pools(District& d) {
    for (const Institution& institution : d.institutions) {
        if (!institution.hospital()) continue;
        if (!d.rules.clinic_kind.empty()) {
            d.pools.push_back({institution.id + "-CLINIC", institution.id, d.rules.clinic_kind});
        }
        if (d.rules.beds) d.pools.push_back({institution.id + "-BED", institution.id, "BED"});
    }
}

}  // namespace

std::string fake_identity_number(CivilDate birth, int sequence) {
    std::string number = fmt::format("999999{:04}{:02}{:02}{:03}", birth.year(), birth.month(),
                                     birth.day(), sequence);
    // ISO 7064 MOD 11-2.
    int sum = 0;
    for (const char c : number) sum = (sum + (c - '0')) * 2 % 11;
    const int check = (12 - sum) % 11;
    number += check == 10 ? 'X' : static_cast<char>('0' + check);
    return number;
}

const Practitioner& District::any_of(const std::string& institution, const std::string& right,
                                     std::uint64_t number, const std::string& except) const {
    std::vector<const Practitioner*> found;
    const Practitioner* excepted = nullptr;
    for (const Practitioner& p : practitioners) {
        if (p.institution != institution) continue;
        if (!(right.empty() ? p.role == "NURSE" : p.has_right(right))) continue;
        if (p.id == except) {
            excepted = &p;
        } else {
            found.push_back(&p);
        }
    }
    if (found.empty() && excepted != nullptr) return *excepted;
    YILIAN_INVARIANT(!found.empty(), "play: no practitioner with this right");
    return *found[number % found.size()];
}

bool District::has_nurse(const std::string& institution) const {
    return std::any_of(practitioners.begin(), practitioners.end(), [&](const Practitioner& p) {
        return p.institution == institution && p.role == "NURSE";
    });
}

bool District::has_right(const std::string& practitioner, const std::string& right) const {
    return std::any_of(practitioners.begin(), practitioners.end(), [&](const Practitioner& p) {
        return p.id == practitioner && p.has_right(right);
    });
}

std::vector<std::size_t> District::hospitals() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < institutions.size(); ++i) {
        if (institutions[i].hospital()) found.push_back(i);
    }
    return found;
}

District make_district(const PlayOptions& options, const policy::Pack& pack,
                       const calendar::WorkingDays& days) {
    District d;
    d.options = options;
    d.rules = rules_of(pack);
    d.consortium = "C1";
    const SeedIds ids(options.seed);
    add_institutions(d);
    add_practitioners(d);
    add_teams(d, ids);
    for (int i = 0; i < options.residents; ++i)
        d.residents.push_back(make_resident(d, days, ids, i));
    force_exemplars(d);
    number_residents(d);
    complete_district(d, days);
    return d;
}

void complete_district(District& d, const calendar::WorkingDays& days) {
    find_carers(d);
    add_pools(d);
    d.places_a_slot = std::max(60, d.options.residents / 20);
    const auto last =
        calendar::CivilMonth::containing(d.options.first_day).plus(d.options.months - 1);
    d.last_day = last.last_day();
    const auto settled = days.nth_of_month(last.plus(1), d.rules.month_close_working_day);
    YILIAN_INVARIANT(settled.ok(), "play: no calendar for the month of the last settlement");
    d.last_settlement = *settled;
}

}  // namespace yilian::cli::play
