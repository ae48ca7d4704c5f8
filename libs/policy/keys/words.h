#pragma once

#include <array>
#include <string_view>

// Closed sets of words that a pack may write for more than one key.
namespace yilian::policy::key {

inline constexpr std::array<std::string_view, 3> kScopes{"consortium", "district", "city"};

inline constexpr std::array<std::string_view, 10> kDiseaseFamilies{
    "hypertension",  "diabetes_t2",        "copd",   "chronic_kidney_disease",
    "dyslipidaemia", "coronary",           "stroke", "cerebrovascular",
    "diabetes",      "chronic_respiratory"};

}  // namespace yilian::policy::key
