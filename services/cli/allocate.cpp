#include "services/cli/allocate.h"

#include <utility>
#include <vector>

#include "libs/tabular/key_set.h"
#include "services/billing/domain/factor_shares.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

constexpr std::size_t kInstitution = 0;  // the factors follow in the order of the pack

std::vector<billing::InstitutionFactors> read_rows(OfflineFiles& files, const std::string& path,
                                                   const policy::billing::Allocate& rules) {
    tabular::Spec spec{{Column::of("institution_id", Type::kId)}};
    for (const auto& factor : rules.factors) {
        spec.columns.push_back(Column::of(factor.name, Type::kInt));
    }
    tabular::Reader rows = files.open(path, std::move(spec));
    tabular::KeySet keys;
    std::vector<billing::InstitutionFactors> institutions;
    while (files.read(rows)) {
        const tabular::Row& row = rows.row();
        if (!keys.insert({row.text(kInstitution)})) {
            rows.reject(kInstitution, "ROW_DUPLICATE_KEY");
            continue;
        }
        billing::InstitutionFactors institution{std::string(row.text(kInstitution)), {}};
        for (std::size_t f = 1; f <= rules.factors.size(); ++f) {
            institution.figures.push_back(row.integer(f));
        }
        institutions.push_back(std::move(institution));
    }
    return institutions;
}

}  // namespace

int allocate_files(const OfflineArgs& args) {
    const auto rules = take_block(read_blocks(args.params).allocate, "allocate", args.params);
    OfflineFiles files(args);
    const auto institutions = read_rows(files, args.in, rules);
    CsvWriter out = CsvWriter::sorted(files.result(args.out), {"institution_id", "amount_fen"},
                                      {"institution_id"}, kSortBudget);
    const auto shares = billing::share_by_factors(rules, institutions);
    if (!shares) {
        throw CommandFailed(kExitParameters, text_of(shares.refusal()) + " no factor of " +
                                                 args.params + " has a figure in " + args.in);
    }
    for (std::size_t i = 0; i < institutions.size(); ++i) {
        out.text(institutions[i].institution_id).fen(shares->shares[i]).end_row();
    }
    OfflineFiles::need(out.finish());
    return files.commit();
}

}  // namespace yilian::cli
