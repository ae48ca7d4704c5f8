#include "services/cli/play/drug_data.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>

#include "libs/base/embedded_file.h"
#include "libs/base/invariant.h"
#include "libs/tabular/error_report.h"
#include "libs/tabular/reader.h"
#include "services/cli/drug_files.h"
#include "services/cli/play/rng.h"

namespace yilian::cli::play {

std::span<const EmbeddedFile> drug_tables();

namespace {

namespace v1 = prescriptions::v1;

constexpr int kLongSupply = 84;
constexpr int kShortSupply = 7;
constexpr int kAdultDays = 18 * 365;

std::vector<Drug> read_drugs() {
    const EmbeddedFile& file = drug_tables().front();
    tabular::ErrorReport errors(".");
    const FileFormat<Drug> format = drug_format();
    auto opened = tabular::Reader::of_text(std::string(file.name), std::string(file.text),
                                           {format.columns, true}, errors);
    YILIAN_INVARIANT(opened.ok(), "play: the drug catalogue cannot be read");
    tabular::Reader rows = std::move(opened).value();
    std::vector<Drug> out;
    while (true) {
        const auto more = rows.next();
        YILIAN_INVARIANT(more.ok(), "play: the drug catalogue cannot be read");
        if (!*more) break;
        format.take(rows, out.emplace_back());
    }
    YILIAN_INVARIANT(errors.empty(), "play: the drug catalogue has a bad row");
    return out;
}

template <class Repeated>
bool has(const Repeated& items, std::string_view item) {
    return std::find(items.begin(), items.end(), item) != items.end();
}

int supply_of(const Drug& drug) {
    const int unlimited = std::numeric_limits<int>::max();
    return std::min(drug.has_max_days() ? drug.max_days() : unlimited,
                    drug.has_insurance_max_days() ? drug.insurance_max_days() : unlimited);
}

// Nothing but the disease decides about it: no allergy, no age, no group that residents of the play
// belong to, and one unit a day is neither too much nor too long.
bool harmless(const Drug& drug, int days, int age_days) {
    const std::int64_t once = drug.strength_milli();
    return drug.item_class() == v1::ITEM_CLASS_WESTERN && drug.allergy_groups().empty() &&
           drug.long_excluded_class().empty() && !has(drug.forbidden_groups(), "CHILD") &&
           !has(drug.forbidden_groups(), "ELDERLY") && drug.min_age_days() <= age_days &&
           drug.strength_unit() == "mg" &&
           (!drug.has_max_single_dose_milli() || once <= drug.max_single_dose_milli()) &&
           (!drug.has_max_daily_dose_milli() || once <= drug.max_daily_dose_milli()) &&
           supply_of(drug) >= days;
}

bool fits(const Drug& drug, const std::string& family) {
    if (family.empty()) return drug.disease_codes().empty() && harmless(drug, kShortSupply, 0);
    const char* disease = family == "diabetes" ? "diabetes_t2" : "hypertension";
    return has(drug.disease_codes(), disease) && harmless(drug, kLongSupply, kAdultDays);
}

}  // namespace

const std::vector<Drug>& drugs() {
    static const std::vector<Drug> catalogue = read_drugs();
    return catalogue;
}

const Drug& drug_for(const std::string& family, std::uint64_t number) {
    std::vector<const Drug*> found;
    for (const Drug& drug : drugs()) {
        if (fits(drug, family)) found.push_back(&drug);
    }
    YILIAN_INVARIANT(!found.empty(), "play: the catalogue has no drug for this");
    return *found[number % found.size()];
}

const Drug& drug_with_allergy(const std::string& allergy) {
    const auto found = std::find_if(drugs().begin(), drugs().end(), [&](const Drug& drug) {
        return has(drug.allergy_groups(), allergy) && drug.form_code() != "INJ";
    });
    YILIAN_INVARIANT(found != drugs().end(), "play: the catalogue has no drug with this allergy");
    return *found;
}

const Drug& drug_of_code(const std::string& code) {
    const auto found = std::find_if(drugs().begin(), drugs().end(),
                                    [&](const Drug& drug) { return drug.generic_code() == code; });
    YILIAN_INVARIANT(found != drugs().end(), "play: the catalogue has no such drug");
    return *found;
}

std::int64_t price_fen(const Drug& drug) {
    constexpr std::int64_t kLeast = 30;
    constexpr std::int64_t kSpan = 170;
    return kLeast + SeedIds(0).draw("price/" + drug.generic_code(), kSpan);
}

}  // namespace yilian::cli::play
