#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "services/billing/domain/dip/score.h"
#include "services/billing/domain/drg/pack_table.h"

// The tables of one version of a region's DIP as data: catalogue, procedure list, code table of
// diagnoses, references, complications and tumour care (services/billing/rules/README.md). The
// parameters that are read with them stand in the district's policy pack.
namespace yilian::billing::dip {

// Immutable; thread-safe. Refers to nothing outside itself.
class RulePack {
  public:
    // Refused whole with RULES_TABLE_MALFORMED or RULES_DANGLING_REFERENCE: metadata `table`
    // (file), `row` (line, the header is 1), `column` and `problem`.
    [[nodiscard]] static Outcome<std::shared_ptr<const RulePack>> build(
        const drg::PackFiles& files);
    [[nodiscard]] static std::vector<std::string_view> required_tables();
    [[nodiscard]] static std::vector<std::string_view> optional_tables();

    [[nodiscard]] const std::string& version() const { return version_; }
    // Document that publishes the catalogue, as the pack names it; "" for none.
    [[nodiscard]] const std::string& source() const { return source_; }
    // Points of a case of average cost; the district's `dip.points_scale` must be the same.
    [[nodiscard]] std::int64_t points_scale() const { return points_scale_; }

    // `same_price`: groups of kind `basic` keep their coefficient; else they count as core and have
    // none (billing.dip.base_same_points_same_price).
    [[nodiscard]] const Catalogue& catalogue(bool same_price) const {
        return same_price ? *catalogue_ : *as_core_;
    }
    [[nodiscard]] const ProcedureTable& procedures() const { return procedures_; }
    // References by group and level; coefficients and institutions are not part of a pack.
    [[nodiscard]] const ScoreTables& tables() const { return tables_; }
    [[nodiscard]] bool knows_diagnosis(std::string_view code) const {
        return diagnoses_.contains(code);
    }
    [[nodiscard]] bool knows_procedure(std::string_view code) const {
        return procedures_.find(code) != nullptr;
    }

    // MCC or CC of the other diagnoses that the principal one does not exclude, else MILD; "" where
    // the pack has no such table.
    [[nodiscard]] std::string_view severity_of(std::string_view principal_dx,
                                               std::span<const std::string_view> others) const;
    // METASTASIS, RADIO or CHEMO by diagnoses and procedures, the first of the table that the case
    // has, else NONE; "" where the pack has no such table.
    [[nodiscard]] std::string_view tumour_of(std::span<const std::string_view> codes) const;

  private:
    struct Complication {
        bool severe = false;
        std::vector<std::string> excluded_by;  // prefixes of principal diagnoses
    };
    struct TumourCode {
        std::string code;
        std::string kind;
    };

    RulePack() = default;
    std::optional<Refusal> read_switches(std::string_view text);
    std::optional<Refusal> read_catalogue(std::string_view text);
    std::optional<Refusal> read_procedures(std::string_view text);
    std::optional<Refusal> read_diagnoses(std::string_view text);
    std::optional<Refusal> read_references(std::string_view text);
    std::optional<Refusal> read_complications(std::string_view text);
    std::optional<Refusal> read_tumours(std::string_view text);

    std::string version_;
    std::string source_;
    std::int64_t points_scale_ = 0;
    std::optional<Catalogue> catalogue_;
    std::optional<Catalogue> as_core_;
    ProcedureTable procedures_;
    ByText<bool> diagnoses_;
    ScoreTables tables_;
    bool has_complications_ = false;
    ByText<Complication> complications_;
    std::vector<TumourCode> tumours_;
};
using RulePackPtr = std::shared_ptr<const RulePack>;

}  // namespace yilian::billing::dip
