// Rules of billing.md 13.1: a good list has no finding, and each broken field has its own.
#include "services/billing/domain/list_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/calendar/local_time.h"

namespace yilian::billing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Instant at(const char* local) { return *calendar::parse_rfc3339(local); }
Fen fen(std::int64_t value) { return Fen::of_raw(value); }

SettlementList good_list() {
    SettlementList l;
    l.list_id = "s1";
    l.version = 1;
    l.institution_id = "B1";
    l.level = "L1";
    l.resident_id = "r";
    l.insurance = "RES";
    l.insured_region = "350104";
    l.sex = 1;
    l.birth_date = CivilDate::literal(1967, 6, 15);
    l.age_years = 58;
    l.treatment_type = TreatmentType::kInpatient;
    l.admission_way = 2;
    l.admitted_at = at("2026-03-16T11:00:00+08:00");
    l.discharged_at = at("2026-03-18T09:00:00+08:00");
    l.stay_days = 2;
    l.admission_dept = "03.04";
    l.discharge_dept = "03";
    l.discharge_way = 2;
    l.receiving_institution_id = "H1";
    l.ventilator_minutes = 60;
    l.nursing_days = {0, 2, 0, 0};
    l.transfusions = {{"red cells", 200}};
    l.aid_class = "NONE";
    l.total = fen(186000);
    l.self_paid = fen(6000);
    l.class_b_first = fen(4000);
    l.account_pay = fen(1000);
    l.cash_pay = fen(43000);
    l.diagnosis_count = 2;
    l.procedure_count = 1;
    l.method = PaymentMethod::kDrg;
    l.dx_code_version = "YB2.0";
    l.proc_code_version = "YB2.0";
    l.declared_at = at("2026-03-19T09:00:00+08:00");
    l.diagnoses = {{1, DiagnosisKind::kWestern, "I10.x05", true},
                   {2, DiagnosisKind::kWestern, "E87.600", false}};
    l.procedures = {{1, "45.1600", ProcedureType::kOperation, at("2026-03-17T08:00:00+08:00"), "01",
                     "d1", fen(9000), true}};
    l.charges = {{"01", fen(86000), fen(86000), {}, {}, {}},
                 {"09", fen(100000), fen(90000), fen(4000), fen(6000), {}}};
    l.funds = {{1, fen(142000)}};
    l.icu_stays = {{1, at("2026-03-16T12:00:00+08:00"), at("2026-03-16T13:00:00+08:00"), 60}};
    return l;
}

ListFacts facts() {
    ListFacts f;
    f.now = at("2026-03-19T10:00:00+08:00");
    f.institution_known = f.in_agreement = true;
    f.directory_level = "L1";
    f.insurances = {"EMP", "RES"};
    f.aid_classes = {"LOW", "NONE"};
    f.code_versions = {"YB2.0"};
    f.methods = {PaymentMethod::kDrg};
    f.declare_days = 30;
    f.diagnosis_known = [](std::string_view code) { return code != "X99.999"; };
    f.procedure_known = [](std::string_view code) { return code != "99.9999"; };
    f.diagnosis_limits = [](std::string_view code) {
        DiagnosisLimits limits;
        if (code == "R57.000") limits.grey = true;
        if (code == "O80.000") limits.sex = 2;
        if (code == "P59.900") limits.age_to = 0;
        return limits;
    };
    return f;
}

std::vector<std::string> reasons(const SettlementList& list, const ListFacts& f) {
    std::vector<std::string> out;
    for (const Finding& finding : check_list(list, f)) {
        out.push_back(finding.field + ' ' + finding.reason +
                      (finding.severity == ListSeverity::kWarn ? " WARN" : ""));
    }
    return out;
}

TEST(ListRules, GoodListHasNoFinding) {
    EXPECT_THAT(reasons(good_list(), facts()), IsEmpty());
    EXPECT_FALSE(rejects(check_list(good_list(), facts())));
}

struct Broken {
    const char* finding;
    std::function<void(SettlementList&, ListFacts&)> spoil;
};
class ListRule : public testing::TestWithParam<Broken> {};

TEST_P(ListRule, HasItsFinding) {
    SettlementList list = good_list();
    ListFacts f = facts();
    GetParam().spoil(list, f);
    EXPECT_THAT(reasons(list, f), ElementsAre(GetParam().finding));
}

const Broken kIdentity[] = {
    {"list_id SL_ID_REUSED", [](auto&, auto& f) { f.id_reused = true; }},
    {"version SL_VERSION_GAP", [](auto& l, auto&) { l.version = 3; }},
    {"institution_id SL_INSTITUTION_UNKNOWN", [](auto&, auto& f) { f.institution_known = false; }},
    {"institution_id SL_NO_AGREEMENT", [](auto&, auto& f) { f.in_agreement = false; }},
    {"institution_level SL_LEVEL_MISMATCH", [](auto& l, auto&) { l.level = "L2"; }},
    {"resident_id SL_RESIDENT_MISSING", [](auto& l, auto&) { l.resident_id = ""; }},
    {"insurance SL_INSURANCE", [](auto& l, auto&) { l.insurance = "OTHER"; }},
    {"insured_region SL_REGION_CODE", [](auto& l, auto&) { l.insured_region = "35010"; }},
    {"sex SL_SEX", [](auto& l, auto&) { l.sex = 5; }},
    {"birth_date SL_BIRTH_AFTER_ADMISSION",
     [](auto& l, auto&) { l.birth_date = CivilDate::literal(2026, 3, 17); }},
    {"age_years SL_AGE_MISMATCH", [](auto& l, auto&) { l.age_years = 59; }},
    {"age_days SL_AGE_DAYS", [](auto& l, auto&) { l.age_days = 3; }},
    {"birth_weight_g SL_BIRTH_WEIGHT", [](auto& l, auto&) { l.birth_weight_g = 3005; }},
    {"admission_weight_g SL_ADMISSION_WEIGHT", [](auto& l, auto&) { l.admission_weight_g = 90; }},
};
INSTANTIATE_TEST_SUITE_P(Identity, ListRule, testing::ValuesIn(kIdentity));

const Broken kStay[] = {
    {"treatment_type SL_TREATMENT_TYPE",
     [](auto& l, auto&) { l.treatment_type = TreatmentType::kDay; }},
    {"admission_way SL_ADMISSION_WAY", [](auto& l, auto&) { l.admission_way = 0; }},
    {"discharged_at SL_DATE_ORDER",
     [](auto&, auto& f) { f.now = at("2026-03-18T08:59:59+08:00"); }},
    {"discharged_at SL_DATE_ORDER",
     [](auto& l, auto&) { l.declared_at = at("2026-03-18T08:00:00+08:00"); }},
    {"stay_days SL_STAY_DAYS", [](auto& l, auto&) { l.stay_days = 3; }},
    {"admission_dept SL_DEPT_CODE", [](auto& l, auto&) { l.admission_dept = "99"; }},
    {"discharge_dept SL_DEPT_CODE WARN", [](auto& l, auto&) { l.discharge_dept = ""; }},
    {"discharge_way SL_DISCHARGE_WAY", [](auto& l, auto&) { l.discharge_way = 6; }},
    {"receiving_institution_id SL_RECEIVER_MISSING",
     [](auto& l, auto&) { l.receiving_institution_id = ""; }},
    {"readmission_reason_code SL_READMISSION_REASON",
     [](auto& l, auto&) { l.readmission_planned = true; }},
    {"ventilator_minutes SL_VENT_EXCEEDS_STAY",
     [](auto& l, auto&) { l.ventilator_minutes = 2761; }},
    {"coma_before_minutes SL_COMA", [](auto& l, auto&) { l.coma_before_minutes = -1; }},
    {"nursing_days_special SL_NURSING_DAYS",
     [](auto& l, auto&) {
         l.nursing_days = {1, 2, 1, 0};
     }},
    {"transfusions[0] SL_TRANSFUSION", [](auto& l, auto&) { l.transfusions[0].volume_ml = 0; }},
    {"declared_at SL_DECLARED_LATE WARN",
     [](auto& l, auto& f) {
         l.declared_at = at("2026-04-18T00:00:00+08:00");
         f.now = at("2026-04-18T09:00:00+08:00");
     }},
    {"admitted_at SL_DUPLICATE_STAY", [](auto&, auto& f) { f.duplicate_stay = true; }},
    {"admitted_at SL_OVERLAP_OTHER WARN", [](auto&, auto& f) { f.overlap_other = true; }},
};
INSTANTIATE_TEST_SUITE_P(Stay, ListRule, testing::ValuesIn(kStay));

const Broken kMoney[] = {
    {"aid_class SL_AID_CLASS", [](auto& l, auto&) { l.aid_class = "HIGH"; }},
    {"self_paid_fen SL_SELF_PAID_MISMATCH", [](auto& l, auto&) { l.self_paid = fen(5999); }},
    {"class_b_first_fen SL_CLASS_B_MISMATCH", [](auto& l, auto&) { l.class_b_first = fen(1); }},
    {"over_limit_fen SL_NEGATIVE", [](auto& l, auto&) { l.over_limit = fen(-1); }},
    {"over_limit_fen BEN_NEGATIVE_IN_POLICY", [](auto& l, auto&) { l.over_limit = fen(176001); }},
    {"account_pay_fen SL_PAY_SUM", [](auto& l, auto&) { l.cash_pay = fen(43001); }},
    {"diagnosis_count SL_COUNT_MISMATCH", [](auto& l, auto&) { l.diagnosis_count = 1; }},
    {"procedure_count SL_COUNT_MISMATCH", [](auto& l, auto&) { l.procedure_count = 0; }},
    {"payment_method SL_METHOD", [](auto& l, auto&) { l.method = PaymentMethod::kDip; }},
    {"bed_day_type SL_BED_DAY_TYPE", [](auto& l, auto&) { l.bed_day_type = 1; }},
    {"dx_code_version SL_CODE_VERSION", [](auto& l, auto&) { l.dx_code_version = "YB1.0"; }},
    {"proc_code_version SL_CODE_VERSION", [](auto& l, auto&) { l.proc_code_version = ""; }},
    {"prescription_id SL_PRESCRIPTION", [](auto& l, auto&) { l.prescription_id = "p"; }},
    {"charges[0].amount_fen SL_CHARGE_SUM", [](auto& l, auto&) { l.charges[0].other = fen(1); }},
    {"charges[1].class SL_CHARGE_DUPLICATE",
     [](auto& l, auto&) { l.charges[1].charge_class = "01"; }},
    {"funds[1].fund SL_FUND_DUPLICATE",
     [](auto& l, auto&) {
         l.funds.push_back({1, Fen()});
     }},
};
INSTANTIATE_TEST_SUITE_P(Money, ListRule, testing::ValuesIn(kMoney));

const Broken kParts[] = {
    {"diagnoses SL_NO_PRINCIPAL_DX", [](auto& l, auto&) { l.diagnoses[0].main = false; }},
    {"diagnoses[1].seq SL_SEQ", [](auto& l, auto&) { l.diagnoses[1].seq = 3; }},
    {"diagnoses[1].code SL_DX_CODE_UNKNOWN",
     [](auto& l, auto&) { l.diagnoses[1].code = "X99.999"; }},
    {"diagnoses[1].code SL_DX_DUPLICATE", [](auto& l, auto&) { l.diagnoses[1].code = "I10.x05"; }},
    {"diagnoses[0].code SL_DX_GREY_PRINCIPAL",
     [](auto& l, auto&) { l.diagnoses[0].code = "R57.000"; }},
    {"diagnoses[1].code SL_DX_SEX", [](auto& l, auto&) { l.diagnoses[1].code = "O80.000"; }},
    {"diagnoses[1].code SL_DX_AGE", [](auto& l, auto&) { l.diagnoses[1].code = "P59.900"; }},
    {"procedures SL_NO_PRINCIPAL_PROC", [](auto& l, auto&) { l.procedures[0].main = false; }},
    {"procedures SL_PROC_COST", [](auto& l, auto&) { l.procedures[0].cost = fen(186001); }},
    {"procedures[0].code SL_PROC_CODE_UNKNOWN",
     [](auto& l, auto&) { l.procedures[0].code = "99.9999"; }},
    {"procedures[0].performed_at SL_PROC_DATE",
     [](auto& l, auto&) { l.procedures[0].performed_at = at("2026-03-16T10:59:00+08:00"); }},
    {"procedures[0].anaesthesia SL_PROC_INCOMPLETE",
     [](auto& l, auto&) { l.procedures[0].surgeon_id = ""; }},
    {"icu_stays[0].in_at SL_ICU_OUTSIDE",
     [](auto& l, auto&) {
         l.icu_stays[0].in_at = at("2026-03-16T10:00:00+08:00");
         l.icu_stays[0].minutes = 180;
     }},
    {"icu_stays[0].minutes SL_ICU_MINUTES", [](auto& l, auto&) { l.icu_stays[0].minutes = 61; }},
    {"icu_stays[1].in_at SL_ICU_OVERLAP",
     [](auto& l, auto&) { l.icu_stays.push_back(l.icu_stays[0]); }},
};
INSTANTIATE_TEST_SUITE_P(Parts, ListRule, testing::ValuesIn(kParts));

TEST(ListRules, AllFindingsInTheirOrder) {
    SettlementList l = good_list();
    l.resident_id.clear();
    l.total = fen(186001);
    l.diagnoses[1].seq = 5;
    l.charges[1].charge_class = "01";
    EXPECT_THAT(reasons(l, facts()),
                ElementsAre("resident_id SL_RESIDENT_MISSING", "total_fen SL_TOTAL_MISMATCH",
                            "account_pay_fen SL_PAY_SUM", "diagnoses[1].seq SL_SEQ",
                            "charges[1].class SL_CHARGE_DUPLICATE"));
}

TEST(ListRules, NewbornNeedsDaysAndWeights) {
    SettlementList l = good_list();
    l.birth_date = CivilDate::literal(2026, 3, 10);
    l.age_years = 0;
    EXPECT_THAT(reasons(l, facts()),
                ElementsAre("age_days SL_AGE_DAYS", "birth_weight_g SL_BIRTH_WEIGHT",
                            "admission_weight_g SL_ADMISSION_WEIGHT"));
    l.age_days = 6;
    l.birth_weight_g = 3200;
    l.admission_weight_g = 3100;
    EXPECT_THAT(reasons(l, facts()), IsEmpty());
}

TEST(ListRules, EmergencyProcedureMayPrecedeAdmission) {
    SettlementList l = good_list();
    l.procedures[0].performed_at = at("2026-03-15T11:00:00+08:00");
    l.admission_way = 1;
    EXPECT_THAT(reasons(l, facts()), IsEmpty());
}

}  // namespace
}  // namespace yilian::billing
