#include "services/billing/app/scoring.h"

#include <algorithm>

namespace yilian::billing::app {
namespace {

std::string group_status_name(drg::GroupStatus status) {
    switch (status) {
        case drg::GroupStatus::kSuccess:
            return "GROUPED";
        case drg::GroupStatus::kCheckFailed:
            return "CHECK_FAILED";
        default:
            return "UNGROUPED";
    }
}

void add_mapped(const drg::CodeTable& table, drg::CodeId to, std::string_view code,
                std::vector<std::string>& out) {
    if (to == drg::kUnknownCode || table.text(to) == code) return;
    out.push_back(std::string(code) + '=' + std::string(table.text(to)));
}

}  // namespace

void ask(const SettlementList& list, const LoadedRules& rules, GroupQuestion& question) {
    for (const ListDiagnosis& d : list.diagnoses) {
        if (d.kind == DiagnosisKind::kWestern) question.diagnoses.push_back(d.code);
    }
    for (const ListProcedure& p : list.procedures) question.procedures.push_back(p.code);
    if (list.sex == 1 || list.sex == 2) question.input.sex = list.sex;
    question.input.age_years = list.age_years;
    question.input.age_days = list.age_days;
    question.input.weight_g = list.birth_weight_g;
    question.input.diagnoses = question.diagnoses;
    question.input.procedures = question.procedures;
    question.options.map_codes = rules.pack != nullptr && rules.pack->has_code_map() &&
                                 list.dx_code_version == kClinicalEdition;
}

std::vector<std::string> mapped_codes(const LoadedRules& rules, const GroupQuestion& question) {
    std::vector<std::string> out;
    if (!question.options.map_codes) return out;
    const drg::RulePack& pack = *rules.pack;
    for (const std::string_view code : question.diagnoses) {
        add_mapped(pack.dx_codes(), pack.mapped_dx(pack.dx_codes().find(code)), code, out);
    }
    for (const std::string_view code : question.procedures) {
        add_mapped(pack.proc_codes(), pack.mapped_proc(pack.proc_codes().find(code)), code, out);
    }
    return out;
}

store::ScoreRow score_case(storage::Transaction& tx, RuleBook& book,
                           const policy::billing::Drg& drg, const LoadedRules& rules,
                           const GroupQuestion& question, const ScoreInput& input) {
    store::ScoreRow row;
    row.rules_version = rules.version;
    row.rules_digest = rules.digest;
    row.aux = Rate::whole(1);
    drg::Workspace workspace;
    const auto group = drg::group(*rules.pack, question.input, question.options, workspace);
    const auto codes = drg::codes_of(*rules.pack, group);
    row.group_status = group_status_name(group.status);
    row.mdc = codes.mdc;
    row.adrg = codes.adrg;
    row.group_code = codes.drg;
    row.mapped_codes = mapped_codes(rules, question);
    if (input.stay_days && outside_drg(drg, *input.stay_days)) {
        row.group_status = "ACTUAL_COST";
        row.d = row.k = Rate::whole(1);
        return row;
    }
    DrgScore score;
    if (group.status == drg::GroupStatus::kSuccess) {
        const auto index = static_cast<std::size_t>(group.drg);
        const auto weight = rules.weights ? rules.weights->of(index) : std::nullopt;
        row.group_average = weight ? weight->average : drg.mean_fen;
        if (!weight) row.flags.emplace_back("NO_WEIGHT");
        score = score_drg(
            drg, codes.drg,
            {input.cost, row.group_average,
             book.coefficient(tx, rules, input.institution_id, codes.drg, input.discharged_on)});
    } else {
        score = score_ungrouped(drg, group.status);
    }
    row.base = score.base;
    row.d = score.d;
    row.k = score.k;
    row.points = score.points;
    row.deviation = name_of(score.stay);
    if (!score.flag.empty()) row.flags.insert(row.flags.begin(), score.flag);
    std::ranges::sort(row.flags);
    return row;
}

}  // namespace yilian::billing::app
