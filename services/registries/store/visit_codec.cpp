#include "services/registries/store/visit_codec.h"

namespace yilian::registries::store {
namespace {

domain::VisitMode mode_of(v1::VisitMode mode) {
    switch (mode) {
        case v1::VISIT_MODE_HOME:
            return domain::VisitMode::kHome;
        case v1::VISIT_MODE_PHONE:
            return domain::VisitMode::kPhone;
        case v1::VISIT_MODE_ONLINE:
            return domain::VisitMode::kOnline;
        default:
            return domain::VisitMode::kClinic;
    }
}

}  // namespace

void read_data(const v1::VisitData& data, domain::Visit& visit) {
    visit.visit_on = *domain::CivilDate::parse(data.visit_on());
    visit.mode = mode_of(data.mode());
    if (data.has_sbp_mmhg()) visit.sbp_mmhg = data.sbp_mmhg();
    if (data.has_dbp_mmhg()) visit.dbp_mmhg = data.dbp_mmhg();
    if (data.has_heart_rate()) visit.heart_rate = data.heart_rate();
    if (data.has_fasting_glucose_e2()) visit.fasting_glucose_e2 = data.fasting_glucose_e2();
    if (data.has_random_glucose_e2()) visit.random_glucose_e2 = data.random_glucose_e2();
    if (data.has_hba1c_e2()) visit.hba1c_e2 = data.hba1c_e2();
    if (data.has_weight_g()) visit.weight_g = data.weight_g();
    if (data.has_height_mm()) visit.height_mm = data.height_mm();
    if (data.has_waist_mm()) visit.waist_mm = data.waist_mm();
    if (data.has_spo2_pct()) visit.spo2_pct = data.spo2_pct();
    if (data.has_cat_score()) visit.cat_score = data.cat_score();
    if (data.has_mmrc()) visit.mmrc = data.mmrc();
    visit.danger_signs.assign(data.danger_signs().begin(), data.danger_signs().end());
    visit.reactions.assign(data.reactions().begin(), data.reactions().end());
    visit.new_complication = data.new_complication();
    visit.pregnant_or_lactating = data.pregnant_or_lactating();
}

}  // namespace yilian::registries::store
