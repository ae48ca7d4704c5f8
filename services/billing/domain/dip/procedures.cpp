#include "services/billing/domain/dip/procedures.h"

#include <algorithm>
#include <utility>

namespace yilian::billing::dip {
namespace {

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

const ProcedureFacts* facts_of(const Dip& dip, const ProcedureTable& table, std::string_view code) {
    const ProcedureFacts* facts = table.find(code);
    // A list may give whole codes or only their common part.
    return facts != nullptr ? facts : table.find(prefix_of(code, dip.proc_key_chars));
}

bool is_related(const Dip& dip, Fen cost, Fen total) {
    return amount::Int128{cost.raw()} * Rate::kUnit >=
           amount::Int128{dip.related_min_rate.raw()} * total.raw();
}

}  // namespace

ProcedureRank class_rank(ProcedureRank rank) {
    return rank == ProcedureRank::kInterventional ? ProcedureRank::kSurgery : rank;
}

std::string_view name_of(ProcedureRank rank) {
    switch (class_rank(rank)) {
        case ProcedureRank::kConservative:
            return "conservative";
        case ProcedureRank::kDiagnostic:
            return "diagnostic";
        case ProcedureRank::kTherapeutic:
            return "therapeutic";
        default:
            return "surgery";
    }
}

int number_of(ProcedureRank rank) {
    switch (class_rank(rank)) {
        case ProcedureRank::kConservative:
            return 1;
        case ProcedureRank::kDiagnostic:
            return 2;
        case ProcedureRank::kTherapeutic:
            return 3;
        default:
            return 4;
    }
}

std::string_view prefix_of(std::string_view text, std::int64_t chars) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (starts_character(text[i]) && chars-- == 0) return text.substr(0, i);
    }
    return text;
}

std::int64_t length_of(std::string_view text) {
    return std::ranges::count_if(text, starts_character);
}

bool ProcedureTable::add(std::string code, ProcedureFacts facts) {
    return facts_.try_emplace(std::move(code), std::move(facts)).second;
}

const ProcedureFacts* ProcedureTable::find(std::string_view code) const {
    const auto found = facts_.find(code);
    return found == facts_.end() ? nullptr : &found->second;
}

ProcedureRank rank_of(const Dip& dip, const ProcedureTable& table, std::string_view code) {
    const ProcedureFacts* facts = facts_of(dip, table, code);
    return class_rank(facts == nullptr ? dip.unknown_procedure_rank : facts->rank);
}

Treatment treatment_of(const Dip& dip, const ProcedureTable& table,
                       std::span<const UsedProcedure> procedures, Fen total) {
    Treatment treatment;
    for (const UsedProcedure& used : procedures) {
        const ProcedureFacts* facts = facts_of(dip, table, used.code);
        if (facts != nullptr && facts->excluded) continue;
        const auto rank = class_rank(facts == nullptr ? dip.unknown_procedure_rank : facts->rank);
        treatment.rank = std::max(treatment.rank, rank);
        const std::string_view key = prefix_of(used.code, dip.proc_key_chars);
        if (treatment.main.empty()) {
            treatment.main = key;
            if (facts != nullptr) treatment.level = facts->level;
        } else if (key != treatment.main && is_related(dip, used.cost, total)) {
            treatment.related.push_back(key);
        }
    }
    std::ranges::sort(treatment.related);
    const auto repeated = std::ranges::unique(treatment.related);
    treatment.related.erase(repeated.begin(), repeated.end());
    return treatment;
}

std::string expression_of(const Treatment& treatment) {
    std::string text(treatment.main);
    for (const std::string_view code : treatment.related) text.append("+").append(code);
    return text;
}

}  // namespace yilian::billing::dip
