#include "services/prescriptions/domain/check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libs/policy/keys/prescriptions.h"

namespace yilian::prescriptions::domain {
namespace {

constexpr std::int32_t kChildBelowYears = 14;
constexpr std::int32_t kElderlyFromYears = 65;

const Drug* drug_of(const CheckInput& input, const LineContent& line) {
    const auto found = input.drugs.find(line.generic_code);
    return found == input.drugs.end() ? nullptr : &found->second;
}

std::string value(std::string_view name, std::int64_t number) {
    return std::string(name) + "=" + std::to_string(number);
}
std::string value(std::string_view name, std::string_view text) {
    return std::string(name) + "=" + std::string(text);
}

// What the doctor says now counts beside what the directory knows, and age makes groups by itself.
std::vector<std::string> groups_of(const CheckInput& input) {
    std::vector<std::string> groups = input.special_groups;
    groups.insert(groups.end(), input.content.special_groups.begin(),
                  input.content.special_groups.end());
    if (input.birth_date) {
        const int age = calendar::age_years(*input.birth_date, input.on);
        if (age < kChildBelowYears) groups.emplace_back("CHILD");
        if (age >= kElderlyFromYears) groups.emplace_back("ELDERLY");
    }
    return groups;
}

void check_use_of(const CheckInput& input, const LineContent& line, const Drug& drug,
                  const std::vector<std::string>& allergies, const std::vector<std::string>& groups,
                  std::vector<Finding>& out) {
    for (const std::string& code : drug.allergy_groups) {
        if (contains(allergies, code)) {
            out.push_back({"ALLERGY",
                           {line.line_no},
                           Level::kBlock,
                           "ALLERGY_KNOWN",
                           {value("allergy", code)}});
        }
    }
    for (const std::string& group : drug.forbidden_groups) {
        if (contains(groups, group)) {
            out.push_back({"SPECIAL_GROUP",
                           {line.line_no},
                           Level::kBlock,
                           "GROUP_FORBIDDEN",
                           {value("group", group)}});
        }
    }
    if (drug.min_age_days && input.birth_date) {
        const int age = calendar::days_between(*input.birth_date, input.on);
        if (age < *drug.min_age_days) {
            out.push_back({"AGE",
                           {line.line_no},
                           Level::kBlock,
                           "TOO_YOUNG",
                           {value("age_days", age), value("limit", *drug.min_age_days)}});
        }
    }
}

// Times a day by the code of the frequency; 0 when it is not a daily rhythm.
std::int64_t times_a_day(std::string_view frequency) {
    if (frequency == "QD" || frequency == "QN") return 1;
    if (frequency == "BID") return 2;
    if (frequency == "TID") return 3;
    if (frequency == "QID") return 4;
    return 0;
}

void check_dose(const LineContent& line, const Drug& drug, std::vector<Finding>& out) {
    if (!drug.max_single_dose_milli && !drug.max_daily_dose_milli) return;
    if (line.dose_unit != drug.strength_unit) {
        out.push_back({"DOSE",
                       {line.line_no},
                       Level::kInfo,
                       "NOT_CHECKED",
                       {value("unit", drug.strength_unit)}});
        return;
    }
    if (drug.max_single_dose_milli && line.dose_milli > *drug.max_single_dose_milli) {
        out.push_back(
            {"DOSE",
             {line.line_no},
             Level::kDoubleSign,
             "SINGLE_DOSE_ABOVE_LIMIT",
             {value("dose_milli", line.dose_milli), value("limit", *drug.max_single_dose_milli)}});
    }
    const std::int64_t daily = line.dose_milli * times_a_day(line.frequency_code);
    if (drug.max_daily_dose_milli && daily > *drug.max_daily_dose_milli) {
        out.push_back({"DOSE",
                       {line.line_no},
                       Level::kDoubleSign,
                       "DAILY_DOSE_ABOVE_LIMIT",
                       {value("dose_milli", daily), value("limit", *drug.max_daily_dose_milli)}});
    }
}

bool share(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::ranges::any_of(a, [&](const std::string& code) { return contains(b, code); });
}

void check_pair(const CheckInput& input, const LineContent& a, const LineContent& b,
                std::vector<Finding>& out) {
    const Drug* first = drug_of(input, a);
    const Drug* second = drug_of(input, b);
    if (first == nullptr || second == nullptr) return;
    if (share(first->ingredient_codes, second->ingredient_codes)) {
        out.push_back(
            {"DUPLICATE", {a.line_no, b.line_no}, Level::kDoubleSign, "SAME_INGREDIENT", {}});
    } else if (!first->effect_group.empty() && first->effect_group == second->effect_group) {
        out.push_back({"DUPLICATE",
                       {a.line_no, b.line_no},
                       Level::kWarn,
                       "SAME_EFFECT",
                       {value("effect_group", first->effect_group)}});
    }
}

// 十八反, 十九畏: groups of ingredients that exclude each other (prescriptions.md 5.3). Ingredients
// are the codes of the catalogue; 川乌, 草乌 and 附子 carry that of the aconite group.
struct Incompatible {
    std::string_view message_code;
    std::string_view a;
    std::string_view b;
};
constexpr std::array<Incompatible, 25> kIncompatible{{
    {"EIGHTEEN_INCOMPATIBLE", "TCM-WUTOU", "TCM-BANXIA"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-WUTOU", "TCM-GUALOU"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-WUTOU", "TCM-BEIMU"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-WUTOU", "TCM-BAILIAN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-WUTOU", "TCM-BAIJI"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-GANCAO", "TCM-HAIZAO"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-GANCAO", "TCM-DAJI"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-GANCAO", "TCM-GANSUI"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-GANCAO", "TCM-YUANHUA"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-RENSHEN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-DANSHEN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-XUANSHEN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-SHASHEN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-KUSHEN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-XIXIN"},
    {"EIGHTEEN_INCOMPATIBLE", "TCM-LILU", "TCM-SHAOYAO"},
    {"NINETEEN_FEARS", "TCM-LIUHUANG", "TCM-PUXIAO"},
    {"NINETEEN_FEARS", "TCM-SHUIYIN", "TCM-PISHUANG"},
    {"NINETEEN_FEARS", "TCM-LANGDU", "TCM-MITUOSENG"},
    {"NINETEEN_FEARS", "TCM-BADOU", "TCM-QIANNIU"},
    {"NINETEEN_FEARS", "TCM-DINGXIANG", "TCM-YUJIN"},
    {"NINETEEN_FEARS", "TCM-WUTOU", "TCM-XIJIAO"},
    {"NINETEEN_FEARS", "TCM-YAXIAO", "TCM-SANLENG"},
    {"NINETEEN_FEARS", "TCM-GUANGUI", "TCM-SHIZHI"},
    {"NINETEEN_FEARS", "TCM-RENSHEN", "TCM-WULINGZHI"},
}};

}  // namespace

void check_form(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out) {
    for (const LineContent& line : input.content.lines) {
        const Drug* drug = drug_of(input, line);
        if (drug == nullptr) {
            const bool unified = pack.get(policy::kRxCatalogueUnified);
            out.push_back({"CATALOGUE",
                           {line.line_no},
                           unified ? Level::kBlock : Level::kWarn,
                           unified ? "NOT_IN_CATALOGUE" : "NOT_CHECKED",
                           {value("drug", line.generic_code)}});
        } else if (line.item_class != drug->item_class) {
            out.push_back({"FORM", {line.line_no}, Level::kBlock, "ITEM_CLASS_WRONG", {}});
        }
        if (line.skin_test == SkinTest::kPending) {
            out.push_back({"SKIN_TEST", {line.line_no}, Level::kBlock, "SKIN_TEST_PENDING", {}});
        }
        if (!input.plan_drugs.empty() && !contains(input.plan_drugs, line.generic_code)) {
            out.push_back({"PLAN",
                           {line.line_no},
                           Level::kBlock,
                           "NOT_IN_REFERRAL_PLAN",
                           {value("drug", line.generic_code)}});
        }
        if (input.repeated_drugs && !contains(*input.repeated_drugs, line.generic_code)) {
            out.push_back({"REPEAT",
                           {line.line_no},
                           Level::kBlock,
                           "NOT_IN_REPEATED",
                           {value("drug", line.generic_code)}});
        }
    }
    if (input.content.validity_days &&
        *input.content.validity_days > pack.get(policy::kRxValidityMaxDays)) {
        out.push_back({"VALIDITY",
                       {},
                       Level::kBlock,
                       "VALIDITY_ABOVE_LIMIT",
                       {value("days", *input.content.validity_days),
                        value("limit", pack.get(policy::kRxValidityMaxDays))}});
    }
}

void check_use(const CheckInput& input, std::vector<Finding>& out) {
    std::vector<std::string> allergies = input.allergy_codes;
    allergies.insert(allergies.end(), input.content.allergy_codes.begin(),
                     input.content.allergy_codes.end());
    const std::vector<std::string> groups = groups_of(input);
    if (!input.health_codes_known && input.content.allergy_codes.empty()) {
        out.push_back({"ALLERGY", {}, Level::kInfo, "NOT_CHECKED", {}});
    }
    if (!input.birth_date) out.push_back({"AGE", {}, Level::kInfo, "NOT_CHECKED", {}});
    for (const LineContent& line : input.content.lines) {
        const Drug* drug = drug_of(input, line);
        if (drug == nullptr) continue;
        check_use_of(input, line, *drug, allergies, groups, out);
        check_dose(line, *drug, out);
    }
}

void check_duplicates(const policy::Pack& pack, const CheckInput& input,
                      std::vector<Finding>& out) {
    const std::vector<LineContent>& lines = input.content.lines;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (std::size_t j = i + 1; j < lines.size(); ++j) {
            if (lines[i].item_class == ItemClass::kPieces) continue;
            check_pair(input, lines[i], lines[j], out);
        }
    }
    const std::int64_t tolerated = pack.get(policy::kRxLongOverlapWarnDays);
    for (const LineContent& line : lines) {
        const Drug* drug = drug_of(input, line);
        for (const Covered& covered : input.covered) {
            const bool same =
                covered.drug.generic_code == line.generic_code ||
                (drug != nullptr && share(drug->ingredient_codes, covered.drug.ingredient_codes));
            const int overlap = calendar::days_between(input.on, covered.until) + 1;
            if (same && overlap > tolerated) {
                out.push_back({"OVERLAP",
                               {line.line_no},
                               Level::kWarn,
                               "STILL_COVERED",
                               {value("overlap_days", overlap), value("limit", tolerated),
                                value("covered_until", covered.until.text())}});
            }
        }
    }
}

void check_pieces(const CheckInput& input, std::vector<Finding>& out) {
    const std::vector<LineContent>& lines = input.content.lines;
    const bool pieces = std::ranges::any_of(
        lines, [](const LineContent& l) { return l.item_class == ItemClass::kPieces; });
    if (pieces && std::ranges::all_of(input.content.diagnoses,
                                      [](const Diagnosis& d) { return d.tcm_syndrome.empty(); })) {
        out.push_back({"SYNDROME", {}, Level::kWarn, "SYNDROME_MISSING", {}});
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (std::size_t j = i + 1; j < lines.size(); ++j) {
            const Drug* a = drug_of(input, lines[i]);
            const Drug* b = drug_of(input, lines[j]);
            if (a == nullptr || b == nullptr) continue;
            for (const Incompatible& pair : kIncompatible) {
                const bool found = (contains(a->ingredient_codes, pair.a) &&
                                    contains(b->ingredient_codes, pair.b)) ||
                                   (contains(a->ingredient_codes, pair.b) &&
                                    contains(b->ingredient_codes, pair.a));
                if (found) {
                    out.push_back({"TCM_INCOMPATIBLE",
                                   {lines[i].line_no, lines[j].line_no},
                                   Level::kDoubleSign,
                                   std::string(pair.message_code),
                                   {}});
                }
            }
        }
    }
}

void check_economy(const policy::Pack& pack, const CheckInput& input, std::vector<Finding>& out) {
    const bool scheme =
        contains(pack.get(policy::kRxEssentialSchemeLevels), input.institution_class);
    const bool block = pack.get(policy::kRxEssentialOutOfListAction) == "block";
    for (const LineContent& line : input.content.lines) {
        const Drug* drug = drug_of(input, line);
        if (drug == nullptr) continue;
        if (drug->insurance_max_days && line.days > *drug->insurance_max_days) {
            out.push_back({"INSURANCE_DAYS",
                           {line.line_no},
                           Level::kWarn,
                           "DAYS_ABOVE_INSURANCE",
                           {value("days", line.days), value("limit", *drug->insurance_max_days)}});
        }
        if (drug->essential) continue;
        if (scheme) {
            out.push_back({"ESSENTIAL",
                           {line.line_no},
                           block ? Level::kBlock : Level::kWarn,
                           "NOT_ESSENTIAL",
                           {}});
        } else if (pack.get(policy::kRxEssentialPreferEnabled)) {
            out.push_back({"ESSENTIAL", {line.line_no}, Level::kInfo, "ESSENTIAL_PREFERRED", {}});
        }
    }
}

std::vector<Finding> check(const policy::Pack& pack, const CheckInput& input) {
    std::vector<Finding> out;
    check_form(pack, input, out);
    check_quantity(pack, input, out);
    check_use(input, out);
    check_duplicates(pack, input, out);
    check_pieces(input, out);
    check_economy(pack, input, out);
    return out;
}

Level highest(const std::vector<Finding>& findings) {
    Level level = Level::kNone;
    for (const Finding& f : findings) level = std::max(level, f.level);
    return level;
}

}  // namespace yilian::prescriptions::domain
