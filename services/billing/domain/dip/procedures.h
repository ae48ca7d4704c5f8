#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libs/amount/scaled.h"
#include "libs/policy/billing_blocks.h"

// What the procedures of a case mean for its DIP group (billing.md 4.2 step 1). Pure, no state.
namespace yilian::billing::dip {

using amount::Fen;
using amount::Points;
using amount::Rate;
using policy::billing::Dip;
using policy::billing::GroupKind;
using policy::billing::ProcedureRank;

// A table by text that is asked with views. Nothing may depend on the order of its entries.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};
template <class Value>
using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// Interventional counts as surgery wherever ranks are compared, shown or stored in a catalogue.
[[nodiscard]] ProcedureRank class_rank(ProcedureRank rank);
// conservative, diagnostic, therapeutic, surgery.
[[nodiscard]] std::string_view name_of(ProcedureRank rank);
// 1 to 4, as in the codes of comprehensive groups (T1 conservative ... T4 surgery).
[[nodiscard]] int number_of(ProcedureRank rank);

// The first `chars` characters (code points) of a UTF-8 text; the whole text when it is shorter.
[[nodiscard]] std::string_view prefix_of(std::string_view text, std::int64_t chars);
[[nodiscard]] std::int64_t length_of(std::string_view text);

struct ProcedureFacts {
    ProcedureRank rank = ProcedureRank::kTherapeutic;
    bool excluded = false;  // never takes part in grouping
    std::string level;      // surgery level for auxiliary rules (4.6), "" = not known
};

// The procedure list of a region. Filled once, then read from any thread.
class ProcedureTable {
  public:
    // False, and nothing happens, when the code is there already.
    bool add(std::string code, ProcedureFacts facts);
    // Null for a code that is not listed.
    [[nodiscard]] const ProcedureFacts* find(std::string_view code) const;

  private:
    ByText<ProcedureFacts> facts_;
};

// One procedure of a case, in the order of the upload.
struct UsedProcedure {
    std::string_view code;
    Fen cost;
};

// The part of a case that its group depends on besides the diagnosis. Codes are cut to
// proc_key_chars and point into the case.
struct Treatment {
    std::string_view main;                  // "" without any procedure
    std::vector<std::string_view> related;  // sorted by bytes, none twice, never the main one
    ProcedureRank rank = ProcedureRank::kConservative;  // of all remaining procedures
    std::string_view level;                             // of the main procedure, "" = not known
};

// A procedure that is listed neither by its code nor by its cut code takes unknown_procedure_rank.
// `total` is the cost of the case.
[[nodiscard]] Treatment treatment_of(const Dip& dip, const ProcedureTable& table,
                                     std::span<const UsedProcedure> procedures, Fen total);

// Rank of one code as above.
[[nodiscard]] ProcedureRank rank_of(const Dip& dip, const ProcedureTable& table,
                                    std::string_view code);

// "51.2300+51.8800"; "" without any procedure.
[[nodiscard]] std::string expression_of(const Treatment& treatment);

}  // namespace yilian::billing::dip
