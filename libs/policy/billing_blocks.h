#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/amount/bands.h"
#include "libs/amount/rounding.h"
#include "libs/amount/scaled.h"
#include "libs/calendar/civil_date.h"

// The parameter blocks of billing.md 16.10 as plain values, one struct a block. The offline
// commands read them from a --params file, the service from the pack in force; both go through the
// strict reader (yaml/reader.h), so whoever holds one of these holds a checked one. What a field
// does is said in the section named beside it.
namespace yilian::policy::billing {

using amount::Bands;
using amount::Fen;
using amount::Rate;
using amount::Rounding;

// [0, inf) in one band.
[[nodiscard]] Bands one_band();

// What a deviation band gives: D = a + b*r + c*K (billing.md 4.5); `flag` is "" for none.
struct DeviationRule {
    Rate a;
    Rate b;
    Rate c;
    bool multiply_k = false;
    std::string flag;
};
// rules[i] belongs to bands[i].
struct Deviation {
    Bands bands = one_band();
    std::vector<DeviationRule> rules;
};

enum class ProcedureRank { kConservative, kDiagnostic, kTherapeutic, kInterventional, kSurgery };
enum class GroupKind { kCore, kBasic, kComprehensive };
enum class TrimMethod { kNone, kSigma, kIqr, kQuantile };
enum class TieBreak { kNearestCost, kHighestPoints };

struct Trim {
    TrimMethod method = TrimMethod::kNone;
    Rate k;
    Rate low;
    Rate high;
    std::int64_t min_cases = 0;
};

struct PriorityClass {
    GroupKind kind;
    ProcedureRank rank;  // interventional counts as surgery and never stands here
};

// Paid per case without a group (billing.md 4.7).
struct BlankGroup {
    Rate factor;
    Fen mean_fen;
    bool apply_k = false;
};

enum class AuxiliaryType { kSeverity, kSupervision };
enum class ConditionField {
    kAgeYears,
    kAgeDays,
    kStayDays,
    kSeverity,
    kTumour,
    kDischargeWay,
    kInstitutionLevel,
    kProcedureLevel,
};
enum class ConditionOp { kEq, kIn, kLt, kLe, kGt, kGe };

// Numeric fields use `numbers`, all others `words`; exactly one value unless op is kIn.
struct Condition {
    ConditionField field;
    ConditionOp op;
    std::vector<std::int64_t> numbers;
    std::vector<std::string> words;
};

// A coefficient for cases that meet all conditions (billing.md 4.4).
struct AuxiliaryRule {
    std::string id;
    AuxiliaryType type;
    std::vector<Condition> all;
    Rate coef;
};

// billing.md 4. The fields have the names of 16.10.
struct Dip {
    std::vector<Rate> year_weights;  // oldest first
    std::int64_t points_scale = 0;
    std::int64_t core_threshold = 0;
    Rate related_min_rate;
    std::int64_t dx_key_chars = 0;
    std::int64_t proc_key_chars = 0;
    ProcedureRank unknown_procedure_rank{};
    std::vector<std::int64_t> comprehensive_prefixes;  // descending
    Trim trim;
    TieBreak tie_break{};
    std::vector<PriorityClass> priority;  // each class once
    Deviation deviation;
    BlankGroup blank;
    std::vector<AuxiliaryRule> auxiliary;
    struct {
        Rounding deviation;
        Rounding points;
    } rounding{};
};

enum class MemberMonth { kDayShare, kNamedDay, kMonthEnd };
enum class AgeOn { kMonthFirstDay, kYearFirstDay };

// billing.md 3.
struct Capitation {
    MemberMonth member_month{};
    unsigned named_day = 0;  // 1..31
    AgeOn age_on{};
    Rate prepay_rate;
    struct {
        Rounding cell;
        Rounding prepay;
    } rounding{};
};

enum class CorridorKind { kActual, kTarget, kShare };
struct CorridorRule {
    CorridorKind kind;
    Rate share;
};
// billing.md 7.5. rules[i] belongs to bands[i].
struct Corridor {
    Bands bands = one_band();
    std::vector<CorridorRule> rules;
};
enum class CompensationLimit { kReserve, kNone };

struct Settle {
    std::optional<Corridor> corridor;  // empty list: settled equals target
    CompensationLimit compensation_limit{};
    Rate deposit_rate;
    struct {
        Rounding reserve;
        Rounding corridor;
        Rounding deposit;
        Rounding point_value;
    } rounding{};
};

// Minimum rate by number of members; members ascending, at least one point (billing.md 8.2).
struct CurvePoint {
    std::int64_t members;
    Rate rate;
};
enum class OverspendMode { kFixed, kComplement };

// billing.md 8.
struct Sharing {
    Rate gate;
    bool scale_by_quality = false;
    Rate staff_rate;
    struct {
        std::vector<CurvePoint> min_rate_curve;
        bool first_unit = false;
        Rate max_rate;
        Rate cap_rate;
    } surplus{};
    struct {
        std::vector<CurvePoint> min_rate_curve;
        OverspendMode mode{};
        Rate rate;
        Rate floor;
        Rate ceiling;
        Rate cap_rate;
    } overspend{};
    struct {
        Rounding reward;
        Rounding contribution;
    } rounding{};
};

enum class ChainMode { kDifference, kCancelled };

struct BenefitLevel {
    Fen deductible_fen;
    Rate ratio;
};
// [from, to) of the cumulative remainder; the last band is open.
struct SeriousBand {
    Fen from_fen;
    std::optional<Fen> to_fen;
    Rate rate;
};
struct AidClass {
    Fen deductible_fen;
    Rate ratio;
    std::optional<Fen> cap_fen;  // empty = none
    Rate serious_threshold_factor;
    Rate serious_rate_add;
};

// billing.md 9. Levels and classes are the pack's own codes.
struct Benefit {
    std::map<std::string, BenefitLevel> levels;
    std::vector<Rate> ordinal_factors;  // the last one repeats
    Fen basic_cap_fen;
    ChainMode chain_mode{};
    std::string county_level;
    bool county_ratio_on_up = false;
    Rate unfiled_penalty;
    struct {
        std::vector<SeriousBand> bands;  // empty = no serious-illness layer
        Fen cap_fen;
    } serious{};
    std::map<std::string, AidClass> aid;
    struct {
        Rounding basic;
        Rounding aid;
    } rounding{};
};

enum class ZeroDenominator { kDrop, kRenormalise };
struct AllocateFactor {
    std::string name;
    Rate weight;
};
// billing.md 3.6. Weights add up to 1.
struct Allocate {
    Fen amount_fen;
    Rate share_rate;
    std::vector<AllocateFactor> factors;
    ZeroDenominator zero_denominator{};
};

enum class DrgMethod { kPoints, kRate };
enum class DrgTotal { kAllocate, kStandards };

// Above `high` of the group average: bands from there to inf, rules[i] for the i-th of them.
struct HighBands {
    // Tiles [0, inf): band 0 is everything up to `high`, itself included, and has no rule.
    Bands bands = one_band();
    std::vector<DeviationRule> rules;  // rules[i] belongs to bands[i + 1]
};

// billing.md 5.3 to 5.6. Group averages come with the rule pack, cost coefficients by institution
// are data of the service.
struct Drg {
    std::string rule_pack;  // id of the grouping rules in force for the district
    DrgMethod method{};
    DrgTotal drg_total{};
    std::int64_t points_scale = 0;  // base points of a case of average cost
    Fen mean_fen;                   // average of all cases
    Rate low;                       // below low * group average a stay is incomplete
    Rate high;
    HighBands above_high;
    // Factor on the base of the average case for cases without a group.
    struct {
        Rate check_failed;
        Rate fail;
        Rate qy;
    } ungrouped{};
    std::vector<std::string> same_price_groups;  // one price at all levels, no coefficient
    // Stays outside [min_days, max_days] leave DRG (5.6).
    std::int64_t min_days = 0;
    std::int64_t max_days = 0;
    struct {
        Rounding points;
        Rounding case_points;
        Rounding rate;
        Rounding standard;
    } rounding{};
};

struct BedDayTier {
    std::optional<std::int64_t> to_day;  // empty = open
    Fen standard_fen;
};
// billing.md 6.1: tiers by bed-day type and level.
struct BedDay {
    std::int64_t points_scale = 0;
    Fen mean_fen;
    std::int64_t merge_days = 0;
    bool count_discharge_day = false;
    std::map<std::string, std::map<std::string, std::vector<BedDayTier>>> types;
    struct {
        Rounding points;
    } rounding{};
};

// billing.md 12: limits of the compliance figures; empty = the district sets none.
struct Supervision {
    std::optional<Rate> out_of_catalogue_max;
    std::optional<Rate> special_service_max;
    bool internal_enabled = false;
    bool grid_enabled = false;
};

// Names the working-day calendar of the district; the reader refuses a year it has no data for.
struct Calendar {
    std::string id;  // "cn" = arrangements of the State Council
    std::vector<int> years;
};

enum class PrepayBasis { kPoints, kAudited };
enum class BudgetValue { kWeighted, kQuantile, kGoodInterval };
enum class YearEndMethod { kShare, kValueMinusPatient };
enum class ClockStart { kClaimReceived, kDeclarationDeadline };
enum class DisputeMode { kReserve, kRecomputePool };

// One pool of a year, by insurance type (billing.md 7.1 to 7.3).
struct PoolRates {
    // Budget point value at the start of the year, fen a point, exact.
    std::int64_t v_bud_num = 0;
    std::int64_t v_bud_den = 1;
    Rate payment_ratio;
    Rate prepay_rate;
    Rate reserve_rate;
};

// billing.md 3.2. Empty sex, chronic, insurance: any.
struct RateCell {
    std::string cell_id;
    int age_from = 0;
    int age_to = 0;  // inclusive
    std::optional<int> sex;
    std::optional<bool> chronic;
    std::optional<std::string> insurance;
    Fen month_rate_fen;
};

// What only the service reads (billing.md 2.5): money of the pools, windows and clocks.
struct Run {
    std::map<std::string, PoolRates> pools;  // by insurance type
    PrepayBasis prepay_basis{};
    BudgetValue v_bud{};  // how the budget point value is found, 7.2
    YearEndMethod year_end{};
    Rate base_tilt;                         // 7.7
    Rate base_topup;                        // 7.7
    std::vector<std::string> weight_basis;  // 7.6
    std::vector<RateCell> capitation_cells;
    std::int64_t capitation_working_day = 0;  // day of the month's prepay
    std::int64_t lookback_months = 0;         // 3.4
    Rate special_case_dip;                    // 4.8
    Rate special_case_drg;
    ClockStart clock_start{};
    std::int64_t payment_working_days = 0;
    std::vector<std::int64_t> payment_warning_days;  // ascending, below payment_working_days
    std::int64_t declare_days = 0;
    std::int64_t month_close_working_day = 0;
    std::int64_t clearing_month = 0;  // finished by the last day of this month of the next year
    std::int64_t dispute_working_days = 0;
    std::int64_t review_working_days = 0;
    std::int64_t hearing_working_days = 0;
    DisputeMode dispute_mode{};
    std::int64_t evidence_late_days = 0;
    std::int64_t whatif_keep_days = 0;
    Fen rounding_alert_fen;
    struct {
        Rounding point_money;  // points * V * ratio
        Rounding prepay;
    } rounding{};
};

// The body of a pack. A block that is absent is empty; a block that is there is complete.
struct Blocks {
    std::optional<Dip> dip;
    std::optional<Capitation> capitation;
    std::optional<Settle> settle;
    std::optional<Sharing> sharing;
    std::optional<Benefit> benefit;
    std::optional<Allocate> allocate;
    std::optional<Drg> drg;
    std::optional<BedDay> bed_day;
    std::optional<Supervision> supervision;
    std::optional<Calendar> calendar;
    std::optional<Run> run;
};

// What stands above the body (billing.md 2.5).
struct ParamsHeader {
    std::string region;
    std::string version;
    calendar::CivilDate effective_from{};
    std::optional<calendar::CivilDate> effective_to{};  // exclusive
};

}  // namespace yilian::policy::billing
