#pragma once

#include <string>

#include "services/prescriptions/app/change.h"
#include "yilian/common/v1/import.pb.h"
#include "yilian/prescriptions/v1/drug_catalogue_service.pb.h"

// The dated drug catalogue: import, undo, reading.
namespace yilian::prescriptions::app {

inline constexpr int kCatalogueRowsMax = 500;

// LIMIT_ROWS, VALIDITY_OVERLAP (the day belongs to another version, or the version to another day),
// BATCH_ALREADY_UNDONE. Rows: FIELD_REQUIRED, FIELD_FORMAT, FIELD_ENUM, FIELD_RANGE,
// ROW_DUPLICATE_KEY (a drug twice, or there with other content).
[[nodiscard]] Outcome<common::v1::ImportReport> import_catalogue(
    Work& work, const v1::ImportDrugCatalogueRequest& request);

// BATCH_NOT_FOUND, BATCH_ALREADY_UNDONE, BATCH_IN_USE.
[[nodiscard]] Outcome<common::v1::UndoReport> undo_import(Work& work, const std::string& batch_id);

// SHA-256 over all rows of a version in the order of their codes.
[[nodiscard]] std::string catalogue_digest(storage::Transaction& tx,
                                           const std::string& catalogue_id,
                                           const std::string& version);

}  // namespace yilian::prescriptions::app
