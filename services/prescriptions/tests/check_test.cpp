// The system check: RX-06, RX-10 (NORMAL with reason), RX-15, RX-29 and invariant 8.
#include "services/prescriptions/domain/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "services/prescriptions/tests/samples.h"

namespace yilian::prescriptions::domain {
namespace {

using namespace samples;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

CheckInput input(Content c, std::vector<Drug> drugs) {
    CheckInput in;
    in.content = std::move(c);
    in.on = day("2026-03-06");
    in.birth_date = day("1967-06-15");
    in.health_codes_known = true;
    for (Drug& d : drugs) in.drugs.emplace(d.generic_code, d);
    return in;
}

// "RULE:LEVEL:message" of each finding.
std::vector<std::string> found(const policy::Pack& pack, const CheckInput& in) {
    std::vector<std::string> out;
    for (const Finding& f : check(pack, in)) {
        out.push_back(f.rule_id + ":" + std::string(name_of(f.level)) + ":" + f.message_code);
    }
    return out;
}

TEST(Check, NothingToFindIsNothingFound) {
    EXPECT_THAT(found(*pack(), input(content(Kind::kNormal, {line(1, "D1")}), {drug("D1", "A")})),
                IsEmpty());
}

TEST(Check, RX_06_EmergencyOfFiveDaysIsBlockedAtThree) {
    CheckInput in = input(content(Kind::kEmergency, {line(1, "D1", 5)}), {drug("D1", "A")});
    const auto findings = check(*pack(), in);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].rule_id, "QUANTITY");
    EXPECT_EQ(findings[0].level, Level::kBlock);
    EXPECT_THAT(findings[0].values, ElementsAre("days=5", "limit=3"));
    in.content.lines[0].longer_reason_code = "CHRONIC";  // no reason helps here
    EXPECT_EQ(highest(check(*pack(), in)), Level::kBlock);
    EXPECT_THAT(found(*pack_with({{"rx.quantity.emergency_days", "5"}}), in), IsEmpty());
}

TEST(Check, RX_10_NormalAboveSevenDaysIsPossibleWithAReason) {
    CheckInput in = input(content(Kind::kNormal, {line(1, "D1", 21)}), {drug("D1", "A")});
    EXPECT_THAT(found(*pack(), in), ElementsAre("QUANTITY:BLOCK:DAYS_ABOVE_LIMIT"));
    in.content.lines[0].longer_reason_code = "CHRONIC";
    EXPECT_THAT(found(*pack(), in), ElementsAre("QUANTITY:WARN:DAYS_ABOVE_LIMIT"));
    EXPECT_THAT(found(*pack_with({{"rx.quantity.normal_days", "21"}}), in), IsEmpty());
}

TEST(Check, RX_15_ThirteenDaysOfOverlapWarn) {
    CheckInput in = input(content(Kind::kNormal, {line(1, "D1")}), {drug("D1", "A")});
    in.on = day("2026-01-20");
    in.covered = {{drug("D1", "A"), day("2026-02-01")}};
    const auto findings = check(*pack(), in);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].rule_id, "OVERLAP");
    EXPECT_EQ(findings[0].level, Level::kWarn);
    EXPECT_THAT(findings[0].values, Contains("overlap_days=13"));
    EXPECT_THAT(found(*pack_with({{"rx.long.overlap_warn_days", "13"}}), in), IsEmpty());
}

TEST(Check, RX_29_EighteenIncompatibleNeedTheSecondSignature) {
    Content c = content(Kind::kTcmPieces, {line(1, "P1", 7, ItemClass::kPieces),
                                           line(2, "P2", 7, ItemClass::kPieces)});
    c.diagnoses[0].tcm_syndrome = "B04";
    const CheckInput in = input(c, {drug("P1", "TCM-GANCAO", ItemClass::kPieces),
                                    drug("P2", "TCM-GANSUI", ItemClass::kPieces)});
    EXPECT_THAT(found(*pack(), in),
                ElementsAre("TCM_INCOMPATIBLE:DOUBLE_SIGN:EIGHTEEN_INCOMPATIBLE"));
}

TEST(Check, SameIngredientNeedsTheSecondSignatureSameEffectWarns) {
    std::vector<Drug> drugs{drug("D1", "AMLODIPINE"), drug("D2", "AMLODIPINE"),
                            drug("D3", "NIFEDIPINE")};
    drugs[0].effect_group = "CCB";
    drugs[2].effect_group = "CCB";
    EXPECT_THAT(
        found(*pack(),
              input(content(Kind::kNormal, {line(1, "D1"), line(2, "D2"), line(3, "D3")}), drugs)),
        ElementsAre("DUPLICATE:DOUBLE_SIGN:SAME_INGREDIENT", "DUPLICATE:WARN:SAME_EFFECT"));
}

TEST(Check, AllergyAndForbiddenGroupsBlock) {
    Drug penicillin = drug("D1", "AMOXICILLIN");
    penicillin.allergy_groups = {"PENICILLIN"};
    penicillin.forbidden_groups = {"PREGNANT", "ELDERLY"};
    CheckInput in = input(content(Kind::kNormal, {line(1, "D1")}), {penicillin});
    in.allergy_codes = {"PENICILLIN"};
    in.special_groups = {"PREGNANT"};
    EXPECT_THAT(found(*pack(), in),
                ElementsAre("ALLERGY:BLOCK:ALLERGY_KNOWN", "SPECIAL_GROUP:BLOCK:GROUP_FORBIDDEN"));
    in.allergy_codes.clear();
    in.special_groups.clear();
    in.content.allergy_codes = {"PENICILLIN"};  // told now
    in.birth_date = day("1950-01-01");          // 65 and more makes ELDERLY
    EXPECT_THAT(found(*pack(), in),
                ElementsAre("ALLERGY:BLOCK:ALLERGY_KNOWN", "SPECIAL_GROUP:BLOCK:GROUP_FORBIDDEN"));
}

TEST(Check, MissingDataIsNotAPass) {
    CheckInput in = input(content(Kind::kNormal, {line(1, "D9")}), {});
    in.birth_date.reset();
    in.health_codes_known = false;
    EXPECT_THAT(found(*pack(), in),
                ElementsAre("CATALOGUE:WARN:NOT_CHECKED", "ALLERGY:INFO:NOT_CHECKED",
                            "AGE:INFO:NOT_CHECKED"));
    EXPECT_THAT(found(*pack(kJinnan), in), Contains("CATALOGUE:BLOCK:NOT_IN_CATALOGUE"));
}

TEST(Check, ControlledDrugsHaveDaysOfTheirOwn) {
    Drug morphine = drug("D1", "MORPHINE");
    morphine.long_excluded_class = "narcotic";
    CheckInput in = input(content(Kind::kNarcotic1, {line(1, "D1", 5)}), {morphine});
    EXPECT_THAT(found(*pack(), in), ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
    EXPECT_THAT(found(*pack_with({{"rx.controlled.other_days", "5"}}), in), IsEmpty());
    in.drugs.at("D1").form_code = "SR_TAB";
    EXPECT_THAT(found(*pack(), in), IsEmpty());
    EXPECT_THAT(found(*pack_with({{"rx.controlled.slow_release_days", "4"}}), in),
                ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
    in.drugs.at("D1").form_code = "INJ";
    EXPECT_THAT(found(*pack(), in), ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
    EXPECT_THAT(found(*pack_with({{"rx.controlled.injection_doses", "5"}}), in), IsEmpty());
    in.drugs.at("D1").ingredient_codes = {"METHYLPHENIDATE"};
    EXPECT_THAT(found(*pack(), in), IsEmpty());
    EXPECT_THAT(found(*pack_with({{"rx.controlled.methylphenidate_days", "4"}}), in),
                ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
    in.content.kind = Kind::kNormal;
    EXPECT_THAT(found(*pack(), in), Contains("CONTROLLED:BLOCK:KIND_NARCOTIC_NEEDED"));
    in.drugs.at("D1").long_excluded_class = "toxic";
    EXPECT_THAT(found(*pack(), in), ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
    EXPECT_THAT(found(*pack_with({{"rx.toxic.days", "5"}}), in), IsEmpty());
    in.drugs.at("D1").long_excluded_class = "psychotropic_2";
    EXPECT_THAT(found(*pack(), in), IsEmpty());
    EXPECT_THAT(found(*pack_with({{"rx.controlled.psychotropic2_days", "4"}}), in),
                ElementsAre("CONTROLLED:BLOCK:DAYS_ABOVE_LIMIT"));
}

TEST(Check, EssentialDrugsByDistrict) {
    Drug other = drug("D1", "A");
    other.essential = false;
    CheckInput in = input(content(Kind::kNormal, {line(1, "D1")}), {other});
    in.institution_class = "station";
    EXPECT_THAT(found(*pack(kXiqing), in), ElementsAre("ESSENTIAL:WARN:NOT_ESSENTIAL"));
    EXPECT_THAT(found(*pack_with({{"rx.essential.out_of_list_action", "block"}}, kXiqing), in),
                ElementsAre("ESSENTIAL:BLOCK:NOT_ESSENTIAL"));
    EXPECT_THAT(found(*pack_with({{"rx.essential.scheme_levels", "[]"}}, kXiqing), in), IsEmpty());
    EXPECT_THAT(found(*pack(kCangshan), in), ElementsAre("ESSENTIAL:INFO:ESSENTIAL_PREFERRED"));
}

TEST(Check, NotedValidityHasALimit) {
    CheckInput in = input(content(Kind::kNormal, {line(1, "D1")}), {drug("D1", "A")});
    in.content.validity_days = 4;
    EXPECT_THAT(found(*pack(), in), ElementsAre("VALIDITY:BLOCK:VALIDITY_ABOVE_LIMIT"));
    EXPECT_THAT(found(*pack_with({{"rx.validity.max_days", "4"}}), in), IsEmpty());
}

TEST(Check, RefusalOfTheLongRulesBlocks) {
    CheckInput in = input(content(Kind::kLong, {line(1, "D1", 28)}), {drug("D1", "A")});
    EXPECT_THAT(found(*pack(), in), IsEmpty());
    in.long_refusal = Refusal{"EVIDENCE_TOO_OLD", {{"age_days", "106"}}};
    EXPECT_THAT(found(*pack(), in), ElementsAre("LONG:BLOCK:EVIDENCE_TOO_OLD"));
}

TEST(Check, FindingsStayWhenDataThatConfirmsThemIsAdded) {
    EXPECT_TRUE(rc::check("invariant 8", [] {
        Drug d = drug("D1", "A");
        d.allergy_groups = {"X", "Y"};
        d.forbidden_groups = {"PREGNANT", "RENAL"};
        CheckInput in = input(content(Kind::kNormal, {line(1, "D1")}), {d});
        in.allergy_codes = {"X"};
        const auto before = check(*pack(), in);
        if (*rc::gen::arbitrary<bool>()) in.allergy_codes.emplace_back("Y");
        if (*rc::gen::arbitrary<bool>()) in.special_groups.emplace_back("RENAL");
        if (*rc::gen::arbitrary<bool>()) in.covered.push_back({d, day("2026-06-01")});
        if (*rc::gen::arbitrary<bool>()) in.content.allergy_codes.emplace_back("X");
        const auto after = check(*pack(), in);
        for (const Finding& f : before) {
            RC_ASSERT(std::ranges::find(after, f) != after.end());
        }
    }));
}

}  // namespace
}  // namespace yilian::prescriptions::domain
