#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/base/clock.h"
#include "libs/calendar/civil_date.h"

// The settlement list (billing.md 13): the record of one finished case as the institution sent it.
// Plain values; what a field must fulfil stands in list_rules.h.
namespace yilian::billing {

using amount::Fen;
using calendar::CivilDate;

enum class TreatmentType { kUnspecified, kInpatient, kDay, kOutpatientChronic };
enum class PaymentMethod { kUnspecified, kDrg, kDip, kBedDay, kActual, kCapitation };
enum class DiagnosisKind { kUnspecified, kWestern, kTcmDisease, kTcmSyndrome };
enum class ProcedureType {
    kUnspecified,
    kOperation,
    kTherapeutic,
    kDiagnostic,
    kInterventional,
};

// INPATIENT, DAY, OUTPATIENT_CHRONIC; "" for kUnspecified.
[[nodiscard]] std::string_view name_of(TreatmentType type);
// DRG, DIP, BED_DAY, ACTUAL, CAPITATION; "" for kUnspecified.
[[nodiscard]] std::string_view name_of(PaymentMethod method);
[[nodiscard]] std::optional<TreatmentType> treatment_type_of(std::string_view name);
[[nodiscard]] std::optional<PaymentMethod> payment_method_of(std::string_view name);

struct ListDiagnosis {
    std::int64_t seq = 0;
    DiagnosisKind kind{};
    std::string code{};
    bool main = false;
};

struct ListProcedure {
    std::int64_t seq = 0;
    std::string code{};
    ProcedureType type{};
    std::optional<Instant> performed_at{};
    std::string anaesthesia{};
    std::string surgeon_id{};
    Fen cost{};
    bool main = false;
};

struct ListCharge {
    std::string charge_class{};
    Fen amount{};
    Fen class_a{};
    Fen class_b{};
    Fen self_paid{};
    Fen other{};
};

struct ListFund {
    int fund = 0;  // number of the proto enum, 0 = not stated
    Fen amount{};
};

struct ListIcuStay {
    std::int64_t seq = 0;
    std::optional<Instant> in_at{};
    std::optional<Instant> out_at{};
    std::int64_t minutes = 0;
};

struct ListTransfusion {
    std::string type{};
    std::int64_t volume_ml = 0;
};

struct SettlementList {
    std::string list_id{};
    std::int64_t version = 0;
    std::string institution_id{};
    std::string level{};  // L1, L2, L3, L3A, L3B; "" = not stated
    std::string resident_id{};
    std::string insurance{};  // EMP, RES, OTHER; "" = not stated
    std::string insured_region{};
    int sex = 0;  // 1, 2; 0 and 9 are stored and cannot be grouped
    std::optional<CivilDate> birth_date{};
    std::optional<std::int64_t> age_years{};
    std::optional<std::int64_t> age_days{};
    std::optional<std::int64_t> birth_weight_g{};
    std::optional<std::int64_t> admission_weight_g{};
    TreatmentType treatment_type{};
    int admission_way = 0;  // 1 emergency, 2 outpatient, 3 transfer in, 9 other
    std::optional<Instant> admitted_at{};
    std::optional<Instant> discharged_at{};
    std::int64_t stay_days = 0;
    std::string admission_dept{};
    std::string discharge_dept{};
    int discharge_way = 0;  // 1 by order … 5 death, 9 other
    std::string receiving_institution_id{};
    bool readmission_planned = false;
    std::string readmission_reason_code{};
    std::int64_t ventilator_minutes = 0;
    std::int64_t coma_before_minutes = 0;
    std::int64_t coma_after_minutes = 0;
    std::array<std::int64_t, 4> nursing_days{};  // special, 1, 2, 3
    std::vector<ListTransfusion> transfusions{};
    std::string referral_evidence_id{};
    bool filed = false;
    std::string aid_class{};
    Fen total{};
    Fen self_paid{};
    Fen class_b_first{};
    Fen over_limit{};
    Fen account_pay{};
    Fen cash_pay{};
    std::int64_t diagnosis_count = 0;
    std::int64_t procedure_count = 0;
    PaymentMethod method{};
    int bed_day_type = 0;
    std::string dx_code_version{};
    std::string proc_code_version{};
    std::optional<Instant> declared_at{};
    std::string prescription_id{};
    std::vector<ListDiagnosis> diagnoses{};
    std::vector<ListProcedure> procedures{};
    std::vector<ListCharge> charges{};
    std::vector<ListFund> funds{};
    std::vector<ListIcuStay> icu_stays{};

    // A stay in a bed; the other kind is outpatient care.
    [[nodiscard]] bool is_stay() const {
        return treatment_type == TreatmentType::kInpatient || treatment_type == TreatmentType::kDay;
    }
    // Code of the main western diagnosis, "" without one.
    [[nodiscard]] std::string_view main_diagnosis() const;
};

}  // namespace yilian::billing
