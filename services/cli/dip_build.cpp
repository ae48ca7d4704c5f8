#include "services/cli/dip_build.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "libs/tabular/key_set.h"
#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/cli/dip_tables.h"
#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using billing::dip::BuiltCatalogue;
using billing::dip::BuiltGroup;
using billing::dip::name_of;
using tabular::Column;
using tabular::CsvWriter;
using tabular::Type;

enum History : std::size_t { kCase, kYear, kDx, kProcs, kTotal };

constexpr int kCvPlaces = 4;
constexpr std::int64_t kMaxYear = 9999;

void write_catalogue(const BuiltCatalogue& built, tabular::OutputFile& file) {
    CsvWriter out = CsvWriter::in_order(
        file, {"group_code", "kind", "dx_key", "proc_expr", "rank", "cases", "cases_kept",
               "mean_fen", "rw", "points", "cv", "ref_fen", "basic_coef"});
    for (const BuiltGroup& b : built.groups) {
        out.text(b.group.code)
            .text(name_of(b.group.kind))
            .text(b.group.dx_key)
            .text(b.group.proc_expr)
            .text(name_of(b.group.rank))
            .integer(b.cases)
            .integer(b.cases_kept)
            .fen(b.mean)
            .rate(b.relative_weight)
            .points(b.group.points)
            .text(amount::format_scaled(b.cv_e4, kCvPlaces))
            .fen(b.group.ref_fen)
            .empty()
            .end_row();
    }
    OfflineFiles::need(out.finish());
}

void write_quality(const BuiltCatalogue& built, tabular::OutputFile& file) {
    const billing::dip::Quality& q = built.quality;
    CsvWriter out =
        CsvWriter::sorted(file, {"measure", "value"}, {"measure", "value"}, kSortBudget);
    const auto line = [&](std::string_view measure, const std::string& value) {
        out.text(measure).text(value).end_row();
    };
    line("cases", std::to_string(q.cases));
    line("cases_kept", std::to_string(q.cases_kept));
    line("cases_core", std::to_string(q.core_cases));
    line("cases_comprehensive", std::to_string(q.comprehensive_cases));
    line("core_coverage", q.core_coverage.text());
    line("cv_in_groups", amount::format_scaled(q.cv_in_groups_e4, kCvPlaces));
    line("cv_of_all", amount::format_scaled(q.cv_of_all_e4, kCvPlaces));
    line("groups_comprehensive", std::to_string(q.comprehensive_groups));
    line("groups_core", std::to_string(q.core_groups.core));
    line("groups_core_conservative", std::to_string(q.core_groups.conservative));
    line("groups_core_main_only", std::to_string(q.core_groups.main_only));
    line("groups_core_main_with_related", std::to_string(q.core_groups.main_with_related));
    line("mean_of_all_fen", built.mean_of_all.text());
    for (const std::string& code : q.wide_groups) line("warning_cv", code);
    OfflineFiles::need(out.finish());
}

class Command {
  public:
    explicit Command(const DipBuildArgs& args)
        : args_(args),
          dip_(take_block(read_blocks(args.params).dip, "dip", args.params)),
          procedures_(read_dip_procedures(args.procedures)),
          builder_(dip_, procedures_),
          files_(args) {}

    int run() {
        tabular::Reader rows = files_.open(
            args_.in, {{Column::of("case_id", Type::kId), Column::of("year", Type::kInt),
                        Column::of("principal_dx", Type::kText),
                        Column::of("procs", Type::kProcs).may_be_empty(),
                        Column::of("total_fen", Type::kFen)}});
        tabular::OutputFile& catalogue = files_.result(args_.out);
        tabular::OutputFile* quality = args_.quality ? &files_.result(*args_.quality) : nullptr;
        while (files_.read(rows)) take(rows);
        const auto built = builder_.build();
        if (!built) throw CommandFailed(kExitParameters, text_of(built.refusal()));
        write_catalogue(*built, catalogue);
        if (quality != nullptr) write_quality(*built, *quality);
        return files_.commit();
    }

  private:
    void take(tabular::Reader& rows) {
        const tabular::Row& row = rows.row();
        row.procs(kProcs, items_);
        if (!acceptable(rows)) return;
        if (!keys_.insert({row.text(kCase)})) {
            rows.reject(kCase, "ROW_DUPLICATE_KEY");
            return;
        }
        const int year = static_cast<int>(row.integer(kYear));
        if (year < builder_.oldest_year()) {
            rows.reject(kYear, "DIP_YEAR_OUTSIDE");
            return;
        }
        used_.clear();
        for (const auto& [code, cost] : items_) used_.push_back({code, cost});
        builder_.add({year, row.text(kDx), used_, row.fen(kTotal)});
        rows_of_year_[year].push_back(row.number());
        // A newer year may have moved the window.
        while (rows_of_year_.begin()->first < builder_.oldest_year()) {
            for (const std::uint64_t number : rows_of_year_.begin()->second) {
                files_.errors().add(rows.file(), number, "year", "DIP_YEAR_OUTSIDE",
                                    std::to_string(rows_of_year_.begin()->first));
            }
            rows_of_year_.erase(rows_of_year_.begin());
        }
    }

    // What only this command can know of the fields; bad ones are reported.
    bool acceptable(tabular::Reader& rows) const {
        const tabular::Row& row = rows.row();
        bool good = true;
        const auto demand = [&](bool condition, std::size_t column, Reason reason) {
            if (!condition) rows.reject(column, reason);
            good = good && condition;
        };
        demand(row.integer(kYear) <= kMaxYear, kYear, "FIELD_RANGE");
        // In an expression these mean "and" and "or".
        const auto plain = [](const tabular::Proc& proc) {
            return proc.code.find_first_of("+/") == std::string_view::npos;
        };
        demand(std::ranges::all_of(items_, plain), kProcs, "FIELD_FORMAT");
        demand(!row.fen(kTotal).is_zero(), kTotal, "FIELD_RANGE");
        return good;
    }

    const DipBuildArgs& args_;
    billing::dip::Dip dip_;
    billing::dip::ProcedureTable procedures_;
    billing::dip::CatalogueBuilder builder_;
    OfflineFiles files_;
    tabular::KeySet keys_;
    std::map<int, std::vector<std::uint64_t>> rows_of_year_;
    std::vector<tabular::Proc> items_;
    std::vector<billing::dip::UsedProcedure> used_;
};

}  // namespace

int build_dip_catalogue(const DipBuildArgs& args) { return Command(args).run(); }

}  // namespace yilian::cli
