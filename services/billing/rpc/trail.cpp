#include "services/billing/rpc/trail.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/policy/keys/billing.h"
#include "nlohmann/json.hpp"
#include "services/billing/domain/settlement.h"

namespace yilian::billing::rpc_edge {
namespace {

v1::TrailStep step(std::string stage, std::string rule, std::string version, std::string outcome,
                   std::vector<std::string> inputs, std::string explanation, std::string source) {
    v1::TrailStep s;
    s.set_stage(std::move(stage));
    s.set_rule_id(std::move(rule));
    s.set_rule_version(std::move(version));
    s.set_outcome(std::move(outcome));
    std::ranges::sort(inputs);
    for (std::string& input : inputs) s.add_inputs(std::move(input));
    s.set_explanation(std::move(explanation));
    s.set_source(std::move(source));
    return s;
}

// "1234.56"
std::string yuan(Fen amount) {
    const std::int64_t fen = amount.raw() < 0 ? -amount.raw() : amount.raw();
    return fmt::format("{}{}.{:02} yuan", amount.is_negative() ? "-" : "", fen / 100, fen % 100);
}

// Without trailing zeros: "1.05".
template <class Quantity>
std::string plain(Quantity quantity) {
    std::string text = quantity.text();
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

std::string policy_source(const policy::Pack& policy, std::string_view block) {
    return fmt::format("policy pack {} version {}, body.{}", policy.id(), policy.version(), block);
}

// A key with the document it was read from.
std::string key_source(const policy::Pack& policy, std::string_view key) {
    const policy::Origin& origin = policy.origin(key);
    return fmt::format("policy pack {} version {}, {}: {} ({})", policy.id(), policy.version(), key,
                       origin.source, policy::letter_of(origin.mark));
}

std::string text_of(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string joined(const nlohmann::json& list) {
    std::string text;
    for (const auto& item : list) {
        if (!text.empty()) text += ", ";
        text += text_of(item);
    }
    return text;
}

// One step of the grouper in plain words.
std::string drg_words(const std::string& kind, const nlohmann::json& s) {
    const auto at = [&](const char* key) { return s.contains(key) ? text_of(s.at(key)) : ""; };
    if (kind == "check") {
        return s.at("failed").empty()
                   ? "The case has all values that the grouping rules ask for."
                   : "The grouping rules cannot use the case: " + joined(s.at("failed")) + ".";
    }
    if (kind == "map") {
        return s.contains("after")
                   ? fmt::format("Code {} was converted to {} of the insurance edition.",
                                 at("before"), at("after"))
                   : fmt::format("Code {} has no counterpart in the insurance edition.",
                                 at("before"));
    }
    if (kind == "mdc") {
        return fmt::format("The case fulfils the conditions of major category {} ({}){}.",
                           at("mdc"), at("condition"),
                           at("result") == "no_adrg" ? ", but no group of it takes the case" : "");
    }
    if (kind == "adrg") {
        return fmt::format("Adjacent group {} takes the case first, by rule {}{}.", at("adrg"),
                           at("rule"),
                           s.at("codes").empty() ? "" : " with " + joined(s.at("codes")));
    }
    if (kind == "severity") {
        return at("result") == "counts"
                   ? fmt::format("Other diagnosis {} counts as {}.", at("code"), at("class"))
                   : fmt::format(
                         "Other diagnosis {} is a {}, but the principal diagnosis excludes "
                         "it (table {}).",
                         at("code"), at("class"), at("table"));
    }
    if (kind == "qy") {
        return fmt::format(
            "Operation {} belongs to no group of category {}: the case is ambiguous.", at("code"),
            at("mdc"));
    }
    if (at("drg").empty()) return fmt::format("The case has no group ({}).", at("status"));
    return fmt::format("The case is grouped into {}.", at("drg"));
}

std::string_view drg_table(const std::string& kind) {
    if (kind == "map") return "dx_map.csv, proc_map.csv";
    if (kind == "mdc") return "mdc.csv";
    if (kind == "adrg") return "adrg.csv";
    if (kind == "severity") return "mcc.csv, cc.csv, cc_exclusion_principal_dx.csv";
    if (kind == "result") return "drg.csv";
    return "pack.csv";
}

std::string_view why_chosen(dip::DecidedBy step) {
    switch (step) {
        case dip::DecidedBy::kNoCandidate:
            return "no group of the catalogue fits";
        case dip::DecidedBy::kOnlyOne:
            return "it is the only group that fits";
        case dip::DecidedBy::kClass:
            return "its class comes first in the region's order";
        case dip::DecidedBy::kPrefix:
            return "its diagnosis prefix is the longest";
        case dip::DecidedBy::kTerms:
            return "it asks for the most procedures";
        case dip::DecidedBy::kProcedures:
            return "it uses the most procedures of the case";
        case dip::DecidedBy::kTieBreak:
            return "the region's tie-break prefers it";
        case dip::DecidedBy::kCode:
            return "everything else is equal and its code comes first";
    }
    return "";
}

std::string list_of(const std::vector<std::string_view>& items) {
    return items.empty() ? "none" : fmt::format("{}", fmt::join(items, ", "));
}

}  // namespace

std::string rule_pack_source(const app::LoadedRules& rules) {
    const std::string document =
        rules.dip && !rules.dip->source().empty() ? " (" + rules.dip->source() + ')' : "";
    return fmt::format("rule pack {}{}, digest {}", rules.version, document,
                       rules.digest.substr(0, 12));
}

v1::TrailStep note_step(std::string stage, std::string rule, std::string version,
                        std::string explanation) {
    return step(std::move(stage), std::move(rule), std::move(version), "NOTE", {},
                std::move(explanation), "");
}

Steps check_steps(const store::ListRow& list) {
    const std::string version = std::to_string(kListRuleVersion);
    const std::string source = "settlement list rules, version " + version;
    Steps steps;
    for (const Finding& f : list.findings) {
        const bool rejects = f.severity == ListSeverity::kReject;
        steps.push_back(
            step("CHECK", f.reason, version, rejects ? "REJECT" : "WARN", {"field=" + f.field},
                 fmt::format("Field {} does not fulfil rule {}: {}.", f.field, f.reason,
                             rejects ? "the list is rejected" : "accepted with a warning"),
                 source));
    }
    if (steps.empty()) {
        steps.push_back(step("CHECK", "all", version, "OK", {},
                             "The list fulfils every rule and is accepted.", source));
    }
    return steps;
}

Steps drg_group_steps(const app::LoadedRules& rules, std::string_view case_id,
                      const app::GroupQuestion& question) {
    drg::Workspace workspace;
    const auto explained =
        drg::explain(*rules.pack, case_id, question.input, question.options, workspace);
    const std::string source = rule_pack_source(rules);
    Steps steps;
    const auto trail = nlohmann::json::parse(explained.trail);
    for (const auto& s : trail.at("steps")) {
        std::string kind;
        std::string outcome;
        std::vector<std::string> inputs;
        for (const auto& [key, value] : s.items()) {
            if (key == "step" || key == "kind") {
                kind = text_of(value);
            } else if (key == "result" || key == "status" || key == "class") {
                outcome = text_of(value);
            } else {
                inputs.push_back(key + '=' + text_of(value));
            }
        }
        steps.push_back(step("GROUP", kind, rules.version, outcome, std::move(inputs),
                             drg_words(kind, s), fmt::format("{}, {}", source, drg_table(kind))));
    }
    return steps;
}

Steps dip_group_steps(const app::LoadedRules& rules, const policy::Pack& policy,
                      const app::DipQuestion& question, const app::DipAnswer& answer) {
    const policy::billing::Dip& dip = *policy.blocks().dip;
    const dip::Treatment& treatment = answer.treatment;
    const std::string source = rule_pack_source(rules);
    const std::string key(dip::prefix_of(question.principal_dx, dip.dx_key_chars));
    const std::string rank(dip::name_of(treatment.rank));
    Steps steps;
    steps.push_back(
        step("GROUP", "key", rules.version, key,
             {"principal_dx=" + std::string(question.principal_dx),
              "main=" + std::string(treatment.main), "related=" + list_of(treatment.related),
              "rank=" + rank},
             fmt::format("Principal diagnosis {} counts as {}. {} The case is of rank {}.",
                         question.principal_dx, key,
                         treatment.main.empty()
                             ? std::string("No procedure takes part.")
                             : fmt::format("Main procedure: {}; related procedures: {}.",
                                           treatment.main, list_of(treatment.related)),
                         rank),
             source + ", procedures.csv; " + policy_source(policy, "dip.related_min_rate")));
    const dip::GroupChoice& choice = answer.score.choice;
    const std::string decided(dip::name_of(choice.decided_by));
    if (choice.group == nullptr) {
        steps.push_back(step("GROUP", "choice", rules.version, "BLANK",
                             {"candidates=0", "decided_by=" + decided},
                             "No group of the catalogue fits: blank group, paid by its cost.",
                             source + ", catalogue.csv"));
        return steps;
    }
    const dip::Group& group = *choice.group;
    steps.push_back(
        step("GROUP", "choice", rules.version, group.code,
             {"candidates=" + std::to_string(choice.candidates), "decided_by=" + decided,
              "kind=" + std::string(dip::name_of(group.kind)), "proc_expr=" + group.proc_expr},
             fmt::format("{} group(s) of the catalogue fit; {} was chosen because {}.",
                         choice.candidates, group.code, why_chosen(choice.decided_by)),
             source + ", catalogue.csv; " + policy_source(policy, "dip.priority")));
    return steps;
}

Steps bed_day_group_steps(const store::ScoreRow& score) {
    return {step("GROUP", "bed_day", score.rules_version, score.group_code, {},
                 fmt::format("The stay is paid by bed-day of type {}{}.", score.group_code,
                             std::ranges::find(score.flags, "CONTINUED") != score.flags.end()
                                 ? "; it continues the count of the stay before"
                                 : ""),
                 "policy pack " + score.rules_version + ", body.bed_day")};
}

namespace {

bool has(const store::ScoreRow& s, std::string_view flag) {
    return std::ranges::find(s.flags, flag) != s.flags.end();
}

std::vector<std::string> score_inputs(const store::ScoreRow& s, Fen cost) {
    return {"average_fen=" + s.group_average.text(),
            "aux=" + s.aux.text(),
            "base=" + s.base.text(),
            "cost_fen=" + cost.text(),
            "d=" + s.d.text(),
            "deviation=" + s.deviation,
            "k=" + s.k.text()};
}

std::string drg_points_words(const store::ScoreRow& s, Fen cost) {
    if (s.group_status == "ACTUAL_COST") {
        return "The stay is outside the days that DRG pays: it is paid at actual cost, without "
               "points.";
    }
    const std::string compare = fmt::format("The stay cost {}, the group costs {} on average",
                                            yuan(cost), yuan(s.group_average));
    if (s.deviation == "INCOMPLETE") {
        return fmt::format(
            "{}. That little is paid by what it cost, at most the group's {} points: "
            "{} points.",
            compare, plain(s.base), plain(s.points));
    }
    if (s.deviation == "UNGROUPED") {
        return fmt::format(
            "Without a group the case has the region's part of an average case: {} "
            "points.",
            plain(s.points));
    }
    return fmt::format(
        "{}{}. {} points of the group x deviation {} x coefficient of the "
        "institution {} = {} points.",
        compare, s.deviation == "HIGH" ? ", which is far more" : "", plain(s.base), plain(s.d),
        plain(s.k), plain(s.points));
}

std::string dip_points_words(const store::ScoreRow& s, Fen cost) {
    if (s.group_status == "ACTUAL_COST") {
        return "The group has no points in the catalogue: the case is paid at actual cost.";
    }
    if (s.group_status == "BLANK") {
        return fmt::format("A case without a group has points by its cost of {}: {} points.",
                           yuan(cost), plain(s.points));
    }
    return fmt::format(
        "{} points of the group x deviation {} x coefficient of the institution {} x "
        "auxiliary coefficient {}, rounded once, make {} points.",
        plain(s.base), plain(s.d), plain(s.k), plain(s.aux), plain(s.points));
}

void add_dip_factors(const store::ScoreRow& s, Fen cost, const policy::Pack& policy,
                     const std::string& source, Steps& steps) {
    if (s.group_status != "GROUPED") return;
    const bool no_reference = has(s, "NO_REFERENCE");
    steps.push_back(step(
        "SCORE", "deviation", s.rules_version, s.d.text(),
        {"cost_fen=" + cost.text(), "flags=" + fmt::format("{}", fmt::join(s.flags, ",")),
         "reference_fen=" + s.group_average.text()},
        no_reference ? std::string("The group has no reference cost: the deviation is 1.")
                     : fmt::format("The case cost {} against a reference of {}: {}, deviation {}.",
                                   yuan(cost), yuan(s.group_average),
                                   s.deviation == "NORMAL" ? "inside the normal band"
                                   : s.deviation == "LOW"  ? "a low-cost deviation"
                                                           : "a high-cost deviation",
                                   plain(s.d)),
        source + ", reference.csv and catalogue.csv; " + policy_source(policy, "dip.deviation")));
    steps.push_back(step("SCORE", "coefficient", s.rules_version, s.k.text(), {},
                         fmt::format("The coefficient is {}: that of the group where it is a "
                                     "base-level group (the same at every institution), else that "
                                     "of the institution, 1 without history.",
                                     plain(s.k)),
                         source + ", coefficients.csv; " +
                             key_source(policy, "billing.dip.base_same_points_same_price")));
    if (s.aux_ids.empty()) return;
    steps.push_back(step("SCORE", "auxiliary", s.rules_version, s.aux.text(),
                         {"rules=" + store::join(s.aux_ids)},
                         fmt::format("Auxiliary catalogue {} applies: coefficient {}.",
                                     fmt::join(s.aux_ids, ", "), plain(s.aux)),
                         policy_source(policy, "dip.auxiliary")));
}

}  // namespace

Steps score_steps(const store::ScoreRow& s, Fen cost, const policy::Pack& policy,
                  const std::string& source) {
    Steps steps;
    std::string words;
    std::string from;
    if (s.scheme == "DIP") {
        add_dip_factors(s, cost, policy, source, steps);
        words = dip_points_words(s, cost);
        from = source + ", catalogue.csv; " +
               policy_source(policy, s.group_status == "BLANK" ? "dip.blank" : "dip.rounding");
    } else if (s.scheme == "BED_DAY") {
        words = fmt::format("The days of the stay have {} points by the tiers of the type.",
                            plain(s.points));
        from = policy_source(policy, "bed_day.types");
    } else {
        words = drg_points_words(s, cost);
        from = source + ", weights.csv and coefficients.csv; " + policy_source(policy, "drg");
    }
    if (has(s, "SPECIAL_CASE")) words = "The experts' decision replaces the formula (see below).";
    steps.push_back(step("SCORE", "points", s.rules_version, s.points.text(), score_inputs(s, cost),
                         std::move(words), std::move(from)));
    return steps;
}

v1::TrailStep special_step(const store::SpecialCaseRow& special, const store::ScoreRow& score) {
    std::string words;
    if (special.state == "PROPOSED") {
        words = fmt::format(
            "The institution asked for a review on {}; until it is decided the "
            "formula's {} points stand and no month is paid.",
            special.proposed_on, plain(special.formula_points));
    } else if (special.state == "ACCEPTED") {
        words = fmt::format("The experts granted {} points on {}; the formula gave {}.",
                            plain(score.points), special.decided_on, plain(special.formula_points));
    } else {
        words = fmt::format("The experts left the formula's {} points on {}.",
                            plain(special.formula_points), special.decided_on);
    }
    return step(
        "SCORE", "special_case", score.rules_version, special.state,
        {"formula_d=" + special.formula_d.text(), "formula_points=" + special.formula_points.text(),
         "reason=" + special.reason_code},
        std::move(words),
        special.experts_record_id.empty() ? "" : "record " + special.experts_record_id);
}

v1::TrailStep money_step(const store::ScoreRow& score, const std::string& pool_id,
                         const policy::billing::PoolRates& rates, const policy::billing::Run& run,
                         const policy::Pack& policy) {
    const auto value = amount::Fraction::of(rates.v_bud_num, rates.v_bud_den);
    const Fen money =
        points_money(score.points, value, rates.payment_ratio, run.rounding.point_money);
    return step(
        "SCORE", "money", policy.id() + '/' + std::to_string(policy.version()), money.text(),
        {"payment_ratio=" + rates.payment_ratio.text(), "pool=" + pool_id,
         "prepay_rate=" + rates.prepay_rate.text(),
         fmt::format("value={}/{}", rates.v_bud_num, rates.v_bud_den)},
        fmt::format("{} points are worth {} of pool {} at its budget value and payment "
                    "ratio {}. The month adds the points of all cases and rounds once; {} "
                    "of it is prepaid, the rest is settled with the year.",
                    plain(score.points), yuan(money), pool_id, plain(rates.payment_ratio),
                    plain(rates.prepay_rate)),
        policy_source(policy, "run.pools") + "; " + key_source(policy, "billing.budget.method"));
}

v1::TrailStep benefit_step(const store::BenefitRow& b, const policy::Pack* policy) {
    std::string words = fmt::format(
        "Of {} in-policy cost the deductible is {}{}. At ratio {} basic insurance pays {}, serious "
        "illness {}, medical aid {}; the person bears {} of it.",
        yuan(b.in_policy), yuan(b.deductible),
        b.waiver == "NONE" ? ""
                           : fmt::format(" ({} waived by referral: {})", yuan(b.waived), b.waiver),
        plain(b.ratio), yuan(b.basic), yuan(b.serious), yuan(b.aid), yuan(b.personal));
    if (!b.evidence_reason.empty()) words += " Referral evidence: " + b.evidence_reason + '.';
    return step(
        "BENEFIT", "benefit", b.pack_id + '/' + std::to_string(b.pack_version), b.waiver,
        {"aid_fen=" + b.aid.text(), "basic_fen=" + b.basic.text(),
         "deductible_fen=" + b.deductible.text(), "evidence=" + b.evidence_reason,
         "in_policy_fen=" + b.in_policy.text(), "ordinal=" + std::to_string(b.ordinal),
         "ratio=" + b.ratio.text(), "referral=" + b.referral, "serious_fen=" + b.serious.text()},
        std::move(words),
        policy == nullptr
            ? ""
            : policy_source(*policy, "benefit") + "; " +
                  key_source(*policy, b.waiver == "NONE" ? "billing.protection.layers"
                                                         : "billing.deductible.chain_mode"));
}

}  // namespace yilian::billing::rpc_edge
