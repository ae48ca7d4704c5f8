#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/drg/lint.h"

namespace yilian::billing::drg {

// In which row of its table a record stands, and what refers to records that do not exist. Reads
// the tables without building rules, so that every reference is looked at and not only the first.
class LintRows {
  public:
    explicit LintRows(const PackFiles& files);

    // 0 when there is no such record.
    [[nodiscard]] int mdc(std::string_view letter) const { return at(mdcs_, letter); }
    [[nodiscard]] int adrg(std::string_view code) const { return at(adrgs_, code); }
    [[nodiscard]] int drg(std::string_view code) const { return at(drgs_, code); }

    struct CodeRow {
        std::string owner;  // ADRG or MDC
        std::string list;   // number of the list, adrg_proc.csv only
        std::string code;
        int row = 0;
    };
    [[nodiscard]] const std::vector<CodeRow>& adrg_dx() const { return adrg_dx_; }
    [[nodiscard]] const std::vector<CodeRow>& adrg_proc() const { return adrg_proc_; }
    // Principal diagnosis and the number of the table that it excludes.
    [[nodiscard]] const std::vector<CodeRow>& exclusions() const { return exclusions_; }
    // Numbers that a CC or an MCC has.
    [[nodiscard]] const std::set<std::string, std::less<>>& severity_tables() const {
        return severity_tables_;
    }

    [[nodiscard]] const std::vector<LintFinding>& dangling() const { return dangling_; }

  private:
    using Index = std::map<std::string, int, std::less<>>;
    [[nodiscard]] static int at(const Index& index, std::string_view key) {
        const auto found = index.find(key);
        return found == index.end() ? 0 : found->second;
    }
    void need(const Index& index, std::string_view key, std::string file, int row,
              std::string_view what);

    Index mdcs_;
    Index adrgs_;
    Index drgs_;
    std::vector<CodeRow> adrg_dx_;
    std::vector<CodeRow> adrg_proc_;
    std::vector<CodeRow> exclusions_;
    std::set<std::string, std::less<>> severity_tables_;
    std::vector<LintFinding> dangling_;
};

}  // namespace yilian::billing::drg
