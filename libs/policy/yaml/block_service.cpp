#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "libs/calendar/working_days.h"
#include "libs/policy/yaml/block_parts.h"

// DRG, bed-day, supervision, calendar and run: what the settlement of the service reads
// (billing.md 5, 6, 7, 11, 12, 14.5).
namespace yilian::policy::block_parts {
namespace {

using namespace billing;  // NOLINT(google-build-using-namespace)

constexpr std::array<std::string_view, 3> kInsurances{"EMP", "RES", "OTHER"};

HighBands read_above_high(Fields& block, Rate high) {
    HighBands out;
    BandList bands(block.problems());
    bands.start_at(high, block.node());
    block.each("above_high", [&](const Node& item, const std::string& where) {
        Fields fields(item, where, block.problems());
        bands.add(fields);
        out.rules.push_back(read_deviation_rule(fields));
    });
    const Node* list = block.node().find("above_high");
    if (list != nullptr) out.bands = bands.finish(*list, block.where("above_high"));
    return out;
}

std::map<std::string, PoolRates> read_pools(Fields& block) {
    std::map<std::string, PoolRates> out;
    block.each_field(
        "pools", [&](const std::string& insurance, const Node& value, const std::string& where) {
            if (std::ranges::find(kInsurances, insurance) == kInsurances.end()) {
                refuse(block.problems(), value, "POLICY_VALUE", where, "is no insurance type");
            }
            Fields pool(value, where, block.problems());
            PoolRates rates;
            constexpr std::int64_t kMost = 1'000'000'000'000;
            rates.v_bud_num = pool.integer("v_bud_num", 1, kMost);
            rates.v_bud_den = pool.integer("v_bud_den", 1, kMost);
            rates.payment_ratio = pool.unit_rate("payment_ratio");
            rates.prepay_rate = pool.unit_rate("prepay_rate");
            rates.reserve_rate = pool.unit_rate("reserve_rate");
            out[insurance] = rates;
        });
    return out;
}

bool is_any(const Node* node) {
    return node != nullptr && node->kind == Node::Kind::kScalar && node->quoted &&
           node->text == "*";
}

RateCell read_cell(const Node& node, const std::string& where, Problems& problems) {
    Fields fields(node, where, problems);
    RateCell cell;
    cell.cell_id = fields.word("cell_id");
    cell.age_from = static_cast<int>(fields.integer("age_from", 0, 150));
    cell.age_to = static_cast<int>(fields.integer("age_to", 0, 150));
    const Node* sex = fields.required("sex");
    if (sex != nullptr && !is_any(sex)) {
        cell.sex =
            static_cast<int>(read_integer(*sex, fields.where("sex"), 1, 2, problems).value_or(1));
    }
    const Node* chronic = fields.required("chronic");
    if (chronic != nullptr && !is_any(chronic)) {
        cell.chronic =
            read_integer(*chronic, fields.where("chronic"), 0, 1, problems).value_or(0) == 1;
    }
    const Node* insurance = fields.required("insurance");
    if (insurance != nullptr && !is_any(insurance)) {
        cell.insurance = read_word(*insurance, fields.where("insurance"), kInsurances, problems);
    }
    cell.month_rate_fen = fields.fen("month_rate_fen");
    if (cell.age_to < cell.age_from) {
        refuse(problems, node, "POLICY_VALUE", where, "age_to is below age_from");
    }
    return cell;
}

template <class T>
bool meets(const std::optional<T>& a, const std::optional<T>& b) {
    return !a || !b || *a == *b;
}

bool can_match_one_resident(const RateCell& a, const RateCell& b) {
    return a.age_from <= b.age_to && b.age_from <= a.age_to && meets(a.sex, b.sex) &&
           meets(a.chronic, b.chronic) && meets(a.insurance, b.insurance);
}

std::vector<RateCell> read_cells(Fields& block) {
    std::vector<RateCell> cells;
    block.each("capitation_cells", [&](const Node& item, const std::string& where) {
        const std::size_t before = block.problems().size();
        RateCell cell = read_cell(item, where, block.problems());
        if (block.problems().size() != before) return;
        for (const RateCell& other : cells) {
            if (other.cell_id == cell.cell_id) {
                refuse(block.problems(), item, "POLICY_KEY_DUPLICATE", where,
                       fmt::format("cell '{}' stands twice", cell.cell_id));
            } else if (can_match_one_resident(other, cell)) {
                refuse(block.problems(), item, "RATE_CELL_OVERLAP", where,
                       fmt::format("'{}' and '{}' can match one resident", other.cell_id,
                                   cell.cell_id));
            }
        }
        cells.push_back(std::move(cell));
    });
    return cells;
}

void read_run_money(Fields& fields, Run& run) {
    run.pools = read_pools(fields);
    run.prepay_basis = fields.choice<PrepayBasis>(
        "prepay_basis", {{"points", PrepayBasis::kPoints}, {"audited", PrepayBasis::kAudited}});
    run.v_bud =
        fields.choice<BudgetValue>("v_bud", {{"weighted", BudgetValue::kWeighted},
                                             {"quantile", BudgetValue::kQuantile},
                                             {"good_interval", BudgetValue::kGoodInterval}});
    run.year_end = fields.choice<YearEndMethod>(
        "year_end", {{"share", YearEndMethod::kShare},
                     {"value_minus_patient", YearEndMethod::kValueMinusPatient}});
    run.base_tilt = fields.unit_rate("base_tilt");
    run.base_topup = fields.rate("base_topup");
    static constexpr std::array<std::string_view, 2> kBases{"patient_flow", "relative_price"};
    run.weight_basis = fields.words("weight_basis", kBases);
    run.capitation_cells = read_cells(fields);
    run.capitation_working_day = fields.integer("capitation_working_day", 1, 20);
    run.lookback_months = fields.integer("lookback_months", 0, 120);
    run.special_case_dip = fields.unit_rate("special_case_dip");
    run.special_case_drg = fields.unit_rate("special_case_drg");
    run.rounding_alert_fen = fields.fen("rounding_alert_fen");
}

void read_run_clocks(Fields& fields, Run& run) {
    run.clock_start = fields.choice<ClockStart>(
        "clock_start", {{"claim_received", ClockStart::kClaimReceived},
                        {"declaration_deadline", ClockStart::kDeclarationDeadline}});
    run.payment_working_days = fields.integer("payment_working_days", 1, 120);
    run.payment_warning_days = fields.integers("payment_warning_days", 1, run.payment_working_days);
    run.declare_days = fields.integer("declare_days", 1, 366);
    run.month_close_working_day = fields.integer("month_close_working_day", 1, 20);
    run.clearing_month = fields.integer("clearing_month", 1, 12);
    run.dispute_working_days = fields.integer("dispute_working_days", 1, 120);
    run.review_working_days = fields.integer("review_working_days", 1, 120);
    run.hearing_working_days = fields.integer("hearing_working_days", 1, 120);
    run.dispute_mode = fields.choice<DisputeMode>(
        "dispute_mode",
        {{"reserve", DisputeMode::kReserve}, {"recompute_pool", DisputeMode::kRecomputePool}});
    run.evidence_late_days = fields.integer("evidence_late_days", 0, 366);
    run.whatif_keep_days = fields.integer("whatif_keep_days", 1, 3660);
}

}  // namespace

Drg read_drg(const Node& node, Problems& problems) {
    Fields fields(node, "body.drg", problems);
    Drg out;
    out.rule_pack = fields.word("rule_pack");
    out.method = fields.choice<DrgMethod>(
        "method", {{"points", DrgMethod::kPoints}, {"rate", DrgMethod::kRate}});
    out.drg_total = fields.choice<DrgTotal>(
        "drg_total", {{"allocate", DrgTotal::kAllocate}, {"standards", DrgTotal::kStandards}});
    out.points_scale = fields.integer("points_scale", 1, 1'000'000);
    out.mean_fen = Fen::of_raw(fields.integer("mean_fen", 1, Fen::max().raw()));
    out.low = fields.unit_rate("low");
    out.high = fields.rate("high", kRateOne);
    out.above_high = read_above_high(fields, out.high);
    if (const Node* ungrouped = fields.required("ungrouped")) {
        Fields u(*ungrouped, "body.drg.ungrouped", problems);
        out.ungrouped = {u.rate("check_failed"), u.rate("fail"), u.rate("qy")};
    }
    out.same_price_groups = fields.words("same_price_groups");
    out.min_days = fields.integer("min_days", 0, 3660);
    out.max_days = fields.integer("max_days", out.min_days, 3660);
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.drg.rounding", problems);
        out.rounding = {r.rounding("points"), r.rounding("case_points"), r.rounding("rate"),
                        r.rounding("standard")};
    }
    return out;
}

BedDay read_bed_day(const Node& node, Problems& problems) {
    Fields fields(node, "body.bed_day", problems);
    BedDay out;
    out.points_scale = fields.integer("points_scale", 1, 1'000'000);
    out.mean_fen = Fen::of_raw(fields.integer("mean_fen", 1, Fen::max().raw()));
    out.merge_days = fields.integer("merge_days", 0, 366);
    out.count_discharge_day = fields.flag("count_discharge_day");
    fields.each_field(
        "types", [&](const std::string& type, const Node& levels, const std::string& where) {
            Fields by_level(levels, where, problems);
            for (const auto& [level, unused] : levels.fields) {
                auto& tiers = out.types[type][level];
                by_level.each(level, [&](const Node& item, const std::string& at) {
                    Fields tier(item, at, problems);
                    BedDayTier read;
                    const Node* to = tier.required("to_day");
                    if (to != nullptr && to->kind != Node::Kind::kNull) {
                        read.to_day = read_integer(*to, at, 1, 3660, problems);
                    }
                    read.standard_fen = tier.fen("standard_fen");
                    if (!tiers.empty() && (!tiers.back().to_day ||
                                           (read.to_day && *read.to_day <= *tiers.back().to_day))) {
                        refuse(problems, item, "POLICY_BAND_OVERLAP", at,
                               "days rise, the last is open");
                    }
                    tiers.push_back(read);
                });
                if (tiers.empty() || tiers.back().to_day) {
                    refuse(problems, levels, "POLICY_BAND_GAP", by_level.where(level),
                           "the last tier is open (to_day: null)");
                }
            }
        });
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.bed_day.rounding", problems);
        out.rounding = {r.rounding("points")};
    }
    return out;
}

Supervision read_supervision(const Node& node, Problems& problems) {
    Fields fields(node, "body.supervision", problems);
    Supervision out;
    out.out_of_catalogue_max = fields.unit_rate_or_null("out_of_catalogue_max");
    out.special_service_max = fields.unit_rate_or_null("special_service_max");
    out.internal_enabled = fields.flag("internal_enabled");
    out.grid_enabled = fields.flag("grid_enabled");
    return out;
}

Calendar read_calendar(const Node& node, Problems& problems) {
    static constexpr std::array<std::string_view, 1> kCalendars{"cn"};
    static const calendar::WorkingDays national = calendar::WorkingDays::national();
    Fields fields(node, "body.calendar", problems);
    Calendar out;
    out.id = fields.word("id", kCalendars);
    fields.each("years", [&](const Node& item, const std::string& where) {
        const auto year = read_integer(item, where, 2000, 2100, problems);
        if (!year) return;
        out.years.push_back(static_cast<int>(*year));
        if (!national.has_year(static_cast<int>(*year))) {
            refuse(problems, item, "POLICY_CALENDAR_MISSING", where,
                   fmt::format("calendar '{}' has no data for {}", out.id, *year));
        }
    });
    return out;
}

Run read_run(const Node& node, Problems& problems) {
    Fields fields(node, "body.run", problems);
    Run out;
    read_run_money(fields, out);
    read_run_clocks(fields, out);
    if (const Node* rounding = fields.required("rounding")) {
        Fields r(*rounding, "body.run.rounding", problems);
        out.rounding = {r.rounding("point_money"), r.rounding("prepay")};
    }
    return out;
}

}  // namespace yilian::policy::block_parts
