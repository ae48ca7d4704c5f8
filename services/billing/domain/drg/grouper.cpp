#include "services/billing/domain/drg/grouper.h"

#include <algorithm>
#include <bit>

#include "libs/base/invariant.h"
#include "services/billing/domain/drg/trail.h"

namespace yilian::billing::drg {
namespace {

// One evaluation. `Recorder` is NoTrail or Trail; everything said to it stands behind `if
// constexpr`.
template <class Recorder>
class Evaluation {
  public:
    Evaluation(const RulePack& pack, const CaseInput& input, GroupOptions options,
               Workspace& workspace, Recorder& recorder)
        : pack_(pack),
          in_(input),
          map_codes_(options.map_codes || pack.switches().map_codes),
          qy_(options.qy || pack.switches().qy),
          dx_(workspace.diagnoses),
          proc_(workspace.procedures),
          recorder_(recorder) {}

    GroupResult run() {
        look_codes_up();
        if (map_codes_) {
            YILIAN_INVARIANT(pack_.has_code_map(), "drg: conversion without a code map");
            if (!convert(dx_, in_.diagnoses, "diagnoses", &RulePack::mapped_dx, pack_.dx_codes())) {
                return {.status = GroupStatus::kDxNotMapped};
            }
            if (!convert(proc_, in_.procedures, "procedures", &RulePack::mapped_proc,
                         pack_.proc_codes())) {
                return {.status = GroupStatus::kProcNotMapped};
            }
        }
        if (!passes_check()) return {.status = GroupStatus::kCheckFailed};
        settle_procedures();
        for (std::size_t m = 0; m < pack_.mdcs().size(); ++m) {
            if (!enters(m)) continue;
            if (const auto result = try_mdc(m)) return *result;
        }
        return {.status = GroupStatus::kFail};
    }

  private:
    void look_codes_up() {
        dx_.clear();
        proc_.clear();
        for (const std::string_view code : in_.diagnoses)
            dx_.push_back(pack_.dx_codes().find(code));
        for (const std::string_view code : in_.procedures) {
            proc_.push_back(pack_.proc_codes().find(code));
        }
        // The principal diagnosis always has a place, if only an empty one.
        if (dx_.empty()) dx_.push_back(kUnknownCode);
    }

    // README 5: by position, reading the current content; the result is written where that content
    // stands first, which is not always the position read.
    bool convert(std::vector<CodeId>& list, std::span<const std::string_view> texts,
                 [[maybe_unused]] std::string_view list_name, CodeId (RulePack::*map)(CodeId) const,
                 const CodeTable& codes) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const CodeId before = list[i];
            const CodeId after = (pack_.*map)(before);
            if (after == kUnknownCode) {
                if constexpr (Recorder::kRecords) {
                    const bool given = before == kUnknownCode && i < texts.size();
                    recorder_.not_in_map(list_name, i + 1, given ? texts[i] : codes.text(before));
                }
                return false;
            }
            if (after == before) continue;
            const auto first = std::find(list.begin(), list.end(), before);
            *first = after;
            if constexpr (Recorder::kRecords) {
                recorder_.mapped(list_name, static_cast<std::size_t>(first - list.begin()) + 1,
                                 codes.text(before), codes.text(after));
            }
        }
        return true;
    }

    // README 4.1.
    bool passes_check() {
        const bool infant = in_.age_years && *in_.age_years == 0;
        const bool newborn =
            infant && in_.age_days && *in_.age_days <= pack_.switches().newborn_days_max;
        const bool no_sex = !in_.sex || (*in_.sex != 1 && *in_.sex != 2);
        const bool no_years = !in_.age_years;
        const bool no_days = infant && !in_.age_days;
        const bool no_weight = newborn && !in_.weight_g;
        if constexpr (Recorder::kRecords) {
            recorder_.check({"sex", "age_years", "age_days", "weight_g"},
                            {no_sex, no_years, no_days, no_weight});
        }
        return !no_sex && !no_years && !no_days && !no_weight;
    }

    // Which procedure is the principal one, and which is the first valid one.
    void settle_procedures() {
        for (const CodeId proc : proc_) {
            if (!pack_.is_valid_proc(proc)) continue;
            first_valid_ = proc;
            break;
        }
        principal_proc_ = proc_.empty() ? kUnknownCode : proc_.front();
        if (pack_.is_valid_proc(principal_proc_)) return;
        switch (pack_.switches().invalid_principal_proc) {
            case InvalidPrincipalProc::kKeep:
                break;
            case InvalidPrincipalProc::kBlank:
                principal_proc_ = kUnknownCode;
                break;
            case InvalidPrincipalProc::kShift:
                if (first_valid_ != kUnknownCode) principal_proc_ = first_valid_;
                break;
        }
    }

    // A valid procedure where rules look for the principal one.
    CodeId valid_principal() const {
        if (pack_.switches().any_procedure) return first_valid_;
        return pack_.is_valid_proc(principal_proc_) ? principal_proc_ : kUnknownCode;
    }

    // README 4.2.
    bool enters(std::size_t m) const {
        const Mdc& mdc = pack_.mdcs()[m];
        if (mdc.need_principal_dx) {
            const auto listed = [&](CodeId dx) {
                return (pack_.dx_facts(dx).mdc_bits >> m & 1) != 0;
            };
            if (!listed(dx_.front()) &&
                !(mdc.any_dx && std::any_of(dx_.begin(), dx_.end(), listed))) {
                return false;
            }
        }
        if (mdc.sex && mdc.sex != in_.sex) return false;
        if (mdc.age_years && mdc.age_years != in_.age_years) return false;
        if (mdc.need_principal_valid_proc && valid_principal() == kUnknownCode) return false;
        return mdc.min_body_regions == 0 || body_regions() >= mdc.min_body_regions;
    }

    std::int64_t body_regions() const {
        std::uint64_t regions = 0;
        for (const CodeId dx : dx_) regions |= std::uint64_t{1} << pack_.dx_facts(dx).body_region;
        return std::popcount(regions & ~std::uint64_t{1});  // bit 0 is "no region"
    }

    // README 4.3 and 4.6: the first ADRG that holds, or QY in its place; nothing when neither.
    std::optional<GroupResult> try_mdc(std::size_t m) {
        const Mdc& mdc = pack_.mdcs()[m];
        for (std::size_t tried = 0; tried <= mdc.adrg_count; ++tried) {
            if (qy_ && mdc.qy_after_adrg == tried && first_valid_ != kUnknownCode) {
                if constexpr (Recorder::kRecords) {
                    recorder_.mdc(mdc, false);
                    recorder_.qy(mdc, pack_.proc_codes().text(first_valid_));
                }
                return GroupResult{.status = GroupStatus::kAmbiguous,
                                   .mdc = static_cast<std::int32_t>(m)};
            }
            if (tried == mdc.adrg_count) break;
            const std::size_t adrg = mdc.first_adrg + tried;
            if (!holds(adrg)) continue;
            if constexpr (Recorder::kRecords) {
                recorder_.mdc(mdc, false);
                recorder_.adrg(pack_.adrgs()[adrg], hits(adrg));
            }
            return GroupResult{.status = GroupStatus::kSuccess,
                               .mdc = static_cast<std::int32_t>(m),
                               .adrg = static_cast<std::int32_t>(adrg),
                               .drg = static_cast<std::int32_t>(split(pack_.adrgs()[adrg]))};
        }
        if constexpr (Recorder::kRecords) recorder_.mdc(mdc, true);
        return std::nullopt;
    }

    bool holds(std::size_t index) const {
        const Adrg& a = pack_.adrgs()[index];
        if (a.dx_rule == DxRule::kPrincipal && !pack_.dx_in_adrg(dx_.front(), index)) return false;
        if (a.dx_rule == DxRule::kAny && dx_hit(index) == kUnknownCode) return false;
        if (a.proc_rule != ProcRule::kNone && !proc_rule_holds(a)) return false;
        if (a.age_days_max && !(in_.age_days && *in_.age_days <= *a.age_days_max)) return false;
        if (a.weight_min && !(in_.weight_g && *in_.weight_g >= *a.weight_min)) return false;
        return !a.weight_below || (in_.weight_g && *in_.weight_g < *a.weight_below);
    }

    CodeId dx_hit(std::size_t adrg) const {
        const auto at = std::find_if(dx_.begin(), dx_.end(),
                                     [&](CodeId dx) { return pack_.dx_in_adrg(dx, adrg); });
        return at == dx_.end() ? kUnknownCode : *at;
    }

    CodeId proc_hit(const Adrg& a, std::size_t list) const {
        const auto at = std::find_if(proc_.begin(), proc_.end(), [&](CodeId proc) {
            return pack_.proc_in_list(proc, a, list);
        });
        return at == proc_.end() ? kUnknownCode : *at;
    }

    CodeId principal_hit(const Adrg& a) const {
        if (pack_.switches().any_procedure) return proc_hit(a, 0);
        return pack_.proc_in_list(principal_proc_, a, 0) ? principal_proc_ : kUnknownCode;
    }

    bool proc_rule_holds(const Adrg& a) const {
        switch (a.proc_rule) {
            case ProcRule::kNone:
                return true;
            case ProcRule::kPrincipal:
                return principal_hit(a) != kUnknownCode;
            case ProcRule::kPrincipalValid:
                return valid_principal() != kUnknownCode;
            case ProcRule::kNoneValid:
                return first_valid_ == kUnknownCode;
            case ProcRule::kFormula:
                return term_of(a) != 0;
        }
        return false;
    }

    // The first term of the formula that holds, or 0.
    std::uint32_t term_of(const Adrg& a) const {
        std::uint32_t present = 0;
        for (std::size_t list = 0; list < a.list_count; ++list) {
            if ((a.formula.lists >> list & 1U) != 0 && proc_hit(a, list) != kUnknownCode) {
                present |= 1U << list;
            }
        }
        for (const std::uint32_t term : a.formula.terms) {
            if ((term & present) == term) return term;
        }
        return 0;
    }

    // README 4.4.
    std::size_t split(const Adrg& a) {
        for (std::size_t i = a.first_drg;; ++i) {
            switch (pack_.drgs()[i].split) {
                case SplitRule::kAlways:
                    return i;
                case SplitRule::kMcc:
                    if (has_mcc()) return i;
                    break;
                case SplitRule::kMccOrCc:
                    if (has_mcc() || has_cc()) return i;
                    break;
            }
        }
    }

    bool has_mcc() {
        if (!mcc_) mcc_ = has(SeverityClass::kMcc);
        return *mcc_;
    }
    bool has_cc() {
        if (!cc_) cc_ = has(SeverityClass::kCc);
        return *cc_;
    }

    // README 4.5: an excluded entry does not end the search.
    bool has(SeverityClass severity) {
        const std::int32_t excluded = pack_.dx_facts(dx_.front()).principal_table;
        for (std::size_t i = 1; i < dx_.size(); ++i) {
            const DxFacts& facts = pack_.dx_facts(dx_[i]);
            if (facts.severity != severity) continue;
            const bool counts = excluded == kNoTable || excluded != facts.severity_table;
            if constexpr (Recorder::kRecords) {
                recorder_.severity({.code = pack_.dx_codes().text(dx_[i]),
                                    .severity = severity,
                                    .excluded = !counts,
                                    .table = facts.severity_table});
            }
            if (counts) return true;
        }
        return false;
    }

    // The codes by which the ADRG holds, diagnoses first, as the inside of a JSON array.
    std::string hits(std::size_t index) const {
        const Adrg& a = pack_.adrgs()[index];
        std::string json;
        const auto add = [&](std::string_view text) {
            if (!json.empty()) json += ',';
            Trail::append_string(json, text);
        };
        if (a.dx_rule == DxRule::kPrincipal) add(pack_.dx_codes().text(dx_.front()));
        if (a.dx_rule == DxRule::kAny) add(pack_.dx_codes().text(dx_hit(index)));
        if (a.proc_rule == ProcRule::kPrincipal) add(pack_.proc_codes().text(principal_hit(a)));
        if (a.proc_rule == ProcRule::kPrincipalValid) {
            add(pack_.proc_codes().text(valid_principal()));
        }
        const std::uint32_t term = term_of(a);
        for (std::size_t list = 0; list < a.list_count; ++list) {
            if ((term >> list & 1U) != 0) add(pack_.proc_codes().text(proc_hit(a, list)));
        }
        return json;
    }

    const RulePack& pack_;
    const CaseInput& in_;
    const bool map_codes_;
    const bool qy_;
    std::vector<CodeId>& dx_;
    std::vector<CodeId>& proc_;
    [[maybe_unused]] Recorder& recorder_;
    CodeId principal_proc_ = kUnknownCode;
    CodeId first_valid_ = kUnknownCode;
    std::optional<bool> mcc_;
    std::optional<bool> cc_;
};

}  // namespace

std::string_view name_of(GroupStatus status) {
    switch (status) {
        case GroupStatus::kSuccess:
            return "SUCCESS";
        case GroupStatus::kFail:
            return "FAIL";
        case GroupStatus::kCheckFailed:
            return "CHECK_FAILED";
        case GroupStatus::kAmbiguous:
            return "QY";
        case GroupStatus::kDxNotMapped:
            return "ZD_NOT_MAPPING";
        case GroupStatus::kProcNotMapped:
            return "SS_NOT_MAPPING";
    }
    return "FAIL";
}

GroupCodes codes_of(const RulePack& pack, const GroupResult& result) {
    GroupCodes codes{"0000", "00", "0000", name_of(result.status)};
    if (result.mdc < 0) return codes;
    const Mdc& mdc = pack.mdcs()[static_cast<std::size_t>(result.mdc)];
    codes.mdc = mdc.code;
    if (result.status == GroupStatus::kAmbiguous) {
        codes.adrg = "QY";
        codes.drg = mdc.qy_code;
    } else {
        codes.adrg = pack.adrgs()[static_cast<std::size_t>(result.adrg)].code;
        codes.drg = pack.drgs()[static_cast<std::size_t>(result.drg)].code;
    }
    return codes;
}

GroupResult group(const RulePack& pack, const CaseInput& input, GroupOptions options,
                  Workspace& workspace) {
    NoTrail none;
    return Evaluation<NoTrail>(pack, input, options, workspace, none).run();
}

Explained explain(const RulePack& pack, std::string_view case_id, const CaseInput& input,
                  GroupOptions options, Workspace& workspace) {
    Trail trail(case_id, pack);
    const GroupResult result = Evaluation<Trail>(pack, input, options, workspace, trail).run();
    return {result, std::move(trail).result(codes_of(pack, result))};
}

}  // namespace yilian::billing::drg
