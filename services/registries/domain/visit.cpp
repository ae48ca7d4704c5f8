#include "services/registries/domain/visit.h"

#include <algorithm>

namespace yilian::registries::domain {
namespace {

void check(std::vector<RangeFault>& faults, const char* field,
           const std::optional<std::int32_t>& value, std::int32_t min, std::int32_t max) {
    if (value && (*value < min || *value > max)) faults.push_back({field, min, max});
}

}  // namespace

std::vector<RangeFault> range_faults(const Visit& visit) {
    std::vector<RangeFault> faults;
    check(faults, "sbp_mmhg", visit.sbp_mmhg, 50, 300);
    const std::int32_t dbp_max = visit.sbp_mmhg ? std::min(200, *visit.sbp_mmhg - 1) : 200;
    check(faults, "dbp_mmhg", visit.dbp_mmhg, 20, dbp_max);
    check(faults, "fasting_glucose_e2", visit.fasting_glucose_e2, 100, 5000);
    check(faults, "random_glucose_e2", visit.random_glucose_e2, 100, 5000);
    check(faults, "hba1c_e2", visit.hba1c_e2, 300, 2000);
    check(faults, "weight_g", visit.weight_g, 1000, 300000);
    check(faults, "height_mm", visit.height_mm, 300, 2500);
    check(faults, "waist_mm", visit.waist_mm, 300, 2000);
    check(faults, "spo2_pct", visit.spo2_pct, 50, 100);
    check(faults, "cat_score", visit.cat_score, 0, 40);
    check(faults, "mmrc", visit.mmrc, 0, 4);
    return faults;
}

}  // namespace yilian::registries::domain
