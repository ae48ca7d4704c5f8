#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/outcome.h"
#include "libs/calendar/civil_date.h"
#include "libs/policy/pack.h"
#include "libs/runtime/pack_trust.h"
#include "libs/storage/transaction.h"
#include "services/billing/domain/dip/rule_pack.h"
#include "services/billing/domain/drg/rule_pack.h"
#include "services/billing/domain/drg/weights.h"
#include "services/billing/domain/list_rules.h"

// The rule packs of the service's folder: grouping rules with weights, catalogues of DIP, limits of
// diagnoses, and cost coefficients of institutions.
namespace yilian::billing::app {

// Cost coefficients (billing.md 5.4): of an institution in a group, of an institution in all
// groups, else 1.
class Coefficients {
  public:
    // Table `coefficients.csv`: institution_id, group_code (empty = all), k_coef.
    // RULES_TABLE_MALFORMED with table, row and column; also above kMost.
    static constexpr amount::Rate kMost = amount::Rate::of_raw(10 * amount::Rate::kUnit);
    [[nodiscard]] static Outcome<Coefficients> build(std::string_view table);
    [[nodiscard]] std::optional<amount::Rate> of(std::string_view institution_id,
                                                 std::string_view group_code) const;
    [[nodiscard]] std::size_t size() const { return rates_.size(); }

  private:
    std::map<std::pair<std::string, std::string>, amount::Rate> rates_;
};

// One folder as read. Immutable.
struct LoadedRules {
    std::shared_ptr<const drg::RulePack> pack;  // of domain drg, else null
    dip::RulePackPtr dip;                       // of domain dip, else null
    std::optional<drg::Weights> weights;        // none: groups have no average of their own
    std::map<std::string, DiagnosisLimits, std::less<>> limits;
    Coefficients coefficients;
    std::string version;
    std::string digest;
    std::int64_t rule_count = 0;

    [[nodiscard]] DiagnosisLimits limits_of(std::string_view code) const;
};
using RulesPtr = std::shared_ptr<const LoadedRules>;

// Domains of rule packs that this service can load.
inline constexpr std::string_view kDrgDomain = "drg";
inline constexpr std::string_view kDipDomain = "dip";
inline constexpr std::string_view kWeightsDomain = "weights";

// Thread-safe. Packs stay in memory once they are used; whoever holds one keeps it.
class RuleBook {
  public:
    // `folder` holds one folder for each pack; each is checked by `trust` whenever it is read.
    explicit RuleBook(std::filesystem::path folder, runtime::PackTrust trust = {})
        : folder_(std::move(folder)), trust_(std::move(trust)) {}

    // Reads and checks a pack. NOT_FOUND (no such folder, or a name that leads elsewhere),
    // RULES_DIGEST (not signed as it must be), RULES_TABLE_MALFORMED, RULES_DANGLING_REFERENCE.
    [[nodiscard]] Outcome<RulesPtr> load(std::string_view domain, const std::string& name) const;

    // Runs the reference cases beside the pack: how many there are. RULES_TABLE_MALFORMED with the
    // case that groups otherwise. Those of a DIP catalogue need the district's parameters: without
    // them (null) none is run.
    [[nodiscard]] Outcome<std::int64_t> check_cases(const std::string& name,
                                                    const LoadedRules& rules,
                                                    const policy::billing::Dip* dip) const;

    // The rules that group a case discharged on `day`: the active pack of that day, else the one
    // the district's policy names. RULES_NOT_LOADED when there is none or its folder has changed.
    [[nodiscard]] Outcome<RulesPtr> at(storage::Transaction& tx, const policy::Pack& policy,
                                       calendar::CivilDate day);

    // The catalogue that scores a DIP case discharged on `day`. RULES_NOT_LOADED when none is
    // active, its folder has changed, or its points are of another scale than the district's.
    [[nodiscard]] Outcome<RulesPtr> dip_at(storage::Transaction& tx, const policy::Pack& policy,
                                           calendar::CivilDate day);

    // A pack that has been in force, by what a case records of it. RULES_NOT_LOADED when it was not
    // loaded by that digest or its folder has changed.
    [[nodiscard]] Outcome<RulesPtr> used(storage::Transaction& tx, std::string_view domain,
                                         std::string_view version, std::string_view digest);

    // Cost coefficient of an institution: of the active table of that day, else of the pack itself.
    [[nodiscard]] amount::Rate coefficient(storage::Transaction& tx, const LoadedRules& rules,
                                           std::string_view institution_id,
                                           std::string_view group_code, calendar::CivilDate day);

  private:
    // From memory, or read now. `digest` empty: whatever the folder holds.
    [[nodiscard]] Outcome<RulesPtr> held(std::string_view domain, const std::string& name,
                                         const std::string& digest);

    std::filesystem::path folder_;
    runtime::PackTrust trust_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, RulesPtr>
        held_;  // (domain/name, digest asked for)
};

}  // namespace yilian::billing::app
