#pragma once

#include <string>

#include "services/billing/domain/dip/catalogue.h"
#include "services/billing/domain/dip/score.h"
#include "services/cli/offline.h"

// The tables of a region that the DIP commands read beside their cases (billing.md 16.3, 16.4). A
// procedure list, catalogue, coefficient or reference file with a bad row is refused whole, because
// the row would silently change what cases are worth: ends with 3, RULES_TABLE_MALFORMED with file
// and row. All of them end with 4 as OfflineFiles::open does.
namespace yilian::cli {

// code, rank, excluded; optionally level (surgery level, for auxiliary rules).
[[nodiscard]] billing::dip::ProcedureTable read_dip_procedures(const std::string& path);

// group_code, kind, dx_key, proc_expr, rank, points, ref_fen, basic_coef; others are ignored.
[[nodiscard]] billing::dip::Catalogue read_dip_catalogue(const std::string& path);

// institution_id, group_code, k_coef.
void read_dip_coefficients(const std::string& path, billing::dip::ScoreTables& into);
// group_code, level, ref_fen.
void read_dip_references(const std::string& path, billing::dip::ScoreTables& into);

// institution_id, level, k_coef. A bad row goes to the error report, like the cases of that
// institution.
void read_dip_institutions(OfflineFiles& files, const std::string& path,
                           billing::dip::ScoreTables& into);

}  // namespace yilian::cli
