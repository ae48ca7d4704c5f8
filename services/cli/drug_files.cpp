#include "services/cli/drug_files.h"

#include <limits>

namespace yilian::cli {
namespace {

namespace rx = prescriptions::v1;
using tabular::Column;
using tabular::Reader;
using tabular::Type;

enum : std::size_t {
    kCode,
    kName,
    kClass,
    kIngredients,
    kEffect,
    kAllergies,
    kForm,
    kStrength,
    kStrengthUnit,
    kPackUnit,
    kSingleDose,
    kDailyDose,
    kDays,
    kInsuranceDays,
    kExcluded,
    kEssential,
    kForbidden,
    kMinAge,
    kTrace,
    kDiseases,
};

std::vector<Column> columns() {
    return {Column::of("generic_code", Type::kId),
            Column::of("name", Type::kText),
            Column::one_of("item_class", {"WESTERN", "PATENT_TCM", "DECOCTION_PIECES"}),
            Column::of("ingredient_codes", Type::kList),
            Column::of("effect_group", Type::kText).may_be_absent(),
            Column::of("allergy_groups", Type::kList).may_be_absent(),
            Column::of("form_code", Type::kText),
            Column::of("strength_milli", Type::kInt),
            Column::of("strength_unit", Type::kText),
            Column::of("pack_unit", Type::kText),
            Column::of("max_single_dose_milli", Type::kInt).may_be_absent(),
            Column::of("max_daily_dose_milli", Type::kInt).may_be_absent(),
            Column::of("max_days", Type::kInt).may_be_absent(),
            Column::of("insurance_max_days", Type::kInt).may_be_absent(),
            Column::of("long_excluded_class", Type::kText).may_be_absent(),
            Column::flag("essential"),
            Column::of("forbidden_groups", Type::kList).may_be_absent(),
            Column::of("min_age_days", Type::kInt).may_be_absent(),
            Column::flag("trace_required"),
            Column::of("disease_codes", Type::kList).may_be_absent()};
}

std::string text(const Reader& reader, std::size_t column) {
    return std::string(reader.row().text(column));
}

template <class Repeated>
void add_items(const Reader& reader, std::size_t column, Repeated* into) {
    std::vector<std::string_view> items;
    reader.row().items(column, items);
    for (const std::string_view item : items) into->Add(std::string(item));
}

void take_texts(const Reader& reader, rx::DrugRow& row) {
    constexpr rx::ItemClass kClasses[] = {rx::ITEM_CLASS_WESTERN, rx::ITEM_CLASS_PATENT_TCM,
                                          rx::ITEM_CLASS_DECOCTION_PIECES};
    row.set_generic_code(text(reader, kCode));
    row.set_name(text(reader, kName));
    row.set_item_class(kClasses[reader.row().choice(kClass)]);
    add_items(reader, kIngredients, row.mutable_ingredient_codes());
    row.set_effect_group(text(reader, kEffect));
    add_items(reader, kAllergies, row.mutable_allergy_groups());
    row.set_form_code(text(reader, kForm));
    row.set_strength_unit(text(reader, kStrengthUnit));
    row.set_pack_unit(text(reader, kPackUnit));
    row.set_long_excluded_class(text(reader, kExcluded));
    add_items(reader, kForbidden, row.mutable_forbidden_groups());
    add_items(reader, kDiseases, row.mutable_disease_codes());
}

bool take(Reader& reader, rx::DrugRow& row) {
    const tabular::Row& from = reader.row();
    for (const std::size_t days : {kDays, kInsuranceDays, kMinAge}) {
        if (from.empty(days) || from.integer(days) <= std::numeric_limits<std::int32_t>::max()) {
            continue;
        }
        reader.reject(days, "FIELD_RANGE");
        return false;
    }
    const auto days = [&](std::size_t column) {
        return static_cast<std::int32_t>(from.integer(column));
    };
    take_texts(reader, row);
    row.set_strength_milli(from.integer(kStrength));
    if (!from.empty(kSingleDose)) row.set_max_single_dose_milli(from.integer(kSingleDose));
    if (!from.empty(kDailyDose)) row.set_max_daily_dose_milli(from.integer(kDailyDose));
    if (!from.empty(kDays)) row.set_max_days(days(kDays));
    if (!from.empty(kInsuranceDays)) row.set_insurance_max_days(days(kInsuranceDays));
    if (!from.empty(kMinAge)) row.set_min_age_days(days(kMinAge));
    row.set_essential(from.choice(kEssential) == 1);
    row.set_trace_required(from.choice(kTrace) == 1);
    return true;
}

}  // namespace

FileFormat<rx::DrugRow> drug_format() { return {columns(), {kCode}, take}; }

}  // namespace yilian::cli
