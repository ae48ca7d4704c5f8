#include "services/billing/domain/list_rules.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "libs/calendar/local_time.h"
#include "libs/ident/codes.h"

namespace yilian::billing {
namespace {

using calendar::local_date;
using std::chrono::duration_cast;
using std::chrono::minutes;

enum RecordSet { kList, kDiagnosis, kProcedure, kCharge, kFund, kIcu };

// Main subjects of the national table of diagnosis and treatment subjects; sub-subjects follow
// after a point.
constexpr std::string_view kSubjects[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09",
                                          "10", "11", "12", "13", "14", "15", "16", "17", "18",
                                          "19", "20", "21", "22", "23", "24", "25", "26", "27",
                                          "28", "29", "30", "31", "32", "50", "51", "52", "69"};

bool is_department(std::string_view code) {
    if (std::ranges::find(kSubjects, code.substr(0, 2)) == std::end(kSubjects)) return false;
    std::string_view rest = code.substr(std::min<std::size_t>(2, code.size()));
    while (!rest.empty()) {
        const auto digit = [&](std::size_t i) { return rest[i] >= '0' && rest[i] <= '9'; };
        if (rest.size() < 3 || rest[0] != '.' || !digit(1) || !digit(2)) return false;
        rest.remove_prefix(3);
    }
    return true;
}

std::int64_t minutes_between(Instant from, Instant to) {
    return duration_cast<minutes>(to - from).count();
}

// Collects findings with the place they are sorted by.
class Checker {
  public:
    Checker(const SettlementList& list, const ListFacts& facts) : l(list), f(facts) {
        if (l.admitted_at) admitted_on = local_date(*l.admitted_at);
        if (l.discharged_at) discharged_on = local_date(*l.discharged_at);
    }

    std::vector<Finding> run() {
        check_identity();
        check_person();
        check_stay();
        check_care();
        check_money();
        check_payment();
        check_diagnoses();
        check_procedures();
        check_charges();
        check_funds();
        check_icu();
        std::ranges::stable_sort(found_, {}, [](const Found& x) {
            return std::tie(x.set, x.place, x.number, x.finding.reason);
        });
        std::vector<Finding> out;
        out.reserve(found_.size());
        for (Found& x : found_) out.push_back(std::move(x.finding));
        return out;
    }

  private:
    struct Found {
        RecordSet set;
        std::size_t place;
        int number;
        Finding finding;
    };

    void add(RecordSet set, std::size_t place, int number, std::string field, std::string reason,
             ListSeverity severity = ListSeverity::kReject) {
        found_.push_back({set, place, number, {std::move(field), std::move(reason), severity}});
    }
    void require(bool holds, int number, const char* field, const char* reason,
                 ListSeverity severity = ListSeverity::kReject) {
        if (!holds) add(kList, 0, number, field, reason, severity);
    }
    void in_part(bool holds, RecordSet set, std::string_view part, std::size_t index, int number,
                 std::string_view field, const char* reason) {
        if (holds) return;
        std::string path(part);
        path += '[' + std::to_string(index) + ']';
        if (!field.empty()) path += '.' + std::string(field);
        add(set, index, number, std::move(path), reason);
    }

    void check_identity() {
        require(!f.id_reused, 1, "list_id", "SL_ID_REUSED");
        require(f.id_reused || l.version == f.next_version, 2, "version", "SL_VERSION_GAP");
        require(f.institution_known, 3, "institution_id", "SL_INSTITUTION_UNKNOWN");
        if (f.institution_known) {
            require(f.in_agreement, 3, "institution_id", "SL_NO_AGREEMENT");
            require(l.level == f.directory_level, 4, "institution_level", "SL_LEVEL_MISMATCH");
        }
        require(!l.resident_id.empty(), 5, "resident_id", "SL_RESIDENT_MISSING");
        require(f.insurances.contains(l.insurance), 6, "insurance", "SL_INSURANCE");
        require(ident::is_district_code(l.insured_region), 7, "insured_region", "SL_REGION_CODE");
        require(l.sex == 0 || l.sex == 1 || l.sex == 2 || l.sex == 9, 8, "sex", "SL_SEX");
    }

    void check_person() {
        require(l.birth_date && (!admitted_on || *l.birth_date <= *admitted_on), 9, "birth_date",
                "SL_BIRTH_AFTER_ADMISSION");
        if (!l.birth_date || !admitted_on || *l.birth_date > *admitted_on) return;
        const auto years = calendar::age_years(*l.birth_date, *admitted_on);
        require(l.age_years && *l.age_years == years, 10, "age_years", "SL_AGE_MISMATCH");
        const auto days = calendar::days_between(*l.birth_date, *admitted_on);
        const bool days_fit = years == 0 ? l.age_days && *l.age_days == days : !l.age_days;
        require(days_fit, 11, "age_days", "SL_AGE_DAYS");
        const bool newborn = years == 0 && days <= 28;
        const auto weight_fits = [&](const std::optional<std::int64_t>& g) {
            return g ? *g >= 100 && *g <= 9990 && *g % 10 == 0 : !newborn;
        };
        require(weight_fits(l.birth_weight_g), 12, "birth_weight_g", "SL_BIRTH_WEIGHT");
        require(weight_fits(l.admission_weight_g), 13, "admission_weight_g", "SL_ADMISSION_WEIGHT");
    }

    void check_stay() {
        const bool known_type = l.treatment_type != TreatmentType::kUnspecified &&
                                (l.treatment_type != TreatmentType::kDay || f.day_ward);
        require(known_type, 14, "treatment_type", "SL_TREATMENT_TYPE");
        const bool way_given = l.admission_way == 1 || l.admission_way == 2 ||
                               l.admission_way == 3 || l.admission_way == 9;
        require(way_given || (!l.is_stay() && l.admission_way == 0), 15, "admission_way",
                "SL_ADMISSION_WAY");
        require(l.admitted_at && (!l.discharged_at || *l.admitted_at <= *l.discharged_at), 16,
                "admitted_at", "SL_DATE_ORDER");
        const bool discharged_fits = l.discharged_at && *l.discharged_at <= f.now &&
                                     l.declared_at && *l.discharged_at <= *l.declared_at;
        require(discharged_fits, 17, "discharged_at", "SL_DATE_ORDER");
        if (dates_fit()) {
            require(l.stay_days == stay_days_of(*l.admitted_at, *l.discharged_at), 18, "stay_days",
                    "SL_STAY_DAYS");
        }
        check_department(l.admission_dept, 19, "admission_dept");
        check_department(l.discharge_dept, 20, "discharge_dept");
        const bool way_out = (l.discharge_way >= 1 && l.discharge_way <= 5) || l.discharge_way == 9;
        require(way_out || (!l.is_stay() && l.discharge_way == 0), 21, "discharge_way",
                "SL_DISCHARGE_WAY");
        const bool sent_on = l.discharge_way == 2 || l.discharge_way == 3;
        require(!sent_on || !l.receiving_institution_id.empty(), 22, "receiving_institution_id",
                "SL_RECEIVER_MISSING");
        require(!l.readmission_planned || !l.readmission_reason_code.empty(), 24,
                "readmission_reason_code", "SL_READMISSION_REASON");
        if (l.declared_at && discharged_on) {
            const auto last = discharged_on->plus_days(static_cast<int>(f.declare_days));
            require(local_date(*l.declared_at) <= last, 48, "declared_at", "SL_DECLARED_LATE",
                    ListSeverity::kWarn);
        }
        require(!f.duplicate_stay, 16, "admitted_at", "SL_DUPLICATE_STAY");
        require(!f.overlap_other, 16, "admitted_at", "SL_OVERLAP_OTHER", ListSeverity::kWarn);
    }

    void check_department(std::string_view code, int number, const char* field) {
        if (!code.empty()) {
            require(is_department(code), number, field, "SL_DEPT_CODE");
        } else {
            require(!l.is_stay(), number, field, "SL_DEPT_CODE", ListSeverity::kWarn);
        }
    }

    void check_care() {
        const std::int64_t stay =
            dates_fit() ? minutes_between(*l.admitted_at, *l.discharged_at) : 0;
        const auto within = [&](std::int64_t m) { return m >= 0 && (!dates_fit() || m <= stay); };
        require(within(l.ventilator_minutes), 25, "ventilator_minutes", "SL_VENT_EXCEEDS_STAY");
        require(l.coma_before_minutes >= 0, 26, "coma_before_minutes", "SL_COMA");
        require(within(l.coma_after_minutes), 27, "coma_after_minutes", "SL_COMA");
        std::int64_t nursing = 0;
        bool sound = true;
        for (const std::int64_t days : l.nursing_days) {
            sound = sound && days >= 0;
            nursing += days;
        }
        require(sound && nursing <= l.stay_days + 1, 28, "nursing_days_special", "SL_NURSING_DAYS");
        for (std::size_t i = 0; i < l.transfusions.size(); ++i) {
            const ListTransfusion& t = l.transfusions[i];
            in_part(!t.type.empty() && t.volume_ml > 0, kList, "transfusions", i, 32, "",
                    "SL_TRANSFUSION");
        }
    }

    void check_money() {
        require(f.aid_classes.contains(l.aid_class), 35, "aid_class", "SL_AID_CLASS");
        Fen total;
        Fen self;
        Fen class_b;
        for (const ListCharge& c : l.charges) {
            total += c.amount;
            self += c.self_paid;
            class_b += c.class_b;
        }
        check_sign(l.total, 36, "total_fen");
        require(l.total == total, 36, "total_fen", "SL_TOTAL_MISMATCH");
        check_sign(l.self_paid, 37, "self_paid_fen");
        require(l.self_paid == self, 37, "self_paid_fen", "SL_SELF_PAID_MISMATCH");
        check_sign(l.class_b_first, 38, "class_b_first_fen");
        require(l.class_b_first == class_b, 38, "class_b_first_fen", "SL_CLASS_B_MISMATCH");
        check_sign(l.over_limit, 39, "over_limit_fen");
        const Fen in_policy = l.total - l.self_paid - l.class_b_first - l.over_limit;
        require(!in_policy.is_negative(), 39, "over_limit_fen", "BEN_NEGATIVE_IN_POLICY");
        check_sign(l.account_pay, 40, "account_pay_fen");
        check_sign(l.cash_pay, 41, "cash_pay_fen");
        Fen paid = l.account_pay + l.cash_pay;
        for (const ListFund& fund : l.funds) paid += fund.amount;
        require(paid == l.total, 40, "account_pay_fen", "SL_PAY_SUM");
        require(l.diagnosis_count == std::ssize(l.diagnoses), 42, "diagnosis_count",
                "SL_COUNT_MISMATCH");
        require(l.procedure_count == std::ssize(l.procedures), 43, "procedure_count",
                "SL_COUNT_MISMATCH");
    }

    void check_sign(Fen amount, int number, const char* field) {
        require(!amount.is_negative(), number, field, "SL_NEGATIVE");
    }

    void check_payment() {
        require(f.methods.contains(l.method), 44, "payment_method", "SL_METHOD");
        const bool bed_day_type_fits = l.bed_day_type >= 0 && l.bed_day_type <= 3 &&
                                       (l.bed_day_type == 0 || l.method == PaymentMethod::kBedDay);
        const bool priced = l.method != PaymentMethod::kBedDay || !f.bed_day_priced ||
                            f.bed_day_priced(l.bed_day_type, l.level);
        require(bed_day_type_fits && priced, 45, "bed_day_type", "SL_BED_DAY_TYPE");
        require(f.code_versions.contains(l.dx_code_version), 46, "dx_code_version",
                "SL_CODE_VERSION");
        const bool no_procedures = l.procedures.empty() && l.proc_code_version.empty();
        require(no_procedures || f.code_versions.contains(l.proc_code_version), 47,
                "proc_code_version", "SL_CODE_VERSION");
        if (!l.prescription_id.empty()) {
            const bool outpatient = l.treatment_type == TreatmentType::kOutpatientChronic;
            require(outpatient && !f.prescription_used, 49, "prescription_id", "SL_PRESCRIPTION");
        }
    }

    void check_diagnoses() {
        std::size_t mains = 0;
        for (const ListDiagnosis& d : l.diagnoses) mains += d.main ? 1U : 0U;
        const bool principal = mains == 1 && !l.diagnoses.empty() && l.diagnoses[0].main &&
                               l.diagnoses[0].seq == 1 &&
                               l.diagnoses[0].kind == DiagnosisKind::kWestern;
        if (!principal) {
            add(kDiagnosis, 0, 0, "diagnoses", "SL_NO_PRINCIPAL_DX");
        }
        for (std::size_t i = 0; i < l.diagnoses.size(); ++i) check_diagnosis(i);
    }

    void check_diagnosis(std::size_t i) {
        const ListDiagnosis& d = l.diagnoses[i];
        const auto expect = [&](bool holds, int number, const char* field, const char* reason) {
            in_part(holds, kDiagnosis, "diagnoses", i, number, field, reason);
        };
        expect(d.seq == static_cast<std::int64_t>(i) + 1, 1, "seq", "SL_SEQ");
        const auto same = [&](const ListDiagnosis& other) { return other.code == d.code; };
        const auto end = l.diagnoses.begin() + static_cast<std::ptrdiff_t>(i);
        expect(std::find_if(l.diagnoses.begin(), end, same) == end, 3, "code", "SL_DX_DUPLICATE");
        if (d.kind != DiagnosisKind::kWestern) return;
        if (f.diagnosis_known) {
            expect(f.diagnosis_known(d.code), 3, "code", "SL_DX_CODE_UNKNOWN");
        }
        if (!f.diagnosis_limits) return;
        const DiagnosisLimits limits = f.diagnosis_limits(d.code);
        expect(!(d.main && limits.grey), 3, "code", "SL_DX_GREY_PRINCIPAL");
        const bool sex_known = l.sex == 1 || l.sex == 2;
        expect(!limits.sex || !sex_known || *limits.sex == l.sex, 3, "code", "SL_DX_SEX");
        const bool old_enough =
            !limits.age_from || !l.age_years || *l.age_years >= *limits.age_from;
        const bool young_enough = !limits.age_to || !l.age_years || *l.age_years <= *limits.age_to;
        expect(old_enough && young_enough, 3, "code", "SL_DX_AGE");
    }

    void check_procedures() {
        std::size_t mains = 0;
        Fen cost;
        for (const ListProcedure& p : l.procedures) {
            mains += p.main ? 1U : 0U;
            cost += p.cost;
        }
        if (!l.procedures.empty() && !(mains == 1 && l.procedures[0].main)) {
            add(kProcedure, 0, 0, "procedures", "SL_NO_PRINCIPAL_PROC");
        }
        if (cost > l.total) add(kProcedure, 0, 0, "procedures", "SL_PROC_COST");
        for (std::size_t i = 0; i < l.procedures.size(); ++i) check_procedure(i);
    }

    void check_procedure(std::size_t i) {
        const ListProcedure& p = l.procedures[i];
        const auto expect = [&](bool holds, int number, const char* field, const char* reason) {
            in_part(holds, kProcedure, "procedures", i, number, field, reason);
        };
        expect(p.seq == static_cast<std::int64_t>(i) + 1, 1, "seq", "SL_SEQ");
        if (f.procedure_known) {
            expect(f.procedure_known(p.code), 2, "code", "SL_PROC_CODE_UNKNOWN");
        }
        if (dates_fit()) {
            const auto before = std::chrono::hours(l.admission_way == 1 ? 24 : 0);
            const bool inside = p.performed_at && *p.performed_at >= *l.admitted_at - before &&
                                *p.performed_at <= *l.discharged_at;
            expect(inside, 4, "performed_at", "SL_PROC_DATE");
        }
        if (p.type == ProcedureType::kOperation) {
            expect(!p.anaesthesia.empty() && !p.surgeon_id.empty(), 5, "anaesthesia",
                   "SL_PROC_INCOMPLETE");
        }
        expect(!p.cost.is_negative(), 7, "cost_fen", "SL_NEGATIVE");
    }

    void check_charges() {
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < l.charges.size(); ++i) {
            const ListCharge& c = l.charges[i];
            const auto expect = [&](bool holds, int number, const char* field, const char* reason) {
                in_part(holds, kCharge, "charges", i, number, field, reason);
            };
            expect(seen.insert(c.charge_class).second, 1, "class", "SL_CHARGE_DUPLICATE");
            expect(c.amount == c.class_a + c.class_b + c.self_paid + c.other, 2, "amount_fen",
                   "SL_CHARGE_SUM");
            const bool negative = c.amount.is_negative() || c.class_a.is_negative() ||
                                  c.class_b.is_negative() || c.self_paid.is_negative() ||
                                  c.other.is_negative();
            expect(!negative, 2, "amount_fen", "SL_NEGATIVE");
        }
    }

    void check_funds() {
        std::set<int> seen;
        for (std::size_t i = 0; i < l.funds.size(); ++i) {
            const ListFund& fund = l.funds[i];
            in_part(seen.insert(fund.fund).second, kFund, "funds", i, 1, "fund",
                    "SL_FUND_DUPLICATE");
            in_part(!fund.amount.is_negative(), kFund, "funds", i, 2, "amount_fen", "SL_NEGATIVE");
        }
    }

    void check_icu() {
        for (std::size_t i = 0; i < l.icu_stays.size(); ++i) {
            const ListIcuStay& s = l.icu_stays[i];
            const auto expect = [&](bool holds, int number, const char* field, const char* reason) {
                in_part(holds, kIcu, "icu_stays", i, number, field, reason);
            };
            const bool ordered = s.in_at && s.out_at && *s.in_at <= *s.out_at;
            if (dates_fit()) {
                expect(ordered && *s.in_at >= *l.admitted_at && *s.out_at <= *l.discharged_at, 3,
                       "in_at", "SL_ICU_OUTSIDE");
            }
            if (!ordered) continue;
            expect(s.minutes == minutes_between(*s.in_at, *s.out_at), 5, "minutes",
                   "SL_ICU_MINUTES");
            for (std::size_t j = 0; j < i; ++j) {
                const ListIcuStay& other = l.icu_stays[j];
                if (!other.in_at || !other.out_at) continue;
                expect(*s.in_at >= *other.out_at || *other.in_at >= *s.out_at, 3, "in_at",
                       "SL_ICU_OVERLAP");
            }
        }
    }

    [[nodiscard]] bool dates_fit() const {
        return l.admitted_at && l.discharged_at && *l.admitted_at <= *l.discharged_at;
    }

    const SettlementList& l;
    const ListFacts& f;
    std::optional<CivilDate> admitted_on;
    std::optional<CivilDate> discharged_on;
    std::vector<Found> found_;
};

}  // namespace

std::vector<Finding> check_list(const SettlementList& list, const ListFacts& facts) {
    return Checker(list, facts).run();
}

bool rejects(const std::vector<Finding>& findings) {
    return std::ranges::any_of(
        findings, [](const Finding& f) { return f.severity == ListSeverity::kReject; });
}

std::int64_t stay_days_of(Instant admitted, Instant discharged) {
    return std::max(1, calendar::days_between(local_date(admitted), local_date(discharged)));
}

}  // namespace yilian::billing
