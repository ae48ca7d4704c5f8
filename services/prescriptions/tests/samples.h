#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/policy/testing/packs.h"
#include "services/prescriptions/domain/types.h"

// Values that the domain tests of prescriptions share.
namespace yilian::prescriptions::domain::samples {

inline constexpr std::string_view kCangshan = "350104";
inline constexpr std::string_view kChangle = "370725";
inline constexpr std::string_view kXiqing = "120111";
inline constexpr std::string_view kJinnan = "120112";

inline CivilDate day(std::string_view text) { return *CivilDate::parse(text); }

inline std::shared_ptr<const policy::Pack> pack(std::string_view district = kCangshan) {
    return policy::testing::shipped_pack(district, day("2026-03-06"));
}
inline std::shared_ptr<const policy::Pack> pack_with(const policy::testing::Overrides& overrides,
                                                     std::string_view district = kCangshan) {
    return policy::testing::pack_with(district, day("2026-03-06"), overrides);
}

inline LineContent line(std::int32_t no, std::string code, std::int32_t days = 7,
                        ItemClass item_class = ItemClass::kWestern) {
    LineContent l;
    l.line_no = no;
    l.generic_code = std::move(code);
    l.item_class = item_class;
    l.dose_milli = 5000;
    l.dose_unit = "mg";
    l.frequency_code = "QD";
    l.route_code = "PO";
    l.days = days;
    l.quantity_milli = std::int64_t{days} * 1000;
    l.pack_unit = "tablet";
    l.skin_test = SkinTest::kNotNeeded;
    return l;
}

inline Content content(Kind kind, std::vector<LineContent> lines) {
    Content c;
    c.kind = kind;
    c.diagnoses = {{"ICD10_CLINICAL", "I10.x05", ""}};
    c.lines = std::move(lines);
    return c;
}

inline Drug drug(std::string code, std::string ingredient,
                 ItemClass item_class = ItemClass::kWestern) {
    Drug d;
    d.generic_code = std::move(code);
    d.item_class = item_class;
    d.ingredient_codes = {std::move(ingredient)};
    d.form_code = "TAB";
    d.strength_milli = 5000;
    d.strength_unit = "mg";
    d.pack_unit = "tablet";
    d.essential = true;
    d.disease_codes = {"hypertension"};
    return d;
}

}  // namespace yilian::prescriptions::domain::samples
