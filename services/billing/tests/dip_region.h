#pragma once

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/billing/domain/dip/score.h"

// A region with the national parameters, and cases of a small world of codes.
namespace yilian::billing::dip::testing {

inline Rate rate(const char* text) { return Rate::parse(text).value(); }

inline amount::Band band(const char* lo, bool lo_closed, const char* hi, bool hi_closed) {
    return {rate(lo), lo_closed, rate(hi), hi_closed};
}

inline std::vector<policy::billing::PriorityClass> priority_classes() {
    std::vector<policy::billing::PriorityClass> classes;
    const auto ranks = {ProcedureRank::kSurgery, ProcedureRank::kTherapeutic,
                        ProcedureRank::kDiagnostic};
    for (const auto rank : ranks) {
        classes.push_back({GroupKind::kCore, rank});
        classes.push_back({GroupKind::kBasic, rank});
    }
    for (const auto rank : ranks) classes.push_back({GroupKind::kComprehensive, rank});
    for (const auto kind : {GroupKind::kCore, GroupKind::kBasic, GroupKind::kComprehensive}) {
        classes.push_back({kind, ProcedureRank::kConservative});
    }
    return classes;
}

inline Dip dip_rules() {
    Dip dip;
    dip.year_weights = {rate("1"), rate("2"), rate("7")};
    dip.points_scale = 1000;
    dip.core_threshold = 5;
    dip.related_min_rate = rate("0.1");
    dip.dx_key_chars = 5;
    dip.proc_key_chars = 7;
    dip.unknown_procedure_rank = ProcedureRank::kTherapeutic;
    dip.comprehensive_prefixes = {3, 2, 1};
    dip.trim = {.method = policy::billing::TrimMethod::kNone,
                .k = rate("2"),
                .low = rate("0.025"),
                .high = rate("0.975"),
                .min_cases = 5};
    dip.tie_break = policy::billing::TieBreak::kNearestCost;
    dip.priority = priority_classes();
    dip.deviation.bands = amount::Bands::of({band("0", true, "0.5", false),
                                             band("0.5", true, "2", true),
                                             band("2", false, "5", true),
                                             {rate("5"), false, std::nullopt, false}})
                              .value();
    const Rate one = Rate::whole(1);
    dip.deviation.rules = {{Rate(), one, Rate(), true, "LOW"},
                           {one, Rate(), Rate(), true, ""},
                           {-one, one, Rate(), true, "HIGH"},
                           {-one, one, Rate(), true, "EXTREME"}};
    dip.blank = {rate("0.7"), Fen::of_raw(980'000), false};
    dip.rounding = {amount::Rounding::kHalfAway, amount::Rounding::kHalfAway};
    return dip;
}

inline ProcedureTable procedure_table() {
    ProcedureTable table;
    table.add("51.2300", {ProcedureRank::kSurgery, false, "2"});
    table.add("51.8800", {ProcedureRank::kInterventional, false, ""});
    table.add("54.2100", {ProcedureRank::kDiagnostic, false, ""});
    table.add("93.3900", {ProcedureRank::kTherapeutic, false, ""});
    table.add("99.1500", {ProcedureRank::kTherapeutic, true, ""});
    return table;
}

struct Case {
    int year = 2024;
    std::string dx;
    std::vector<UsedProcedure> procedures;
    Fen total;

    [[nodiscard]] HistoryCase history() const { return {year, dx, procedures, total}; }
};

inline Case any_case() {
    Case c;
    c.year = *rc::gen::inRange(2022, 2025);
    c.dx = *rc::gen::element<std::string>("K80.100", "K80.101", "K80.300", "K81.000", "I10.x00",
                                          "J18.900");
    c.total = Fen::of_raw(*rc::gen::inRange<std::int64_t>(1, 3'000'000));
    const int count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) {
        const auto* code = *rc::gen::element("51.2300", "51.8800x1", "51.8800x2", "54.2100",
                                             "93.3900", "99.1500", "38.9301");
        c.procedures.push_back(
            {code, Fen::of_raw(*rc::gen::inRange<std::int64_t>(0, c.total.raw() + 1))});
    }
    return c;
}

inline std::vector<Case> any_history() {
    std::vector<Case> cases;
    const int count = *rc::gen::inRange(1, 80);
    for (int i = 0; i < count; ++i) cases.push_back(any_case());
    return cases;
}

inline Outcome<BuiltCatalogue> build(const Dip& dip, const std::vector<Case>& cases) {
    const ProcedureTable table = procedure_table();
    CatalogueBuilder builder(dip, table);
    for (const Case& c : cases) builder.add(c.history());
    return builder.build();
}

inline Catalogue catalogue_of(const BuiltCatalogue& built) {
    std::vector<Group> groups;
    for (const BuiltGroup& b : built.groups) groups.push_back(b.group);
    return Catalogue::of(std::move(groups)).value();
}

}  // namespace yilian::billing::dip::testing
