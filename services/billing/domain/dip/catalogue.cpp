#include "services/billing/domain/dip/catalogue.h"

#include <algorithm>
#include <utility>

namespace yilian::billing::dip {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<Expression> parse(std::string_view text) {
    Expression terms;
    if (text.empty()) return terms;
    for (const std::string& term : split(text, '+')) {
        terms.push_back(split(term, '/'));
        const auto empty = [](const std::string& code) { return code.empty(); };
        if (std::ranges::any_of(terms.back(), empty)) return std::nullopt;
    }
    return terms;
}

// "" when the group is in order.
std::string_view problem_of(const Group& group, const std::optional<Expression>& expression) {
    if (group.code.empty()) return "no code";
    if (group.dx_key.empty()) return "no diagnosis key";
    if (!expression) return "not an expression";
    if (group.kind == GroupKind::kComprehensive && !expression->empty()) {
        return "a comprehensive group has no expression";
    }
    if ((group.kind == GroupKind::kBasic) != group.basic_coef.has_value()) {
        return "a basic group and no other has a coefficient";
    }
    if (group.points.is_negative() || group.ref_fen.is_negative()) return "negative figure";
    return "";
}

Refusal malformed(const std::string& code, std::string_view problem) {
    return {"RULES_TABLE_MALFORMED",
            {{"table", "catalogue"}, {"group", code}, {"problem", std::string(problem)}}};
}

}  // namespace

std::string_view name_of(GroupKind kind) {
    switch (kind) {
        case GroupKind::kCore:
            return "core";
        case GroupKind::kBasic:
            return "basic";
        case GroupKind::kComprehensive:
            return "comprehensive";
    }
    return "";
}

Outcome<Catalogue> Catalogue::of(std::vector<Group> groups) {
    std::ranges::sort(groups, {}, &Group::code);
    const auto repeated = std::ranges::adjacent_find(groups, {}, &Group::code);
    if (repeated != groups.end()) return malformed(repeated->code, "repeated key");
    Catalogue catalogue;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        Group& group = groups[i];
        group.rank = class_rank(group.rank);
        auto expression = parse(group.proc_expr);
        if (const auto problem = problem_of(group, expression); !problem.empty()) {
            return malformed(group.code, problem);
        }
        const bool wide = group.kind == GroupKind::kComprehensive;
        (wide ? catalogue.comprehensive_ : catalogue.specific_)[group.dx_key].push_back(
            static_cast<std::uint32_t>(i));
        if (wide) catalogue.lengths_.push_back(length_of(group.dx_key));
        catalogue.expressions_.push_back(*std::move(expression));
    }
    std::ranges::sort(catalogue.lengths_);
    const auto same = std::ranges::unique(catalogue.lengths_);
    catalogue.lengths_.erase(same.begin(), same.end());
    catalogue.groups_ = std::move(groups);
    return catalogue;
}

const Group* Catalogue::find(std::string_view code) const {
    const auto found = std::ranges::lower_bound(groups_, code, {}, &Group::code);
    return found != groups_.end() && found->code == code ? &*found : nullptr;
}

std::span<const std::uint32_t> Catalogue::at(const Index& index, std::string_view key) {
    const auto found = index.find(key);
    if (found == index.end()) return {};
    return found->second;
}

std::span<const std::uint32_t> Catalogue::specific(std::string_view dx_key) const {
    return at(specific_, dx_key);
}

std::span<const std::uint32_t> Catalogue::comprehensive(std::string_view prefix) const {
    return at(comprehensive_, prefix);
}

GroupCounts count_groups(std::span<const Group> groups) {
    GroupCounts counts;
    for (const Group& group : groups) {
        if (group.kind != GroupKind::kCore) continue;
        ++counts.core;
        if (group.proc_expr.empty()) {
            ++counts.conservative;
            continue;
        }
        ++counts.with_procedure;
        const bool related = group.proc_expr.find('+') != std::string::npos;
        ++(related ? counts.main_with_related : counts.main_only);
    }
    return counts;
}

bool consistent(const GroupCounts& counts) {
    return counts.conservative + counts.with_procedure == counts.core &&
           counts.main_only + counts.main_with_related == counts.with_procedure;
}

bool follows(std::int64_t earlier_groups, std::int64_t removed, const GroupCounts& later) {
    return earlier_groups - removed == later.core;
}

}  // namespace yilian::billing::dip
