#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/drg/pack_table.h"

namespace yilian::billing::drg {

// What may be wrong with rules that can be read.
enum class LintKind : std::uint8_t {
    kMalformed,    // the pack is refused for it
    kDangling,     // names a record that does not exist; the pack is refused for it
    kUnreachable,  // no case can ever be decided by it
    kOverlap,      // the same case fits two rules, and only their order decides
};
// MALFORMED, DANGLING, UNREACHABLE, OVERLAP.
[[nodiscard]] std::string_view name_of(LintKind kind);

struct LintFinding {
    std::string file;  // table, "adrg.csv"
    int row = 0;       // line of the table, the header being 1; 0: the table as a whole
    LintKind kind = LintKind::kMalformed;
    std::string text;
};

// By file and row. A pack that loads may have findings of the last two kinds only; those of a pack
// that does not load are complete for dangling references, and name the first malformed place.
struct LintReport {
    std::vector<LintFinding> findings;
    bool loads = false;
};

// Looks at the rules of a pack without any case. Unreachable: an ADRG whose every case an earlier
// ADRG takes, that no principal diagnosis or procedure can fulfil, or whose conditions contradict
// each other; a row of a code list that no rule reads or that its MDC never lets through; a DRG
// behind one that takes all; a term of a formula that another one covers; an MDC without ADRG; an
// exclusion of a table that no CC or MCC has. Overlap: two ADRG of one MDC with the same kind of
// rule on a common code. Codes are compared as they stand, before any conversion.
[[nodiscard]] LintReport lint(const PackFiles& files);

}  // namespace yilian::billing::drg
