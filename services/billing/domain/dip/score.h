#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/dip/catalogue.h"
#include "services/billing/domain/dip/grouper.h"

// What a DIP case is worth (billing.md 4.4 to 4.8). Pure, no state.
namespace yilian::billing::dip {

// --- the factors one by one ---------------------------------------------------------------------

// D of a case and the band it comes from. `reference` > 0.
struct DeviationResult {
    std::size_t band = 0;  // from 0
    Rate d;                // rounded by rounding.deviation (RND-DEV)
    bool multiply_k = false;
    std::string_view flag;  // of the band, "" for none; points into the parameters
};
[[nodiscard]] DeviationResult deviation_of(const Dip& dip, Fen cost, Fen reference, Rate k);

// What auxiliary rules look at. A field without a value never matches.
struct CaseFacts {
    std::optional<std::int64_t> age_years{};
    std::optional<std::int64_t> age_days{};
    std::optional<std::int64_t> stay_days{};
    std::string_view severity{};  // MILD, CC, MCC
    std::string_view tumour{};    // NONE, METASTASIS, RADIO, CHEMO
    std::string_view discharge_way{};
    std::string_view institution_level{};
    std::string_view procedure_level{};
};

// Largest severity coefficient x smallest supervision coefficient, rounded once (RND-AUX
// half_away); 1 where nothing matches. Of equal coefficients the earlier rule of the pack is named.
struct AuxiliaryResult {
    Rate coefficient = Rate::whole(1);
    std::vector<std::string_view> rules;  // severity before supervision; ids of the parameters
};
[[nodiscard]] AuxiliaryResult auxiliary_of(const Dip& dip, const CaseFacts& facts);

// round(P * D * K * A), one rounding by rounding.points (RND-CASE). Also for a D that a
// special-case review has set.
[[nodiscard]] Points case_points(const Dip& dip, Points base, Rate d, Rate k, Rate a);

// round(factor * points_scale * cost / M [* K], RND-CASE) (4.7). `blank.mean_fen` > 0.
[[nodiscard]] Points blank_points(const Dip& dip, Fen cost, Rate k);

// Cases that may be accepted for special review in a year: floor(rate * cases) (4.8).
[[nodiscard]] std::int64_t special_case_ceiling(Rate rate, std::int64_t discharged_cases);

// --- a whole case -------------------------------------------------------------------------------

struct Institution {
    std::string level;
    Rate k;  // 1 without history
};

// Coefficients and references of a region and year. Filled once, then read from any thread.
struct ScoreTables {
    ByText<Institution> institutions;
    // K of a group at an institution, before the institution's own: by institution, then group.
    ByText<ByText<Rate>> coefficients;
    // Last year's average of a group at institutions of a level: by group, then level.
    ByText<ByText<Fen>> references;
};

struct DipCase {
    std::string_view institution_id;
    std::string_view principal_dx;
    std::span<const UsedProcedure> procedures;  // in the order of the upload
    Fen total;
    CaseFacts facts;  // levels are filled in by the scorer
};

enum class ScoreStatus { kScored, kBlank, kActualCost };
// SCORED, BLANK, ACTUAL_COST.
[[nodiscard]] std::string_view name_of(ScoreStatus status);

// What was not used is empty.
struct DipScore {
    ScoreStatus status{};
    GroupChoice choice;
    std::optional<Fen> reference;
    std::optional<Rate> ratio;        // cost / reference, shown with half_away
    std::optional<std::size_t> band;  // from 0
    std::optional<Rate> d;
    std::optional<Rate> k;  // the chosen one, also where the band does not multiply it
    std::optional<AuxiliaryResult> auxiliary;
    Points points;
    std::vector<std::string_view> flags;  // band's flag, NO_REFERENCE, ZERO_POINTS, BLANK_GROUP
};

// Groups and scores cases. Const members are thread-safe; what it is made of must outlive it and
// its results.
class Scorer {
  public:
    // POLICY_VALUE (metadata key) when blank.mean_fen is 0.
    [[nodiscard]] static Outcome<Scorer> of(const Dip& dip, const ProcedureTable& procedures,
                                            const Catalogue& catalogue, const ScoreTables& tables);

    // DIP_UNKNOWN_INSTITUTION when the institution is in no table.
    [[nodiscard]] Outcome<DipScore> score(const DipCase& c) const;
    // The same for an institution whose level and coefficient are known otherwise.
    [[nodiscard]] DipScore score(const DipCase& c, const Institution& institution) const;
    // The group alone.
    [[nodiscard]] GroupChoice choose(const DipCase& c) const;

  private:
    Scorer(const Dip& dip, const ProcedureTable& procedures, const Catalogue& catalogue,
           const ScoreTables& tables)
        : dip_(dip), procedures_(procedures), tables_(tables), grouper_(dip, catalogue) {}

    [[nodiscard]] Rate coefficient_of(const Group& group, std::string_view institution_id,
                                      const Institution& institution) const;
    [[nodiscard]] Fen reference_of(const Group& group, const Institution& institution) const;
    void score_group(const DipCase& c, const Institution& institution, const CaseFacts& facts,
                     DipScore& score) const;

    const Dip& dip_;
    const ProcedureTable& procedures_;
    const ScoreTables& tables_;
    Grouper grouper_;
};

}  // namespace yilian::billing::dip
