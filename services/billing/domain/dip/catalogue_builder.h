#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "services/billing/domain/dip/catalogue.h"
#include "services/billing/domain/dip/statistics.h"

// A local DIP catalogue from the cases of the last years (billing.md 4.2). Pure.
namespace yilian::billing::dip {

struct HistoryCase {
    int year = 0;
    std::string_view principal_dx;
    std::span<const UsedProcedure> procedures;  // in the order of the upload
    Fen total;                                  // > 0
};

struct BuiltGroup {
    Group group;
    std::int64_t cases = 0;
    std::int64_t cases_kept = 0;  // after trimming
    Fen mean;                     // weighted over the years, rounded only here
    Rate relative_weight;
    std::int64_t cv_e4 = 0;  // of the kept cases
};

// How far the catalogue can be trusted.
struct Quality {
    std::int64_t cases = 0;  // inside the window of years
    std::int64_t cases_kept = 0;
    std::int64_t core_cases = 0;
    std::int64_t comprehensive_cases = 0;
    GroupCounts core_groups;
    std::int64_t comprehensive_groups = 0;
    Rate core_coverage;  // core cases / cases, RND half_away
    // CV of all kept cases together, and the mean of the groups' CV weighted with their kept cases:
    // what grouping took away of the spread. Both in 10^-4, cut.
    std::int64_t cv_of_all_e4 = 0;
    std::int64_t cv_in_groups_e4 = 0;
    std::vector<std::string> wide_groups;  // CV >= 1: a warning, by code
};

struct BuiltCatalogue {
    std::vector<BuiltGroup> groups;  // by code
    Fen mean_of_all;                 // M, rounded only here: `blank.mean_fen` of the next pack
    Quality quality;
};

// Takes cases in any order and any number of threads' worth of files one after the other; the
// result depends on the set of cases only. Memory: eight bytes a case and one entry for each
// different treatment. Not thread-safe; the parameters must outlive it.
class CatalogueBuilder {
  public:
    CatalogueBuilder(const Dip& dip, const ProcedureTable& procedures)
        : dip_(dip), procedures_(procedures) {}

    void add(const HistoryCase& history);

    // There are as many years as weights and the last one given is the newest. Older cases are left
    // out: who gives them reports them (DIP_YEAR_OUTSIDE). POLICY_VALUE (metadata key) when the
    // trimming of the parameters leaves a group without any case. Without cases: no groups.
    [[nodiscard]] Outcome<BuiltCatalogue> build() const;

    // Oldest year of the window; 0 without cases.
    [[nodiscard]] int oldest_year() const;

  private:
    // Diagnosis key, main procedure, related procedures joined by '+', rank of the case.
    using Key = std::tuple<std::string, std::string, std::string, ProcedureRank>;
    using Costs = std::map<int, std::vector<std::int64_t>>;  // by year

    const Dip& dip_;
    const ProcedureTable& procedures_;
    int newest_ = 0;
    std::map<Key, Costs> buckets_;
    // Highest rank of the codes of a year that share a cut code.
    std::map<std::string, std::map<int, ProcedureRank>, std::less<>> seen_ranks_;

    friend class CatalogueBuild;
};

}  // namespace yilian::billing::dip
