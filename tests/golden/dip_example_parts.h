#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/billing/domain/dip/score.h"
#include "tests/golden/money_values.h"

// How the DIP examples of billing-examples.md are read into the engine's types.
namespace yilian::golden {

using amount::Fen;
using amount::Fraction;
using amount::Points;
using amount::Rate;
using billing::dip::blank_points;
using billing::dip::case_points;
using billing::dip::Catalogue;
using billing::dip::deviation_of;
using billing::dip::Dip;
using billing::dip::Group;
using billing::dip::GroupKind;
using billing::dip::name_of;
using billing::dip::ProcedureRank;
using billing::dip::ProcedureTable;
using billing::dip::UsedProcedure;
using policy::billing::DeviationRule;

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);) {
        if (!part.empty()) parts.push_back(part);
    }
    return parts;
}

// "51.2300@600000|51.8800@700000".
inline std::vector<UsedProcedure> procedures_in(const std::vector<std::string>& items) {
    std::vector<UsedProcedure> used;
    for (const std::string& item : items) {
        const auto at = item.find('@');
        used.push_back({std::string_view(item).substr(0, at),
                        Fen::parse(std::string_view(item).substr(at + 1)).value()});
    }
    return used;
}

inline ProcedureRank rank_in(std::string_view text) {
    if (text == "conservative") return ProcedureRank::kConservative;
    if (text == "diagnostic") return ProcedureRank::kDiagnostic;
    if (text == "therapeutic") return ProcedureRank::kTherapeutic;
    if (text == "interventional") return ProcedureRank::kInterventional;
    EXPECT_EQ(text, "surgery");
    return ProcedureRank::kSurgery;
}

inline GroupKind kind_in(std::string_view text) {
    if (text == "core") return GroupKind::kCore;
    if (text == "basic") return GroupKind::kBasic;
    EXPECT_EQ(text, "comprehensive");
    return GroupKind::kComprehensive;
}

inline ProcedureTable procedures_of(const Example& example) {
    ProcedureTable table;
    for (const auto& row : csv_rows(example.block("procedures.csv"))) {
        EXPECT_TRUE(table.add(
            row.at("code"),
            {.rank = rank_in(row.at("rank")), .excluded = row.at("excluded") == "1", .level = {}}));
    }
    return table;
}

inline Dip dip_of(const Example& example) {
    return parameters(example.block("dip.yaml")).dip.value();
}

// The parameters and procedures of X-18 (threshold 15, national bands) for the small examples.
struct Region {
    Dip dip = dip_of(*billing_example("X-18"));
    ProcedureTable procedures = procedures_of(*billing_example("X-18"));
};

inline std::string absent(const std::string& cell) {
    return cell == "\xE2\x80\x93" || cell == "-" ? "" : cell;
}

inline Fen yuan(const std::string& text) { return Fen::of_raw(fen_of_yuan(text)); }

}  // namespace yilian::golden
