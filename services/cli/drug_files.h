#pragma once

#include "services/cli/register_files.h"
#include "yilian/prescriptions/v1/types.pb.h"

namespace yilian::cli {

// A drug catalogue as a CSV file, the columns being those of DrugRow
// (services/prescriptions/catalogue/demo_drugs.csv is one).
[[nodiscard]] FileFormat<prescriptions::v1::DrugRow> drug_format();

}  // namespace yilian::cli
