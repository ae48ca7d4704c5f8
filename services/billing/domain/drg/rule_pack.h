#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/outcome.h"
#include "services/billing/domain/drg/code_table.h"
#include "services/billing/domain/drg/pack_table.h"

// Grouping rules of one version of CHS-DRG (or of a regional variant) as data. The tables and their
// evaluation order are described in README.md of services/billing/rules; the one interpreter is
// grouper.h. Nothing here knows a single code, group or limit of a particular version.
namespace yilian::billing::drg {

enum class DxRule : std::uint8_t { kNone, kPrincipal, kAny };
enum class ProcRule : std::uint8_t { kNone, kPrincipal, kPrincipalValid, kNoneValid, kFormula };
enum class SplitRule : std::uint8_t { kMcc, kMccOrCc, kAlways };
enum class SeverityClass : std::uint8_t { kNone, kCc, kMcc };

// What counts as the principal procedure when the first one is no operating-room procedure.
enum class InvalidPrincipalProc : std::uint8_t {
    kKeep,   // the first one, as it is (CHS-DRG 1.1)
    kBlank,  // none: rules that name the principal procedure do not hold
    kShift,  // the first valid one, if any
};

// Settings that differ between versions and regions; they stand in `pack.csv` of the pack. Defaults
// are those of CHS-DRG 1.1 as the national reference implements it.
struct Switches {
    std::string version = "CHS-DRG 1.1";
    // true: a rule on the principal procedure holds for a procedure in any position.
    bool any_procedure = false;
    // Letters of the MDC that look for their "principal" diagnosis among all diagnoses (HIV).
    std::string any_dx_mdc;
    // Up to this age a birth weight is required.
    std::int64_t newborn_days_max = 28;
    InvalidPrincipalProc invalid_principal_proc = InvalidPrincipalProc::kKeep;
    bool qy = false;         // ambiguous group
    bool map_codes = false;  // code conversion before grouping
};

struct Mdc {
    std::string letter;
    std::string name;
    std::string code;     // "MDC" + letter
    std::string qy_code;  // letter + "QY"
    bool need_principal_dx = false;
    bool any_dx = false;
    bool need_principal_valid_proc = false;
    std::optional<std::int64_t> sex;
    std::optional<std::int64_t> age_years;
    std::int64_t min_body_regions = 0;
    // Number of ADRG tried before QY is; empty: never.
    std::optional<std::size_t> qy_after_adrg;
    std::size_t first_adrg = 0;
    std::size_t adrg_count = 0;
};

// Disjunction of conjunctions over the procedure lists of an ADRG. A term is a set of list numbers,
// bit n - 1 for list n; the formula holds when all lists of one term are hit.
struct ProcFormula {
    std::vector<std::uint32_t> terms;
    std::uint32_t lists = 0;  // all numbers that occur
};
inline constexpr std::size_t kMaxProcLists = 16;

// `1&2|1&3&4`; `&` binds stronger. Empty on any other form and on numbers outside 1..kMaxProcLists.
[[nodiscard]] std::optional<ProcFormula> parse_proc_formula(std::string_view text);

struct Adrg {
    std::string code;
    std::string name;
    DxRule dx_rule = DxRule::kNone;
    ProcRule proc_rule = ProcRule::kNone;
    ProcFormula formula;
    std::optional<std::int64_t> age_days_max;
    std::optional<std::int64_t> weight_min;
    std::optional<std::int64_t> weight_below;
    std::size_t mdc = 0;
    std::size_t first_drg = 0;
    std::size_t drg_count = 0;
    std::size_t first_list = 0;  // bit of list 1 in a procedure's row; the others follow
    std::size_t list_count = 0;
};

struct Drg {
    std::string code;
    std::string name;
    SplitRule split = SplitRule::kAlways;
};

// Exclusion table number of a diagnosis that has none. No table has this number.
inline constexpr std::int32_t kNoTable = -1;

// What the tables say of one diagnosis code. The facts of kUnknownCode are the defaults.
struct DxFacts {
    std::uint64_t mdc_bits = 0;               // bit i: in the principal list of mdcs()[i]
    std::int32_t principal_table = kNoTable;  // excluded table when it is the principal diagnosis
    std::int32_t severity_table = kNoTable;   // table by which it is excluded as CC or MCC
    SeverityClass severity = SeverityClass::kNone;
    std::uint8_t body_region = 0;  // 0: none
};

// Immutable after build(); all const members are thread-safe. Held by shared_ptr, so that a pack
// can be dropped or replaced while cases are still being grouped with it.
class RulePack {
  public:
    // Builds a pack from its tables. `digest` identifies the content (SHA-256, computed where the
    // files are read) and is only carried along.
    // Refusals of the whole pack, with table, row and column in the metadata:
    //   RULES_TABLE_MALFORMED     a table is missing or not well-formed, a rule kind or switch is
    //                             unknown, a key stands twice, an order or a last row is wrong
    //   RULES_DANGLING_REFERENCE  an MDC, ADRG or procedure list that does not exist
    [[nodiscard]] static Outcome<std::shared_ptr<const RulePack>> build(const PackFiles& files,
                                                                        std::string digest);

    // Names of the tables a pack consists of; those that may be missing (taken as empty) last.
    [[nodiscard]] static std::span<const std::string_view> required_tables();
    [[nodiscard]] static std::span<const std::string_view> optional_tables();

    [[nodiscard]] const Switches& switches() const { return switches_; }
    [[nodiscard]] const std::string& digest() const { return digest_; }

    // In order of trial. The ADRG of an MDC, the DRG of an ADRG lie side by side.
    [[nodiscard]] std::span<const Mdc> mdcs() const { return mdcs_; }
    [[nodiscard]] std::span<const Adrg> adrgs() const { return adrgs_; }
    [[nodiscard]] std::span<const Drg> drgs() const { return drgs_; }

    [[nodiscard]] const CodeTable& dx_codes() const { return dx_codes_; }
    [[nodiscard]] const CodeTable& proc_codes() const { return proc_codes_; }

    [[nodiscard]] const DxFacts& dx_facts(CodeId dx) const { return dx_facts_[dx]; }
    [[nodiscard]] bool dx_in_adrg(CodeId dx, std::size_t adrg) const {
        return adrg_dx_.has(dx, adrg);
    }
    // `list` counts from 0.
    [[nodiscard]] bool proc_in_list(CodeId proc, const Adrg& adrg, std::size_t list) const {
        return proc_lists_.has(proc, adrg.first_list + list);
    }
    [[nodiscard]] bool is_valid_proc(CodeId proc) const { return valid_proc_[proc] != 0; }

    // Conversion target, or kUnknownCode when the code is not in the map. Whether there is a map at
    // all: has_code_map(); without one conversion must not be asked for.
    [[nodiscard]] bool has_code_map() const { return has_code_map_; }
    [[nodiscard]] CodeId mapped_dx(CodeId dx) const { return dx_map_[dx]; }
    [[nodiscard]] CodeId mapped_proc(CodeId proc) const { return proc_map_[proc]; }

    // Memory held, for the size figure of the product (billing.md 17).
    [[nodiscard]] std::size_t bytes() const;

  private:
    friend class PackBuilder;
    RulePack() = default;

    // A row of bits for each code.
    struct BitRows {
        std::size_t words = 0;
        std::vector<std::uint64_t> bits;
        void shape(std::size_t rows, std::size_t columns) {
            words = (columns + 63) / 64;
            bits.assign(rows * words, 0);
        }
        void set(std::size_t row, std::size_t column) {
            bits[row * words + column / 64] |= std::uint64_t{1} << column % 64;
        }
        [[nodiscard]] bool has(std::size_t row, std::size_t column) const {
            return (bits[row * words + column / 64] >> column % 64 & 1) != 0;
        }
    };

    Switches switches_;
    std::string digest_;
    std::vector<Mdc> mdcs_;
    std::vector<Adrg> adrgs_;
    std::vector<Drg> drgs_;
    CodeTable dx_codes_;
    CodeTable proc_codes_;
    std::vector<DxFacts> dx_facts_;
    BitRows adrg_dx_;
    BitRows proc_lists_;
    std::vector<std::uint8_t> valid_proc_;
    bool has_code_map_ = false;
    std::vector<CodeId> dx_map_;
    std::vector<CodeId> proc_map_;
};

}  // namespace yilian::billing::drg
