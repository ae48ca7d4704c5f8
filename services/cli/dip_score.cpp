#include "services/cli/dip_score.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "services/billing/domain/dip/score.h"
#include "services/cli/dip_tables.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using billing::dip::DipScore;
using billing::dip::name_of;
using billing::dip::Scorer;
using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

enum Cases : std::size_t {
    kCase,
    kInstitution,
    kDx,
    kProcs,
    kTotal,
    kAgeYears,
    kAgeDays,
    kStayDays,
    kSeverity,
    kTumour,
    kDischarge
};

tabular::Spec case_spec() {
    return {{Column::of("case_id", Type::kId), Column::of("institution_id", Type::kId),
             Column::of("principal_dx", Type::kText),
             Column::of("procs", Type::kProcs).may_be_empty(), Column::of("total_fen", Type::kFen),
             Column::of("age_years", Type::kInt).may_be_empty(),
             Column::of("age_days", Type::kInt).may_be_empty(),
             Column::of("stay_days", Type::kInt).may_be_empty(),
             Column::one_of("severity", {"MILD", "CC", "MCC"}).may_be_empty(),
             Column::one_of("tumour", {"NONE", "METASTASIS", "RADIO", "CHEMO"}).may_be_empty(),
             Column::one_of("discharge_way", {"1", "2", "3", "4", "5", "9"}).may_be_empty()}};
}

CsvWriter score_writer(tabular::OutputFile& file, CsvWriter::Dropped dropped) {
    return CsvWriter::unique(
        file,
        {"case_id", "group_code", "kind", "status", "base_points", "ref_fen", "ratio", "band",
         "d_coef", "k_coef", "aux_coef", "aux_id", "points", "flags"},
        {"case_id"}, kSortBudget, std::move(dropped));
}

void write_rate(CsvWriter& out, const std::optional<amount::Rate>& value) {
    if (value) {
        out.rate(*value);
    } else {
        out.empty();
    }
}

void write_list(CsvWriter& out, const std::vector<std::string_view>& items) {
    out.list({items.begin(), items.end()});
}

void write_score(CsvWriter& out, std::string_view id, std::uint64_t row, const DipScore& score) {
    out.text(id);
    if (const billing::dip::Group* group = score.choice.group; group != nullptr) {
        out.text(group->code)
            .text(name_of(group->kind))
            .text(name_of(score.status))
            .points(group->points);
    } else {
        out.empty().empty().text(name_of(score.status)).empty();
    }
    out.maybe_fen(score.reference);
    write_rate(out, score.ratio);
    if (score.band) {
        out.integer(static_cast<std::int64_t>(*score.band) + 1);
    } else {
        out.empty();
    }
    write_rate(out, score.d);
    write_rate(out, score.k);
    if (score.auxiliary) {
        out.rate(score.auxiliary->coefficient);
        write_list(out, score.auxiliary->rules);
    } else {
        out.empty().empty();
    }
    out.points(score.points);
    write_list(out, score.flags);
    out.end_row(row);
}

class Command {
  public:
    explicit Command(const DipScoreArgs& args)
        : args_(args),
          dip_(take_block(read_blocks(args.params).dip, "dip", args.params)),
          procedures_(read_dip_procedures(args.procedures)),
          catalogue_(read_dip_catalogue(args.catalogue)),
          files_(args) {}

    int run() {
        read_dip_institutions(files_, args_.institutions, tables_);
        if (args_.coefficients) read_dip_coefficients(*args_.coefficients, tables_);
        if (args_.reference) read_dip_references(*args_.reference, tables_);
        const auto scorer = Scorer::of(dip_, procedures_, catalogue_, tables_);
        if (!scorer) throw CommandFailed(kExitParameters, text_of(scorer.refusal()));
        tabular::Reader rows = files_.open(args_.in, case_spec());
        CsvWriter out =
            score_writer(files_.result(args_.out), [&](std::uint64_t row, std::string_view id) {
                files_.errors().add(rows.file(), row, "case_id", "ROW_DUPLICATE_KEY", id);
            });
        while (files_.read(rows)) {
            if (const auto score = score_row(rows, *scorer)) {
                write_score(out, rows.row().text(kCase), rows.row().number(), *score);
            }
        }
        OfflineFiles::need(out.finish());
        return files_.commit();
    }

  private:
    // Empty: the row was rejected.
    std::optional<DipScore> score_row(tabular::Reader& rows, const Scorer& scorer) {
        const tabular::Row& row = rows.row();
        const auto number = [&](std::size_t column) {
            return row.empty(column) ? std::nullopt : std::optional(row.integer(column));
        };
        row.procs(kProcs, items_);
        used_.clear();
        for (const auto& [code, cost] : items_) used_.push_back({code, cost});
        auto score = scorer.score({.institution_id = row.text(kInstitution),
                                   .principal_dx = row.text(kDx),
                                   .procedures = used_,
                                   .total = row.fen(kTotal),
                                   .facts = {.age_years = number(kAgeYears),
                                             .age_days = number(kAgeDays),
                                             .stay_days = number(kStayDays),
                                             .severity = row.text(kSeverity),
                                             .tumour = row.text(kTumour),
                                             .discharge_way = row.text(kDischarge)}});
        if (!score) {
            rows.reject(kInstitution, score.refusal().reason);
            return std::nullopt;
        }
        return std::move(score).value();
    }

    const DipScoreArgs& args_;
    billing::dip::Dip dip_;
    billing::dip::ProcedureTable procedures_;
    billing::dip::Catalogue catalogue_;
    billing::dip::ScoreTables tables_;
    OfflineFiles files_;
    std::vector<tabular::Proc> items_;
    std::vector<billing::dip::UsedProcedure> used_;
};

}  // namespace

int score_dip_cases(const DipScoreArgs& args) { return Command(args).run(); }

}  // namespace yilian::cli
