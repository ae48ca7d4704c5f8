#include "services/prescriptions/app/catalogue.h"

#include <set>

#include "libs/crypto/digest.h"
#include "libs/rpc/validate.h"
#include "services/prescriptions/store/queries.h"

namespace yilian::prescriptions::app {
namespace {

Violations violations_of(const v1::DrugRow& row) {
    rpc::Validator v;
    const auto code = [](rpc::Validator& inner, const std::string& text) { inner.id("", text); };
    v.id("generic_code", row.generic_code())
        .text("name", row.name(), 1, 100)
        .enumerated("item_class", row.item_class())
        .count("ingredient_codes", row.ingredient_codes_size(), 1, 20)
        .each("ingredient_codes", row.ingredient_codes(), code)
        .optional_id("effect_group", row.effect_group())
        .each("allergy_groups", row.allergy_groups(), code)
        .optional_id("form_code", row.form_code())
        .not_negative("strength_milli", row.strength_milli())
        .text("strength_unit", row.strength_unit(), 0, 20)
        .text("pack_unit", row.pack_unit(), 0, 20)
        .optional_id("long_excluded_class", row.long_excluded_class())
        .each("forbidden_groups", row.forbidden_groups(), code)
        .each("disease_codes", row.disease_codes(), code);
    if (row.has_max_days()) v.range("max_days", row.max_days(), 1, 3660);
    if (row.has_insurance_max_days()) {
        v.range("insurance_max_days", row.insurance_max_days(), 1, 3660);
    }
    if (row.has_max_single_dose_milli()) {
        v.positive("max_single_dose_milli", row.max_single_dose_milli());
    }
    if (row.has_max_daily_dose_milli()) {
        v.positive("max_daily_dose_milli", row.max_daily_dose_milli());
    }
    if (row.has_min_age_days()) v.not_negative("min_age_days", row.min_age_days());
    return v.done();
}

std::optional<Refusal> refuse_version(Work& work, const v1::ImportDrugCatalogueRequest& r) {
    if (r.rows_size() > kCatalogueRowsMax) {
        return Refusal{"LIMIT_ROWS", {{"limit", std::to_string(kCatalogueRowsMax)}}};
    }
    if (const auto batch = work.tx.select_one(store::kBatch, r.batch_id())) {
        if (batch->text(1) != work.actor.institution_id) {
            return Refusal{"AUTH_RECORD_ACCESS_DENIED", {}};
        }
        if (batch->flag(0)) return Refusal{"BATCH_ALREADY_UNDONE", {}};
    }
    const auto same_day = work.tx.select_one(store::kCatalogueFrom, r.effective_from());
    const auto known = work.tx.select_one(store::kCatalogue, r.catalogue_id(), r.version());
    const bool day_taken =
        same_day && (same_day->text(0) != r.catalogue_id() || same_day->text(1) != r.version());
    if (day_taken || (known && known->text(0) != r.effective_from())) {
        return Refusal{"VALIDITY_OVERLAP", {{"effective_from", r.effective_from()}}};
    }
    return std::nullopt;
}

void refuse_row(common::v1::ImportReport& report, int index, const std::string& field,
                const Reason& reason) {
    common::v1::RowRefusal* refusal = report.add_refusals();
    refusal->set_row_index(index);
    refusal->set_field(field);
    refusal->set_reason(reason.text());
    report.set_refused_count(report.refused_count() + 1);
}

// Looks at one row and stores it unless the import is a dry run.
void import_row(Work& work, const v1::ImportDrugCatalogueRequest& r, int index,
                std::set<std::string>& seen, common::v1::ImportReport& report) {
    const v1::DrugRow& row = r.rows(index);
    if (const Violations bad = violations_of(row); !bad.empty()) {
        return refuse_row(report, index, bad.front().field, bad.front().reason);
    }
    if (!seen.insert(row.generic_code()).second) {
        return refuse_row(report, index, "generic_code", "ROW_DUPLICATE_KEY");
    }
    const std::string bytes = row.SerializeAsString();
    if (const auto there =
            work.tx.select_one(store::kDrug, r.catalogue_id(), r.version(), row.generic_code())) {
        if (there->bytes(0) != bytes) {
            return refuse_row(report, index, "generic_code", "ROW_DUPLICATE_KEY");
        }
        report.set_unchanged_count(report.unchanged_count() + 1);
        return;
    }
    report.set_accepted_count(report.accepted_count() + 1);
    if (r.dry_run()) return;
    work.tx.run(store::kAddDrug, r.catalogue_id(), r.version(), row.generic_code(),
                storage::Blob{bytes}, r.batch_id());
}

}  // namespace

Outcome<common::v1::ImportReport> import_catalogue(Work& work,
                                                   const v1::ImportDrugCatalogueRequest& r) {
    if (auto refusal = refuse_version(work, r)) return *refusal;
    common::v1::ImportReport report;
    report.set_batch_id(r.batch_id());
    report.set_row_count(r.rows_size());
    report.set_dry_run(r.dry_run());
    std::set<std::string> seen;
    for (int i = 0; i < r.rows_size(); ++i) import_row(work, r, i, seen, report);
    if (r.dry_run()) return report;
    work.tx.run(store::kAddBatch, r.batch_id(), work.actor.institution_id, work.now);
    if (report.accepted_count() > 0 &&
        !work.tx.select_one(store::kCatalogue, r.catalogue_id(), r.version())) {
        work.tx.run(store::kAddCatalogue, r.catalogue_id(), r.version(), r.effective_from(),
                    r.source());
    }
    return report;
}

Outcome<common::v1::UndoReport> undo_import(Work& work, const std::string& batch_id) {
    const auto batch = work.tx.select_one(store::kBatch, batch_id);
    if (!batch) return Reason("BATCH_NOT_FOUND");
    if (batch->text(1) != work.actor.institution_id) return Reason("AUTH_RECORD_ACCESS_DENIED");
    if (batch->flag(0)) return Reason("BATCH_ALREADY_UNDONE");
    if (work.tx.select_one(store::kBatchInUse, batch_id)) return Reason("BATCH_IN_USE");
    common::v1::UndoReport report;
    report.set_batch_id(batch_id);
    report.set_undone_count(static_cast<std::int32_t>(work.tx.run(store::kDropBatch, batch_id)));
    work.tx.run(store::kUndoBatch, batch_id);
    work.tx.run(store::kDropEmptyCatalogues);
    return report;
}

std::string catalogue_digest(storage::Transaction& tx, const std::string& catalogue_id,
                             const std::string& version) {
    crypto::Sha256 sum;
    for (const storage::Row& row : tx.select(store::kDrugsOfCatalogue, catalogue_id, version)) {
        sum.update(std::to_string(row.bytes(1).size()) + ":");
        sum.update(row.bytes(1));
    }
    return crypto::hex(crypto::view(sum.finish()));
}

}  // namespace yilian::prescriptions::app
