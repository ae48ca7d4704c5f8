#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "services/billing/domain/drg/grouper.h"

// Recorders of the grouper's steps. The grouper is compiled once for each: with NoTrail every call
// vanishes, with Trail the steps become JSON as they happen.
namespace yilian::billing::drg {

// One code examined while severity is searched.
struct SeverityStep {
    std::string_view code;
    SeverityClass severity;
    bool excluded;
    std::int32_t table;
};

struct NoTrail {
    static constexpr bool kRecords = false;
};

// Writes `{"case_id":…,"rules":{"version":…,"digest":…},"steps":[…]}` in one pass; keys and steps
// in a fixed order, no blanks, so that equal inputs give equal bytes. Kinds of step, in order of
// occurrence:
//   check     failed: the fields whose condition failed, [] when the case passes
//   map       list, position (from 1), before, and after or result "not_in_map"; changed codes only
//   mdc       mdc, condition ("principal_dx+sex"), result "entered" or "no_adrg"; entered MDC only
//   adrg      adrg, rule ("dx_principal+proc_formula"), codes that hit; the ADRG taken only
//   severity  code, class, result "counts" or "excluded_by_table", table
//   qy        mdc, code: the valid procedure that no ADRG used
//   result    status, mdc, adrg, drg
class Trail {
  public:
    static constexpr bool kRecords = true;

    Trail(std::string_view case_id, const RulePack& pack);

    void check(std::initializer_list<std::string_view> fields, std::initializer_list<bool> failed);
    void mapped(std::string_view list, std::size_t position, std::string_view before,
                std::string_view after);
    void not_in_map(std::string_view list, std::size_t position, std::string_view before);
    void mdc(const Mdc& mdc, bool left_without_adrg);
    void adrg(const Adrg& adrg, std::string_view codes_json);
    void severity(const SeverityStep& step);
    void qy(const Mdc& mdc, std::string_view code);
    // Closes the document.
    [[nodiscard]] std::string result(const GroupCodes& codes) &&;

    // Appends `text` as a JSON string.
    static void append_string(std::string& to, std::string_view text);

  private:
    void step(std::string_view kind);
    void member(std::string_view key, std::string_view value);

    std::string json_;
    bool first_ = true;
};

}  // namespace yilian::billing::drg
