#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "yilian/prescriptions/v1/types.pb.h"

// The drugs that the play prescribes: the catalogue that ships with the prescriptions service.
namespace yilian::cli::play {

using Drug = prescriptions::v1::DrugRow;

// services/prescriptions/catalogue/demo_drugs.csv, row by row.
[[nodiscard]] const std::vector<Drug>& drugs();

// A drug that nothing in the catalogue forbids the residents of the play: against "hypertension" or
// "diabetes" for adults, "" = an ordinary illness at any age.
[[nodiscard]] const Drug& drug_for(const std::string& family, std::uint64_t number);
// One that an allergy forbids.
[[nodiscard]] const Drug& drug_with_allergy(const std::string& allergy);
[[nodiscard]] const Drug& drug_of_code(const std::string& code);

// Price of one unit; the catalogue has none, so it is made from the code.
[[nodiscard]] std::int64_t price_fen(const Drug& drug);

}  // namespace yilian::cli::play
