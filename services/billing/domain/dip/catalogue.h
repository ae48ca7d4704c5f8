#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "services/billing/domain/dip/procedures.h"

// A catalogue of DIP groups (billing.md 4.1 to 4.3), built from history or read from a file.
namespace yilian::billing::dip {

// core, basic, comprehensive.
[[nodiscard]] std::string_view name_of(GroupKind kind);

// One group as cases are put into it and paid.
struct Group {
    std::string code;
    GroupKind kind = GroupKind::kCore;
    std::string dx_key;     // of a comprehensive group: its prefix
    std::string proc_expr;  // "51.2300/51.2200+51.8800"; "" always holds
    ProcedureRank rank = ProcedureRank::kConservative;
    Points points;  // 0: paid at actual cost
    Fen ref_fen;
    std::optional<Rate> basic_coef;  // of basic groups only
};

// A procedure expression: all terms must hold, a term holds when one of its codes was used.
using Expression = std::vector<std::vector<std::string>>;

// Immutable; thread-safe.
class Catalogue {
  public:
    // RULES_TABLE_MALFORMED with metadata `group` and `problem`: a code twice or empty, no
    // diagnosis key, an expression that cannot be read or stands at a comprehensive group, a
    // basic-level coefficient without `basic` or the other way round, negative points or reference.
    [[nodiscard]] static Outcome<Catalogue> of(std::vector<Group> groups);

    // By code.
    [[nodiscard]] std::span<const Group> groups() const { return groups_; }
    [[nodiscard]] const Group* find(std::string_view code) const;

    // Positions in groups(): core and basic groups of a diagnosis key, comprehensive ones of a
    // prefix.
    [[nodiscard]] std::span<const std::uint32_t> specific(std::string_view dx_key) const;
    [[nodiscard]] std::span<const std::uint32_t> comprehensive(std::string_view prefix) const;
    // Lengths of the prefixes of comprehensive groups in characters, ascending.
    [[nodiscard]] std::span<const std::int64_t> prefix_lengths() const { return lengths_; }
    [[nodiscard]] const Expression& expression(std::size_t group) const {
        return expressions_[group];
    }

  private:
    using Index = ByText<std::vector<std::uint32_t>>;

    Catalogue() = default;
    [[nodiscard]] static std::span<const std::uint32_t> at(const Index& index,
                                                           std::string_view key);

    std::vector<Group> groups_;
    std::vector<Expression> expressions_;
    Index specific_;
    Index comprehensive_;
    std::vector<std::int64_t> lengths_;
};

// Published group counts of a catalogue, as an importer checks them: conservative + with procedure
// = core, main only + main with related = with procedure.
struct GroupCounts {
    std::int64_t core = 0;
    std::int64_t conservative = 0;
    std::int64_t with_procedure = 0;
    std::int64_t main_only = 0;
    std::int64_t main_with_related = 0;
    friend bool operator==(const GroupCounts&, const GroupCounts&) = default;
};
// Of the core groups.
[[nodiscard]] GroupCounts count_groups(std::span<const Group> groups);
[[nodiscard]] bool consistent(const GroupCounts& counts);
// Groups of the next version: `removed` is the net number that went.
[[nodiscard]] bool follows(std::int64_t earlier_groups, std::int64_t removed,
                           const GroupCounts& later);

}  // namespace yilian::billing::dip
