#include "services/cli/dip_build.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "services/billing/domain/dip/catalogue_builder.h"
#include "services/cli/dip_tables.h"
#include "services/cli/exit_code.h"
#include "services/cli/unique_rows.h"

namespace yilian::cli {
namespace {

using amount::Fen;
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

// A case of the history as bytes; diagnosis and procedures follow.
struct HistoryFigures {
    std::uint64_t row;
    std::int64_t total;
    std::int32_t year;
    std::uint32_t dx_size;
};
struct PackedProcedure {
    std::int64_t cost;
    std::uint32_t code_size;
};
static_assert(std::is_trivially_copyable_v<HistoryFigures>);
static_assert(std::is_trivially_copyable_v<PackedProcedure>);

std::string packed(const tabular::Row& row, const std::vector<tabular::Proc>& procedures) {
    const std::string_view dx = row.text(kDx);
    const HistoryFigures f{row.number(), row.fen(kTotal).raw(),
                           static_cast<std::int32_t>(row.integer(kYear)),
                           static_cast<std::uint32_t>(dx.size())};
    std::string bytes(reinterpret_cast<const char*>(&f), sizeof f);
    bytes += dx;
    for (const auto& [code, cost] : procedures) {
        PackedProcedure p{};
        p.cost = cost.raw();
        p.code_size = static_cast<std::uint32_t>(code.size());
        bytes.append(reinterpret_cast<const char*>(&p), sizeof p);
        bytes += code;
    }
    return bytes;
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
        UniqueRows cases(files_, rows, "case_id");
        while (files_.read(rows)) {
            const tabular::Row& row = rows.row();
            row.procs(kProcs, items_);
            if (!acceptable(rows)) continue;
            cases.add({row.text(kCase)}, row.text(kCase), "", packed(row, items_));
        }
        cases.drain([&](std::string_view bytes) { take(rows, bytes); });
        const auto built = builder_.build();
        if (!built) throw CommandFailed(kExitParameters, text_of(built.refusal()));
        write_catalogue(*built, catalogue);
        if (quality != nullptr) write_quality(*built, *quality);
        return files_.commit();
    }

  private:
    void take(const tabular::Reader& rows, std::string_view bytes) {
        HistoryFigures f{};
        std::memcpy(&f, bytes.data(), sizeof f);
        if (f.year < builder_.oldest_year()) {
            files_.errors().add(rows.file(), f.row, "year", "DIP_YEAR_OUTSIDE",
                                std::to_string(f.year));
            return;
        }
        const std::string_view dx = bytes.substr(sizeof f, f.dx_size);
        used_.clear();
        for (std::size_t at = sizeof f + f.dx_size; at < bytes.size();) {
            PackedProcedure p{};
            std::memcpy(&p, bytes.data() + at, sizeof p);
            used_.push_back({bytes.substr(at + sizeof p, p.code_size), Fen::of_raw(p.cost)});
            at += sizeof p + p.code_size;
        }
        builder_.add({f.year, dx, used_, Fen::of_raw(f.total)});
        rows_of_year_[f.year].push_back(f.row);
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
    std::map<int, std::vector<std::uint64_t>> rows_of_year_;
    std::vector<tabular::Proc> items_;
    std::vector<billing::dip::UsedProcedure> used_;
};

}  // namespace

int build_dip_catalogue(const DipBuildArgs& args) { return Command(args).run(); }

}  // namespace yilian::cli
