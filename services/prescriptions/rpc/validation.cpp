#include "services/prescriptions/rpc/validation.h"

namespace yilian::prescriptions::rpc_edge {
namespace {

constexpr int kLinesMax = 50;
constexpr std::int32_t kDaysMax = 3660;
constexpr std::int64_t kQuantityMax = 1'000'000'000;
constexpr std::int32_t kInstancesMax = 12;

void id_of_list(rpc::Validator& v, const std::string& code) { v.id("", code); }

void check_line(rpc::Validator& v, const v1::LineContent& line, int position) {
    v.expect(line.line_no() == 0 || line.line_no() == position, "line_no", "FIELD_RANGE")
        .optional_id("generic_code", line.generic_code())
        .optional_enumerated("item_class", line.item_class())
        .range("dose_milli", line.dose_milli(), 0, kQuantityMax)
        .text("dose_unit", line.dose_unit(), 0, 20)
        .optional_id("frequency_code", line.frequency_code())
        .optional_id("route_code", line.route_code())
        .range("days", line.days(), 0, kDaysMax)
        .range("quantity_milli", line.quantity_milli(), 0, kQuantityMax)
        .text("pack_unit", line.pack_unit(), 0, 20)
        .text("piece_instruction", line.piece_instruction(), 0, 40)
        .optional_enumerated("skin_test", line.skin_test())
        .optional_id("insurance_restriction_code", line.insurance_restriction_code())
        .optional_id("longer_reason_code", line.longer_reason_code());
}

}  // namespace

void check_content(rpc::Validator& v, const v1::PrescriptionContent& c) {
    v.enumerated("kind", c.kind())
        .optional_id("department_code", c.department_code())
        .optional_id("encounter_ref", c.encounter_ref())
        .optional_id("contract_id", c.contract_id())
        .optional_id("referral_id", c.referral_id())
        .optional_ulid("repeat_of", c.repeat_of())
        .range("instance_count", c.instance_count(), 0, kInstancesMax)
        .count("diagnoses", c.diagnoses_size(), 0, 20)
        .count("disease_codes", c.disease_codes_size(), 0, 20)
        .count("special_groups", c.special_groups_size(), 0, 10)
        .count("allergy_codes", c.allergy_codes_size(), 0, 50)
        .count("lines", c.lines_size(), 0, kLinesMax)
        .optional_id("validity_reason_code", c.validity_reason_code());
    if (c.has_weight_g()) v.range("weight_g", c.weight_g(), 200, 500'000);
    if (c.has_validity_days()) v.range("validity_days", c.validity_days(), 1, 30);
    v.each("diagnoses", c.diagnoses(), [](rpc::Validator& d, const v1::PrescribedDiagnosis& m) {
        d.one_of("code_system", m.code_system(), {"ICD10_CLINICAL", "ICD10_INSURANCE", "TCM"})
            .optional_id("code", m.code())
            .optional_id("tcm_syndrome", m.tcm_syndrome());
    });
    v.each("disease_codes", c.disease_codes(), id_of_list);
    v.each("allergy_codes", c.allergy_codes(), id_of_list);
    v.each("special_groups", c.special_groups(), [](rpc::Validator& g, const std::string& code) {
        g.one_of("", code, {"PREGNANT", "LACTATING", "LIVER", "RENAL", "CHILD", "ELDERLY"});
    });
    int position = 0;
    v.each("lines", c.lines(), [&position](rpc::Validator& l, const v1::LineContent& line) {
        check_line(l, line, ++position);
    });
}

}  // namespace yilian::prescriptions::rpc_edge
