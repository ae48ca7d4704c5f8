#include "services/billing/domain/dip/catalogue_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace yilian::billing::dip {

using amount::Fraction;
using amount::Rounding;

// One run over what the builder has collected.
class CatalogueBuild {
  public:
    explicit CatalogueBuild(const CatalogueBuilder& input)
        : input_(input), dip_(input.dip_), years_(dip_.year_weights.size()) {
        collect();
    }

    Outcome<BuiltCatalogue> run() {
        form_core_groups();
        form_comprehensive_groups();
        if (auto refusal = trim()) return *std::move(refusal);
        BuiltCatalogue built;
        if (groups_.empty()) return built;
        const Fraction all = mean_of_all();
        built.mean_of_all = all.to_fen(Rounding::kHalfAway);
        for (auto& [code, sample] : groups_) built.groups.push_back(finish(sample, all));
        built.quality = quality(built.groups);
        return built;
    }

  private:
    // Cases that have everything in common that a group can depend on.
    struct Bucket {
        std::string dx;
        std::string main;
        std::string related;
        ProcedureRank rank{};
        std::int64_t cases = 0;
        std::vector<std::vector<std::int64_t>> years;  // oldest first
    };
    struct Sample {
        Group group;
        std::int64_t cases = 0;
        std::vector<std::vector<std::int64_t>> years;
        std::vector<Moments> kept;
    };
    using CoreKey = std::tuple<std::string, std::string, std::string>;

    void collect() {
        const int oldest = input_.oldest_year();
        for (const auto& [key, costs] : input_.buckets_) {
            Bucket bucket{.dx = std::get<0>(key),
                          .main = std::get<1>(key),
                          .related = std::get<2>(key),
                          .rank = std::get<3>(key),
                          .cases = 0,
                          .years = {}};
            bucket.years.resize(years_);
            for (const auto& [year, list] : costs) {
                if (year < oldest) continue;
                bucket.years[static_cast<std::size_t>(year - oldest)] = list;
                bucket.cases += static_cast<std::int64_t>(list.size());
            }
            if (bucket.cases > 0) remaining_.push_back(std::move(bucket));
        }
    }

    [[nodiscard]] std::map<CoreKey, std::int64_t> count_core_keys() const {
        std::map<CoreKey, std::int64_t> counts;
        for (const Bucket& b : remaining_) counts[{b.dx, b.main, b.related}] += b.cases;
        return counts;
    }

    void form_core_groups() {
        const auto with_related = count_core_keys();
        for (Bucket& b : remaining_) {
            if (b.related.empty()) continue;
            if (with_related.at({b.dx, b.main, b.related}) < dip_.core_threshold) b.related.clear();
        }
        const auto counts = count_core_keys();
        take_if([&](const Bucket& b) -> std::optional<Group> {
            if (counts.at({b.dx, b.main, b.related}) < dip_.core_threshold) return std::nullopt;
            const std::string expression = b.related.empty() ? b.main : b.main + "+" + b.related;
            return Group{.code = b.dx + ":" + (expression.empty() ? "0" : expression),
                         .kind = GroupKind::kCore,
                         .dx_key = b.dx,
                         .proc_expr = expression,
                         .rank = rank_of_expression(expression),
                         .points = {},
                         .ref_fen = {},
                         .basic_coef = {}};
        });
    }

    void form_comprehensive_groups() {
        for (const std::int64_t length : dip_.comprehensive_prefixes) {
            const bool last = length == dip_.comprehensive_prefixes.back();
            // A diagnosis shorter than the prefix waits for the last length, so that no code can
            // come from two lengths.
            const auto prefix = [&](const Bucket& b) -> std::optional<std::string> {
                if (!last && length_of(b.dx) < length) return std::nullopt;
                return std::string(prefix_of(b.dx, length));
            };
            std::map<std::pair<std::string, ProcedureRank>, std::int64_t> counts;
            for (const Bucket& b : remaining_) {
                if (const auto p = prefix(b)) counts[{*p, b.rank}] += b.cases;
            }
            take_if([&](const Bucket& b) -> std::optional<Group> {
                const auto p = prefix(b);
                if (!p) return std::nullopt;
                if (!last && counts.at({*p, b.rank}) < dip_.core_threshold) return std::nullopt;
                return Group{.code = *p + ":T" + std::to_string(number_of(b.rank)),
                             .kind = GroupKind::kComprehensive,
                             .dx_key = *p,
                             .proc_expr = {},
                             .rank = b.rank,
                             .points = {},
                             .ref_fen = {},
                             .basic_coef = {}};
            });
        }
    }

    // Moves the buckets for which `group_of` names a group out of what remains.
    template <class GroupOf>
    void take_if(const GroupOf& group_of) {
        std::erase_if(remaining_, [&](Bucket& b) {
            std::optional<Group> group = group_of(b);
            if (!group) return false;
            std::string code = group->code;
            auto& sample = groups_.try_emplace(std::move(code)).first->second;
            sample.group = *std::move(group);
            sample.cases += b.cases;
            sample.years.resize(years_);
            for (std::size_t y = 0; y < years_; ++y) {
                sample.years[y].insert(sample.years[y].end(), b.years[y].begin(), b.years[y].end());
            }
            return true;
        });
    }

    [[nodiscard]] ProcedureRank rank_of_expression(std::string_view expression) const {
        auto rank = ProcedureRank::kConservative;
        while (!expression.empty()) {
            const std::string_view code = expression.substr(0, expression.find('+'));
            rank = std::max(rank, rank_of_key(code));
            expression.remove_prefix(std::min(expression.size(), code.size() + 1));
        }
        return rank;
    }

    [[nodiscard]] ProcedureRank rank_of_key(std::string_view code) const {
        const bool listed = input_.procedures_.find(code) != nullptr;
        const auto seen = input_.seen_ranks_.find(code);
        if (listed || seen == input_.seen_ranks_.end()) {
            return rank_of(dip_, input_.procedures_, code);
        }
        auto rank = ProcedureRank::kConservative;
        for (const auto& [year, of_year] : seen->second) {
            if (year >= input_.oldest_year()) rank = std::max(rank, of_year);
        }
        return rank;
    }

    [[nodiscard]] std::optional<Refusal> trim() {
        for (auto& [code, sample] : groups_) {
            std::int64_t kept = 0;
            for (auto& costs : sample.years) {
                Moments& moments = sample.kept.emplace_back();
                for (const auto cost : trimmed(dip_.trim, std::move(costs))) moments.add(cost);
                kept += moments.count;
            }
            if (kept == 0) {
                return Refusal{"POLICY_VALUE", {{"key", "body.dip.trim"}, {"group", code}}};
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] static std::optional<Fen> average_of(const Moments& moments) {
        if (moments.count == 0) return std::nullopt;
        return moments.average();
    }

    [[nodiscard]] Fraction mean_of(std::span<const Moments> years) const {
        std::vector<std::optional<Fen>> averages;
        for (const Moments& moments : years) averages.push_back(average_of(moments));
        return weighted_mean(dip_.year_weights, averages).value();
    }

    [[nodiscard]] Fraction mean_of_all() {
        all_.resize(years_);
        for (const auto& [code, sample] : groups_) {
            for (std::size_t y = 0; y < years_; ++y) all_[y].add(sample.kept[y]);
        }
        return mean_of(all_);
    }

    [[nodiscard]] BuiltGroup finish(Sample& sample, const Fraction& all) const {
        const Fraction mean = mean_of(sample.kept);
        Moments together;
        for (const Moments& moments : sample.kept) together.add(moments);
        BuiltGroup built{.group = std::move(sample.group),
                         .cases = sample.cases,
                         .cases_kept = together.count,
                         .mean = mean.to_fen(Rounding::kHalfAway),
                         .relative_weight = relative_weight(mean, all),
                         .cv_e4 = together.cv_e4()};
        built.group.points = group_points(dip_, mean, all);
        built.group.ref_fen = average_of(sample.kept.back()).value_or(built.mean);
        return built;
    }

    [[nodiscard]] Quality quality(const std::vector<BuiltGroup>& built) const {
        constexpr std::int64_t kOne = 10'000;
        Quality q;
        std::vector<Group> core;
        amount::Int128 weighted_cv = 0;
        for (const BuiltGroup& b : built) {
            const bool wide = b.group.kind == GroupKind::kComprehensive;
            (wide ? q.comprehensive_cases : q.core_cases) += b.cases;
            if (wide) {
                ++q.comprehensive_groups;
            } else {
                core.push_back(b.group);
            }
            q.cases_kept += b.cases_kept;
            weighted_cv += amount::Int128{b.cv_e4} * b.cases_kept;
            if (b.cv_e4 >= kOne) q.wide_groups.push_back(b.group.code);
        }
        q.cases = q.core_cases + q.comprehensive_cases;
        q.core_groups = count_groups(core);
        q.core_coverage =
            Rate::of_raw(amount::muldiv(q.core_cases, Rate::kUnit, q.cases, Rounding::kHalfAway));
        Moments together;
        for (const Moments& moments : all_) together.add(moments);
        q.cv_of_all_e4 = together.cv_e4();
        q.cv_in_groups_e4 =
            amount::narrow64(amount::divide(weighted_cv, q.cases_kept, Rounding::kDown));
        return q;
    }

    const CatalogueBuilder& input_;
    const Dip& dip_;
    std::size_t years_;
    std::vector<Bucket> remaining_;
    std::map<std::string, Sample> groups_;
    std::vector<Moments> all_;
};

void CatalogueBuilder::add(const HistoryCase& history) {
    YILIAN_INVARIANT(history.total.raw() > 0, "dip: a case of the history has a cost");
    const Treatment treatment = treatment_of(dip_, procedures_, history.procedures, history.total);
    std::string related;
    for (const std::string_view code : treatment.related) {
        related.append(related.empty() ? "" : "+").append(code);
    }
    Key key{prefix_of(history.principal_dx, dip_.dx_key_chars), treatment.main, std::move(related),
            treatment.rank};
    buckets_[std::move(key)][history.year].push_back(history.total.raw());
    newest_ = std::max(newest_, history.year);
    for (const UsedProcedure& used : history.procedures) {
        const std::string_view cut = prefix_of(used.code, dip_.proc_key_chars);
        const ProcedureRank rank = rank_of(dip_, procedures_, used.code);
        auto seen = seen_ranks_.find(cut);
        if (seen == seen_ranks_.end()) seen = seen_ranks_.try_emplace(std::string(cut)).first;
        ProcedureRank& highest = seen->second.try_emplace(history.year, rank).first->second;
        highest = std::max(highest, rank);
    }
}

int CatalogueBuilder::oldest_year() const {
    if (buckets_.empty()) return 0;
    return newest_ - static_cast<int>(dip_.year_weights.size()) + 1;
}

Outcome<BuiltCatalogue> CatalogueBuilder::build() const { return CatalogueBuild(*this).run(); }

}  // namespace yilian::billing::dip
