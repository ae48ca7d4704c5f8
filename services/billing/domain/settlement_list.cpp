#include "services/billing/domain/settlement_list.h"

namespace yilian::billing {

std::string_view name_of(TreatmentType type) {
    switch (type) {
        case TreatmentType::kUnspecified:
            return "";
        case TreatmentType::kInpatient:
            return "INPATIENT";
        case TreatmentType::kDay:
            return "DAY";
        case TreatmentType::kOutpatientChronic:
            return "OUTPATIENT_CHRONIC";
    }
    return "";
}

std::string_view name_of(PaymentMethod method) {
    switch (method) {
        case PaymentMethod::kUnspecified:
            return "";
        case PaymentMethod::kDrg:
            return "DRG";
        case PaymentMethod::kDip:
            return "DIP";
        case PaymentMethod::kBedDay:
            return "BED_DAY";
        case PaymentMethod::kActual:
            return "ACTUAL";
        case PaymentMethod::kCapitation:
            return "CAPITATION";
    }
    return "";
}

std::optional<TreatmentType> treatment_type_of(std::string_view name) {
    for (const auto type : {TreatmentType::kUnspecified, TreatmentType::kInpatient,
                            TreatmentType::kDay, TreatmentType::kOutpatientChronic}) {
        if (name_of(type) == name) return type;
    }
    return std::nullopt;
}

std::optional<PaymentMethod> payment_method_of(std::string_view name) {
    for (const auto method :
         {PaymentMethod::kUnspecified, PaymentMethod::kDrg, PaymentMethod::kDip,
          PaymentMethod::kBedDay, PaymentMethod::kActual, PaymentMethod::kCapitation}) {
        if (name_of(method) == name) return method;
    }
    return std::nullopt;
}

std::string_view SettlementList::main_diagnosis() const {
    for (const ListDiagnosis& d : diagnoses) {
        if (d.main && d.kind == DiagnosisKind::kWestern) return d.code;
    }
    return "";
}

}  // namespace yilian::billing
