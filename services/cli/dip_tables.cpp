#include "services/cli/dip_tables.h"

#include <utility>
#include <vector>

#include "services/cli/exit_code.h"

namespace yilian::cli {
namespace {

using billing::dip::Group;
using billing::dip::GroupKind;
using billing::dip::ProcedureRank;
using tabular::Column;
using tabular::Type;

// A file of which every row must be good.
class WholeTable {
  public:
    WholeTable(const std::string& path, tabular::Spec spec)
        : path_(path), errors_("."), rows_(open(path, std::move(spec), errors_)) {}

    // False at the end.
    bool next() {
        const auto more = rows_.next();
        if (!more) throw CommandFailed(kExitUnreadable, text_of(more.refusal()));
        // Bad rows are passed over, so the first of them follows the last good one.
        if (!errors_.empty()) refuse(last_ + 1, "bad row");
        if (*more) last_ = row().number();
        return *more;
    }
    [[nodiscard]] const tabular::Row& row() const { return rows_.row(); }
    [[noreturn]] void refuse_repeated() const { refuse(last_, "repeated key"); }

  private:
    static tabular::Reader open(const std::string& path, tabular::Spec spec,
                                tabular::ErrorReport& errors) {
        auto reader = tabular::Reader::open(path, std::move(spec), errors);
        if (!reader) throw CommandFailed(kExitUnreadable, text_of(reader.refusal()));
        return std::move(reader).value();
    }
    [[noreturn]] void refuse(std::uint64_t row, const char* problem) const {
        throw CommandFailed(
            kExitParameters,
            text_of({"RULES_TABLE_MALFORMED",
                     {{"file", path_}, {"row", std::to_string(row)}, {"problem", problem}}}));
    }

    std::string path_;
    tabular::ErrorReport errors_;
    tabular::Reader rows_;
    std::uint64_t last_ = 1;
};

}  // namespace

billing::dip::ProcedureTable read_dip_procedures(const std::string& path) {
    enum : std::size_t { kCode, kRank, kExcluded, kLevel };
    static constexpr ProcedureRank kRanks[] = {
        ProcedureRank::kDiagnostic, ProcedureRank::kTherapeutic, ProcedureRank::kInterventional,
        ProcedureRank::kSurgery};
    WholeTable table(
        path, {{Column::of("code", Type::kText),
                Column::one_of("rank", {"diagnostic", "therapeutic", "interventional", "surgery"}),
                Column::flag("excluded"), Column::of("level", Type::kText).may_be_absent()}});
    billing::dip::ProcedureTable procedures;
    while (table.next()) {
        const tabular::Row& row = table.row();
        const bool fresh =
            procedures.add(std::string(row.text(kCode)), {.rank = kRanks[row.choice(kRank)],
                                                          .excluded = row.choice(kExcluded) == 1,
                                                          .level = std::string(row.text(kLevel))});
        if (!fresh) table.refuse_repeated();
    }
    return procedures;
}

billing::dip::Catalogue read_dip_catalogue(const std::string& path) {
    enum : std::size_t { kCode, kKind, kDx, kExpression, kRank, kPoints, kReference, kBasic };
    static constexpr GroupKind kKinds[] = {GroupKind::kCore, GroupKind::kBasic,
                                           GroupKind::kComprehensive};
    static constexpr ProcedureRank kRanks[] = {
        ProcedureRank::kConservative, ProcedureRank::kDiagnostic, ProcedureRank::kTherapeutic,
        ProcedureRank::kInterventional, ProcedureRank::kSurgery};
    WholeTable table(path, {{Column::of("group_code", Type::kText),
                             Column::one_of("kind", {"core", "basic", "comprehensive"}),
                             Column::of("dx_key", Type::kText),
                             Column::of("proc_expr", Type::kText).may_be_empty(),
                             Column::one_of("rank", {"conservative", "diagnostic", "therapeutic",
                                                     "interventional", "surgery"}),
                             Column::of("points", Type::kPoints), Column::of("ref_fen", Type::kFen),
                             Column::of("basic_coef", Type::kRate).may_be_empty()},
                            true});
    std::vector<Group> groups;
    while (table.next()) {
        const tabular::Row& row = table.row();
        Group group{.code = std::string(row.text(kCode)),
                    .kind = kKinds[row.choice(kKind)],
                    .dx_key = std::string(row.text(kDx)),
                    .proc_expr = std::string(row.text(kExpression)),
                    .rank = kRanks[row.choice(kRank)],
                    .points = row.points(kPoints),
                    .ref_fen = row.fen(kReference),
                    .basic_coef = {}};
        if (!row.empty(kBasic)) group.basic_coef = row.rate(kBasic);
        groups.push_back(std::move(group));
    }
    auto catalogue = billing::dip::Catalogue::of(std::move(groups));
    if (!catalogue) {
        Refusal refusal = catalogue.refusal();
        refusal.metadata.emplace_back("file", path);
        throw CommandFailed(kExitParameters, text_of(refusal));
    }
    return std::move(catalogue).value();
}

void read_dip_coefficients(const std::string& path, billing::dip::ScoreTables& into) {
    enum : std::size_t { kInstitution, kGroup, kCoefficient };
    WholeTable table(
        path, {{Column::of("institution_id", Type::kId), Column::of("group_code", Type::kText),
                Column::of("k_coef", Type::kRate)}});
    while (table.next()) {
        const tabular::Row& row = table.row();
        auto& own = into.coefficients[std::string(row.text(kInstitution))];
        if (!own.try_emplace(std::string(row.text(kGroup)), row.rate(kCoefficient)).second) {
            table.refuse_repeated();
        }
    }
}

void read_dip_references(const std::string& path, billing::dip::ScoreTables& into) {
    enum : std::size_t { kGroup, kLevel, kReference };
    WholeTable table(path, {{Column::of("group_code", Type::kText),
                             Column::of("level", Type::kText), Column::of("ref_fen", Type::kFen)}});
    while (table.next()) {
        const tabular::Row& row = table.row();
        auto& levels = into.references[std::string(row.text(kGroup))];
        if (!levels.try_emplace(std::string(row.text(kLevel)), row.fen(kReference)).second) {
            table.refuse_repeated();
        }
    }
}

void read_dip_institutions(OfflineFiles& files, const std::string& path,
                           billing::dip::ScoreTables& into) {
    enum : std::size_t { kInstitution, kLevel, kCoefficient };
    tabular::Reader rows =
        files.open(path, {{Column::of("institution_id", Type::kId),
                           Column::of("level", Type::kText), Column::of("k_coef", Type::kRate)}});
    while (OfflineFiles::next(rows)) {
        const tabular::Row& row = rows.row();
        const bool fresh = into.institutions
                               .try_emplace(std::string(row.text(kInstitution)),
                                            billing::dip::Institution{std::string(row.text(kLevel)),
                                                                      row.rate(kCoefficient)})
                               .second;
        if (!fresh) rows.reject(kInstitution, "ROW_DUPLICATE_KEY");
    }
}

}  // namespace yilian::cli
