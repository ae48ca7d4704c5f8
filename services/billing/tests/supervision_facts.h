#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "services/billing/domain/supervision.h"

// Facts of March 2026 for the rules of fund supervision, and what a shipped rule finds in them.
namespace yilian::billing::supervision {

inline std::string shipped(const std::string& file) {
    const char* source = std::getenv("YILIAN_SOURCE_DIR");
    std::ifstream in(std::string(source == nullptr ? "." : source) +
                     "/services/billing/rules/supervision/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline const RuleSet& rules() {
    static const RuleSet set = [] {
        std::vector<Defect> defects;
        RuleSet read = read_rules(shipped("rules.csv"), shipped("items.csv"), defects);
        EXPECT_THAT(defects, testing::IsEmpty());
        return read;
    }();
    return set;
}

inline CivilDate day(const std::string& text) { return *CivilDate::parse(text); }
inline Instant noon(CivilDate date) {
    return Instant(std::chrono::milliseconds(
        std::chrono::duration_cast<std::chrono::milliseconds>(date.days().time_since_epoch())
            .count() +
        4 * 3'600'000));
}

// A stay of March 2026 that no rule on one list finds.
inline CaseFact stay(const std::string& list_id, const std::string& from = "2026-03-02",
                     const std::string& to = "2026-03-09") {
    CaseFact c;
    c.institution_id = "H1";
    c.list_id = list_id;
    c.resident_id = "r";
    c.insurance = "RES";
    c.level = "L2";
    c.type = "INPATIENT";
    c.sex = 1;
    c.age_years = 58;
    c.admitted_on = day(from);
    c.discharged_on = day(to);
    c.admitted_at = noon(c.admitted_on);
    c.discharged_at = noon(c.discharged_on);
    c.stay_days = std::max(1, calendar::days_between(c.admitted_on, c.discharged_on));
    c.nursing_days = c.stay_days;
    c.dept = "03";
    c.diagnoses = {"E11.900"};
    c.total = Fen::of_raw(1'000'000);
    c.in_month = to.starts_with("2026-03");
    return c;
}

inline LineFact line(const std::string& list_id, std::int64_t number, const std::string& item,
                     std::int64_t milli, std::int64_t fen, const std::string& on = "2026-03-03") {
    return {"H1", list_id, number, item, day(on), milli, Fen::of_raw(fen), "03", ""};
}

inline SaleFact sale(const std::string& id, const std::string& resident, const std::string& item,
                     const std::string& on, std::int64_t milli, std::int64_t fen) {
    return {"P1", id, resident, item, day(on), milli, 0, Fen::of_raw(fen), ""};
}

inline Facts march(std::vector<CaseFact> cases, std::vector<LineFact> lines = {}) {
    Facts facts;
    facts.month = *CivilMonth::parse("2026-03");
    facts.cases = std::move(cases);
    facts.lines = std::move(lines);
    return facts;
}

inline std::vector<Hit> found(const std::string& rule_id, const Facts& facts) {
    const Rule* rule = rules().rule(rule_id, day("2026-03-31"));
    EXPECT_NE(rule, nullptr) << rule_id;
    return rule == nullptr ? std::vector<Hit>{} : evaluate(rules(), *rule, facts);
}
inline std::vector<std::string> records(const std::string& rule_id, const Facts& facts) {
    std::vector<std::string> out;
    for (const Hit& hit : found(rule_id, facts)) out.push_back(hit.record);
    return out;
}
inline std::string evidence(const Hit& hit, const std::string& name) {
    for (const auto& [key, value] : hit.evidence) {
        if (key == name) return value;
    }
    return {};
}

// Cases of several institutions with a group each, for the rules on peers.
inline std::vector<CaseFact> peers(int institutions, int cases) {
    std::vector<CaseFact> out;
    for (int i = 0; i < institutions; ++i) {
        for (int n = 0; n < cases; ++n) {
            CaseFact c = stay("l" + std::to_string(n));
            c.institution_id = "H" + std::to_string(i);
            c.resident_id = c.institution_id + "-" + std::to_string(n);
            c.group_code = "FV23";
            c.points = Points::of_raw(1'000'000);
            out.push_back(c);
        }
    }
    return out;
}

}  // namespace yilian::billing::supervision
