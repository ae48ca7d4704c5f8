#include "services/billing/domain/drg/lint.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <tuple>

#include "services/billing/domain/drg/lint_rows.h"
#include "services/billing/domain/drg/rule_pack.h"
#include "services/billing/domain/drg/weights.h"

namespace yilian::billing::drg {
namespace {

using Codes = std::vector<CodeId>;  // ascending

bool covers(const Codes& wide, const Codes& narrow) { return std::ranges::includes(wide, narrow); }

std::optional<CodeId> common(const Codes& a, const Codes& b, std::size_t& count) {
    Codes both;
    std::ranges::set_intersection(a, b, std::back_inserter(both));
    count = both.size();
    return both.empty() ? std::nullopt : std::optional(both.front());
}

// The code lists of one ADRG, as sets.
struct Lists {
    Codes dx;
    std::vector<Codes> procs;  // by list number
};

// Decides by the conditions alone which rules cases can reach.
class Linter {
  public:
    Linter(const RulePack& pack, const LintRows& rows) : pack_(pack), rows_(rows) { read_lists(); }

    std::vector<LintFinding> run() {
        for (std::size_t m = 0; m < pack_.mdcs().size(); ++m) look_at_mdc(m);
        for (std::size_t a = 0; a < pack_.adrgs().size(); ++a) {
            look_at_conditions(a);
            look_at_formula(a);
            look_at_drgs(a);
        }
        look_at_code_rows();
        look_at_exclusions();
        return std::move(findings_);
    }

  private:
    // --- what the pack says ---------------------------------------------------------------------

    void read_lists() {
        lists_.resize(pack_.adrgs().size());
        mdc_of_.resize(pack_.adrgs().size());
        mdc_dx_.resize(pack_.mdcs().size());
        for (std::size_t m = 0; m < pack_.mdcs().size(); ++m) {
            const Mdc& mdc = pack_.mdcs()[m];
            for (std::size_t i = 0; i < mdc.adrg_count; ++i) mdc_of_[mdc.first_adrg + i] = m;
        }
        for (CodeId dx = 1; dx < pack_.dx_codes().size(); ++dx) {
            for (std::size_t m = 0; m < mdc_dx_.size(); ++m) {
                if ((pack_.dx_facts(dx).mdc_bits >> m & 1) != 0) mdc_dx_[m].push_back(dx);
            }
            for (std::size_t a = 0; a < lists_.size(); ++a) {
                if (pack_.dx_in_adrg(dx, a)) lists_[a].dx.push_back(dx);
            }
        }
        for (CodeId proc = 1; proc < pack_.proc_codes().size(); ++proc) {
            if (pack_.is_valid_proc(proc)) valid_.push_back(proc);
        }
        for (std::size_t a = 0; a < lists_.size(); ++a) {
            const Adrg& adrg = pack_.adrgs()[a];
            lists_[a].procs.resize(adrg.list_count);
            for (CodeId proc = 1; proc < pack_.proc_codes().size(); ++proc) {
                for (std::size_t list = 0; list < adrg.list_count; ++list) {
                    if (pack_.proc_in_list(proc, adrg, list)) {
                        lists_[a].procs[list].push_back(proc);
                    }
                }
            }
        }
    }

    const Mdc& mdc_of(std::size_t a) const { return pack_.mdcs()[mdc_of_[a]]; }

    // A principal diagnosis of the MDC is demanded, at the first position.
    bool limits_principal(const Mdc& mdc) const { return mdc.need_principal_dx && !mdc.any_dx; }

    // The principal diagnoses with which a case can come to this ADRG; empty optional: any.
    std::optional<Codes> principals(std::size_t a) const {
        const bool by_mdc = limits_principal(mdc_of(a));
        const bool by_adrg = pack_.adrgs()[a].dx_rule == DxRule::kPrincipal;
        if (!by_mdc && !by_adrg) return std::nullopt;
        if (!by_adrg) return mdc_dx_[mdc_of_[a]];
        if (!by_mdc) return lists_[a].dx;
        Codes both;
        std::ranges::set_intersection(lists_[a].dx, mdc_dx_[mdc_of_[a]], std::back_inserter(both));
        return both;
    }

    // Every case of ADRG `a` has a valid procedure where rules look for the principal one.
    bool has_valid_principal(std::size_t a) const {
        const Adrg& adrg = pack_.adrgs()[a];
        if (adrg.proc_rule == ProcRule::kPrincipalValid) return true;
        if (mdc_of(a).need_principal_valid_proc) return true;
        return adrg.proc_rule == ProcRule::kPrincipal && covers(valid_, lists_[a].procs[0]);
    }

    // --- whether every case of the later rule fulfils the earlier one
    // ------------------------------

    bool enters_too(std::size_t later, std::size_t earlier) const {
        const Mdc& wide = mdc_of(earlier);
        const Mdc& narrow = mdc_of(later);
        if (&wide == &narrow) return true;
        if (wide.min_body_regions > 0) return false;
        if (wide.sex && wide.sex != narrow.sex) return false;
        if (wide.age_years && wide.age_years != narrow.age_years) return false;
        if (wide.need_principal_valid_proc && !has_valid_principal(later)) return false;
        if (!wide.need_principal_dx) return true;
        const auto codes = principals(later);
        return codes && covers(mdc_dx_[mdc_of_[earlier]], *codes);
    }

    bool dx_holds_too(std::size_t later, std::size_t earlier) const {
        const DxRule rule = pack_.adrgs()[earlier].dx_rule;
        if (rule == DxRule::kNone) return true;
        const Codes& wide = lists_[earlier].dx;
        if (rule == DxRule::kAny && pack_.adrgs()[later].dx_rule == DxRule::kAny &&
            covers(wide, lists_[later].dx)) {
            return true;
        }
        const auto codes = principals(later);
        return codes && covers(wide, *codes);
    }

    // Lists of `later` of which one procedure is certain to be there: sets of alternatives.
    std::vector<std::vector<const Codes*>> certain_procs(std::size_t later) const {
        const Adrg& adrg = pack_.adrgs()[later];
        std::vector<std::vector<const Codes*>> cases;
        if (adrg.proc_rule == ProcRule::kPrincipal) cases.push_back({&lists_[later].procs[0]});
        if (adrg.proc_rule == ProcRule::kFormula) {
            for (const std::uint32_t term : adrg.formula.terms) {
                auto& lists = cases.emplace_back();
                for (std::size_t i = 0; i < adrg.list_count; ++i) {
                    if ((term >> i & 1U) != 0) lists.push_back(&lists_[later].procs[i]);
                }
            }
        }
        return cases;
    }

    bool formula_holds(std::size_t earlier, const std::vector<const Codes*>& present) const {
        const Adrg& adrg = pack_.adrgs()[earlier];
        return std::ranges::any_of(adrg.formula.terms, [&](std::uint32_t term) {
            for (std::size_t i = 0; i < adrg.list_count; ++i) {
                if ((term >> i & 1U) == 0) continue;
                const Codes& wide = lists_[earlier].procs[i];
                const bool hit = std::ranges::any_of(
                    present, [&](const Codes* narrow) { return covers(wide, *narrow); });
                if (!hit) return false;
            }
            return true;
        });
    }

    bool procs_hold_too(std::size_t later, std::size_t earlier) const {
        const Adrg& wide = pack_.adrgs()[earlier];
        const Adrg& narrow = pack_.adrgs()[later];
        switch (wide.proc_rule) {
            case ProcRule::kNone:
                return true;
            case ProcRule::kPrincipalValid:
                return has_valid_principal(later);
            case ProcRule::kNoneValid:
                return narrow.proc_rule == ProcRule::kNoneValid;
            case ProcRule::kPrincipal:
                if (pack_.switches().any_procedure) break;
                return narrow.proc_rule == ProcRule::kPrincipal &&
                       covers(lists_[earlier].procs[0], lists_[later].procs[0]);
            case ProcRule::kFormula:
                break;
        }
        const auto cases = certain_procs(later);
        return !cases.empty() && std::ranges::all_of(cases, [&](const auto& present) {
            if (wide.proc_rule == ProcRule::kFormula) return formula_holds(earlier, present);
            return std::ranges::any_of(present, [&](const Codes* codes) {
                return covers(lists_[earlier].procs[0], *codes);
            });
        });
    }

    static bool figures_hold_too(const Adrg& later, const Adrg& earlier) {
        const auto at_most = [](const auto& narrow, const auto& wide) {
            return !wide || (narrow && *narrow <= *wide);
        };
        const bool heavy =
            !earlier.weight_min || (later.weight_min && *later.weight_min >= *earlier.weight_min);
        return heavy && at_most(later.age_days_max, earlier.age_days_max) &&
               at_most(later.weight_below, earlier.weight_below);
    }

    bool takes_all_of(std::size_t earlier, std::size_t later) const {
        return enters_too(later, earlier) && dx_holds_too(later, earlier) &&
               procs_hold_too(later, earlier) &&
               figures_hold_too(pack_.adrgs()[later], pack_.adrgs()[earlier]);
    }

    // --- findings -------------------------------------------------------------------------------

    void find(std::string file, int row, LintKind kind, std::string text) {
        findings_.push_back({std::move(file), row, kind, std::move(text)});
    }
    void unreachable(std::string file, int row, std::string text) {
        find(std::move(file), row, LintKind::kUnreachable, std::move(text));
    }

    void look_at_mdc(std::size_t m) {
        const Mdc& mdc = pack_.mdcs()[m];
        const int row = rows_.mdc(mdc.letter);
        if (mdc.adrg_count == 0) unreachable("mdc.csv", row, "MDC " + mdc.letter + " has no ADRG");
        if (mdc.need_principal_dx && mdc_dx_[m].empty()) {
            unreachable("mdc.csv", row,
                        "MDC " + mdc.letter + " demands a principal diagnosis and lists none");
        }
    }

    void look_at_conditions(std::size_t a) {
        const Adrg& adrg = pack_.adrgs()[a];
        const int row = rows_.adrg(adrg.code);
        const auto codes = principals(a);
        if (codes && codes->empty()) {
            return unreachable(
                "adrg.csv", row,
                adrg.code + ": no diagnosis of its list is one of MDC " + mdc_of(a).letter);
        }
        if (adrg.weight_min && adrg.weight_below && *adrg.weight_below <= *adrg.weight_min) {
            return unreachable("adrg.csv", row,
                               adrg.code + ": weight_below is not above weight_min");
        }
        if (adrg.proc_rule == ProcRule::kNoneValid && mdc_of(a).need_principal_valid_proc) {
            return unreachable("adrg.csv", row,
                               adrg.code + ": none_valid in an MDC that demands a valid procedure");
        }
        if (never_valid(a)) {
            return unreachable("adrg.csv", row,
                               adrg.code + ": no procedure of its list is valid, as MDC " +
                                   mdc_of(a).letter + " demands");
        }
        for (std::size_t earlier = 0; earlier < a; ++earlier) {
            if (takes_all_of(earlier, a)) {
                return unreachable("adrg.csv", row,
                                   adrg.code + ": every case of it is taken by " +
                                       pack_.adrgs()[earlier].code + " before");
            }
        }
        look_for_overlap(a);
    }

    // The principal procedure would have to be valid and in a list without valid ones.
    bool never_valid(std::size_t a) const {
        if (pack_.adrgs()[a].proc_rule != ProcRule::kPrincipal) return false;
        if (pack_.switches().any_procedure || !mdc_of(a).need_principal_valid_proc) return false;
        std::size_t count = 0;
        return !common(lists_[a].procs[0], valid_, count);
    }

    // Two rules of the same kind in one MDC on a common code. Rules of different kinds (operations
    // before diagnoses) overlap by design.
    void look_for_overlap(std::size_t a) {
        const Adrg& adrg = pack_.adrgs()[a];
        for (std::size_t earlier = mdc_of(a).first_adrg; earlier < a; ++earlier) {
            const Adrg& other = pack_.adrgs()[earlier];
            if (other.dx_rule != adrg.dx_rule || other.proc_rule != adrg.proc_rule) continue;
            if (apart(adrg, other)) continue;
            std::size_t dx_count = 0;
            std::size_t proc_count = 0;
            std::optional<CodeId> dx;
            std::optional<CodeId> proc;
            if (adrg.dx_rule != DxRule::kNone) {
                dx = common(lists_[a].dx, lists_[earlier].dx, dx_count);
                if (!dx) continue;
            }
            if (adrg.proc_rule == ProcRule::kPrincipal) {
                proc = common(lists_[a].procs[0], lists_[earlier].procs[0], proc_count);
                if (!proc) continue;
            }
            if (!dx && !proc) continue;
            std::string text = adrg.code + ": " + other.code + " stands before it and shares ";
            if (dx) {
                text += std::to_string(dx_count) + " diagnoses (" +
                        std::string(pack_.dx_codes().text(*dx)) + ")";
            }
            if (proc) {
                text += (dx ? std::string(" and ") : "") + std::to_string(proc_count) +
                        " procedures (" + std::string(pack_.proc_codes().text(*proc)) + ")";
            }
            find("adrg.csv", rows_.adrg(adrg.code), LintKind::kOverlap, std::move(text));
        }
    }

    // No birth weight fits both.
    static bool apart(const Adrg& a, const Adrg& b) {
        const auto below = [](const Adrg& light, const Adrg& heavy) {
            return light.weight_below && heavy.weight_min &&
                   *light.weight_below <= *heavy.weight_min;
        };
        return below(a, b) || below(b, a);
    }

    void look_at_formula(std::size_t a) {
        const Adrg& adrg = pack_.adrgs()[a];
        const auto& terms = adrg.formula.terms;
        for (std::size_t i = 0; i < terms.size(); ++i) {
            for (std::size_t j = 0; j < terms.size(); ++j) {
                const bool covered =
                    i != j && (terms[j] & terms[i]) == terms[j] && (terms[j] != terms[i] || j < i);
                if (!covered) continue;
                unreachable("adrg.csv", rows_.adrg(adrg.code),
                            adrg.code + ": term " + std::to_string(i + 1) +
                                " of the formula is covered by term " + std::to_string(j + 1));
                break;
            }
        }
    }

    void look_at_drgs(std::size_t a) {
        const Adrg& adrg = pack_.adrgs()[a];
        std::optional<SplitRule> widest;  // kAlways > kMccOrCc > kMcc, as they are declared
        for (std::size_t i = 0; i < adrg.drg_count; ++i) {
            const Drg& drg = pack_.drgs()[adrg.first_drg + i];
            if (widest && drg.split <= *widest) {
                unreachable(
                    "drg.csv", rows_.drg(drg.code),
                    drg.code + ": the DRG before it in " + adrg.code + " takes all of its cases");
            }
            widest = widest ? std::max(*widest, drg.split) : drg.split;
        }
    }

    void look_at_code_rows() {
        std::map<std::string_view, std::size_t> by_code;
        for (std::size_t a = 0; a < pack_.adrgs().size(); ++a) by_code[pack_.adrgs()[a].code] = a;
        for (const auto& r : rows_.adrg_dx()) {
            const std::size_t a = by_code.at(r.owner);
            const auto dx = pack_.dx_codes().find(r.code);
            const auto& listed = mdc_dx_[mdc_of_[a]];
            if (pack_.adrgs()[a].dx_rule == DxRule::kNone) {
                unreachable("adrg_dx.csv", r.row, r.owner + " has no rule on diagnoses");
            } else if (pack_.adrgs()[a].dx_rule == DxRule::kPrincipal &&
                       limits_principal(mdc_of(a)) && !std::ranges::binary_search(listed, dx)) {
                unreachable("adrg_dx.csv", r.row,
                            r.code + " of " + r.owner + " is no principal diagnosis of MDC " +
                                mdc_of(a).letter);
            }
        }
        const bool blank =
            pack_.switches().invalid_principal_proc == InvalidPrincipalProc::kBlank &&
            !pack_.switches().any_procedure;
        for (const auto& r : rows_.adrg_proc()) {
            const Adrg& adrg = pack_.adrgs()[by_code.at(r.owner)];
            unsigned list = 0;
            std::from_chars(r.list.data(), r.list.data() + r.list.size(), list);
            const std::uint32_t read =
                adrg.proc_rule == ProcRule::kPrincipal ? 1U : adrg.formula.lists;
            if (list == 0 || (read >> (list - 1) & 1U) == 0) {
                unreachable("adrg_proc.csv", r.row,
                            "no rule of " + r.owner + " reads its list " + r.list);
            } else if (blank && adrg.proc_rule == ProcRule::kPrincipal &&
                       !pack_.is_valid_proc(pack_.proc_codes().find(r.code))) {
                unreachable(
                    "adrg_proc.csv", r.row,
                    r.code + " of " + r.owner + " is no valid procedure, so never principal");
            }
        }
    }

    void look_at_exclusions() {
        for (const auto& r : rows_.exclusions()) {
            if (rows_.severity_tables().contains(r.owner)) continue;
            unreachable("cc_exclusion_principal_dx.csv", r.row,
                        "no CC or MCC has exclusion table " + r.owner);
        }
    }

    const RulePack& pack_;
    const LintRows& rows_;
    std::vector<Lists> lists_;         // by ADRG
    std::vector<std::size_t> mdc_of_;  // by ADRG
    std::vector<Codes> mdc_dx_;        // by MDC
    Codes valid_;
    std::vector<LintFinding> findings_;
};

// The builder's refusal as a finding.
LintFinding finding_of(const Refusal& refusal, const LintRows& rows) {
    LintFinding finding;
    finding.kind = refusal.reason == Reason("RULES_DANGLING_REFERENCE") ? LintKind::kDangling
                                                                        : LintKind::kMalformed;
    for (const auto& [key, value] : refusal.metadata) {
        if (key == "table") {
            finding.file = value;
        } else if (key == "row") {
            std::from_chars(value.data(), value.data() + value.size(), finding.row);
        } else if (!value.empty()) {
            finding.text += (finding.text.empty() ? "" : ", ") + key + " " + value;
        }
        if (key == "mdc" && finding.row == 0 && finding.file == "mdc.csv") {
            finding.row = rows.mdc(value);
        }
        if (key == "adrg" && finding.row == 0 && finding.file == "drg.csv") {
            finding.file = "adrg.csv";
            finding.row = rows.adrg(value);
        }
    }
    return finding;
}

}  // namespace

std::string_view name_of(LintKind kind) {
    switch (kind) {
        case LintKind::kMalformed:
            return "MALFORMED";
        case LintKind::kDangling:
            return "DANGLING";
        case LintKind::kUnreachable:
            return "UNREACHABLE";
        case LintKind::kOverlap:
            return "OVERLAP";
    }
    return "MALFORMED";
}

LintReport lint(const PackFiles& files) {
    const LintRows rows(files);
    LintReport report;
    report.findings = rows.dangling();
    const auto pack = RulePack::build(files, "");
    std::optional<Refusal> refusal;
    if (!pack) {
        refusal = pack.refusal();
    } else if (files.contains("weights.csv")) {
        const auto weights = Weights::build(files, **pack);
        if (!weights) refusal = weights.refusal();
    }
    report.loads = !refusal;
    if (refusal) {
        LintFinding first = finding_of(*refusal, rows);
        const bool known = std::ranges::any_of(report.findings, [&](const LintFinding& f) {
            return f.file == first.file && f.row == first.row && f.kind == first.kind;
        });
        if (!known) report.findings.push_back(std::move(first));
    } else {
        for (LintFinding& f : Linter(**pack, rows).run()) report.findings.push_back(std::move(f));
    }
    std::ranges::stable_sort(report.findings, {}, [](const LintFinding& f) {
        return std::tuple(std::string_view(f.file), f.row, f.kind);
    });
    return report;
}

}  // namespace yilian::billing::drg
