#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/clock.h"
#include "libs/calendar/civil_date.h"
#include "libs/calendar/civil_month.h"

// Fund supervision (billing.md 12): rules that are data, over the facts of a month. Pure: the same
// rules and facts give the same hits in the same order, whatever the order of the facts.
namespace yilian::billing::supervision {

using amount::Fen;
using amount::Points;
using amount::Rate;
using calendar::CivilDate;
using calendar::CivilMonth;

enum class Severity { kHint, kSuspect, kViolation };
enum class Action { kNone, kAsk, kHold, kDeduct };
[[nodiscard]] std::string_view name_of(Severity severity);
[[nodiscard]] std::string_view name_of(Action action);

// What a rule reads.
enum class Input { kLines, kLists, kCases, kSales, kDispenses, kEvents };
[[nodiscard]] std::string_view name_of(Input input);

// A threshold as it stands in the table, and what it means.
struct Threshold {
    std::string name;
    std::string text;
    std::int64_t number = 0;           // counts
    Rate rate{};                       // rates
    std::vector<std::string> words{};  // lists, separated by ';'
};

// Restricts the lists that a rule looks at, or takes some out of it: "level=L1", "type=INPATIENT",
// "insurance=RES", "institution=H1", "dx=Z51" (prefix of the main diagnosis), "dept=03" (prefix),
// "item=…", "planned" (a planned readmission).
struct Filter {
    std::string kind;
    std::string value;
};

struct Rule {
    std::string id;
    std::int32_t version = 1;
    std::string family;
    std::vector<Filter> scope{};  // all kinds must fit, one value of each kind; empty = everything
    Input input{};
    std::string condition;  // name of a condition of conditions()
    std::vector<Threshold> thresholds{};
    Severity severity{};
    Action action{};
    std::vector<Filter> exceptions{};  // any one that fits takes the list out
    CivilDate from{};
    std::optional<CivilDate> to{};  // exclusive

    [[nodiscard]] std::int64_t number(std::string_view name) const;
    [[nodiscard]] Rate rate(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& words(std::string_view name) const;
    [[nodiscard]] bool in_force(CivilDate day) const { return from <= day && (!to || day < *to); }
};

// What is known of an item that can be charged. 0 and empty do not limit.
struct Item {
    std::string code;
    std::string kind;    // DRUG, MATERIAL, SERVICE, OPERATION, ADDON, BED, NURSING, MONITORING,
                         // INFUSION, SPECIAL
    std::string family;  // items that stand for each other
    Fen price{};         // of a unit
    Fen purchase{};
    std::string insurance;
    std::vector<std::string> levels{};
    std::vector<std::string> depts{};  // prefixes
    std::int64_t sex = 0;
    std::int64_t age_from = 0;
    std::int64_t age_to = 0;
    std::vector<std::string> diagnoses{};  // prefixes, of any diagnosis
    std::string after_item;                // line of therapy: only after this one
    std::string base_item;                 // an add-on's base
    std::vector<std::string> parts{};      // of a set
    std::vector<std::string> needs{};      // one of these must be charged too
    std::string approach;                  // of an operation
    std::int64_t hours_milli = 0;          // hours that a unit takes
    bool daily = false;                    // a unit a day at most
    std::int64_t day_milli = 0;            // possible in a day
    std::int64_t dose_milli = 0;           // standard of a day
    std::int64_t visit_milli = 0;
    std::int64_t week_milli = 0;
    std::int64_t month_milli = 0;
    std::int64_t course_days = 0;
    Fen year{};
};

// Every defect of the tables, in the order of file and line; a set with one is refused whole.
struct Defect {
    std::string file;
    int line = 0;
    std::string column;
    std::string problem;
    friend bool operator==(const Defect&, const Defect&) = default;
};

struct RuleSet {
    std::vector<Rule> rules{};  // by id and version
    std::map<std::string, Item, std::less<>> items{};

    // The version in force on a day, null when there is none.
    [[nodiscard]] const Rule* rule(std::string_view id, CivilDate day) const;
};

// Reads `rules.csv` and `items.csv`. Defects are appended; the set is of use only without any.
[[nodiscard]] RuleSet read_rules(std::string_view rules_csv, std::string_view items_csv,
                                 std::vector<Defect>& defects);

// --- facts ---------------------------------------------------------------------------------------

struct CaseFact {
    std::string institution_id;
    std::string list_id;
    std::string resident_id;  // the surviving one
    std::string insurance;
    std::string level;
    std::string type;  // INPATIENT, DAY, OUTPATIENT_CHRONIC
    int sex = 0;
    std::int64_t age_years = 0;
    CivilDate admitted_on{};
    CivilDate discharged_on{};
    Instant admitted_at{};
    Instant discharged_at{};
    std::int64_t stay_days = 0;
    std::int64_t nursing_days = 0;
    std::string dept;
    std::vector<std::string> diagnoses{};  // the main one first
    std::int64_t operations = 0;
    bool readmission_planned = false;
    bool declared_late = false;
    Fen total{};
    Fen self_paid{};
    std::string group_code;
    Fen group_average{};
    Points points{};
    std::int64_t complications = 0;  // CC and MCC among the other diagnoses
    std::string prescription_id;
    bool in_month = false;  // of the month that is checked; else of the time before it

    [[nodiscard]] std::string key() const { return institution_id + '/' + list_id; }
    [[nodiscard]] std::string_view main_dx() const {
        return diagnoses.empty() ? std::string_view() : std::string_view(diagnoses.front());
    }
    [[nodiscard]] bool is_stay() const { return type != "OUTPATIENT_CHRONIC"; }
};

struct LineFact {
    std::string institution_id;
    std::string list_id;
    std::int64_t line_no = 0;
    std::string item_code;
    CivilDate used_on{};
    std::int64_t quantity_milli = 0;
    Fen amount{};
    std::string dept;
    std::string ordered_item_code;
};

struct SaleFact {
    std::string institution_id;
    std::string sale_id;
    std::string resident_id;
    std::string item_code;
    CivilDate sold_on{};
    std::int64_t quantity_milli = 0;
    std::int64_t prescribed_milli = 0;
    Fen amount{};
    std::string contact_digest;
};

// A list of the month that pays a prescription, and what was dispensed for it.
struct DispenseFact {
    std::string institution_id;
    std::string list_id;
    std::string prescription_id;
    std::int64_t dispensed_lines = 0;
};

// Lists of the month received by an institution, as the list quality is judged.
struct QualityFact {
    std::string institution_id;
    std::int64_t received = 0;
    std::int64_t accepted = 0;
    std::int64_t in_time = 0;
};

struct Facts {
    CivilMonth month{};
    std::vector<CaseFact> cases{};  // of the month and of the time before it
    std::vector<LineFact> lines{};  // of those cases
    std::vector<SaleFact> sales{};
    std::vector<DispenseFact> dispenses{};
    std::vector<QualityFact> quality{};
    // Limits of the district's pack; empty = the threshold of the rule counts.
    std::optional<Rate> out_of_catalogue_max{};
    std::optional<Rate> special_service_max{};
};

// Days before the month whose cases the rules look at.
inline constexpr int kLookBackDays = 366;

// --- hits ----------------------------------------------------------------------------------------

struct Hit {
    std::string record;  // what was found, the same whenever it is found again
    std::string institution_id;
    std::vector<std::string> list_ids{};  // of that institution, sorted
    Fen amount{};
    std::vector<std::pair<std::string, std::string>> evidence{};
};

// Hits of one rule, by record. A rule on events has none.
[[nodiscard]] std::vector<Hit> evaluate(const RuleSet& set, const Rule& rule, const Facts& facts);

// The part of `of` lists that a sample takes: ceil(rate * of), at least 1 of any.
[[nodiscard]] std::int64_t sample_size(std::int64_t of, Rate rate);

}  // namespace yilian::billing::supervision
