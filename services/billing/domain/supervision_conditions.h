#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/billing/domain/supervision.h"

// Conditions that rules of supervision name. Internal to supervision*.cpp.
namespace yilian::billing::supervision {

using LineRefs = std::vector<const LineFact*>;

// The facts of a month with the ways into them, and where hits go.
struct View {
    const RuleSet& set;
    const Rule& rule;
    const Facts& facts;
    std::vector<const CaseFact*> cases{};                                  // by key, in scope
    std::map<std::string, std::vector<const CaseFact*>> of_resident{};     // by admission, in scope
    std::map<std::string, std::vector<const CaseFact*>> of_institution{};  // by key, in scope
    std::map<std::string, LineRefs> lines_of{};                            // by case key, in scope
    std::map<std::string, const CaseFact*> case_of{};                      // by case key, in scope
    std::map<std::string, Hit> hits{};

    [[nodiscard]] const Item* item(std::string_view code) const;
    // Lines of a case whose item is known, with it.
    void each_line(const CaseFact& of,
                   const std::function<void(const LineFact&, const Item&)>& use) const;
    // The same record is found once.
    void hit(const CaseFact& of, const std::string& detail, Fen amount,
             std::vector<std::pair<std::string, std::string>> evidence);
    void hit_institution(const std::string& institution_id, const std::string& detail,
                         std::vector<std::pair<std::string, std::string>> evidence);
};

enum class Kind { kNumber, kRate, kWords };
struct Parameter {
    std::string_view name;
    Kind kind = Kind::kNumber;
};
struct Condition {
    std::string_view name;
    std::string_view family;
    Input input{};
    std::vector<Parameter> parameters{};
    std::function<void(View&)> run{};  // empty: raised by an event
};

// All of them, by name.
[[nodiscard]] std::span<const Condition> conditions();
[[nodiscard]] const Condition* condition(std::string_view name);

// Parts of conditions(), one for each file.
[[nodiscard]] std::vector<Condition> line_conditions();
[[nodiscard]] std::vector<Condition> combination_conditions();
[[nodiscard]] std::vector<Condition> stay_conditions();
[[nodiscard]] std::vector<Condition> peer_conditions();
[[nodiscard]] std::vector<Condition> sale_conditions();

[[nodiscard]] bool starts_with_any(std::string_view text, const std::vector<std::string>& prefixes);

}  // namespace yilian::billing::supervision
