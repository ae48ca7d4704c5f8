#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/billing/domain/drg/pack_table.h"
#include "services/billing/domain/drg/rule_pack.h"

namespace yilian::billing::drg {

// Turns the tables into a RulePack, one table a step; stops at the first defect. One object a pack.
class PackBuilder {
  public:
    PackBuilder(const PackFiles& files, std::string digest);
    [[nodiscard]] Outcome<std::shared_ptr<const RulePack>> build();

  private:
    // Rows whose bits can only be set once the number of codes is known.
    struct Membership {
        CodeId code;
        std::size_t column;
    };
    struct ListEntry {
        CodeId proc;
        std::size_t adrg;
        std::size_t list;  // from 0
    };

    [[nodiscard]] bool tables_present();
    [[nodiscard]] bool read_switches();
    void set_switch(PackTable& table);
    [[nodiscard]] bool read_mdcs();
    [[nodiscard]] bool read_adrgs();
    void read_adrg_conditions(PackTable& table, Adrg& adrg);
    [[nodiscard]] bool read_drgs();
    [[nodiscard]] bool every_adrg_ends_with_always();
    [[nodiscard]] bool read_principal_dx();
    [[nodiscard]] bool read_body_regions();
    [[nodiscard]] bool read_adrg_dx();
    [[nodiscard]] bool read_adrg_proc();
    [[nodiscard]] bool lists_complete();
    [[nodiscard]] bool read_severity(std::string_view file, SeverityClass severity);
    [[nodiscard]] bool read_exclusions();
    [[nodiscard]] bool read_valid_proc();
    [[nodiscard]] bool read_map(std::string_view file, std::string_view key, std::string_view value,
                                CodeTable& codes, std::vector<CodeId>& map);
    void lay_out();

    // The facts of a diagnosis, made at first use.
    [[nodiscard]] DxFacts& facts(CodeId dx);
    [[nodiscard]] std::string_view content(std::string_view file) const;
    // Keeps the table's problem, if any; true without one.
    [[nodiscard]] bool done(const PackTable& table);

    const PackFiles& files_;
    std::shared_ptr<RulePack> pack_;
    std::optional<Refusal> refusal_;
    std::map<std::string, std::size_t, std::less<>> mdc_by_letter_;
    std::map<std::string, std::size_t, std::less<>> adrg_by_code_;
    std::vector<Membership> adrg_dx_;
    std::vector<ListEntry> adrg_proc_;
    std::vector<CodeId> valid_proc_;
};

}  // namespace yilian::billing::drg
